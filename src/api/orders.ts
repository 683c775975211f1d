/** Orders of operators for the clients of open sessions: re-authorize, or end the session. */
import type { Context } from 'hono'
import type { OrderAction } from '../domain/order.ts'
import { namesOfSession, sessionKey } from '../domain/session-key.ts'
import { requireDone, unknownAccount } from './accounts.ts'
import { readOptionalJson } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { refuse } from './problem.ts'
import { subSessionOf } from './sub-session.ts'
import { requireBody } from './validate.ts'

/** Accounts looked through in one step; their orders are made at the same time. */
const accountsPerStep = 500

export function orderOperations(parts: ApiParts): readonly Operation[] {
  return [
    {
      method: 'post',
      path: '/v1/sessions/{session}/reauthorize',
      id: 'reauthorizeSession',
      summary: 'Have the client of a session report its usage and ask for units anew',
      parameters: ['session', 'subSession'],
      body: 'NewReauthorization',
      bodyOptional: true,
      answers: {
        202: { description: 'The order is on its way to the client.', schema: 'SessionOrder' }
      },
      problems: [400, 404, 413, 415],
      async handle(c) {
        const body = await readOptional<{ ratingGroup?: number }>(c, 'NewReauthorization')
        return orderOne(parts, c, 'reauthorize', body.ratingGroup ?? null)
      }
    },
    {
      method: 'post',
      path: '/v1/sessions/{session}/abort',
      id: 'abortSession',
      summary: 'Have the client of a session end it',
      parameters: ['session', 'subSession'],
      answers: {
        202: { description: 'The order is on its way to the client.', schema: 'SessionOrder' }
      },
      problems: [400, 404],
      handle: c => orderOne(parts, c, 'abort', null)
    },
    {
      method: 'post',
      path: '/v1/sessions/reauthorize',
      id: 'reauthorizeSessions',
      summary: 'Have the clients of all open sessions, or those of an account, ask for units anew',
      body: 'NewReauthorizations',
      bodyOptional: true,
      answers: {
        202: { description: 'The orders are on their way to the clients.', schema: 'OrderCount' }
      },
      problems: [400, 404, 413, 415],
      async handle(c) {
        const body = await readOptional<Reauthorizations>(c, 'NewReauthorizations')
        return c.json({ accounts: await orderMany(parts, body) }, 202)
      }
    }
  ]
}

interface Reauthorizations {
  readonly account?: string
  readonly cause?: 'operator' | 'catalogue'
}

async function readOptional<T extends object>(
  c: Context,
  schema: 'NewReauthorization' | 'NewReauthorizations'
): Promise<T> {
  return requireBody<T>(schema, await readOptionalJson(c))
}

async function orderOne(
  { accounts }: ApiParts,
  c: Context,
  action: OrderAction,
  ratingGroup: number | null
): Promise<Response> {
  const key = sessionKey(c.req.param('session') ?? '', subSessionOf(c))
  const session = await accounts.session(key)
  if (session === null) {
    const detail = `no session ${JSON.stringify(key.slice(0, 512))} is open`
    throw refuse(404, 'session-unknown', detail)
  }
  const { accountId } = session
  const cause = 'operator'
  requireDone(
    await accounts.submit({ kind: 'order', accountId, sessionId: key, action, cause, ratingGroup })
  )
  return c.json({ ...namesOfSession(key), accountId, action, ratingGroup }, 202)
}

/** The number of accounts that have open sessions. */
async function orderMany(parts: ApiParts, body: Reauthorizations): Promise<number> {
  const { accounts } = parts
  const { account: only, cause = 'operator' } = body
  const order = {
    kind: 'order',
    sessionId: null,
    action: 'reauthorize',
    ratingGroup: null
  } as const
  if (only !== undefined) {
    const view = await accounts.view(only)
    if (view === null) throw unknownAccount(only)
    if (view.account.openSessions === 0) return 0
    requireDone(await accounts.submit({ ...order, accountId: only, cause }))
    return 1
  }
  let count = 0
  let cursor: string | null = null
  do {
    const page = await accounts.list(cursor, accountsPerStep)
    const open = page.items.filter(({ account }) => account.openSessions > 0)
    const answers = await Promise.all(
      open.map(({ account }) => accounts.submit({ ...order, accountId: account.id, cause }))
    )
    for (const answer of answers) requireDone(answer)
    count += answers.length
    cursor = page.next
  } while (cursor !== null)
  return count
}
