/** Accounts: opening, reading, top-ups, subscriptions, blocks. */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { AccountView } from '../charging/ports.ts'
import type { AccountAnswer } from '../domain/answer.ts'
import { formatMoney, parseMoney } from '../domain/money.ts'
import type { Operation as Keyed } from '../domain/operation.ts'
import type { NewLine, OpenAccount } from '../domain/subscriptions.ts'
import { readJson } from './body.ts'
import type { ApiParts, Operation } from './operation.ts'
import { pageOf, readPaging } from './paging.ts'
import { refusalStatus, refuse, type WrongMember } from './problem.ts'
import { accountIdPattern } from './schemas.ts'
import { requireBody, sentenceOf } from './validate.ts'
import { viewAccount } from './views.ts'

/** The body of POST /v1/accounts once the schema has passed it. */
export interface NewAccount {
  readonly id: string
  readonly lines: readonly NewLine[]
  readonly offers?: readonly string[]
  readonly topUp?: string
}

type NewLines = NewAccount['lines']

const accountId = new RegExp(accountIdPattern)
const keyPattern = /^[\x21-\x7e]{1,255}$/

export function accountOperations(parts: ApiParts): readonly Operation[] {
  return [...openAndRead(parts), ...movements(parts), ...blocks(parts)]
}

export function openRequest(body: NewAccount): OpenAccount {
  return {
    kind: 'open-account',
    accountId: body.id,
    lines: body.lines,
    offers: body.offers ?? [],
    topUp: body.topUp === undefined ? 0 : parseMoney(body.topUp)
  }
}

/** Numbers that two lines of one body share: both lines could not be told apart. */
export function repeatedNumbers(lines: NewLines): readonly WrongMember[] {
  const seen = new Set<string>()
  const errors: WrongMember[] = []
  for (const [index, line] of lines.entries()) {
    for (const name of ['msisdn', 'imsi', 'tenant'] as const) {
      const value = line[name]
      if (value === undefined) continue
      if (seen.has(value)) {
        errors.push({ member: `lines/${index}/${name}`, detail: `${value} is there twice` })
      }
      seen.add(value)
    }
  }
  return errors.slice(0, 10)
}

function openAndRead(parts: ApiParts): readonly Operation[] {
  const { accounts } = parts
  return [
    {
      method: 'post',
      path: '/v1/accounts',
      id: 'openAccount',
      summary: 'Open an account with its lines and offers',
      body: 'NewAccount',
      answers: { 201: { description: 'The account as it now stands.', schema: 'Account' } },
      problems: [400, 402, 409, 413, 415, 422],
      async handle(c) {
        const body = requireBody<NewAccount>('NewAccount', await readJson(c))
        const errors = repeatedNumbers(body.lines)
        if (errors.length > 0) throw refuse(400, 'invalid', sentenceOf(errors), errors)
        requireDone(await accounts.submit(openRequest(body)))
        const view = await requireView(parts, body.id)
        return c.json(viewAccount(view), 201, { location: `/v1/accounts/${body.id}` })
      }
    },
    {
      method: 'get',
      path: '/v1/accounts',
      id: 'listAccounts',
      summary: 'Every account, in any order',
      parameters: ['limit', 'cursor'],
      answers: { 200: { description: 'A page of accounts.', schema: 'AccountPage' } },
      problems: [400],
      async handle(c) {
        const { cursor, limit } = readPaging(c)
        const { items, next } = await accounts.list(cursor, limit)
        return c.json(pageOf(c, items.map(viewAccount), next))
      }
    },
    {
      method: 'get',
      path: '/v1/accounts/{id}',
      id: 'getAccount',
      summary: 'An account as it stands at this instant',
      parameters: ['id'],
      answers: { 200: { description: 'The account.', schema: 'Account' } },
      problems: [404],
      async handle(c) {
        return c.json(viewAccount(await requireView(parts, idOf(c))))
      }
    }
  ]
}

