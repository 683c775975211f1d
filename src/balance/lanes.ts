/**
 * The lanes: each account's requests one after another, what waits decided together and committed once.
 *
 * A lane is always in one of four places: idle, in the ready list, waiting for look-ups or a commit, or waiting for
 * a timer. At the end of a turn every ready lane takes what waits, and goes on until the store is needed.
 * A commit that meets another version brings the current documents, on which the batch is decided again at once;
 * after the second lost race by the worker of this server that won it (hand-over.ts), or else after a random pause.
 * When the store fails, it is not known what was applied: the image is dropped, and the version tells (attempts.ts).
 * A request of a session that is open in another account goes to that one's lane (visits.ts).
 */
import type { Changes, Decide } from '../charging/decision.ts'
import type { EngineAnswer } from '../domain/answer.ts'
import type { Logger } from '../domain/log.ts'
import type { EngineRequest } from '../domain/request.ts'
import type { Clock, EpochMs, Random, Scheduler } from '../domain/time.ts'
import { noteAttempt, settleAttempts } from './attempts.ts'
import { type Deciding, decideBatch } from './batch.ts'
import type { Counters } from './counters.ts'
import { createDeciding } from './deciding.ts'
import type { DirectorySink } from './directory.ts'
import { createGroup, type Group } from './group.ts'
import { type HandOver, handOver } from './hand-over.ts'
import { busyAnswer, commandAnswer, failedAnswer, isLate, type Job } from './job.ts'
import {
  dropAnswered,
  dropImage,
  installDocuments,
  type Lane,
  type LaneLimits,
  reset,
  take,
  wantedOf
} from './lane.ts'
import type { LaneCache } from './lane-cache.ts'
import { createLookups } from './lookups.ts'
import { prepare } from './prepare.ts'
import { createRecentMap, type RecentMap } from './recent-map.ts'
import type { Commit, CommitResult, DirectoryKey, Documents, Store } from './store.ts'
import type { Turn } from './turn.ts'
import type { Versions } from './versions.ts'
import { forward } from './visits.ts'

export interface LanesOptions {
  readonly store: Store
  readonly decide: Decide
  readonly versions: Versions
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  readonly logger: Logger
  readonly limits: LaneLimits
  readonly counters: Counters
  readonly cache: LaneCache
  readonly turn: Turn
  readonly fetchVersion: (version: string) => Promise<void>
  /** null: this process is all there is of the server. */
  readonly handOver: HandOver | null
  readonly directory: Group<DirectoryKey, DirectorySink>
  /** A request was answered by a decision that is committed (or needed no commit). */
  readonly committed: (
    request: EngineRequest,
    answer: EngineAnswer,
    changes: Changes | null
  ) => void
  /** A job leaves its lane: what led it there may be old. True: its subscriber is looked for anew, and nothing else done. */
  readonly left: (job: Job) => boolean
  /** The job's answer is final. */
  readonly answer: (job: Job, answer: EngineAnswer) => void
}

export interface Lanes {
  /** Hands a job to the lane of its account. */
  submit(job: Job, accountId: string): void
  /** Goes on with every lane that can, and sends what they ask of the store. */
  run(): void
  readonly commits: Pick<Group<Commit, Lane>, 'inFlight' | 'largest' | 'sent'>
}

/** After so many lost races a batch waits before it tries again. */
const racesMax = 2
const raceWaitMs = 20
const failureWaitMs = 50
const failureWaitMaxMs = 500

/** The parts of all lanes' work, tied together once. */
interface Work {
  readonly options: LanesOptions
  readonly deciding: Deciding
  readonly commits: Group<Commit, Lane>
  readonly lookups: ReturnType<typeof createLookups>
  readonly closedAnswers: RecentMap<readonly string[]>
  ready: Lane[]
  running: Lane[]
}

export function createLanes(options: LanesOptions): Lanes {
  const { clock, limits, store, turn } = options
  const gather = () => turn.gather()
  const closedAnswers = createRecentMap<readonly string[]>(limits.closedAnswers)
  const work: Work = {
    options,
    deciding: createDeciding(options),
    commits: createGroup<Commit, CommitResult, Lane>({
      call: group => store.commit(group),
      callsMax: limits.commitsPerGroup,
      schedule: gather,
      done: (lane, result, commit) => committed(work, lane, result, commit),
      failed(lane, error, commit) {
        noteAttempt(lane, commit)
        storeFailed(work, lane, error)
      }
    }),
    closedAnswers,
    lookups: createLookups({
      closedAnswers,
      store,
      directory: options.directory,
      limits,
      schedule: gather,
      done: lane => lookedUp(work, lane)
    }),
    ready: [],
    running: []
  }
  return {
    submit: (job, accountId) => submit(work, job, accountId),
    run() {
      const lanes = work.ready
      work.ready = work.running
      work.running = lanes
      const now = clock.now()
      for (const lane of lanes) runLane(work, lane, now)
      lanes.length = 0
      work.commits.send()
      work.lookups.send()
    },
    commits: work.commits
  }
}

function submit(work: Work, job: Job, accountId: string): void {
  const lane = work.options.cache.use(accountId)
  lane.queue.push(job)
  if (lane.busy) return
  lane.busy = true
  makeReady(work, lane)
}

