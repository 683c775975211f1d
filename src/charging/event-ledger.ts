/**
 * What the events of a session id did, kept with its receipt: their answers for repeats, and what they debited
 * for refunds. A refund takes from it what it gives back, so that nothing is given back twice.
 */
import type { ChargingAnswer } from '../domain/answer.ts'
import { isRepeatOf } from '../domain/likeness.ts'
import { limits } from '../domain/limits.ts'
import type { ChargingRequest } from '../domain/request.ts'
import type { ClosedSession, Debit, EventLedger, UsagePart } from '../domain/session.ts'
import type { Context } from './context.ts'
import type { State } from './decision.ts'
import type { SessionDraft } from './draft.ts'
import { refused } from './grant.ts'
import { inRanges, withNumber } from './ranges.ts'
import { findAnswer, keepAnswer } from './receipt.ts'

/** The number of debits that stand for a session's own usage. */
const ofSession = -1

/** The answer to an event that was served before; null: it is new. */
export function answeredBefore(
  context: Context,
  closed: ClosedSession | null,
  kind: 'event' | 'refund',
  request: ChargingRequest
): ChargingAnswer | null {
  const events = closed?.events
  if (events === undefined) return null
  const stored = findAnswer(events.answers, kind, request.number, context.catalogues)
  if (stored !== null) return stored
  const seen = kind === 'event' ? events.debited : events.refunded
  if (!inRanges(seen, request.number)) return null
  const units = request.usages.map(usage => refused(usage, 'success'))
  return { kind: 'charging', outcome: 'success', units, repeated: true }
}

/** The answer to an event that was served under another id; null: it is new. */
export function servedBefore(
  context: Context,
  { original, receipt }: State,
  request: ChargingRequest
): ChargingAnswer | null {
  const { likeness } = request
  if (likeness === undefined || !original || !isRepeatOf(likeness, receipt)) return null
  const answer = answeredBefore(context, original, 'event', request)
  return answer && { ...answer, servedAs: receipt.result }
}

/** The receipt of the session id with what this event has debited. */
export function withDebits(
  closed: ClosedSession | null,
  session: SessionDraft,
  number: number,
  answer: ChargingAnswer
): ClosedSession {
  const before = closed === null ? emptyLedger(session.lineId) : ledgerOf(closed, session.lineId)
  const debits = [...before.debits]
  for (const { ratingGroup, parts } of session.services) {
    let given = givenOf(parts)
    for (const { price, bucket, zone, unit, units, amount } of parts) {
      // The wallet paid the price less what buckets of money did.
      const promotional = amount > 0 ? Math.min(given, amount) : amount
      given -= Math.max(0, promotional)
      const paid = amount - promotional
      debits.push({ number, ratingGroup, price, bucket, zone, unit, units, amount: paid })
    }
  }
  return withLedger(closed, session, {
    ...before,
    debited: withNumber(before.debited, number),
    answers: keepAnswer(before.answers, 'event', number, answer),
    debits: debits.slice(-limits.refundableDebits)
  })
}

/** The receipt of the refund's own session id. `debits`: those of the session id that are left. */
export function withRefund(
  closed: ClosedSession | null,
  session: SessionDraft,
  number: number,
  answer: ChargingAnswer,
  debits: readonly Debit[] | null
): ClosedSession {
  const before = closed === null ? emptyLedger(session.lineId) : ledgerOf(closed, session.lineId)
  return withLedger(closed, session, {
    ...before,
    refunded: withNumber(before.refunded, number),
    answers: keepAnswer(before.answers, 'refund', number, answer),
    debits: debits ?? before.debits
  })
}

/** The events of a closed session. What a session itself was charged in money can be given back, too. */
export function ledgerOf(closed: ClosedSession, lineId: string): EventLedger {
  return closed.events ?? { ...emptyLedger(lineId), debits: debitsOf(closed) }
}

/** Whether anything was debited under the session id. */
export function hasDebits(closed: ClosedSession): boolean {
  return closed.positions.length > 0 || (closed.events?.debited ?? '') !== ''
}

/** What buckets of money have paid. */
function givenOf(parts: readonly UsagePart[]): number {
  let sum = 0
  for (const { bucket, unit, amount } of parts) {
    if (bucket !== '' && unit === 'money') sum -= amount
  }
  return sum
}

function debitsOf({ positions }: ClosedSession): readonly Debit[] {
  return positions.map(({ price, amount }) => ({
    number: ofSession,
    ratingGroup: ofSession,
    price,
    bucket: '',
    zone: '',
    unit: 'messages',
    units: 0,
    amount
  }))
}

function emptyLedger(lineId: string): EventLedger {
  return { lineId, debited: '', refunded: '', answers: [], debits: [] }
}

/**
 * A receipt that holds events ends its session id for good: a session that opened again under it would lose them.
 */
function withLedger(
  closed: ClosedSession | null,
  session: SessionDraft,
  events: EventLedger
): ClosedSession {
  if (closed !== null) return { ...closed, end: 'terminated', cdrs: session.cdrs, events }
  return {
    end: 'terminated',
    last: -1,
    initial: -1,
    settled: '',
    cdrs: session.cdrs,
    startedAt: session.startedAt,
    positions: [],
    events
  }
}
