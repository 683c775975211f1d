/**
 * A request whose session is open in another account than its subscriber's belongs to the session.
 *
 * Session-Id and ChargingDataRef are unique, so it is the session that names the account; a subscriber of another one
 * in a later request is its client's mistake. Only a request whose session is not found where its subscriber belongs
 * is looked for in the directory of sessions, and visits the account that it leads to. There it is decided when the
 * session is open, or has had the request before its end; else it goes home, and is late there.
 *
 * An initial request that finds the session open there is refused: it would begin a second one of the same id, and what
 * the client reports later without a subscriber could not be told apart. Else it goes home and begins its session. It
 * asks the directory in any case, so usual ones pay nothing.
 */

import type { State } from '../charging/decision.ts'
import { isGone } from '../domain/line-numbers.ts'
import { emergencyAccountId, isCaller, type LineRef } from '../domain/subscriber.ts'
import { forget, type Job } from './job.ts'
import type { Lane } from './lane.ts'

/** Whether the request is to ask the session directory before it is decided in the account of its subscriber. */
export function mayVisit(job: Job): boolean {
  // What was sent may be applied where it is.
  return job.visit === 'none' && !job.sent && job.request.kind === 'charging'
}

/** Has the job leave for the account of its directory entry, unless that is the lane's. */
export function leave(lane: Lane, job: Job): boolean {
  const { entry } = job
  if (!entry || entry.accountId === lane.key.accountId) return false
  if (isInitial(job) && isOfEmergency(lane, entry)) return false
  job.home = { accountId: lane.key.accountId, lineId: job.lineId }
  job.visit = 'away'
  stray(lane, job)
  return true
}

/** What is late is of the line that its session began with, also when another one of the account has the number now. */
export function stay(job: Job): void {
  if (job.entry && !isInitial(job) && !isEvent(job)) job.lineId = job.entry.lineId
}

/** Whether a visitor does not belong here, as far as the session tells that is open or not. */
export function isAstray(job: Job, isOpen: boolean): boolean {
  if (job.visit !== 'away') return false
  // Nothing but a refusal is ever sent of it, which leaves no trace.
  if (isInitial(job)) return !isOpen
  return !job.sent && (!isOpen || isEvent(job))
}

/** Sends a visitor back to where its subscriber belongs. */
export function goHome(lane: Lane, job: Job, isOpen: boolean): void {
  job.visit = isOpen ? 'live' : 'over'
  stray(lane, job)
}

/** Nobody's emergency call is refused because of a session id. */
function isOfEmergency({ key }: Lane, entry: LineRef): boolean {
  return key.accountId === emergencyAccountId || entry.accountId === emergencyAccountId
}

/**
 * Whether the line of the request has none of its numbers any more, or is not there: then its identities were claimed for it,
 * and it never came.
 */
function isLeft({ request }: Job, { lineId, lines }: State): boolean {
  const line = lines.get(lineId)
  if (line === undefined) return !isCaller(lineId)
  if (line.past === undefined || request.kind !== 'charging') return false
  return isGone(line, request.subscribers)
}

/**
 * Has the job look for its subscriber anew if its line has none of the numbers any more: what led here is old. Sessions
 * stay with the line that they began with, whatever became of its numbers.
 */
export function leftLine(lane: Lane, job: Job, state: State): boolean {
  const { request } = job
  if (request.kind !== 'charging' || job.gone !== null || !isLeft(job, state)) return false
  const { accountId } = lane.key
  // What was sent and is not known to be lost may be applied here.
  if (isKnown(job, state, accountId) || lane.attempts.length > 0) return false
  const { lineId, lines, sessions } = state
  if (sessions.has(request.sessionId)) return false
  job.gone = { accountId, lineId, changes: lines.get(lineId)?.past?.changes ?? 0 }
  job.renewing = true
  job.sent = false
  stray(lane, job)
  return true
}

/** A commit that was lost, of this request or another one like it, may have left a directory entry all the same. */
function isKnown(job: Job, { closed }: State, accountId: string): boolean {
  if (closed !== null) return true
  return !job.sent && !isInitial(job) && !isEvent(job) && job.entry?.accountId === accountId
}

/** Whether a visitor is late usage of a line that has lost its number since. */
export function isLateGuest(lane: Lane, job: Job, state: State): boolean {
  if (isEvent(job) || isInitial(job) || !isLeft(job, state)) return false
  return state.closed !== null || job.gone?.accountId !== lane.key.accountId
}

/** Whether a visitor would begin a session. */
export function isInitial({ request }: Job): boolean {
  return request.kind === 'charging' && request.type === 'initial'
}

/** An event never belongs to an open session: it asks only whether the directory entry is in use. */
export function isEvent({ request }: Job): boolean {
  return request.kind === 'charging' && request.type === 'event'
}

function stray(lane: Lane, job: Job): void {
  if (lane.strays === null) lane.strays = [job]
  else lane.strays.push(job)
}

/** Takes those that leave out of the batch; `send` hands each on, null: it belongs to nobody who is known. */
export function forward(
  lane: Lane,
  strays: readonly Job[],
  send: (job: Job, to: LineRef | null) => void
): true {
  lane.strays = null
  lane.batch = lane.batch.filter(job => !strays.includes(job))
  for (const job of strays) {
    const to = job.visit === 'away' ? (job.entry ?? null) : job.home
    forget(job)
    if (to !== null && !job.renewing) job.lineId = to.lineId
    send(job, to)
  }
  return true
}
