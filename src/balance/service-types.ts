/** What the charging service is given, and what it offers. */
import type { Changes, Decide, IsEmergency, Present, StandIn } from '../charging/decision.ts'
import type { Accounts, Charge } from '../charging/ports.ts'
import type { EngineAnswer } from '../domain/answer.ts'
import type { Logger } from '../domain/log.ts'
import type { EngineRequest } from '../domain/request.ts'
import type { Clock, Random, Scheduler } from '../domain/time.ts'
import type { Counters } from './counters.ts'
import type { HandedAnswers, HandedRequests, HandOver } from './hand-over.ts'
import type { JournalStats } from './journal/journal.ts'
import type { JournalStorage } from './journal/storage.ts'
import type { LaneLimits } from './lane.ts'
import type { Store } from './store.ts'

export interface ServiceLimits extends LaneLimits {
  readonly requestDeadlineMs: number
  /** What the usage journal may take on disk. */
  readonly journalOctets?: number
  /** Documents that the images of all accounts hold together. */
  readonly cachedDocuments?: number
  /** Identities and sessions of which the line is remembered, each. */
  readonly cachedIdentities?: number
}

export interface ServiceOptions {
  readonly store: Store
  readonly decide: Decide
  readonly present: Present
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  readonly logger: Logger
  readonly limits?: ServiceLimits
  /** Answers without an account; without it nothing is granted while the store is away. */
  readonly standIn?: StandIn
  /** Without it nobody is served whom nobody knows. */
  readonly isEmergency?: IsEmergency
  /** Where usage is kept that cannot be committed; without it such usage counts only when it is repeated. */
  readonly journal?: JournalStorage
  /**
   * Loads a version of the catalogue that a decision missed (VersionUnknown), for the next try; rejects while the store
   * is away. Without it such a request waits until its time is over.
   */
  readonly fetchVersion?: (version: string) => Promise<void>
  /** The other workers of this server. */
  readonly handOver?: HandOver
  readonly hooks?: {
    /** After every decision that is committed (or confirmed), before its answer goes out. */
    readonly committed?: (
      request: EngineRequest,
      answer: EngineAnswer,
      changes: Changes | null
    ) => void
  }
}

export interface ServiceStats extends Counters, JournalStats {
  readonly lanes: number
  readonly cachedDocuments: number
  readonly cachedIdentities: number
  /** Requests not answered yet. */
  readonly waiting: number
  readonly commitsInFlight: number
  /** Calls of the store's commit so far, and commits of the largest. */
  readonly groups: number
  readonly largestGroup: number
}

export interface ChargingService {
  readonly charge: Charge
  readonly accounts: Accounts
  /** Names this process in the versions that it writes. */
  readonly writer: string
  /** Decides what another worker of this server has handed over. */
  takeOver(handed: HandedRequests, done: (answers: HandedAnswers) => void): void
  /** Sweeps until nothing is due; the number of sweeps that closed something. */
  sweep(): Promise<number>
  /** Begins to sweep every second, and to drop old receipts. */
  start(): void
  /** Begins to replay what is in the journal. */
  startReplay(): void
  /** Answers what is in flight, refuses what comes after. The store stays open. */
  close(): Promise<void>
  stats(): ServiceStats
}
