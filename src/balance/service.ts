/**
 * Everything between a request and its committed answer: identities, lanes, group commit, retries, sweeping.
 *
 * The engine comes in as a pure function and the store as a port; nothing here knows a price or a database.
 * A request whose time is over while it waits is answered `too-busy` (`unavailable`) and never decided: the client
 * repeats it under the same key. One whose commit is under way then may still take effect; its repeat gets the
 * stored answer. Usage that such a request reports is journaled first (journal/).
 */
import type { Changes } from '../charging/decision.ts'
import type { AccountAnswer, ChargingAnswer, EngineAnswer } from '../domain/answer.ts'
import { VersionUnknown } from '../domain/errors.ts'
import { limits as defaults } from '../domain/limits.ts'
import type { AccountRequest, ChargingRequest, EngineRequest } from '../domain/request.ts'
import type { LineRef } from '../domain/subscriber.ts'
import { createAccountRequests } from './accounts.ts'
import { countRecords, createCounters } from './counters.ts'
import { createDeadlines } from './deadlines.ts'
import { createDirectory } from './directory.ts'
import { type TakeOverOptions, takeOver } from './hand-over.ts'
import { createIdentities } from './identities.ts'
import { busyAnswer, commandAnswer, createJob, type Job, keepable } from './job.ts'
import { UsageJournal } from './journal/journal.ts'
import type { JournalStorage } from './journal/storage.ts'
import type { LaneLimits } from './lane.ts'
import { createLaneCache } from './lane-cache.ts'
import { createLanes, type LanesOptions } from './lanes.ts'
import { type Parts, statsOf, warnOfContradiction } from './service-parts.ts'
import type { ChargingService, ServiceLimits, ServiceOptions } from './service-types.ts'
import { createSweeper } from './sweeper.ts'
import { createTurn } from './turn.ts'
import { createVersions } from './versions.ts'
import { createViews } from './views.ts'

export type * from './service-types.ts'

const cachedDocumentsDefault = 100_000
const cachedIdentitiesDefault = 500_000
/** Identities are looked for again so long after the store failed. */
const retryMs = 200

export function createChargingService(options: ServiceOptions): ChargingService {
  const { clock, scheduler, store } = options
  const parts = createParts(options, () => {
    parts.lanes.run()
    accountRequests.send()
    parts.directory.send()
  })
  const accountRequests = createAccountRequests({
    store,
    decide: options.decide,
    clock,
    logger: options.logger,
    turn: parts.turn,
    callsMax: parts.limits.lookupsPerGroup,
    directory: parts.directory,
    enqueue: (request, reply) => submit(parts, request, reply)
  })
  const sweeper = createSweeper({
    store,
    clock,
    scheduler,
    logger: options.logger,
    receiptHours: parts.limits.receiptHours,
    sweepAccount: accountId =>
      new Promise(resolve => {
        submit(parts, { kind: 'sweep', accountId }, (_, changes) => resolve(changes !== null))
      })
  })
  if (options.journal !== undefined) parts.journal = createJournal(parts, options.journal)
  return {
    charge: (request, reply) => charge(parts, request, reply),
    accounts: {
      submit: request => accountRequests.submit(request),
      ...createViews(store, options.present, clock)
    },
    writer: parts.writer,
    takeOver: (handed, done) => takeOver(takeOverOptions(parts), handed, done),
    sweep: () => sweeper.sweep(),
    start: () => sweeper.start(),
    startReplay: () => parts.journal?.start(),
    async close() {
      parts.closed = true
      sweeper.stop()
      await parts.journal?.stop()
      if (parts.waiting > 0) {
        await new Promise<void>(resolve => {
          parts.drained = resolve
        })
      }
      parts.deadlines.close()
      await parts.journal?.close()
    },
    stats: () => statsOf(parts)
  }
}

function createParts(options: ServiceOptions, run: () => void): Parts {
  const { clock, scheduler, store } = options
  const limits: ServiceLimits = options.limits ?? defaults
  const counters = createCounters()
  const turn = createTurn(scheduler, run)
  const directory = createDirectory(store, () => turn.gather())
  const cache = createLaneCache(store.partitions, limits.cachedDocuments ?? cachedDocumentsDefault)
  const writer = options.random.hex(8)
  const parts: Parts = {
    options,
    writer,
    limits,
    counters,
    turn,
    directory,
    cache,
    deadlines: createDeadlines(clock, scheduler, job => {
      counters.timedOut++
      turnAway(parts, job, limits.requestDeadlineMs)
    }),
    lanes: createLanes({
      ...laneOptions(options, limits, writer),
      counters,
      cache,
      turn,
      directory,
      committed: (request, given, changes) => committed(parts, request, given, changes),
      left: job => parts.identities.left(job),
      answer: (job, given) => answer(parts, job, given)
    }),
    identities: createIdentities({
      directory,
      entriesMax: limits.cachedIdentities ?? cachedIdentitiesDefault,
      found: (job, ref) => enter(parts, job, ref),
      stranger(job, ref) {
        job.visit = 'away'
        enter(parts, job, ref)
      },
      unknown: (job, outcome) => answer(parts, job, commandAnswer(outcome)),
      contradictory: (request, accounts) => warnOfContradiction(options.logger, request, accounts),
      isEmergency: options.isEmergency ?? (() => false),
      retry: again => void scheduler.later(retryMs, again)
    }),
    journal: null,
    waiting: 0,
    closed: false,
    drained: null
  }
  return parts
}

