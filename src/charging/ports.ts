/** What front-ends, the HTTP API and commands may ask of the house. Types only. */
import type { Account, Line } from '../domain/account.ts'
import type { AccountAnswer, ChargingAnswer } from '../domain/answer.ts'
import type { ExportFormat } from '../domain/export.ts'
import type { OrderResult, SessionOrder } from '../domain/order.ts'
import type { CdrRecord } from '../domain/record.ts'
import type { AccountRequest, ChargingRequest } from '../domain/request.ts'
import type { ChargingSession } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'

/** Charges a request of the network. The reply is called exactly once, in this turn or a later one, and before the deadline. */
export type Charge = (request: ChargingRequest, reply: (answer: ChargingAnswer) => void) => void

/** An account as it stands at this instant: renewals and expiries that are due have been applied. */
export interface AccountView {
  readonly account: Account
  readonly lines: readonly Line[]
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Opaque; null: there is no more. */
  readonly next: string | null
}

/** Accounts, for the HTTP API and commands. Methods reject with GYRO_STORE_UNAVAILABLE when the store is away. */
export interface Accounts {
  submit(request: AccountRequest): Promise<AccountAnswer>
  view(accountId: string): Promise<AccountView | null>
  /** Every account, in any order. */
  list(cursor: string | null, limit: number): Promise<Page<AccountView>>
  /** Open sessions of an account. null: the account does not exist. */
  sessions(
    accountId: string,
    cursor: string | null,
    limit: number
  ): Promise<Page<ChargingSession> | null>
  /** The open session of this id; null: there is none. */
  session(sessionId: string): Promise<ChargingSession | null>
  /** Open sessions of all accounts. */
  allSessions(cursor: string | null, limit: number): Promise<Page<ChargingSession>>
}

/** Finished CDRs, newest first. */
export interface CdrReader {
  /** `traceId`: only those of this trace, of which the account should be given: there is no index of traces. */
  list(
    accountId: string | null,
    cursor: string | null,
    limit: number,
    traceId?: string
  ): Promise<Page<CdrRecord>>
  /** Those of one session in their order, at most 1,000. */
  ofSession(sessionId: string): Promise<readonly CdrRecord[]>
}

/** A CDR in the order of recording. */
export interface RecordedCdr {
  /** From 1, without gaps, in the order in which CDRs became visible in the database. */
  readonly recorded: number
  readonly recordedAt: EpochMs
  readonly cdr: CdrRecord
}

/** The node that a file is of: as it was planned, whoever writes it in the end. */
export interface ExportNode {
  /** In 3GPP files: the name of the charging function. */
  readonly name: string
  /** In 3GPP files: its IP address. */
  readonly address: string
}

/** What an exporter asks for. */
export interface ExportOrder {
  /** Its files are numbered by themselves, and hold every CDR once. */
  readonly stream: string
  readonly format: ExportFormat
  /** The exporter: any name that no other one has. */
  readonly holder: string
  /** CDRs in a file at most. */
  readonly recordsMax: number
  readonly node: ExportNode
  /** A file that would not be full is only begun when its first CDR was recorded so long ago; 0: at once. */
  readonly ageMs: number
}

/** A file with the CDRs that belong to it, which never change. */
export interface PlannedFile {
  /** From 1, without gaps within the stream. */
  readonly number: number
  /** Numbers of recording, both within. */
  readonly first: number
  readonly last: number
  readonly plannedAt: EpochMs
  readonly node: ExportNode
}

/** Over all CDRs of a file. */
export interface ExportSums {
  /** Millionths by currency; digits, as they may be more than a number holds. */
  readonly amounts: Readonly<Record<string, string>>
  readonly octets: string
  readonly seconds: string
  readonly messages: string
}

export interface FinishedFile {
  readonly number: number
  readonly name: string
  readonly octets: number
  /** Hexadecimal. */
  readonly sha256: string
  readonly sums: ExportSums
}

/** Which CDRs have been exported, kept beside them in the CDR database. */
export interface ExportBook {
  /**
   * The next file to write: one that somebody planned and did not finish, else a new one; null: none is due. The
   * stream is the holder's for ten seconds then. Rejects with GYRO_CONFLICT while it is somebody else's, and with
   * GYRO_INPUT_INVALID when it is of another format.
   */
  next(order: ExportOrder): Promise<PlannedFile | null>
  /** Keeps the stream for another ten seconds. Rejects with GYRO_CONFLICT when it is somebody else's by now. */
  hold(stream: string, holder: string): Promise<void>
  /** The file lies where it belongs. Rejects as `hold` does. */
  finish(stream: string, holder: string, file: FinishedFile): Promise<void>
  /** Leaves the stream to others. */
  release(stream: string, holder: string): Promise<void>
  /** CDRs behind one number up to another, in their order. */
  recorded(after: number, through: number, limit: number): Promise<readonly RecordedCdr[]>
  /** The number of the CDR that was recorded last; 0: none yet. */
  last(): Promise<number>
}

