/** Open sessions and finished CDRs. */
import type { Context } from 'hono'
import type { AccountView } from '../charging/ports.ts'
import type { Line } from '../domain/account.ts'
import { numbersAt } from '../domain/line-numbers.ts'
import type { ChargingSession } from '../domain/session.ts'
import { unknownAccount } from './accounts.ts'
import type { ApiParts, Operation } from './operation.ts'
import { pageOf, readPaging } from './paging.ts'
import { refuse } from './problem.ts'
import { traceIdPattern } from './schema-parts.ts'
import { accountIdPattern } from './schemas.ts'
import { type SessionJson, viewCdr, viewSession } from './views.ts'

const accountId = new RegExp(accountIdPattern)
const trace = new RegExp(traceIdPattern)

export function listOperations(parts: ApiParts): readonly Operation[] {
  const { accounts, cdrs } = parts
  return [
    {
      method: 'get',
      path: '/v1/sessions',
      id: 'listSessions',
      summary: 'Open sessions of an account, or of all accounts',
      parameters: ['account', 'limit', 'cursor'],
      answers: { 200: { description: 'A page of sessions.', schema: 'SessionPage' } },
      problems: [400, 404],
      async handle(c) {
        const { cursor, limit } = readPaging(c)
        const id = accountOf(c)
        const page =
          id === null
            ? await accounts.allSessions(cursor, limit)
            : await accounts.sessions(id, cursor, limit)
        if (page === null) throw unknownAccount(id ?? '')
        return c.json(pageOf(c, await viewSessions(parts.accounts.view, page.items), page.next))
      }
    },
    {
      method: 'get',
      path: '/v1/cdrs',
      id: 'listCdrs',
      summary: 'Finished charging data records, newest first',
      parameters: ['account', 'trace', 'limit', 'cursor'],
      answers: { 200: { description: 'A page of records.', schema: 'CdrPage' } },
      problems: [400, 404],
      async handle(c) {
        const { cursor, limit } = readPaging(c)
        const id = accountOf(c)
        const { items, next } = await cdrs.list(id, cursor, limit, traceOf(c, id))
        // Records outlive the state they came from, so the account is asked for only when there are none.
        if (id !== null && items.length === 0 && (await accounts.view(id)) === null) {
          throw unknownAccount(id)
        }
        return c.json(pageOf(c, items.map(viewCdr), next))
      }
    }
  ]
}

/** Sessions with the numbers under which they began; each account is looked up once. */
export async function viewSessions(
  view: (accountId: string) => Promise<AccountView | null>,
  sessions: readonly ChargingSession[]
): Promise<readonly SessionJson[]> {
  const ids = [...new Set(sessions.map(session => session.accountId))]
  const views = await Promise.all(ids.map(id => view(id)))
  const lines = new Map<string, Line>()
  for (const found of views) {
    for (const line of found?.lines ?? []) lines.set(`${line.accountId}\n${line.id}`, line)
  }
  return sessions.map(session => {
    const line = lines.get(`${session.accountId}\n${session.lineId}`)
    return viewSession(session, line === undefined ? null : numbersAt(line, session.startedAt))
  })
}

function accountOf(c: Context): string | null {
  const id = c.req.query('account')
  if (id === undefined) return null
  if (id === '') {
    const detail = 'must be an account id; leave it out for all accounts'
    throw refuse(400, 'invalid', `account: ${detail}`, [{ member: 'account', detail }])
  }
  if (!accountId.test(id)) throw unknownAccount(id)
  return id
}

/** There is no index of traces: that of accounts bounds what is read. */
function traceOf(c: Context, account: string | null): string | undefined {
  const traceId = c.req.query('traceId')
  if (traceId === undefined) return undefined
  if (!trace.test(traceId)) {
    const detail = 'must be a trace id: 32 digits of 0-9 and a-f'
    throw refuse(400, 'invalid', `traceId: ${detail}`, [{ member: 'traceId', detail }])
  }
  if (account !== null) return traceId
  const detail = 'needs `account` beside it'
  throw refuse(400, 'invalid', `traceId: ${detail}`, [{ member: 'traceId', detail }])
}
