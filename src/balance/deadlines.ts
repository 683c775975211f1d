/**
 * Answers what was not answered in time.
 *
 * Every request has the same time, so the order of arrival is the order of the deadlines: one queue and one timer
 * serve all. What is done with the request afterwards is the lane's matter.
 */
import type { Clock, Scheduler } from '../domain/time.ts'
import type { Job } from './job.ts'

/** Deadlines are looked at so often, so an answer may be late by this much. */
const checkEveryMs = 200
/** Answered requests are forgotten in lots of this size: soon, so that they die young. */
const trimAt = 128

export interface Deadlines {
  add(job: Job): void
  /** Jobs not answered yet, and some that are. */
  waiting(): number
  close(): void
}

export function createDeadlines(
  clock: Clock,
  scheduler: Scheduler,
  expired: (job: Job) => void
): Deadlines {
  let jobs: Job[] = []
  let head = 0
  let cancel: (() => void) | null = null

  function check(): void {
    cancel = null
    const now = clock.monotonic()
    skipAnswered()
    for (let job = jobs[head]; job !== undefined && job.deadline <= now; job = jobs[head]) {
      head++
      if (!job.answered) expired(job)
      skipAnswered()
    }
    if (head < jobs.length) arm()
  }

  function skipAnswered(): void {
    while (head < jobs.length && jobs[head]?.answered === true) head++
    if (head === jobs.length) {
      jobs = []
      head = 0
    } else if (head >= trimAt && head * 2 >= jobs.length) {
      jobs = jobs.slice(head)
      head = 0
    }
  }

  function arm(): void {
    cancel ??= scheduler.later(checkEveryMs, check)
  }

  return {
    add(job) {
      jobs.push(job)
      // What is answered must not wait for the timer to be forgotten: look now and then.
      if (jobs.length % trimAt === 0) skipAnswered()
      arm()
    },
    waiting: () => jobs.length - head,
    close() {
      cancel?.()
      cancel = null
    }
  }
}
