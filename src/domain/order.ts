/**
 * Orders: what the server asks of the clients of open sessions by itself, whatever protocol they speak.
 *
 * Nothing depends on a client acting on one: it may be lost on the way, and some clients acknowledge and do nothing.
 * What an order is to bring about happens at the client's next request all the same, or when Tcc closes the session.
 */
import type { RequestOrigin, SessionRoute } from './route.ts'
import type { EpochMs } from './time.ts'

/**
 * `reauthorize`: report and ask anew (RAR, RFC 8506 5.5; Notify REAUTHORIZATION). `abort`: end the session (ASR,
 * RFC 6733 8.5; Notify ABORT_CHARGING).
 */
export type OrderAction = 'reauthorize' | 'abort'

/** What an order was made for. */
export type OrderCause =
  | 'top-up'
  | 'subscription'
  | 'limit'
  | 'block'
  | 'line'
  | 'catalogue'
  | 'operator'

/** What is asked of a client. */
export interface Order {
  readonly action: OrderAction
  readonly cause: OrderCause
  /** Rating-Group 432 to be re-authorized; null: all of the session. */
  readonly ratingGroup: number | null
}

/** An order as the decision makes it: written in the commit of its cause, for one session or every open one. */
export interface OrderRecord extends Order {
  readonly accountId: string
  /** null: every session that was open then. */
  readonly sessionId: string | null
  /** Of those only the sessions of this line. Absent: of all lines. */
  readonly lineId?: string
  readonly at: EpochMs
}

/** An order on its way to the client of one session. */
export interface SessionOrder extends Order {
  readonly accountId: string
  readonly sessionId: string
  readonly origin: RequestOrigin
  readonly route: SessionRoute
  /** The last request of the session when the order was addressed. */
  readonly lastAt: EpochMs
  /** The trace-id that the consumer gave the session; absent: none. */
  readonly traceId?: string
}

/**
 * `accepted`: the client will act, or says so. `unknown-session`: the client has no such session. `refused`: it will
 * not. `unreachable`: no connection leads to it now. `undeliverable`: its agent does not reach it. `timeout`: it did
 * not answer, however often it was asked.
 */
export type OrderResult =
  | 'accepted'
  | 'unknown-session'
  | 'refused'
  | 'unreachable'
  | 'undeliverable'
  | 'timeout'
