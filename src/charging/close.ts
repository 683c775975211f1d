/** Closing a session: what it holds is released, its CDR is recorded, and a receipt remains. */
import { numbersAt } from '../domain/line-numbers.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { CdrFlag, CdrPart, CdrRecord, ClosingCause } from '../domain/record.ts'
import { type ChargingSession, type ClosedSession, emergencyPrice } from '../domain/session.ts'
import { emergencyAccountId } from '../domain/subscriber.ts'
import type { EpochMs } from '../domain/time.ts'
import { add } from '../domain/units.ts'
import { lineOf, nextRecord, record } from './books.ts'
import { cdrParts } from './cdr-parts.ts'
import { type Context, contextFor } from './context.ts'
import { coverAnew } from './cover.ts'
import type { Changes } from './decision.ts'
import { draftOf, type SessionDraft } from './draft.ts'
import { isIncomplete } from './information.ts'
import { largestCreditLimit } from './line-offers.ts'
import { beginPeriods } from './open-grants.ts'
import { toldOf, totalsOf, usedSinceLast } from './service-totals.ts'
import { endGrant } from './settle.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What a decision does to sessions, beside the balances. */
export interface SessionEffects {
  /** Open sessions to be written. */
  readonly open: Map<string, ChargingSession>
  /** Sessions that are closed, with their receipts. */
  readonly closed: Map<string, ClosedSession>
  /** What an event leaves to be found by later ones. */
  receipt: Changes['receipt']
}

export function createEffects(): SessionEffects {
  return { open: new Map(), closed: new Map(), receipt: null }
}

/** Closes an open session. */
export function closeSession(
  context: Context,
  effects: SessionEffects,
  session: SessionDraft,
  end: ClosedSession['end'],
  last: number,
  cause: ClosingCause
): void {
  const own = contextFor(context, session.lineId)
  beginPeriods(own, session)
  for (const service of session.services) endGrant(own, session, service)
  coverAnew(own, session)
  recordCdr(own, session, cause, [])
  context.books.openSessions -= 1
  effects.open.delete(session.id)
  effects.closed.set(session.id, receiptOf(session, end, last))
}

/** Closes those of the due sessions whose supervision time (Tcc) is over, and corrects the index of the others. */
export function expireDue(
  context: Context,
  effects: SessionEffects,
  sessions: ReadonlyMap<string, ChargingSession>,
  due: readonly string[],
  nextDue: EpochMs | null
): void {
  if (nextDue === null) return
  let earliest = nextDue
  for (const id of due) {
    const session = sessions.get(id)
    if (session === undefined) continue
    if (session.expiresAt <= context.now) {
      closeSession(context, effects, draftOf(session), 'expired', -1, 'abnormalRelease')
    } else {
      effects.open.set(id, { ...session, sweepAt: session.expiresAt })
      if (earliest === 0 || session.expiresAt < earliest) earliest = session.expiresAt
    }
  }
  context.books.sweepAt = earliest
}

export function receiptOf(
  session: SessionDraft,
  end: ClosedSession['end'],
  last: number
): ClosedSession {
  const { answers, initial, settled, cdrs, startedAt, positions } = session
  // Two plain objects: spreading a part that may be missing costs several microseconds.
  const receipt: Mutable<ClosedSession> =
    end === 'terminated' && answers.length > 0
      ? { answers, end, last, initial, settled, cdrs, startedAt, positions }
      : { end, last, initial, settled, cdrs, startedAt, positions }
  if (session.traceId !== undefined) receipt.traceId = session.traceId
  return receipt
}

/** Records what the draft has counted as the session's next CDR. */
export function recordCdr(
  context: Context,
  session: SessionDraft,
  cause: ClosingCause,
  flags: readonly CdrFlag[]
): void {
  const { books } = context
  const line = lineOf(books, session.lineId)
  const { msisdn, imsi } = line.past === undefined ? line : numbersAt(line, session.startedAt)
  session.cdrs += 1
  const parts = cdrParts(context, session)
  const services = usedSinceLast(session)
  const totals = totalsOf(services)
  const marks: CdrFlag[] = [...flags]
  if (parts.some(part => part.suspense)) marks.push('suspense')
  if (session.accountId === emergencyAccountId || parts.some(isEmergencyPart)) {
    marks.push('emergency')
  }
  if (books.available < -floorOf(context)) marks.push('overdraft')
  if (isIncomplete(session.information)) marks.push('information-left-out')
  const cdr: Mutable<CdrRecord> = {
    kind: 'cdr',
    accountId: session.accountId,
    record: nextRecord(books),
    sessionId: session.id,
    number: session.cdrs,
    lineId: session.lineId,
    msisdn,
    imsi,
    context: session.context,
    originHost: session.origin.host,
    startedAt: session.startedAt,
    endedAt: context.now,
    amount: parts.reduce((sum, part) => add(sum, part.amount), 0),
    currency: books.before.currency,
    catalogue: context.catalogue.version,
    offers: context.offers.map(offer => offer.id),
    cause,
    flags: marks,
    octets: totals.octets,
    inputOctets: totals.inputOctets,
    outputOctets: totals.outputOctets,
    seconds: totals.seconds,
    messages: totals.messages,
    parts,
    facts: session.facts
  }
  if (services.length > 1) cdr.services = toldOf(services)
  // A record behind one that was cut says when it began.
  if (session.chain !== undefined) cdr.openedAt = session.chain.openedAt
  if (session.information !== '') cdr.information = session.information
  if (session.traceId !== undefined) cdr.traceId = session.traceId
  record(books, cdr)
}

/** Of lines with several limits, nobody can say whose usage has gone beyond the smaller one. */
function floorOf({ apart, books, catalogue, creditLimit }: Context): MicroUnits {
  return apart ? largestCreditLimit(books, catalogue) : creditLimit
}

function isEmergencyPart({ price }: CdrPart): boolean {
  return price === emergencyPrice
}
