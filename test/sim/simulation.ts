/**
 * Runs the real service and the real engine in a simulated world: several servers on one store, a bad network,
 * servers that die at any await, and clients that repeat until they are answered.
 */
import { type ChargingService, createChargingService } from '../../src/balance/service.ts'
import type { Decide } from '../../src/charging/decision.ts'
import { createEngine } from '../../src/charging/engine.ts'
import { limits } from '../../src/domain/limits.ts'
import type { Logger } from '../../src/domain/log.ts'
import type { Catalogues } from '../../src/rating/catalogue.ts'
import type { PartialRecords } from '../../src/rating/partial-records.ts'
import { catalogue } from '../support/catalogue.ts'
import {
  createJournalState,
  createMemoryJournal,
  type JournalState,
  journaled
} from '../support/memory-journal.ts'
import { createMemoryState } from '../support/memory-store.ts'
import { createClients } from './clients.ts'
import { createFaultyStore, type Faults } from './faulty-store.ts'
import { createSimulatedHandOver } from './hand-over.ts'
import { Ledger } from './ledger.ts'
import { type Bug, plant } from './planted-bugs.ts'
import { createWorld, type World } from './world.ts'

export interface Server {
  readonly service: ChargingService
  alive: boolean
}

export interface SimulationOptions {
  readonly seed: number
  /** Things that clients do. */
  readonly actions: number
  readonly bug?: Bug
}

export interface SimulationResult {
  readonly steps: number
  readonly sessions: number
  readonly cdrs: number
  readonly conflicts: number
  readonly handedOver: number
  readonly storeFailures: number
  readonly crashes: number
  readonly lateUsage: number
  readonly partialCdrs: number
  readonly timedOut: number
  readonly givenUp: number
  readonly replayed: number
}

const tcc = 120
const accounts = 3

/** Throws when the books do not agree; the message says the seed. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  try {
    return await run(options)
  } catch (error) {
    throw new Error(`seed ${options.seed}: ${error instanceof Error ? error.message : error}`, {
      cause: error
    })
  }
}

async function run({ seed, actions, bug }: SimulationOptions): Promise<SimulationResult> {
  const world = createWorld(seed)
  const state = createMemoryState()
  const faults: Faults = { failBefore: 0.02, failAfter: 0.03, slow: 0.01, away: false }
  const journal = createJournalState()
  const ledger = new Ledger(state)
  // In half of all runs the CDRs of long sessions are cut.
  const cuts = seed % 2 === 0
  const dead: ChargingService[] = []
  const servers: Server[] = []
  const start = (): Server =>
    startServer(world, { state, faults, journal, bug, cuts, servers: () => servers })
  servers.push(start(), start())
  const clients = createClients({
    world,
    ledger,
    servers: () => servers,
    accounts,
    tccMs: tcc * 1000
  })
  const step = () => ledger.check()

  clients.openAccounts()
  await world.runUntil(() => clients.waiting() === 0, step)
  ledger.checkExactly()

  let left = actions
  const act = () => {
    clients.act()
    if (world.chance(0.01)) dead.push(crash(world, servers, start))
    if (world.chance(0.01)) goAway(world, faults)
    if (--left > 0 && left % 100 !== 0) world.after(world.below(400), act)
  }
  while (left > 0) {
    world.after(0, act)
    const until = Math.max(0, Math.ceil(left / 100 - 1) * 100)
    await world.runUntil(() => left <= until && clients.waiting() === 0, step)
    ledger.checkExactly()
  }
  clients.endSessions()
  await world.runUntil(() => clients.waiting() + clients.planned() === 0, step)
  faults.slow = 0
  await world.runUntil(() => !faults.away && journaled(journal) === 0, step)
  must(journal.letters.length === 0, `dead letters: ${journal.letters.join(' ')}`)
  const end = world.now() + 3 * tcc * 1000
  await world.runUntil(() => world.now() >= end, step)
  ledger.checkClosed()
  const all = [...dead, ...servers.map(server => server.service)]
  return { ...summary(world, ledger, all), givenUp: clients.givenUp() }
}

function summary(world: World, ledger: Ledger, services: readonly ChargingService[]) {
  const stats = services.map(service => service.stats())
  const total = (
    name:
      | 'conflicts'
      | 'handedOver'
      | 'storeFailures'
      | 'lateUsage'
      | 'partialCdrs'
      | 'timedOut'
      | 'journalReplayed'
  ) => stats.reduce((sum, one) => sum + one[name], 0)
  return {
    steps: world.steps(),
    sessions: ledger.sessions.size,
    cdrs: [...ledger.cdrs.values()].reduce((sum, cdrs) => sum + cdrs.length, 0),
    conflicts: total('conflicts'),
    handedOver: total('handedOver'),
    storeFailures: total('storeFailures'),
    crashes: services.length - 2,
    lateUsage: total('lateUsage'),
    partialCdrs: total('partialCdrs'),
    timedOut: total('timedOut'),
    replayed: total('journalReplayed')
  }
}

/** The store is away for some time. */
function goAway(world: World, faults: Faults): void {
  if (faults.away) return
  faults.away = true
  world.after(2_000 + world.below(15_000), () => {
    faults.away = false
  })
}

function must(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}

/** A server dies with all its memory, and another one starts in its place. */
function crash(world: World, servers: Server[], start: () => Server): ChargingService {
  const index = world.below(servers.length)
  const server = servers[index]!
  server.alive = false
  servers[index] = start()
  return server.service
}

interface StartOptions {
  readonly state: ReturnType<typeof createMemoryState>
  readonly faults: Faults
  readonly journal: JournalState
  readonly bug: Bug | undefined
  readonly cuts: boolean
  readonly servers: () => readonly Server[]
}

const cutting: PartialRecords[] = [{ volume: 1_000_000, time: 30_000, changes: new Set() }]

function startServer(world: World, options: StartOptions): Server {
  const { state, faults, journal, bug, cuts, servers } = options
  const quota = { ...catalogue.quota, validity: tcc / 2, tcc }
  const current = { ...catalogue, quota, ...(cuts ? { partialRecords: cutting } : {}) }
  const catalogues: Catalogues = { current, byVersion: new Map([[current.version, current]]) }
  const engine = createEngine(() => catalogues)
  const decide: Decide = plant(bug, engine.decide)
  const server = { alive: true }
  const alive = () => server.alive
  const service = createChargingService({
    store: createFaultyStore({
      world,
      state,
      faults,
      alive,
      versionsIgnored: bug === 'versions-ignored'
    }),
    decide,
    present: engine.present,
    standIn: engine.standIn,
    journal: createMemoryJournal(journal, {
      alive,
      written: run => void world.after(world.below(30), run),
      forgetful: bug === 'no-journal'
    }),
    clock: world.clock(world.below(100) - 50),
    scheduler: world.scheduler(alive),
    random: world.random(),
    logger: strictLogger(world),
    handOver: createSimulatedHandOver(world, alive, servers),
    // A small cache: images are dropped and loaded again all the time.
    limits: { ...limits, cachedDocuments: world.chance(0.5) ? 4 : 1_000, requestsPerDecision: 4 }
  })
  service.start()
  service.startReplay()
  return Object.assign(server, { service })
}

/** Anything that the service calls an error is a bug here. */
function strictLogger(world: World): Logger {
  const fail = (fields: object, message: string) =>
    world.fail(`${message}: ${JSON.stringify(fields)}`)
  return {
    debug: () => undefined,
    info: () => undefined,
    warn(fields, message) {
      if (!/sweeping|dropping|is journaled/.test(message)) fail(fields, message)
    },
    error: fail
  }
}
