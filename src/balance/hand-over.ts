/**
 * Requests that lose race after race go to the worker of this server that wins them: there they wait in one lane with
 * what they lose to.
 *
 * Nothing is lost or done twice by it. Who handed a request over keeps it, and decides it itself when no answer comes
 * in time; should both have decided it, the second meets the receipt of the first under the request's key.
 */
import type { ChargingAnswer, EngineAnswer } from '../domain/answer.ts'
import type { ChargingRequest } from '../domain/request.ts'
import type { Clock, Scheduler } from '../domain/time.ts'
import { busyAnswer, createJob, type Job } from './job.ts'
import type { Lane } from './lane.ts'
import { writerOf } from './versions.ts'

/** A request with the line that it belongs to. */
export interface HandedRequest {
  readonly request: ChargingRequest
  readonly lineId: string
}

/** Requests of one account, and how long their answers are waited for. */
export interface HandedRequests {
  readonly accountId: string
  readonly requests: readonly HandedRequest[]
  readonly withinMs: number
}

/** An answer for each request, in order; null: it was not decided. */
export type HandedAnswers = readonly (ChargingAnswer | null)[]

/** The other workers of this server. */
export interface HandOver {
  /** False, and nothing is called, when no worker has this name. Else `done` is called once, in time. */
  offer(writer: string, handed: HandedRequests, done: (answers: HandedAnswers) => void): boolean
}

/** The longest wait for another worker; after it the request is decided here. */
const waitMaxMs = 1_000

/**
 * Hands the lane's batch to the writer of the version that it lost to. False: it stays here. Else `done` is called
 * once the requests that were answered there have their answers.
 */
export function handOver(
  handOver: HandOver | null,
  clock: Clock,
  lane: Lane,
  version: string,
  answer: (job: Job, given: EngineAnswer) => void,
  done: () => void
): boolean {
  if (handOver === null || version === '') return false
  const jobs = lane.batch.filter(job => !job.handed && !job.answered && isCharging(job))
  const [first] = jobs
  if (first === undefined) return false
  const deadline = jobs.reduce((earliest, job) => Math.min(earliest, job.deadline), first.deadline)
  const withinMs = Math.min(waitMaxMs, deadline - clock.monotonic())
  if (withinMs <= 0) return false
  const requests = jobs.map(({ request, lineId }) => ({
    request: request as ChargingRequest,
    lineId
  }))
  const handed = { accountId: lane.key.accountId, requests, withinMs }
  return handOver.offer(writerOf(version), handed, answers => {
    for (const [i, job] of jobs.entries()) {
      const given = answers[i] ?? null
      // An operation without a key could be done twice; a charging request has one.
      if (given !== null) answer(job, given)
    }
    done()
  })
}

/** One with a deadline of its own stays: that is an instant on this process's clock. */
function isCharging({ request }: Job): boolean {
  return request.kind === 'charging' && request.deadline === undefined
}

export interface TakeOverOptions {
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Hands the job to the lane of its account. */
  readonly submit: (job: Job, accountId: string) => void
  /** Answers the job unless it has been answered. */
  readonly answer: (job: Job, given: EngineAnswer) => void
}

/** Decides what another worker handed over; what is not decided in time is dropped undecided. */
export function takeOver(
  options: TakeOverOptions,
  { accountId, requests, withinMs }: HandedRequests,
  done: (answers: HandedAnswers) => void
): void {
  const { clock, scheduler, submit, answer } = options
  const answers: (ChargingAnswer | null)[] = requests.map(() => null)
  let left = requests.length
  const jobs = requests.map(({ request, lineId }, i) => {
    const reply = (given: ChargingAnswer) => {
      // Which no decision gives: the service ends, or the time is over.
      if (given.outcome !== 'too-busy') answers[i] = given
      left -= 1
      if (left > 0) return
      cancel()
      done(answers)
    }
    const job = createJob(request, reply, clock.monotonic() + withinMs)
    job.lineId = lineId
    job.handed = true
    return job
  })
  const cancel = scheduler.later(withinMs, () => {
    for (const job of jobs) answer(job, busyAnswer(job.request))
  })
  for (const job of jobs) submit(job, accountId)
}
