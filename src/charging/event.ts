/**
 * One-time events: direct debiting (IEC, TS 32.299 5.2.2.1; RFC 8506 6.3), and the way to the other actions.
 *
 * A debit is all or nothing for each service: what cannot be paid in full is refused and nothing of it is debited.
 * The request key of a debit or refund is session id, action and number. What was delivered before the event (PEC,
 * TS 32.290 5.3.2.2) is debited in full, below zero if need be.
 */
import type { ChargingAnswer, MultipleUnitAnswer } from '../domain/answer.ts'
import { likenessKey, likenessReceipt } from '../domain/likeness.ts'
import {
  type ChargingRequest,
  correlationKey,
  type MultipleUnitUsage,
  type RequestedAction,
  type RequestedMoney,
  type UsedUnits
} from '../domain/request.ts'
import type { ClosedSession } from '../domain/session.ts'
import type { Units, UnitType } from '../domain/units.ts'
import type { Situation } from '../rating/classify.ts'
import { defaultGroupOf } from '../rating/context.ts'
import { scratchOf, settleMoney } from './books.ts'
import { recordCdr, type SessionEffects } from './close.ts'
import { type Context, groupOf, situationFor, statedPrice } from './context.ts'
import { coverAnew } from './cover.ts'
import type { State } from './decision.ts'
import { addPart, draftOf, type ServiceDraft, type SessionDraft, serviceFor } from './draft.ts'
import { answeredBefore, servedBefore, withDebits } from './event-ledger.ts'
import { grant, refused } from './grant.ts'
import { newSession } from './session.ts'
import { release, settle } from './settle.ts'

const anything: MultipleUnitUsage = {
  ratingGroup: null,
  serviceIdentifiers: [],
  requested: { octets: null, seconds: null, messages: null },
  used: null
}

const oneOf: readonly MultipleUnitUsage[] = [anything]

export function actionOf(request: ChargingRequest): RequestedAction {
  return request.event?.action ?? 'direct-debiting'
}

/** What the event is about: an event without units is about the service of its context. */
export function usagesOf(request: ChargingRequest): readonly MultipleUnitUsage[] {
  return request.usages.length === 0 ? oneOf : request.usages
}

/** Debits what is asked for. Returns whether anything was. `closed` is the receipt of the session id. */
export function serveDebit(
  context: Context,
  effects: SessionEffects,
  state: State,
  request: ChargingRequest,
  closed: ClosedSession | null
): { readonly answer: ChargingAnswer; readonly changed: boolean } {
  const repeat =
    answeredBefore(context, closed, 'event', request) ?? servedBefore(context, state, request)
  if (repeat !== null) return { answer: repeat, changed: false }
  const session = newSession(context, request, state.lineId, null)
  session.cdrs = closed?.cdrs ?? 0
  const units = usagesOf(request).map(usage => debit(context, session, request, usage))
  const answer: ChargingAnswer = { kind: 'charging', outcome: 'success', units, repeated: false }
  if (session.services.every(service => service.parts.length === 0)) {
    return { answer, changed: false }
  }
  recordCdr(context, session, 'normalRelease', ['event'])
  effects.closed.set(session.id, withDebits(closed, session, request.number, answer))
  effects.receipt = leadTo(session.id, context, state, request)
  return { answer, changed: true }
}

/** What leads repeats and refunds that have another session id to the receipt of this one. */
function leadTo(
  sessionId: string,
  { now }: Context,
  { receipt }: State,
  { event, likeness }: ChargingRequest
): SessionEffects['receipt'] {
  if (likeness !== undefined) {
    const lead = likenessReceipt(likeness, receipt, sessionId, now)
    return { key: likenessKey(likeness), receipt: lead }
  }
  const correlation = event?.correlation ?? null
  if (correlation === null) return null
  const lead = { digest: '', at: now, result: sessionId }
  return { key: correlationKey(correlation), receipt: lead }
}

