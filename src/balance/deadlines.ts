/**
 * Answers what was not answered in time.
 *
 * Every request has the same time, so the order of arrival is the order of the deadlines: one list and one timer
 * serve all. Those whose client gives up earlier (ChargingRequest.deadline) stand in a list beside it, which is looked
 * through more often. What is answered leaves both at once: a request holds its message, its stream and its answer,
 * and what lives on beyond them is copied by every collection of young objects. What is done with a request
 * afterwards is the lane's matter.
 */
import { createLinkedList } from '../domain/linked-list.ts'
import type { Clock, Scheduler } from '../domain/time.ts'
import type { Hasty, Job } from './job.ts'

/** Deadlines are looked at so often, so an answer may be late by this much. */
const checkEveryMs = 200
/** Those of requests with a time of their own are looked at so often. */
const ownEveryMs = 20

export interface Deadlines {
  add(job: Job): void
  /** The job is answered; nothing happens when it is not waited for. */
  delete(job: Job): void
  close(): void
}

export function createDeadlines(
  clock: Clock,
  scheduler: Scheduler,
  expired: (job: Job) => void
): Deadlines {
  const hasty = createHasty(clock, scheduler, expired)
  const jobs = createLinkedList<Job>()
  let cancel: (() => void) | null = null

  function check(): void {
    cancel = null
    const now = clock.monotonic()
    for (let job = jobs.first(); job !== null && job.deadline <= now; job = jobs.first()) {
      jobs.delete(job)
      expired(job)
    }
    if (jobs.first() !== null) arm()
  }

  function arm(): void {
    cancel ??= scheduler.later(checkEveryMs, check)
  }

  return {
    add(job) {
      jobs.push(job)
      if (ownDeadline(job) < job.deadline) hasty.add(job)
      arm()
    },
    delete(job) {
      jobs.delete(job)
      hasty.delete(job)
    },
    close() {
      cancel?.()
      cancel = null
      hasty.close()
    }
  }
}

/** Jobs with deadlines in no order. */
function createHasty(clock: Clock, scheduler: Scheduler, expired: (job: Job) => void): Deadlines {
  const places = createLinkedList<Hasty>()
  let cancel: (() => void) | null = null

  function check(): void {
    cancel = null
    const now = clock.monotonic()
    for (let place = places.first(); place !== null; ) {
      const { job, later } = place
      if (ownDeadline(job) <= now) {
        remove(job)
        expired(job)
      }
      place = later
    }
    if (places.first() !== null) arm()
  }

  function remove(job: Job): void {
    if (job.hasty === null) return
    places.delete(job.hasty)
    job.hasty = null
  }

  function arm(): void {
    cancel ??= scheduler.later(ownEveryMs, check)
  }

  return {
    add(job) {
      job.hasty = { job, earlier: null, later: null }
      places.push(job.hasty)
      arm()
    },
    delete: remove,
    close() {
      cancel?.()
      cancel = null
    }
  }
}

function ownDeadline({ request }: Job): number {
  return (request.kind === 'charging' ? request.deadline : undefined) ?? Number.POSITIVE_INFINITY
}