/** What the outbox of a store hands to the CDR writer. */
export interface OutboxEntry {
  /** Opaque; for acknowledging. */
  readonly id: string
  /** An OutboxRecord as JSON. */
  readonly value: string
}

export interface Outbox {
  readonly partitions: number
  /** The oldest entries of each partition, at most `limit` a partition; partitions without entries are left out. */
  read(limit: number): Promise<ReadonlyMap<number, readonly OutboxEntry[]>>
  /** Removes entries, by partition. */
  acknowledge(entries: ReadonlyMap<number, readonly string[]>): Promise<void>
  /** Entries waiting, over all partitions. */
  depth(): Promise<number>
  /** One drain at a time is enough: true while this process holds the lease. Correctness never depends on it. */
  lease(holdMs: number): Promise<boolean>
}

/** A message in the inbox of a node. */
export interface Message {
  /** Opaque; ordered by arrival. */
  readonly id: string
  readonly value: string
}

/**
 * Where the servers on one store find each other, and leave each other messages. A node is one server, named anew at
 * each start. Nothing here is money: what is lost is counted by who misses it.
 */
export interface Exchange {
  /** Says which peers the node reaches, and which processes hold their connections; it counts as gone after `holdMs` unless it is said again. */
  announce(node: string, hosts: readonly string[], holdMs: number): Promise<void>
  /** The node takes no more messages; what is left in its inbox is for others. */
  leave(node: string): Promise<void>
  /** Every node that is known; `hosts` is null when it is gone and was not forgotten yet. */
  nodes(): Promise<readonly { readonly node: string; readonly hosts: readonly string[] | null }[]>
  post(node: string, values: readonly string[]): Promise<void>
  /** The messages behind that one, oldest first; `0` for all. */
  receive(node: string, after: string, limit: number): Promise<readonly Message[]>
  remove(node: string, ids: readonly string[]): Promise<void>
  /** Forgets the node with its inbox. */
  forget(node: string): Promise<void>
}

/**
 * Brings orders to the clients of one access protocol. Resolves with what became of the order, after as many tries
 * as the protocol's rules allow; never rejects.
 */
export interface Notifier {
  deliver(order: SessionOrder): Promise<OrderResult>
}

/** Versions of the catalogue, and which of them is in force when. One for all servers on the store. */
export interface CatalogueShelf {
  /** Versions by their content hash. */
  save(version: string, source: string): Promise<void>
  load(version: string): Promise<string | null>
  versions(): Promise<readonly string[]>
  drop(version: string): Promise<void>
  /** The plan of versions as its writer put it; null: there never was one. */
  plan(): Promise<string | null>
  publish(plan: string): Promise<void>
  /** True for the first who claims this task since another one was claimed. */
  claim(task: string): Promise<boolean>
}

/** Something that is wrong with a catalogue, where it is written. */
export interface CatalogueProblem {
  /** From the catalogue folder. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** `prices[0].per` */
  readonly key: string
  readonly message: string
}

export interface CatalogueVersion {
  readonly version: string
  /** null: ever since. */
  readonly effectiveFrom: EpochMs | null
}

export type ReloadTrigger = 'start' | 'api' | 'signal' | 'watch'

/** What became of reading the catalogue again: `refused` when it is wrong, and what was in force stays. */
export interface Reload {
  readonly at: EpochMs
  readonly trigger: ReloadTrigger
  readonly result: 'changed' | 'unchanged' | 'refused' | 'failed'
  /** Of a catalogue that was refused. */
  readonly problems: readonly CatalogueProblem[]
  /** Offers that the version in force before had, and that are gone: accounts that have them have no price now. */
  readonly withdrawn: readonly string[]
}

/** Which catalogue is in force, for the HTTP API. */
export interface CatalogueControl {
  status(): {
    readonly folder: string
    readonly running: CatalogueVersion
    readonly coming: readonly CatalogueVersion[]
    readonly lastReload: Reload
  }
  /**
   * Reads the catalogue folder and puts what is there in force, on every server of the store. Rejects with
   * GYRO_STORE_UNAVAILABLE while the store is away.
   */
  reload(trigger: ReloadTrigger, reauthorize: boolean): Promise<Reload>
}