function charge(
  parts: Parts,
  request: ChargingRequest,
  reply: (answer: ChargingAnswer, changes: Changes | null) => void
): void {
  const job = newJob(parts, request, reply)
  if (parts.closed) {
    turnAway(parts, job, 0)
    return
  }
  if (parts.journal?.alert === true && answerInstead(parts, parts.journal, job, request)) return
  const ref = parts.identities.cached(request)
  if (ref === undefined) parts.identities.find(job)
  else enter(parts, job, ref)
}

function enter(parts: Parts, job: Job, ref: LineRef): void {
  job.lineId = ref.lineId
  parts.lanes.submit(job, ref.accountId)
}

function submit(
  parts: Parts,
  request: AccountRequest,
  reply: (answer: AccountAnswer, changes: Changes | null) => void
): void {
  const job = newJob(parts, request, reply)
  if (parts.closed) answer(parts, job, busyAnswer(request))
  else parts.lanes.submit(job, request.accountId)
}

function newJob(
  parts: Parts,
  request: EngineRequest,
  reply: (answer: never, changes: Changes | null) => void
): Job {
  const { limits, options } = parts
  const job = createJob(request, reply, options.clock.monotonic() + limits.requestDeadlineMs)
  parts.waiting++
  parts.deadlines.add(job)
  return job
}

function takeOverOptions(parts: Parts): TakeOverOptions {
  const { clock, scheduler } = parts.options
  return {
    clock,
    scheduler,
    answer: (job, given) => answer(parts, job, given),
    submit(job, accountId) {
      parts.waiting++
      if (parts.closed) answer(parts, job, busyAnswer(job.request))
      else parts.lanes.submit(job, accountId)
    }
  }
}

/** Answers a request that is not decided in time: what it consumed is journaled first. */
function turnAway(parts: Parts, job: Job, waitedMs: number): void {
  const { journal, options } = parts
  const request = keepable(job, options.clock)
  if (journal === null || request === null) {
    answer(parts, job, busyAnswer(job.request, job.sent))
    return
  }
  journal.overdue(request, options.clock.now() - waitedMs, given => answer(parts, job, given))
}

/** False: the request is for the store. */
function answerInstead(
  parts: Parts,
  journal: UsageJournal,
  job: Job,
  request: ChargingRequest
): boolean {
  if (request.receivedAt !== undefined) return false
  return journal.instead(request, given => answer(parts, job, given))
}

function createJournal(parts: Parts, storage: JournalStorage): UsageJournal {
  const { clock, logger, scheduler, standIn, store } = parts.options
  return new UsageJournal({
    storage,
    standIn: standIn ?? (() => null),
    clock,
    scheduler,
    logger,
    receiptHours: parts.limits.receiptHours,
    octetsMax: parts.limits.journalOctets ?? defaults.journalOctets,
    ping: () => store.ping(),
    submit: (request, reply) => charge(parts, request, reply)
  })
}

function answer(parts: Parts, job: Job, given: EngineAnswer): void {
  if (job.answered) return
  job.answered = true
  parts.deadlines.delete(job)
  parts.waiting--
  job.reply(given, job.changes)
  if (parts.waiting === 0) parts.drained?.()
}

function committed(
  parts: Parts,
  request: EngineRequest,
  given: EngineAnswer,
  changes: Changes | null
): void {
  if (changes !== null) countRecords(parts.counters, changes, parts.options.logger)
  if (parts.journal?.alert === true) parts.journal.reached()
  if (request.kind === 'charging' && given.kind === 'charging') {
    // A cached identity that leads to no account or line is stale.
    if (given.outcome === 'user-unknown') parts.identities.forget(request)
  }
  parts.options.hooks?.committed?.(request, given, changes)
}

function laneOptions(
  options: ServiceOptions,
  limits: LaneLimits,
  writer: string
): Omit<
  LanesOptions,
  'counters' | 'cache' | 'turn' | 'directory' | 'committed' | 'left' | 'answer'
> {
  const { store, decide, clock, scheduler, random, logger } = options
  const versions = createVersions(random, writer)
  const handOver = options.handOver ?? null
  const fetchVersion =
    options.fetchVersion ?? (version => Promise.reject(new VersionUnknown(version)))
  return {
    store,
    decide,
    versions,
    clock,
    scheduler,
    random,
    logger,
    limits,
    handOver,
    fetchVersion
  }
}
