/** Which way a charging request goes: repeat, open session, new session, event, or late. */
import type { ChargingAnswer, Outcome } from '../domain/answer.ts'
import { limits } from '../domain/limits.ts'
import { isGone } from '../domain/line-numbers.ts'
import type { ChargingRequest, MultipleUnitUsage } from '../domain/request.ts'
import type { ClosedSession } from '../domain/session.ts'
import type { Catalogues } from '../rating/catalogue.ts'
import { advanceServed } from './advance.ts'
import { type Books, lineOf } from './books.ts'
import { closeSession, expireDue, type SessionEffects } from './close.ts'
import { type Context, createContext, freePrice, situationFor } from './context.ts'
import type { State } from './decision.ts'
import { closedRepeat } from './derived.ts'
import { draftOf } from './draft.ts'
import { isEmergency } from './emergency.ts'
import { checkBalance, priceEnquiry } from './enquiry.ts'
import { actionOf, serveDebit } from './event.ts'
import { closedRepeatOf, serveLate } from './late.ts'
import { subscriptionsAt } from './own-offers.ts'
import { serveRefund } from './refund.ts'
import { newSession, repeatOf, serve } from './session.ts'

interface Served {
  readonly answer: ChargingAnswer
  /** Whether the books or sessions changed and must be written. */
  readonly changed: boolean
}

export function decideCharging(
  state: State,
  request: ChargingRequest,
  catalogues: Catalogues,
  books: Books,
  effects: SessionEffects
): Served {
  let context = createContext(books, catalogues, state.lineId)
  const open = state.sessions.get(request.sessionId)
  if (open !== undefined && open.expiresAt > context.now) {
    const repeat = repeatOf(context, open, request)
    if (repeat !== null) return { answer: repeat, changed: false }
  }
  const subscriptions = subscriptionsAt(books, state.lineId)
  advanceServed(books, catalogues.current, state.lineId)
  // What has ended, or is not paid, sells nothing any more.
  if (subscriptionsAt(books, state.lineId) !== subscriptions) {
    context = createContext(books, catalogues, state.lineId)
  }
  expireDue(context, effects, state.sessions, state.due, state.nextDue)
  if (open === undefined) return withoutSession(context, effects, state, request)
  if (open.expiresAt <= context.now) {
    if (!effects.closed.has(open.id)) {
      closeSession(context, effects, draftOf(open), 'expired', -1, 'abnormalRelease')
    }
    return withoutSession(context, effects, state, request)
  }
  if (request.type === 'event') return serveEvent(context, effects, state, request, 'open')
  const session = draftOf(effects.open.get(open.id) ?? open)
  return { answer: serve(context, effects, session, request), changed: true }
}

/**
 * A one-time event. It never belongs to an open session (RFC 8506 7): under the id of one it may ask, but not move
 * anything, because its receipt would take the session's place.
 */
function serveEvent(
  context: Context,
  effects: SessionEffects,
  state: State,
  request: ChargingRequest,
  closed: ClosedSession | 'open' | null
): Served {
  const action = actionOf(request)
  const { lineId } = state
  if (action === 'check-balance') {
    return { answer: checkBalance(context, request, lineId), changed: false }
  }
  if (action === 'price-enquiry') {
    return { answer: priceEnquiry(context, request, lineId), changed: false }
  }
  if (closed === 'open') return refusal('unable-to-comply')
  if (action === 'refund') return serveRefund(context, effects, state, request, closed)
  return serveDebit(context, effects, state, request, closed)
}

function refusal(outcome: Outcome): Served {
  return { answer: { kind: 'charging', outcome, units: [], repeated: false }, changed: false }
}

function withoutSession(
  context: Context,
  effects: SessionEffects,
  state: State,
  request: ChargingRequest
): Served {
  const closed = effects.closed.get(request.sessionId) ?? state.closed
  if (request.type === 'event') {
    const known = closed !== null || state.receipt !== null || request.event?.action === 'refund'
    if (!known && isStranger(context, request)) return refusal('user-unknown')
    return serveEvent(context, effects, state, request, closed)
  }
  const derived = closed === null ? null : closedRepeat(closed, request, context.now)
  if (derived !== null) return { answer: derived, changed: false }
  const repeat = closed === null ? null : closedRepeatOf(context, closed, request)
  if (repeat !== null) return { answer: repeat, changed: false }
  const opens = mayOpen(context, request) && !isOver(closed)
  if (!opens) return serveLate(context, effects, request, state.lineId, closed)
  const outcome = refusalOf(context, request)
  if (outcome !== null) {
    // What it reports was used, whatever the answer is.
    const { changed } = serveLate(context, effects, request, state.lineId, closed)
    return { ...refusal(outcome), changed }
  }
  const session = newSession(context, request, state.lineId, closed)
  effects.closed.delete(session.id)
  context.books.openSessions += 1
  return { answer: serve(context, effects, session, request), changed: true }
}

/** Nobody cuts off an emergency call because its beginning is not known here. */
function mayOpen({ catalogue }: Context, request: ChargingRequest): boolean {
  if (request.type === 'initial') return true
  if (request.mediated !== undefined) return false
  return request.type === 'update' && isEmergency(catalogue, request, request.facts)
}

/** Whether nothing opens the session again: it was terminated, in time or after it had expired. */
function isOver(closed: ClosedSession | null): boolean {
  return closed !== null && (closed.end === 'terminated' || closed.last >= 0)
}

/** Why no session can begin; null when one can. Usage already consumed is settled before anything is refused. */
function refusalOf(context: Context, request: ChargingRequest): Outcome | null {
  const { books } = context
  if (isStranger(context, request)) return 'user-unknown'
  if (books.openSessions >= limits.sessionsPerAccount) return 'resources-exceeded'
  if (books.status === 'active') return null
  const served = request.usages.some(
    usage => usage.used !== null || isFree(context, request, usage)
  )
  return served ? null : 'service-denied'
}

/** The line had the numbers of the request once, and has them no more. */
function isStranger({ books, lineId }: Context, { subscribers }: ChargingRequest): boolean {
  return isGone(lineOf(books, lineId), subscribers)
}

function isFree(context: Context, request: ChargingRequest, usage: MultipleUnitUsage): boolean {
  const situation = situationFor(context, request, usage)
  return situation !== null && freePrice(context.catalogue, situation) !== ''
}
