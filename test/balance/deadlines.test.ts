import fc from 'fast-check'
import t from 'tap'
import { createDeadlines } from '../../src/balance/deadlines.ts'
import { createJob, type Job } from '../../src/balance/job.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import type { Clock, Scheduler } from '../../src/domain/time.ts'

const requestMs = 1_000
/** Deadlines are looked at so often. */
const laterMs = 200

/** A clock that is moved by hand, and the timers that it fires. */
function createTimers() {
  let now = 0
  let timers: { at: number; run: () => void }[] = []
  const clock: Clock = { now: () => now, monotonic: () => now }
  const scheduler: Scheduler = {
    soon: run => run(),
    later(delayMs, run) {
      const timer = { at: now + delayMs, run }
      timers.push(timer)
      return () => {
        timers = timers.filter(other => other !== timer)
      }
    }
  }
  return {
    clock,
    scheduler,
    timers: () => timers.length,
    advance(ms: number) {
      for (const until = now + ms; now < until; ) {
        now++
        const due = timers.filter(({ at }) => at <= now)
        timers = timers.filter(({ at }) => at > now)
        for (const { run } of due) run()
      }
    }
  }
}

function jobAt(now: number, own: number | null): Job {
  const request = { kind: 'charging', ...(own === null ? {} : { deadline: now + own }) }
  return createJob(request as ChargingRequest, () => {}, now + requestMs)
}

const steps = fc.array(
  fc.record({
    waitMs: fc.nat(40),
    ownMs: fc.option(fc.nat(1_500), { nil: null }),
    answers: fc.option(fc.nat(30), { nil: null })
  }),
  { maxLength: 80 }
)

t.test(
  'what is not answered in time is told once and soon, and what is answered never',
  async t => {
    fc.assert(
      fc.property(steps, script => {
        const { advance, clock, scheduler } = createTimers()
        const expired = new Map<Job, number>()
        const deadlines = createDeadlines(clock, scheduler, job => {
          t.notOk(expired.has(job) || job.answered)
          expired.set(job, clock.monotonic())
          job.answered = true
          deadlines.delete(job)
        })
        const jobs: { job: Job; due: number; answered: number | null }[] = []
        for (const { answers, ownMs, waitMs } of script) {
          advance(waitMs)
          const now = clock.monotonic()
          const job = jobAt(now, ownMs)
          jobs.push({ job, due: now + Math.min(requestMs, ownMs ?? requestMs), answered: null })
          deadlines.add(job)
          const chosen =
            answers === null ? undefined : jobs[jobs.length - 1 - (answers % jobs.length)]
          if (chosen === undefined || chosen.job.answered) continue
          chosen.answered = now
          chosen.job.answered = true
          deadlines.delete(chosen.job)
          deadlines.delete(chosen.job)
        }
        advance(2 * requestMs)
        for (const { answered, due, job } of jobs) {
          const at = expired.get(job)
          if (answered !== null) t.equal(at, undefined)
          else t.ok(at !== undefined && at >= due && at <= due + laterMs, `due ${due}, told ${at}`)
          t.same([job.earlier, job.later, job.hasty], [null, null, null], 'it refers to no other')
        }
      }),
      { numRuns: 200 }
    )
  }
)

t.test('nothing is timed when nothing waits, and nothing is told after the end', async t => {
  const { advance, clock, scheduler, timers } = createTimers()
  const told: Job[] = []
  const deadlines = createDeadlines(clock, scheduler, job => told.push(job))
  const job = jobAt(0, 10)
  deadlines.add(job)
  deadlines.delete(job)
  advance(2 * requestMs)
  t.equal(timers(), 0)
  deadlines.add(jobAt(clock.monotonic(), 10))
  deadlines.close()
  advance(2 * requestMs)
  t.equal(told.length, 0)
})