/** Debits one service, whole or not at all. */
export function debit(
  context: Context,
  session: SessionDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage
): MultipleUnitAnswer {
  const service = eventService(context, session, request, usage)
  const money = usage.requested?.money
  if (money !== undefined) return debitMoney(context, service, usage, money)
  const situation = situationFor(context, request, usage)
  if (request.delivered === true && usage.used !== null) {
    settle(context, session, service, usage.used, situation)
    coverAnew(context, session)
    return refused(usage, situation === null ? 'rating-failed' : 'success')
  }
  if (situation === null) return refused(usage, 'rating-failed')
  const wanted = unitsOf(context, request, usage, situation)
  const others = request.facts.otherRecipients
  if (others === undefined || !situation.service.destinations || wanted !== others.length + 1) {
    return debitUnits(context, session, service, request, usage, situation, wanted)
  }
  // Tried on a copy first, because either all of them are paid or none.
  const draft = draftOf(session)
  const copy = serviceFor(draft, usage, service.ratingGroup)
  const refusal = debitRecipients(scratchOf(context), draft, copy, request, usage, others)
  if (refusal !== null) return refusal
  debitRecipients(context, session, service, request, usage, others)
  return debited(usage, situation.service.unit, wanted)
}

/** Debits a unit for each recipient, by where each is; the first refusal, or null. */
function debitRecipients(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  others: readonly string[]
): MultipleUnitAnswer | null {
  for (const calledParty of [request.facts.calledParty, ...others]) {
    const facts = calledParty === undefined ? request.facts : { ...request.facts, calledParty }
    const situation = situationFor(context, request, usage, facts)
    if (situation === null) return refused(usage, 'rating-failed')
    const answer = debitUnits(context, session, service, request, usage, situation, 1)
    if (answer.outcome !== 'success') return answer
  }
  return null
}

/** The session's service for this usage of an event. */
export function eventService(
  context: Context,
  session: SessionDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage
): ServiceDraft {
  const group = groupOf(request, usage) ?? defaultGroupOf(context.catalogue, request.context) ?? 0
  return serviceFor(session, usage, group)
}

/** Values count in an event, whatever the peer's profile says of those in sessions, and it is debited in full. */
export function exactly(request: ChargingRequest): ChargingRequest {
  const profile = { ...request.profile, requestedUnits: true, grantMax: null }
  return { ...request, profile }
}

/** How many units an event is about: those asked for, or one for each recipient, or the first size of the policy. */
export function unitsOf(
  context: Context,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  situation: Situation
): Units {
  const { unit, destinations } = situation.service
  const asked = usage.requested?.[unit] || usage.used?.[unit]
  if (asked) return asked
  const others = request.facts.otherRecipients
  if (others !== undefined && destinations && unit === 'messages') return others.length + 1
  return context.catalogue.quota.sizes[unit].initial
}

function debitUnits(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  situation: Situation,
  wanted: Units
): MultipleUnitAnswer {
  const { unit } = situation.service
  const asked = { octets: null, seconds: null, messages: null, [unit]: wanted }
  const held = grant(context, session, service, exactly(request), usage, asked, situation)
  if (held.granted === null) return held
  if (held.granted.amount < wanted) {
    release(context, session, service)
    coverAnew(context, session)
    return refused(usage, 'credit-limit-reached')
  }
  settle(context, session, service, usedUnits(unit, wanted), situation)
  coverAnew(context, session)
  return debited(usage, unit, wanted)
}

/** RFC 8506 6.3: the client has rated the service, and its sum is debited as it is. */
function debitMoney(
  context: Context,
  service: ServiceDraft,
  usage: MultipleUnitUsage,
  { amount, currency }: RequestedMoney
): MultipleUnitAnswer {
  const { books } = context
  if (currency !== null && currency !== books.before.currency) {
    return refused(usage, 'rating-failed')
  }
  if (books.status === 'blocked') return refused(usage, 'service-denied')
  if (books.available + context.creditLimit < amount) return refused(usage, 'credit-limit-reached')
  settleMoney(books, 0, amount)
  addPart(service, {
    price: statedPrice,
    bucket: '',
    zone: '',
    unit: 'messages',
    units: 0,
    amount,
    before: 0,
    suspense: false
  })
  return { ...refused(usage, 'success'), money: { amount, currency: books.before.currency } }
}

function debited(usage: MultipleUnitUsage, unit: UnitType, amount: number): MultipleUnitAnswer {
  return { ...refused(usage, 'success'), granted: { unit, amount } }
}

function usedUnits(unit: UnitType, amount: number): UsedUnits {
  return {
    octets: null,
    inputOctets: null,
    outputOctets: null,
    seconds: null,
    messages: null,
    [unit]: amount
  }
}
