/**
 * Requests for a session that is not open: it was closed, or it was never seen.
 *
 * Consumed usage is settled exactly once all the same, continues the count of the session it belongs to, and makes
 * a further CDR. The outcome is that of the peer's profile: `unknown-session` (5002) unless it says otherwise; for an
 * emergency it is always `success`.
 */
import type { ChargingAnswer, Outcome } from '../domain/answer.ts'
import type { CdrFlag } from '../domain/record.ts'
import type { ChargingRequest } from '../domain/request.ts'
import { type ClosedSession, everyNumber } from '../domain/session.ts'
import type { MediatedUsage } from '../domain/usage-book.ts'
import { receiptOf, recordCdr, type SessionEffects } from './close.ts'
import { type Context, createContext } from './context.ts'
import type { SessionDraft } from './draft.ts'
import { isEmergency } from './emergency.ts'
import { refused } from './grant.ts'
import { inRanges, withNumber } from './ranges.ts'
import { findAnswer } from './receipt.ts'
import { newSession, settleAll } from './session.ts'

/** Whether the closed session had this request before: then nothing changes. */
export function closedRepeatOf(
  context: Context,
  closed: ClosedSession,
  request: ChargingRequest
): ChargingAnswer | null {
  if (closed.end === 'terminated') {
    const stored = findAnswer(
      closed.answers ?? [],
      request.type,
      request.number,
      context.catalogues
    )
    if (stored !== null) return stored
    return wasSeen(closed, request)
      ? answerWith(request, seenOutcome(context, closed, request), true)
      : null
  }
  // A session that has expired may begin again by its initial request, but what that reported is not settled again.
  const seen =
    request.type === 'initial' && !reportsUsage(request) ? false : wasSeen(closed, request)
  return seen ? answerWith(request, lateOutcome(context, request), true) : null
}

function reportsUsage({ usages }: ChargingRequest): boolean {
  return usages.some(
    ({ used, offline }) => (used !== null && !isZero(used)) || (offline && !isZero(offline))
  )
}

/** Settles the usage of a request whose session is not open. Returns whether anything changed. */
export function serveLate(
  context: Context,
  effects: SessionEffects,
  request: ChargingRequest,
  lineId: string,
  closed: ClosedSession | null
): { readonly answer: ChargingAnswer; readonly changed: boolean } {
  const used = reportsUsage(request)
  const ends = request.type === 'termination'
  const answer = answerWith(request, lateOutcome(context, request), false)
  if (!used && !ends) return { answer, changed: false }
  const session = newSession(context, request, lineId, closed)
  session.initial = closed?.initial ?? -1
  session.startedAt = closed?.startedAt ?? context.now
  const { mediated } = request
  if (used && mediated !== undefined) settleMediated(context, session, request, mediated, closed)
  else if (used) {
    settleAll(context, session, request)
    recordCdr(context, session, 'abnormalRelease', [closed === null ? 'no-session' : 'late'])
  }
  if (request.type === 'update') session.settled = withNumber(session.settled, request.number)
  if (request.type === 'initial') session.initial = request.number
  effects.closed.set(session.id, lateReceipt(session, request, closed))
  return { answer, changed: true }
}

/**
 * Usage that a file brings is rated by the prices of its own time, and its CDR is of that time as long as the period is open.
 * Allowances are those of now: one that has ended is not drawn any more.
 */
function settleMediated(
  context: Context,
  session: SessionDraft,
  request: ChargingRequest,
  { from, until, closed: periodClosed }: MediatedUsage,
  closed: ClosedSession | null
): void {
  const { now, books, catalogues, lineId } = context
  if (!periodClosed) session.startedAt = closed?.startedAt ?? Math.min(from, now)
  settleAll(createContext(books, catalogues, lineId, now, from), session, request)
  const endedAt = periodClosed ? now : Math.max(session.startedAt, Math.min(until, now))
  const flags: readonly CdrFlag[] = periodClosed ? ['mediated', 'adjustment'] : ['mediated']
  recordCdr(createContext(books, catalogues, lineId, endedAt), session, 'normalRelease', flags)
}

function lateReceipt(
  session: SessionDraft,
  request: ChargingRequest,
  closed: ClosedSession | null
): ClosedSession {
  const receipt =
    request.type === 'termination'
      ? receiptOf(session, closed?.end ?? 'expired', request.number)
      : receiptOf(session, closed?.end ?? 'expired', closed?.last ?? -1)
  const { events } = closed ?? {}
  return events === undefined ? receipt : { ...receipt, events }
}

/** What came after the end, or belongs to a session that never began, was refused the first time as well. */
function seenOutcome(context: Context, closed: ClosedSession, request: ChargingRequest): Outcome {
  const late = request.type === 'update' && request.number > closed.last
  if (closed.initial >= 0 && !late) return 'success'
  return lateOutcome(context, request)
}

function lateOutcome(context: Context, request: ChargingRequest): Outcome {
  const emergency = isEmergency(context.catalogue, request, request.facts)
  return emergency ? 'success' : request.profile.unknownSession
}

function wasSeen(closed: ClosedSession, request: ChargingRequest): boolean {
  if (closed.last === everyNumber) return true
  if (request.type === 'termination') return closed.last === request.number
  if (request.type === 'initial') return closed.initial === request.number
  return inRanges(closed.settled, request.number)
}

function answerWith(request: ChargingRequest, outcome: Outcome, repeated: boolean): ChargingAnswer {
  // A refusal of the whole request says nothing of its services.
  const units = outcome === 'success' ? request.usages.map(usage => refused(usage, 'success')) : []
  return { kind: 'charging', outcome, units, repeated }
}

function isZero(used: object): boolean {
  return Object.values(used).every(value => value === null || value === 0)
}
