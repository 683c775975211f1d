/**
 * The store port. Two implementations pass one conformance suite: redis/ and embedded/.
 *
 * All keys of an account lie in its partition and change in one atomic step. The version of the account
 * document stands for the account and everything beside it: every commit rewrites that document.
 */
import type { CatalogueShelf, Exchange, Outbox } from '../charging/ports.ts'
import type { SpillBoard } from '../domain/spill.ts'
import type { EpochMs } from '../domain/time.ts'

/** Where an account lies. */
export interface AccountKey {
  readonly partition: number
  readonly accountId: string
}

/** Which documents beside the account document are wanted. */
export interface DocumentKeys {
  readonly lines: readonly string[]
  readonly sessions: readonly string[]
}

/** Documents as JSON text; null where there is none. One consistent read. */
export interface Documents {
  /** Unique for each write, from the writer; empty when the account does not exist. */
  readonly version: string
  readonly account: string | null
  readonly lines: readonly (string | null)[]
  readonly sessions: readonly (string | null)[]
}

/** Written if the account still has the expected version; checked and not written when `write` is null. */
export interface Commit {
  readonly key: AccountKey
  /** Empty: the account must not exist. */
  readonly expected: string
  /** What to give back with the account when the version is another. */
  readonly wanted: DocumentKeys
  readonly write: Write | null
}

export interface Write {
  /** The new version: fixed width, unique (see versions.ts). */
  readonly version: string
  readonly account: string
  readonly lines: readonly {
    readonly id: string
    readonly document: string
    readonly added: boolean
    /** New entry of the account's index of fees that are due; 0: remove; null: leave it as it is. */
    readonly feesAt: EpochMs | null
  }[]
  readonly sessions: readonly {
    readonly id: string
    readonly document: string
    /** New entry of the account's expiry index; null: leave it as it is. */
    readonly sweepAt: EpochMs | null
    /** New entry of the session directory, with its lifetime in seconds; null: leave it. */
    readonly directory: { readonly value: string; readonly ttlSeconds: number } | null
  }[]
  /** Sessions to delete with their index entry; the receipt goes into the hour's hash of receipts. */
  readonly closed: readonly {
    readonly id: string
    readonly receipt: string
    /** Hours since the epoch at closing. */
    readonly hour: number
    /**
     * New entry of the session directory, for a session that never opened (an event, or a termination that came
     * before its initial request): a later request then knows that there is a receipt. null: leave it.
     */
    readonly directory: { readonly value: string; readonly ttlSeconds: number } | null
  }[]
  /** Receipts of operations by idempotency key. */
  readonly operations: readonly {
    readonly key: string
    readonly value: string
    readonly ttlSeconds: number
  }[]
  /** New entry of the partition's expiry index for this account; 0: remove; null: leave it as it is. */
  readonly sweepAt: EpochMs | null
  /** Appended to the partition's outbox, in order. */
  readonly records: readonly string[]
  /** Appended to the partition's orders for clients, in order. */
  readonly orders: readonly string[]
}

export type CommitResult =
  | { readonly ok: true }
  /** The version was another: nothing of this account was written, and these are its current documents. */
  | { readonly ok: false; readonly documents: Documents }

export interface DueSessions {
  /** Index entries at or before the instant, earliest first, at most the limit. */
  readonly sessions: readonly string[]
  /** The earliest entry after those; 0: none. */
  readonly next: EpochMs
}

export interface DueLines {
  /** Lines whose entry is at or before the instant, with it, earliest first, then by id, at most the limit. */
  readonly lines: readonly (readonly [id: string, at: EpochMs])[]
  /** The earliest entry after those; 0: none. */
  readonly next: EpochMs
}

export interface Store {
  readonly partitions: number
  readonly outbox: Outbox
  /** Orders for the clients of sessions: an outbox of their own, which does not wait for the CDR database. */
  readonly orders: Outbox
  readonly exchange: Exchange
  /** What servers tell each other of outbox records on their disks; null: this store is on disk itself. */
  readonly spills: SpillBoard | null

  /**
   * Each commit succeeds or fails by itself. The promise rejects with GYRO_STORE_UNAVAILABLE when it is not known
   * which were applied; the caller loads again and finds out by the versions.
   */
  commit(group: readonly Commit[]): Promise<readonly CommitResult[]>
  load(
    requests: readonly { readonly key: AccountKey; readonly wanted: DocumentKeys }[]
  ): Promise<readonly Documents[]>

  /** Directory values: identities and sessions to `accountId\nlineId`; null where unknown. */
  resolve(entries: readonly DirectoryKey[]): Promise<readonly (string | null)[]>
  /** Claims identities; the result holds, for each, the value that stands there now: the given one, or another's. */
  claim(entries: readonly IdentityClaim[]): Promise<readonly string[]>

  dueSessions(key: AccountKey, now: EpochMs, limit: number): Promise<DueSessions>
  dueLines(key: AccountKey, now: EpochMs, limit: number): Promise<DueLines>
  /** Accounts whose expiry entry is at or before the instant, over all partitions. */
  dueAccounts(now: EpochMs, limit: number): Promise<readonly string[]>
  /** Receipt of a closed session among the given hours; null: none. */
  closedSession(
    key: AccountKey,
    sessionId: string,
    hours: readonly number[]
  ): Promise<string | null>
  /** Drops receipts older than the given hour. */
  dropReceipts(beforeHour: number): Promise<void>
  operation(key: AccountKey, operationKey: string): Promise<string | null>

  listAccounts(
    cursor: string | null,
    limit: number
  ): Promise<{ readonly ids: readonly string[]; readonly next: string | null }>
  /** All of them, in order; with a limit that is less than all, any of them. */
  listLines(key: AccountKey, limit?: number): Promise<readonly string[]>
  listSessions(
    key: AccountKey,
    cursor: string | null,
    limit: number
  ): Promise<{ readonly ids: readonly string[]; readonly next: string | null }>

  readonly catalogues: CatalogueShelf

  /** Rejects with GYRO_STORE_UNAVAILABLE within two seconds when the store does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface IdentityClaim {
  readonly key: DirectoryKey
  readonly value: string
  /** What stands there and gives way; absent: nothing may stand there. */
  readonly replaces?: string
}

export interface DirectoryKey {
  readonly kind: 'identity' | 'session'
  /** `msisdn:4915…`, `imsi:26201…`, or the session id. */
  readonly value: string
}
