/** The signature of the engine: state and request in, answer and changes out. Types only. */
import type { Account, Line } from '../domain/account.ts'
import type { ChargingAnswer, EngineAnswer } from '../domain/answer.ts'
import type { NetworkFacts } from '../domain/facts.ts'
import type { OrderRecord } from '../domain/order.ts'
import type { OutboxRecord } from '../domain/record.ts'
import type { ChargingRequest, EngineRequest, OperationReceipt } from '../domain/request.ts'
import type { ChargingSession, ClosedSession } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'

/** What a request needs to be decided. */
export interface State {
  /** null: the account does not exist. */
  readonly account: Account | null
  /** The request's line, and the lines of due sessions and fees. */
  readonly lines: ReadonlyMap<string, Line>
  /** The session that the request names if it is open, and the due sessions. */
  readonly sessions: ReadonlyMap<string, ChargingSession>
  /** The line that a charging request belongs to, or that an operation names; empty for other requests. */
  readonly lineId: string
  /** The receipt of the request's session when that is closed. */
  readonly closed: ClosedSession | null
  /** What was done under the request's idempotency key, a refund's CC-Correlation-Id, or an event's likeness. */
  readonly receipt: OperationReceipt | null
  /** Of an event: the receipt of the session id that a refund names, or that `receipt` leads to. */
  readonly original?: ClosedSession | null
  /** Ids of open sessions whose index entry is due, at most 64; all of them are in `sessions`. */
  readonly due: readonly string[]
  /** Lines with a fee of their own that is due, all of them in `lines`; absent: none. */
  readonly dueLines?: readonly string[]
  /**
   * The earliest index entry among the account's other open sessions and lines; 0: there is none; null: the indexes
   * were not read, because nothing is due by `account.sweepAt`, and then `due` says nothing either.
   */
  readonly nextDue: EpochMs | null
}

/** What a decision writes, all at once or not at all. */
export interface Changes {
  readonly account: Account
  readonly lines: readonly Line[]
  /** Open sessions, written whole. */
  readonly sessions: readonly ChargingSession[]
  /** Sessions that were closed or that never opened, with their receipts. */
  readonly closed: readonly { readonly sessionId: string; readonly receipt: ClosedSession }[]
  readonly records: readonly OutboxRecord[]
  /** For the clients of open sessions. */
  readonly orders: readonly OrderRecord[]
  readonly receipt: { readonly key: string; readonly receipt: OperationReceipt } | null
}

export interface Decision {
  readonly answer: EngineAnswer
  /** null: nothing is written, and the answer is confirmed by a check of the account's version. */
  readonly changes: Changes | null
}

/**
 * The engine. Pure: reads no clock, draws no random number, changes no argument.
 * Throws GYRO_ASSERTION on what cannot happen; then only this request fails.
 */
export type Decide = (state: State, request: EngineRequest, now: EpochMs) => Decision

/** What a request is answered with when no account can be read. */
export interface StandInAnswer {
  readonly answer: ChargingAnswer
  /** What is to be charged once accounts can be read. */
  readonly request: ChargingRequest
  /** Everything in the request was granted. */
  readonly whole: boolean
}

/**
 * The answer from the catalogue alone; null: it takes an account. `known` is what an earlier request of the session
 * said, null when there was none. Pure.
 */
export type StandIn = (request: ChargingRequest, known: NetworkFacts | null) => StandInAnswer | null

/** Whether a request is an emergency, which is served also when nobody knows the subscriber. Pure. */
export type IsEmergency = (request: ChargingRequest) => boolean

/** An account and its lines as they stand at an instant: due renewals and expiries applied. Pure. */
export type Present = (
  account: Account,
  lines: readonly Line[],
  now: EpochMs
) => { readonly account: Account; readonly lines: readonly Line[] }
