/** A request on its way through a lane. */

import type { Changes } from '../charging/decision.ts'
import type { EngineAnswer, Outcome } from '../domain/answer.ts'
import type { Linked } from '../domain/linked-list.ts'
import { lineOfOperation } from '../domain/operation-line.ts'
import type { ChargingRequest, EngineRequest, OperationReceipt } from '../domain/request.ts'
import type { ClosedSession } from '../domain/session.ts'
import type { LineRef } from '../domain/subscriber.ts'
import type { Clock } from '../domain/time.ts'
import type { Holder } from './documents/receipts.ts'

/** The place of a job whose client gives up earlier than others (deadlines.ts). */
export interface Hasty extends Linked<Hasty> {
  readonly job: Job
}

/** Linked in the order of the deadlines. */
export interface Job extends Linked<Job> {
  readonly request: EngineRequest
  /** Called once, by `answer`. Declared as a method: the caller knows which answers its request has. */
  reply(answer: EngineAnswer, changes: Changes | null): void
  /** On the monotonic clock. */
  readonly deadline: number
  answered: boolean
  /** Another worker of this server waits for the answer: it is not handed over again. */
  handed: boolean
  /** A commit with its decision was given to the store; what became of it may not be known. */
  sent: boolean
  /** The line of a charging request, once its subscriber is resolved. */
  lineId: string
  /** null: its client waits as long as others. */
  hasty: Hasty | null
  /**
   * `away`: in the account that the session directory names; then back home: `over` when the session is not open
   * there, `live` when it is and the request is none of its own. See visits.ts.
   */
  visit: 'none' | 'away' | 'over' | 'live'
  /**
   * The line that its subscriber was found to have left: that is looked for anew, once. null: nothing of the kind.
   */
  gone: Holder | null
  /** It leaves its lane for that. */
  renewing: boolean
  /** Where a visitor comes from; null: nobody knows its subscriber. */
  home: LineRef | null

  /** What was decided on the present image; given once that is committed. */
  decided: EngineAnswer | null
  changes: Changes | null

  /** What was found out beside the documents, valid for the present image only. */
  /** Where the session directory leads; null: it does not know the session; undefined: not asked. */
  entry: LineRef | null | undefined
  /** The receipt of the closed session; undefined: not looked up. */
  closed: ClosedSession | null | undefined
  /** The receipt of the operation; undefined: not looked up. */
  receipt: OperationReceipt | null | undefined
  /** The receipt of the session id that a refund names, or of an event like this one; undefined: not looked up. */
  original: ClosedSession | null | undefined
}

export function createJob(
  request: EngineRequest,
  reply: (answer: never, changes: Changes | null) => void,
  deadline: number
): Job {
  return {
    request,
    reply: reply as (answer: EngineAnswer, changes: Changes | null) => void,
    deadline,
    answered: false,
    handed: false,
    sent: false,
    lineId: request.kind === 'charging' ? '' : lineOfOperation(null, request),
    earlier: null,
    later: null,
    hasty: null,
    decided: null,
    changes: null,
    visit: 'none',
    home: null,
    gone: null,
    renewing: false,
    entry: undefined,
    closed: undefined,
    receipt: undefined,
    original: undefined
  }
}

/** What was found out for an earlier image says nothing of the present one. */
export function forget(job: Job): void {
  job.decided = null
  job.changes = null
  job.entry = undefined
  job.closed = undefined
  job.receipt = undefined
  job.original = undefined
}

/** Whether the time that the request itself gives is over: it must not be debited any more. */
export function isLate({ request }: Job, clock: Clock): boolean {
  if (request.kind !== 'charging' || request.deadline === undefined) return false
  return request.deadline <= clock.monotonic()
}

/**
 * The request, if what it reports may be settled after its answer. A replay is in the journal already, and what the
 * client has given up must not be charged later.
 */
export function keepable(job: Job, clock: Clock): ChargingRequest | null {
  const { request } = job
  if (request.kind !== 'charging' || request.receivedAt !== undefined) return null
  return isLate(job, clock) ? null : request
}

/** The answer when the store is away or the lane is too slow. `sent`: a commit of the request is, or was, under way. */
export function busyAnswer(request: EngineRequest, sent = false): EngineAnswer {
  if (request.kind === 'charging') {
    return { ...commandAnswer('too-busy'), ...(sent ? { uncertain: true } : {}) }
  }
  return {
    kind: 'refused',
    reason: 'unavailable',
    detail: 'it is not known in time whether the request was done; repeat it'
  }
}

/** The answer when the request met a bug. */
export function failedAnswer(request: EngineRequest): EngineAnswer {
  return request.kind === 'charging'
    ? commandAnswer('unable-to-comply')
    : {
        kind: 'refused',
        reason: 'invalid',
        detail:
          'an assertion failed while the request was decided; nothing was changed, see the log'
      }
}

/** An answer at command level. */
export function commandAnswer(outcome: Outcome): EngineAnswer {
  return { kind: 'charging', outcome, units: [], repeated: false }
}
