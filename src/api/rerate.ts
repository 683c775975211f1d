/** Re-rating of finished sessions. */
import { readJson } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { refuse } from './problem.ts'
import { requireBody } from './validate.ts'

interface NewRerating {
  readonly from: string
  readonly until: string
  readonly offer?: string
  readonly catalogue?: string
  readonly apply?: boolean
}

export function rerateOperations({ rerate }: ApiParts): readonly Operation[] {
  return [
    {
      method: 'post',
      path: '/v1/rerate',
      id: 'rerate',
      summary: 'What finished sessions cost by a catalogue; with `apply` the wallets are adjusted',
      body: 'NewRerating',
      answers: {
        200: { description: 'What would change, or has changed.', schema: 'Rerating' }
      },
      problems: [400, 409, 413, 415],
      async handle(c) {
        const body = requireBody<NewRerating>('NewRerating', await readJson(c))
        const from = instantOf('from', body.from)
        const until = instantOf('until', body.until)
        const { offer = null, catalogue = null, apply = false } = body
        return c.json(await rerate({ from, until, offer, source: catalogue, apply }))
      }
    }
  ]
}

function instantOf(member: string, value: string): number {
  const instant = Date.parse(value)
  if (!Number.isNaN(instant)) return instant
  const detail = 'must be an instant such as 2026-11-01T00:00:00Z'
  throw refuse(400, 'invalid', `${member}: ${detail}`, [{ member, detail }])
}
