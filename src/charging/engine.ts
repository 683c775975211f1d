/**
 * The engine: one pure function for everything that may change an account.
 *
 * decide(state, request, now) opens the books, brings them forward, closes sessions that are due, and hands the
 * request to what it is about. `now` is the later of the clock and the account's last instant, so an account's time
 * never goes back; a request that could not be decided when it came is decided as of then. See docs/charging-rules.md.
 */
import { type Account, emptyAccount } from '../domain/account.ts'
import type { AccountAnswer, ChargingAnswer, EngineAnswer } from '../domain/answer.ts'
import { hasEnded } from '../domain/line-numbers.ts'
import type { Operation } from '../domain/operation.ts'
import { lineOfOperation } from '../domain/operation-line.ts'
import type { OrderRecord } from '../domain/order.ts'
import type { AccountRequest, ChargingRequest } from '../domain/request.ts'
import { emergencyAccountId, isCaller } from '../domain/subscriber.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Catalogues } from '../rating/catalogue.ts'
import { advance, advanceServed } from './advance.ts'
import { type Books, changedLines, closeBooks, openBooks } from './books.ts'
import { changeOffer, unsubscribe } from './change-offer.ts'
import { decideCharging } from './charge.ts'
import { createEffects, expireDue, type SessionEffects } from './close.ts'
import { createContext } from './context.ts'
import { refusedAsUncountable } from './countable.ts'
import type { Changes, Decide, Decision, IsEmergency, Present, StandIn, State } from './decision.ts'
import { callerLines, isEmergency } from './emergency.ts'
import { finish } from './finish.ts'
import { addLines, changeLine, endLine } from './lines.ts'
import { adjust, openAccount, refuse, subscribe, topUp } from './operations.ts'
import { closeForgotten, noOrders, orderSessions, ordersOf } from './orders.ts'
import { numbered, restore } from './restore.ts'
import { reverseCdr } from './reversal.ts'
import { setLimit } from './set-limit.ts'
import { recordSnapshot } from './snapshot.ts'
import { standIn } from './stand-in.ts'

export interface Engine {
  readonly decide: Decide
  readonly present: Present
  readonly standIn: StandIn
  readonly isEmergency: IsEmergency
}

/**
 * The engine over the catalogues that are in force at an instant, now unless given. A decision throws VersionUnknown when
 * it needs a version that these do not hold.
 */
export function createEngine(catalogues: (at?: EpochMs) => Catalogues): Engine {
  return {
    standIn: (request, known) => standIn(catalogues().current, request, known),
    isEmergency: request => isEmergency(catalogues().current, request, request.facts),
    decide(state, request, clock) {
      const lastAt = state.account?.lastAt ?? 0
      if (request.kind === 'charging') {
        const { receivedAt } = request
        const at = receivedAt !== undefined && receivedAt < clock ? receivedAt : clock
        const then = Math.max(at, lastAt)
        try {
          return charging(state, request, catalogues(then), then)
        } catch (error) {
          return refusedAsUncountable(error)
        }
      }
      const now = Math.max(clock, lastAt)
      return operation(state, request, catalogues(now), now)
    },
    present(account, lines, clock) {
      const now = Math.max(clock, account.lastAt)
      const known = new Map(lines.map(line => [line.id, line]))
      const books = openBooks(account, known, [...known.keys()], now)
      advance(books, catalogues(now).current)
      const advanced = lines.map(line => books.changedLines?.get(line.id) ?? line)
      return { account: closeBooks(books), lines: advanced }
    }
  }
}

function charging(
  state: State,
  request: ChargingRequest,
  catalogues: Catalogues,
  now: EpochMs
): Decision {
  const caller = isCaller(state.lineId)
  // Identities are claimed before their line is there.
  if (!caller && (state.account === null || !state.lines.has(state.lineId))) {
    const answer: ChargingAnswer = {
      kind: 'charging',
      outcome: 'user-unknown',
      units: [],
      repeated: false
    }
    return { answer, changes: null }
  }
  const account =
    state.account ?? emptyAccount(emergencyAccountId, catalogues.current.currency, now)
  const books = openBooks(account, linesOf(account, state, now), linesAt(state, state.lineId), now)
  const effects = createEffects()
  const { answer, changed } = decideCharging(state, request, catalogues, books, effects)
  const write = changed || books.told || effects.open.size > 0 || effects.closed.size > 0
  if (write) {
    finish(books, catalogues.current)
    recordSnapshot(books)
  }
  return { answer, changes: write ? changesOf(books, effects, null, now) : null }
}

function operation(
  state: State,
  request: AccountRequest,
  catalogues: Catalogues,
  now: EpochMs
): Decision {
  const { account } = state
  if (request.kind === 'open-account') {
    if (account !== null) {
      return refusal('account-exists', `the account ${request.accountId} exists already`)
    }
    if (request.accountId === emergencyAccountId) {
      return refusal(
        'account-exists',
        `${emergencyAccountId} is a technical account: use another id`
      )
    }
    const { answer, books } = openAccount(request, catalogues.current, now)
    if (books !== null) recordSnapshot(books, true)
    return {
      answer,
      changes: books === null ? null : changesOf(books, createEffects(), null, now)
    }
  }
  if (account === null) {
    return refusal('account-unknown', `there is no account ${request.accountId}`)
  }
  const key = 'operation' in request ? request.operation : null
  if (key !== null && state.receipt !== null) {
    if (state.receipt.digest === key.digest) return unchanged({ kind: 'done', repeated: true })
    return refusal('key-reused', 'the idempotency key was used for another request')
  }
  return operate(state, account, request, key, catalogues, now)
}

