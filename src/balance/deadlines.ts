/**
 * Answers what was not answered in time.
 *
 * Every request has the same time, so the order of arrival is the order of the deadlines: one queue and one timer
 * serve all. Those whose client gives up earlier (ChargingRequest.deadline) stand in a list beside it, which is looked
 * through more often. What is done with the request afterwards is the lane's matter.
 */
import type { Clock, Scheduler } from '../domain/time.ts'
import type { Job } from './job.ts'

/** Deadlines are looked at so often, so an answer may be late by this much. */
const checkEveryMs = 200
/** Answered requests are forgotten in lots of this size: soon, so that they die young. */
const trimAt = 128

/** Those of requests with a time of their own are looked at so often. */
const ownEveryMs = 20

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
  const hasty = createHasty(clock, scheduler, expired)
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
      if (ownDeadline(job) < job.deadline) hasty.add(job)
      // What is answered must not wait for the timer to be forgotten: look now and then.
      if (jobs.length % trimAt === 0) skipAnswered()
      arm()
    },
    waiting: () => jobs.length - head,
    close() {
      cancel?.()
      cancel = null
      hasty.close()
    }
  }
}

/** Jobs with deadlines in no order; what is answered is forgotten at the next look. */
function createHasty(
  clock: Clock,
  scheduler: Scheduler,
  expired: (job: Job) => void
): Pick<Deadlines, 'add' | 'close'> {
  let jobs: Job[] = []
  let cancel: (() => void) | null = null

  function check(): void {
    cancel = null
    const now = clock.monotonic()
    const looked = jobs
    jobs = []
    for (const job of looked) {
      if (job.answered) continue
      if (ownDeadline(job) <= now) expired(job)
      else jobs.push(job)
    }
    if (jobs.length > 0) arm()
  }

  function arm(): void {
    cancel ??= scheduler.later(ownEveryMs, check)
  }

  return {
    add(job) {
      jobs.push(job)
      arm()
    },
    close() {
      cancel?.()
      cancel = null
    }
  }
}

function ownDeadline({ request }: Job): number {
  return (request.kind === 'charging' ? request.deadline : undefined) ?? Number.POSITIVE_INFINITY
}
