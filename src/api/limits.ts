/** What subscribers choose of the limits of their offers. */
import type { SetLimit } from '../domain/set-limit.ts'
import { idOf, requireDone, requireView } from './accounts.ts'
import { readJson } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { requireBody } from './validate.ts'
import { viewAccount } from './views.ts'

type Choice = Pick<SetLimit, 'amount' | 'beyond'> & { readonly line?: string }

export function limitOperations(parts: ApiParts): readonly Operation[] {
  return [
    {
      method: 'put',
      path: '/v1/accounts/{id}/limits/{name}',
      id: 'setLimit',
      summary: 'Choose the amount of a limit, or go on beyond it',
      parameters: ['id', 'limitName'],
      body: 'LimitChoice',
      answers: { 200: { description: 'The account as it now stands.', schema: 'Account' } },
      problems: [400, 404, 409, 413, 415],
      async handle(c) {
        const accountId = idOf(c)
        const { line, ...choice } = requireBody<Choice>('LimitChoice', await readJson(c))
        const limit = c.req.param('name') ?? ''
        const lineId = line ?? null
        requireDone(
          await parts.accounts.submit({ kind: 'set-limit', accountId, limit, lineId, ...choice })
        )
        return c.json(viewAccount(await requireView(parts, accountId)))
      }
    }
  ]
}