function movements({ accounts }: ApiParts): readonly Operation[] {
  return [
    {
      method: 'post',
      path: '/v1/accounts/{id}/top-ups',
      id: 'topUp',
      summary: 'Credit the wallet, once for each Idempotency-Key',
      parameters: ['id', 'keyRequired'],
      body: 'NewTopUp',
      answers: {
        201: { description: 'Credited. A repeat gets the same answer.', schema: 'TopUp' }
      },
      problems: [400, 404, 409, 413, 415],
      async handle(c) {
        const id = idOf(c)
        const key = requireKey(c, 'a top-up')
        const body = requireBody<{ amount: string }>('NewTopUp', await readJson(c))
        const amount = parseMoney(body.amount)
        const operation = topUpOperation(key, amount)
        const answer = await accounts.submit({ kind: 'top-up', accountId: id, amount, operation })
        const { repeated } = requireDone(answer)
        const result = { accountId: id, amount: formatMoney(amount), idempotencyKey: key }
        return c.json(result, 201, repeatHeader(repeated))
      }
    }
  ]
}

function blocks(parts: ApiParts): readonly Operation[] {
  return [
    {
      method: 'post',
      path: '/v1/accounts/{id}/block',
      id: 'block',
      summary: 'Refuse further service to the account',
      parameters: ['id'],
      body: 'NewBlock',
      answers: { 200: { description: 'The account as it now stands.', schema: 'Account' } },
      problems: [400, 404, 413, 415],
      async handle(c) {
        const id = idOf(c)
        const { reason } = requireBody<{ reason: string }>('NewBlock', await readJson(c))
        requireDone(await parts.accounts.submit({ kind: 'block', accountId: id, reason }))
        return c.json(viewAccount(await requireView(parts, id)))
      }
    },
    {
      method: 'post',
      path: '/v1/accounts/{id}/unblock',
      id: 'unblock',
      summary: 'Serve a blocked account again',
      parameters: ['id'],
      answers: { 200: { description: 'The account as it now stands.', schema: 'Account' } },
      problems: [404],
      async handle(c) {
        const id = idOf(c)
        requireDone(await parts.accounts.submit({ kind: 'unblock', accountId: id }))
        return c.json(viewAccount(await requireView(parts, id)))
      }
    }
  ]
}

/** The id in the path. What cannot be an id is an account that does not exist. */
export function idOf(c: Context): string {
  const id = c.req.param('id') ?? ''
  if (!accountId.test(id)) throw unknownAccount(id)
  return id
}

export function unknownAccount(id: string): Error {
  return refuse(404, 'account-unknown', `there is no account "${id.slice(0, 128)}"`)
}

export async function requireView(parts: ApiParts, id: string): Promise<AccountView> {
  const view = await parts.accounts.view(id)
  if (view === null) throw unknownAccount(id)
  return view
}

export function requireDone(answer: AccountAnswer): { readonly repeated: boolean } {
  if (answer.kind === 'done') return answer
  const { reason, detail, member } = answer
  if (member === undefined) throw refuse(refusalStatus[reason], reason, detail)
  const named = `${member}: ${detail}`
  throw refuse(refusalStatus[reason], reason, named, [{ member, detail }])
}

/** The key of a movement of money, which must have one. */
export function requireKey(c: Context, what: string): string {
  const key = keyOf(c)
  if (key !== null) return key
  throw refuse(400, 'key-missing', `${what} needs the header Idempotency-Key`, [
    { member: 'Idempotency-Key', detail: 'is required' }
  ])
}

export function keyOf(c: Context): string | null {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return null
  if (keyPattern.test(key)) return key
  throw refuse(400, 'invalid', 'Idempotency-Key: must be 1 to 255 printable ASCII characters', [
    { member: 'Idempotency-Key', detail: 'must be 1 to 255 printable ASCII characters' }
  ])
}

/** The digest is of what is asked, not of its spelling: "20.0" and "20.00" are one amount. */
export function keyed(key: string, content: string): Keyed {
  return { key, digest: createHash('sha256').update(content).digest('hex').slice(0, 32) }
}

/** `amount` in millionths. */
export function topUpOperation(key: string, amount: number): Keyed {
  return keyed(key, `top-up ${amount}`)
}

export function repeatHeader(repeated: boolean): Record<string, string> {
  return repeated ? { 'idempotent-replayed': 'true' } : {}
}
