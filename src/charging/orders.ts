/** Orders for the clients of open sessions, and what follows when a client has lost its session. */
import type { AccountAnswer } from '../domain/answer.ts'
import { lineOfOperation } from '../domain/operation-line.ts'
import type { Order, OrderRecord } from '../domain/order.ts'
import type { AccountRequest, CloseSession, OrderSessions } from '../domain/request.ts'
import type { Books } from './books.ts'
import { closeSession, type SessionEffects } from './close.ts'
import type { Context } from './context.ts'
import type { State } from './decision.ts'
import { draftOf } from './draft.ts'
import { refuse } from './operations.ts'

export const noOrders: readonly OrderRecord[] = []

/** What an operation that was done asks of the clients: nothing while no session is open. */
export function ordersOf(books: Books, request: AccountRequest): readonly OrderRecord[] {
  const order = orderOf(request)
  if (order === null || books.openSessions === 0) return noOrders
  const { action, cause, ratingGroup } = order
  const sessionId = request.kind === 'order' ? request.sessionId : null
  const { before, now } = books
  const whole = { accountId: before.id, sessionId, action, cause, ratingGroup, at: now }
  const lineId = lineOfOperation(before, request)
  // What one line has for itself is nothing to the others, unless the account has something for them of it.
  const ofLine = lineId !== '' && books.subscriptions === before.subscriptions
  if (request.kind !== 'end-line') return [ofLine ? { ...whole, lineId } : whole]
  const aborted: OrderRecord = { ...whole, lineId }
  return ofLine ? [aborted] : [aborted, { ...whole, action: 'reauthorize', cause: 'subscription' }]
}

/** RFC 8506 5.5: what a client may be granted has changed; a blocked account ends its sessions (RFC 6733 8.5). */
function orderOf(request: AccountRequest): Order | null {
  switch (request.kind) {
    case 'top-up':
      return { action: 'reauthorize', cause: 'top-up', ratingGroup: null }
    case 'subscribe':
    case 'change-offer':
    case 'unsubscribe':
      return { action: 'reauthorize', cause: 'subscription', ratingGroup: null }
    case 'set-limit':
      return { action: 'reauthorize', cause: 'limit', ratingGroup: null }
    case 'block':
      return { action: 'abort', cause: 'block', ratingGroup: null }
    case 'end-line':
      return { action: 'abort', cause: 'line', ratingGroup: null }
    case 'order':
      return request
    default:
      return null
  }
}

/** The order itself is made by `ordersOf`; here is whether there is anybody to take it. */
export function orderSessions(
  state: State,
  effects: SessionEffects,
  { sessionId }: OrderSessions
): AccountAnswer {
  if (sessionId === null) return { kind: 'done', repeated: false }
  if (state.sessions.has(sessionId) && !effects.closed.has(sessionId)) {
    return { kind: 'done', repeated: false }
  }
  return refuse('session-unknown', `no session ${sessionId} is open`)
}

/**
 * A client that does not know the session will never report it again. A request that came since proves otherwise: then
 * nothing is closed. Usage that comes all the same continues the count, as after Tcc.
 */
export function closeForgotten(
  context: Context,
  state: State,
  effects: SessionEffects,
  { sessionId, lastAt, cause }: CloseSession
): AccountAnswer {
  const session = effects.open.get(sessionId) ?? state.sessions.get(sessionId)
  const gone = session === undefined || effects.closed.has(sessionId) || session.lastAt > lastAt
  if (gone) return { kind: 'done', repeated: true }
  closeSession(context, effects, draftOf(session), 'expired', -1, cause)
  return { kind: 'done', repeated: false }
}
