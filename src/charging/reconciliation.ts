/** The ports of reconciliation, and what it finds. Types only. */
import type { Account, Line } from '../domain/account.ts'
import type { ChargingSession } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'

/** An account with all of its lines and open sessions, in one consistent read. */
export interface AccountDocuments {
  readonly account: Account
  readonly lines: readonly Line[]
  readonly sessions: readonly ChargingSession[]
}

/** A CDR and its entries that differ, for one target; null: there is none. */
export interface UsageMismatch {
  readonly record: number
  readonly sessionId: string
  readonly target: string
  readonly cdr: bigint | null
  readonly ledger: bigint | null
}

/** What the database has of an account, up to a number of its outbox. */
export interface AccountLedger {
  /** The last number that it has, also behind that one. */
  readonly last: number
  /** Records of it that are dead letters and name their number. */
  readonly deadLetters: number
  /** Numbers that no CDR and no movement has; the first ones of many. */
  readonly missing: readonly number[]
  readonly missingCount: number
  /** What each target gained. */
  readonly targets: ReadonlyMap<string, bigint>
  readonly mismatches: readonly UsageMismatch[]
}

/** Millionths of the account's currency for the wallet, units for buckets. */
export type Break =
  | {
      readonly kind: 'numbers'
      readonly accountId: string
      readonly missing: readonly number[]
      readonly count: number
    }
  | ({ readonly kind: 'usage'; readonly accountId: string } & UsageMismatch)
  | {
      readonly kind: 'balance'
      readonly accountId: string
      /** The account's number up to which both were read. */
      readonly record: number
      readonly target: string
      readonly ledger: bigint
      readonly balance: bigint
      /** In `balance`: what open sessions have consumed without a CDR. */
      readonly unrecorded: bigint
      /** Those sessions. */
      readonly sessions: readonly string[]
    }
  /** The store has lost its tail: the database has numbers of the account that its document has not come to. */
  | {
      readonly kind: 'behind'
      readonly accountId: string
      /** The account's number. */
      readonly record: number
      /** The last one of the database. */
      readonly stored: number
    }
  /** Numbers are not stored while servers have spilled records: nothing can be said of the account before these are. */
  | { readonly kind: 'waiting'; readonly accountId: string; readonly count: number }
  /** The database has movements of an account that the store does not know. */
  | { readonly kind: 'account'; readonly accountId: string; readonly ledger: bigint }

/** Sums over the CDRs of an account, or of several, for the shares of a reconciliation. */
export interface CdrSums {
  readonly cdrs: number
  readonly octets: bigint
  /** Of these, at a price that came to nothing, and not from a bucket. */
  readonly zeroRatedOctets: bigint
  /** CDRs with usage that no price was found for. */
  readonly suspense: number
}

/** What the database has of some accounts. */
export interface Books {
  readonly accounts: ReadonlyMap<string, AccountLedger>
  /** Of those that have CDRs. */
  readonly sums: ReadonlyMap<string, CdrSums>
}

/** The ledger and the CDRs of accounts, each up to a number of its outbox. */
export interface LedgerReader {
  books(upTo: ReadonlyMap<string, number>): Promise<Books>
  /** Accounts with movements, behind this id, in their order, with the sum of their wallet. */
  accounts(after: string, limit: number): Promise<ReadonlyMap<string, bigint>>
}

/** A part of a reconciliation, or all of it. */
export interface ReconcileReport extends CdrSums {
  readonly accounts: number
  readonly openSessions: number
  /** By currency, in millionths. */
  readonly wallets: ReadonlyMap<string, WalletSums>
  readonly breaks: readonly Break[]
}

export interface WalletSums {
  readonly ledger: bigint
  readonly available: bigint
  readonly reserved: bigint
  /** Consumed by open sessions, without a CDR yet. */
  readonly unrecorded: bigint
}

/** Compares documents, ledger and CDRs, beside traffic. */
export interface Reconciler {
  /** Some accounts of all, from a cursor on; `next` is null behind the last. */
  page(
    cursor: string | null
  ): Promise<{ readonly report: ReconcileReport; readonly next: string | null }>
  /** One account. null: neither the store nor the ledger knows it. */
  account(accountId: string): Promise<ReconcileReport | null>
}

/** What an account (its line id is empty) or a line was at a number of the account, as JSON text. */
export interface SnapshotDocument {
  readonly accountId: string
  readonly lineId: string
  readonly record: number
  readonly at: EpochMs
  readonly text: string
}

/** The newest snapshot of each account and line, beside the ledger. */
export interface SnapshotBook {
  /** Accounts that have one, behind this id, in their order. */
  accounts(after: string, limit: number): Promise<readonly string[]>
  /** The documents of accounts, those of an account together, its own first. */
  read(accountIds: readonly string[]): Promise<readonly SnapshotDocument[]>
  /** Keeps documents; what is newer stays. */
  keep(documents: readonly SnapshotDocument[]): Promise<void>
  /** Sessions of accounts that CDRs say have ended, or were cut, since then. */
  sessions(accountIds: readonly string[], since: EpochMs): Promise<readonly RecordedSession[]>
  /** Top-ups of accounts since then. */
  topUps(accountIds: readonly string[], since: EpochMs): Promise<readonly RecordedTopUp[]>
}

/** What CDRs say of a session. */
export interface RecordedSession {
  readonly accountId: string
  readonly sessionId: string
  readonly lineId: string
  /** The number of its last CDR. */
  readonly cdrs: number
  readonly startedAt: EpochMs
  readonly endedAt: EpochMs
  /** Whether its client ended it. */
  readonly released: boolean
  /** Of its CDRs; null: they have none. */
  readonly traceId: string | null
}

export interface RecordedTopUp {
  readonly accountId: string
  /** The idempotency key. */
  readonly key: string
  readonly amount: number
  readonly at: EpochMs
}
