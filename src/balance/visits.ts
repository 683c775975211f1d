/**
 * A request whose session is open in another account than its subscriber's belongs to the session.
 *
 * Session-Id and ChargingDataRef are unique, so it is the session that names the account; a subscriber of another one
 * in a later request is its client's mistake. Only a request whose session is not found where its subscriber belongs
 * is looked for in the directory of sessions, and visits the account that it leads to. There it is decided when the
 * session is open, or has had the request before its end; else it goes home, and is late there.
 */

import type { LineRef } from '../domain/subscriber.ts'
import { forget, type Job } from './job.ts'
import type { Lane } from './lane.ts'

/** Whether the request is to ask the session directory before it is decided in the account of its subscriber. */
export function mayVisit(job: Job): boolean {
  // What was sent may be applied where it is; an initial request begins a session of its own.
  return job.visit === 'none' && !job.sent && isOfSession(job)
}

function isOfSession({ request }: Job): boolean {
  return request.kind === 'charging' && request.type !== 'initial'
}

/** Has the job leave for the account of its directory entry, unless that is the lane's. */
export function leave(lane: Lane, job: Job): boolean {
  const { entry } = job
  if (!entry || entry.accountId === lane.key.accountId) return false
  job.home = { accountId: lane.key.accountId, lineId: job.lineId }
  job.visit = 'away'
  stray(lane, job)
  return true
}

/** Whether a visitor does not belong here, as far as the session tells that is open or not. */
export function isAstray(job: Job, isOpen: boolean): boolean {
  if (job.visit !== 'away' || job.sent) return false
  return !isOpen || isEvent(job)
}

/** Sends a visitor back to where its subscriber belongs. */
export function goHome(lane: Lane, job: Job, isOpen: boolean): void {
  job.visit = isOpen ? 'live' : 'over'
  stray(lane, job)
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
    if (to !== null) job.lineId = to.lineId
    send(job, to)
  }
  return true
}