/** Hands those of the batch on that leave, for another account or for whoever their subscriber is now. True: there were some. */
function sendStrays(work: Work, lane: Lane): boolean {
  if (lane.strays === null) return false
  const { answer, left } = work.options
  return forward(lane, lane.strays, (job, to) => {
    if (left(job)) return
    if (to !== null) submit(work, job, to.accountId)
    else answer(job, commandAnswer('user-unknown'))
  })
}

function makeReady(work: Work, lane: Lane): void {
  work.ready.push(lane)
  work.options.turn.again()
}

/** Takes what waits, and answers what has waited too long. */
function fill(work: Work, lane: Lane): void {
  if (lane.batch.length === 0) take(lane, work.options.limits.requestsPerDecision)
  for (const job of lane.batch) {
    if (isLate(job, work.options.clock)) work.options.answer(job, busyAnswer(job.request, job.sent))
  }
  dropAnswered(lane)
}

function runLane(work: Work, lane: Lane, now: EpochMs): void {
  fill(work, lane)
  const prepared = lane.batch.length === 0 || prepare(lane, now, work.lookups)
  sendStrays(work, lane)
  if (!prepared) return
  if (lane.batch.length === 0) {
    finish(work, lane)
    return
  }
  const expected = lane.image?.version ?? ''
  const result = decideBatch(lane, now, work.deciding)
  const strayed = sendStrays(work, lane)
  if (!result.commit) {
    if (lane.batch.length === 0 && !strayed) fetchVersion(work, lane)
    else finish(work, lane)
    return
  }
  for (const job of lane.batch) job.sent = true
  work.commits.add({ key: lane.key, expected, wanted: wantedOf(lane), write: result.write }, lane)
}

/** The batch is decided once the version is here, or known to be nowhere. */
function fetchVersion(work: Work, lane: Lane): void {
  const failed = (error: unknown) => storeFailed(work, lane, error)
  work.options.fetchVersion(lane.missing).then(() => makeReady(work, lane), failed)
}

function lookedUp(work: Work, lane: Lane): void {
  if (lane.unreadable !== undefined) {
    giveUp(work, lane, lane.unreadable)
  } else if (lane.failed) {
    storeFailed(work, lane, 'a look-up failed')
  } else {
    settleFound(work, lane)
    makeReady(work, lane)
  }
}

function committed(work: Work, lane: Lane, result: CommitResult, commit: Commit): void {
  if (!result.ok) {
    lost(work, lane, result.documents, commit)
    return
  }
  if (commit.write !== null && lane.image !== null) lane.image.version = commit.write.version
  finish(work, lane)
}

/** The account was at another version: the batch is decided again on its current documents. */
function lost(work: Work, lane: Lane, documents: Documents, commit: Commit): void {
  const { counters, random, scheduler } = work.options
  counters.conflicts++
  lane.races++
  try {
    installDocuments(lane, documents, commit.wanted)
  } catch (error) {
    giveUp(work, lane, error)
    return
  }
  settleFound(work, lane)
  const again = () => makeReady(work, lane)
  if (lane.races < racesMax) again()
  else if (lane.races > racesMax || !handedOver(work, lane, documents.version, again)) {
    scheduler.later(raceWaitMs * lane.races * random.fraction(), again)
  }
}

function handedOver(work: Work, lane: Lane, version: string, again: () => void): boolean {
  const { answer, clock, counters, handOver: port } = work.options
  if (!handOver(port, clock, lane, version, answer, again)) return false
  counters.handedOver++
  return true
}

function settleFound(work: Work, lane: Lane): void {
  if (lane.attempts.length > 0 && lane.image !== null) {
    settleAttempts(lane, lane.image.version, job => conclude(work, job))
  }
}

function storeFailed(work: Work, lane: Lane, error: unknown): void {
  const { counters, logger, random, scheduler } = work.options
  counters.storeFailures++
  if (lane.failures === 0) {
    logger.debug({ account: lane.key.accountId, error: String(error) }, 'the store failed')
  }
  lane.failed = false
  dropImage(lane)
  const wait = Math.min(failureWaitMaxMs, failureWaitMs * 2 ** lane.failures)
  lane.failures++
  scheduler.later(wait * (0.5 + random.fraction() / 2), () => makeReady(work, lane))
}

/** A document cannot be read: nothing can be decided on this account by this program. */
function giveUp(work: Work, lane: Lane, error: unknown): void {
  lane.unreadable = undefined
  lane.failed = false
  work.options.logger.error(
    { account: lane.key.accountId, error: String(error) },
    'a document is unreadable'
  )
  dropImage(lane)
  for (const job of lane.batch) job.decided = failedAnswer(job.request)
  finish(work, lane)
}

function conclude(work: Work, job: Job): void {
  const answer = job.decided
  if (answer === null) return
  work.options.counters.decided++
  for (const { sessionId, receipt } of job.changes?.closed ?? []) {
    if (receipt.answers !== undefined) work.closedAnswers.set(sessionId, receipt.answers)
  }
  work.options.committed(job.request, answer, job.changes)
  work.options.answer(job, answer)
  // The job is remembered until its deadline is looked at; the documents in it must not live on with it.
  job.decided = null
  job.changes = null
}

function finish(work: Work, lane: Lane): void {
  for (const job of lane.batch) conclude(work, job)
  reset(lane)
  if (lane.queue.length > 0) makeReady(work, lane)
  else lane.busy = false
  work.options.cache.settle(lane)
}
