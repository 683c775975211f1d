/**
 * Commits whose fate is not known, because the store failed while they were under way.
 *
 * Versions are unique. So when the account is found at the version of an attempt, that attempt was applied and its
 * answers are true. At the version it expected, it was not applied so far; should it still be, then before the next
 * commit, which meets its version. At any other version it may have been applied before others: receipts tell for
 * requests that have a key.
 */

import type { EngineRequest } from '../domain/request.ts'
import type { Job } from './job.ts'
import type { Attempt, Lane } from './lane.ts'
import type { Commit } from './store.ts'

export function noteAttempt(lane: Lane, commit: Commit): void {
  if (commit.write === null) return
  lane.attempts.push({
    expected: commit.expected,
    version: commit.write.version,
    jobs: lane.batch.slice(),
    answers: lane.batch.map(job => job.decided),
    changes: lane.batch.map(job => job.changes)
  })
}

/** Gives the answers that the found version proves true, and takes those jobs out of the batch. */
export function settleAttempts(lane: Lane, version: string, finish: (job: Job) => void): void {
  const applied = lane.attempts.find(attempt => attempt.version === version)
  if (applied !== undefined) {
    lane.attempts = []
    applied.jobs.forEach((job, i) => {
      job.decided = applied.answers[i] ?? null
      job.changes = applied.changes[i] ?? null
      finish(job)
    })
    lane.batch = lane.batch.filter(job => !applied.jobs.includes(job))
  } else if (!lane.attempts.some(attempt => attempt.expected === version)) {
    const lost = lane.attempts
    lane.attempts = []
    failKeyless(lane, lost, finish)
  }
}

type Keyless = Extract<EngineRequest, { readonly kind: 'subscribe' | 'add-lines' }>

function isKeyless(request: EngineRequest): request is Keyless {
  return request.kind === 'subscribe' || request.kind === 'add-lines'
}

/** A subscription without a key leaves no receipt: done again it might be paid twice. Lines would be there already. */
function failKeyless(lane: Lane, lost: readonly Attempt[], finish: (job: Job) => void): void {
  lane.batch = lane.batch.filter(job => {
    const { request } = job
    const keyless = isKeyless(request) && request.operation === null
    if (!keyless || !lost.some(attempt => attempt.jobs.includes(job))) return true
    const what = request.kind === 'subscribe' ? 'the offer' : 'the lines'
    job.decided = {
      kind: 'refused',
      reason: 'unavailable',
      detail: `the store failed: see whether the account ${request.accountId} has ${what} now`
    }
    job.changes = null
    finish(job)
    return false
  })
}