function operate(
  state: State,
  account: Account,
  request: Exclude<AccountRequest, { kind: 'open-account' }>,
  key: Operation | null,
  catalogues: Catalogues,
  now: EpochMs
): Decision {
  const lineId = lineOfOperation(account, request)
  const line = state.lines.get(lineId)
  const isThere = line !== undefined && (request.kind === 'end-line' || !hasEnded(line))
  if (lineId !== '' && !isThere) {
    return refusal('line-unknown', `account ${account.id} has no line ${lineId}`)
  }
  const books = openBooks(
    request.kind === 'restore' ? numbered(account, request) : account,
    linesOf(account, state, now),
    linesOfRequest(state, request, lineId),
    now
  )
  const effects = createEffects()
  advanceServed(books, catalogues.current, lineId)
  const context = createContext(books, catalogues, lineId)
  expireDue(context, effects, state.sessions, state.due, state.nextDue)
  const answer =
    request.kind === 'restore'
      ? restore(books, account, request)
      : apply(books, request, catalogues, state, effects)
  if (answer.kind === 'refused') return unchanged(answer)
  if (answer.repeated && effects.closed.size === 0) return unchanged(answer)
  if (mayDoNothing(request) && isUntouched(books, effects)) return unchanged(answer)
  finish(books, catalogues.current)
  // What the store has lost may have been in a snapshot that it does not know.
  recordSnapshot(books, request.kind === 'restore')
  return { answer, changes: changesOf(books, effects, key, now, ordersOf(books, request)) }
}

function apply(
  books: Books,
  request: Exclude<AccountRequest, { kind: 'open-account' | 'restore' }>,
  catalogues: Catalogues,
  state: State,
  effects: SessionEffects
): AccountAnswer {
  switch (request.kind) {
    case 'top-up':
      return topUp(books, request)
    case 'adjust':
      return adjust(books, request)
    case 'subscribe':
      return subscribe(books, catalogues.current, request)
    case 'change-offer':
      return changeOffer(books, catalogues.current, request)
    case 'unsubscribe':
      return unsubscribe(books, catalogues.current, request)
    case 'add-lines':
      return addLines(books, catalogues.current, request)
    case 'change-line':
      return changeLine(books, request)
    case 'end-line':
      return endLine(books, catalogues.current, request)
    case 'set-limit':
      return setLimit(books, catalogues.current, request)
    case 'block':
      if (books.status === 'blocked') return { kind: 'done', repeated: true }
      books.status = 'blocked'
      books.blockReason = request.reason
      return { kind: 'done', repeated: false }
    case 'unblock':
      if (books.status === 'active') return { kind: 'done', repeated: true }
      books.status = 'active'
      books.blockReason = null
      return { kind: 'done', repeated: false }
    case 'sweep':
      return { kind: 'done', repeated: false }
    case 'order':
      return orderSessions(state, effects, request)
    case 'close-session':
      return closeForgotten(createContext(books, catalogues, ''), state, effects, request)
    case 'reverse-cdr':
      return reverseCdr(books, request)
  }
}

/** The technical account has no line documents. */
function linesOf(account: Account, state: State, now: EpochMs): State['lines'] {
  return account.id === emergencyAccountId
    ? callerLines(linesAt(state, state.lineId), now)
    : state.lines
}

function mayDoNothing({ kind }: AccountRequest): boolean {
  return kind === 'sweep' || kind === 'reverse-cdr'
}

function linesOfRequest(state: State, request: AccountRequest, named: string): readonly string[] {
  if (request.kind === 'close-session') return linesAt(state, '', request.sessionId)
  const ids = linesAt(state, named)
  if (request.kind !== 'reverse-cdr' && request.kind !== 'restore') return ids
  const { lineId } = request.kind === 'restore' ? request : request.cdr
  return state.lines.has(lineId) && !ids.includes(lineId) ? [...ids, lineId] : ids
}

const noLines: readonly string[] = []

/** The lines that a decision is about: that of the request, and those of sessions and fees that are due. */
function linesAt(
  { due, dueLines, sessions }: State,
  lineId: string,
  named?: string
): readonly string[] {
  const ids = lineId === '' ? [] : [lineId]
  for (const id of named === undefined ? due : [named, ...due]) {
    const session = sessions.get(id)
    if (session !== undefined && !ids.includes(session.lineId)) ids.push(session.lineId)
  }
  for (const id of dueLines ?? noLines) if (!ids.includes(id)) ids.push(id)
  return ids
}

function changesOf(
  books: Books,
  effects: SessionEffects,
  key: Operation | null,
  now: EpochMs,
  orders: readonly OrderRecord[] = noOrders
): Changes {
  return {
    account: closeBooks(books),
    lines: changedLines(books),
    sessions: [...effects.open.values()],
    closed: Array.from(effects.closed, ([sessionId, receipt]) => ({ sessionId, receipt })),
    records: books.records,
    orders,
    receipt:
      key === null
        ? effects.receipt
        : { key: key.key, receipt: { digest: key.digest, at: now, result: 'done' } }
  }
}

function isUntouched(books: Books, effects: SessionEffects): boolean {
  return (
    effects.open.size === 0 &&
    effects.closed.size === 0 &&
    books.records.length === 0 &&
    books.changedLines === null &&
    books.sweepAt === books.before.sweepAt
  )
}

function unchanged(answer: EngineAnswer): Decision {
  return { answer, changes: null }
}

function refusal(reason: Parameters<typeof refuse>[0], detail: string): Decision {
  return unchanged(refuse(reason, detail))
}
