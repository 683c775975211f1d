/** Outbox records: what a commit hands to Postgres, atomically with the state it came from. */
import type { Account, Line } from './account.ts'
import type { NetworkFacts } from './facts.ts'
import type { MicroUnits } from './money.ts'
import type { UsagePart } from './session.ts'
import type { EpochMs } from './time.ts'
import type { Units } from './units.ts'

/** Why the CDR of a session was cut while the session goes on: the cause of a partial record. */
export type CutCause =
  /** The price may have changed with the time. */
  | 'partialRecord'
  | 'volumeLimit'
  | 'timeLimit'
  /** The record has as many parts as it may have. */
  | 'maxChangeCond'
  | 'rATChange'
  | 'mSTimeZoneChange'
  | 'sGSNPLMNIDChange'

/** Why a record was closed (causeForRecordClosing, TS 32.298 5.1.2.1.6), in the words of its ASN.1. */
export type ClosingCause = 'normalRelease' | 'abnormalRelease' | 'managementIntervention' | CutCause

/** Whether the session goes on behind a CDR that was closed for this cause. */
export function isPartial(cause: ClosingCause): cause is CutCause {
  return (
    cause !== 'normalRelease' && cause !== 'abnormalRelease' && cause !== 'managementIntervention'
  )
}

/** What sets a CDR apart from that of an ordinary session. */
export type CdrFlag =
  | 'no-session'
  | 'late'
  | 'suspense'
  | 'event'
  | 'refund'
  | 'unnamed'
  | 'overdraft'
  | 'emergency'
  /** Made of a usage record, as the online path did not see the usage. */
  | 'mediated'
  /** It happened in a period that is closed. */
  | 'adjustment'
  /** A charging information block was too large to be kept. */
  | 'information-left-out'

/** A part of a CDR: one rating group under one price or bucket. */
export interface CdrPart extends UsagePart {
  readonly ratingGroup: number
  readonly serviceIdentifiers: readonly number[]
  /** uPFID that the usage was reported for. */
  readonly upf?: string
  /** Whether the amount has its tax in it, where the catalogue says so. */
  readonly tax?: 'inclusive' | 'exclusive'
}

/** What one service of a CDR was reported to have used. */
export interface ServiceTotals {
  readonly ratingGroup: number
  readonly serviceIdentifiers: readonly number[]
  readonly upf?: string
  readonly octets: Units
  readonly inputOctets: Units
  readonly outputOctets: Units
  readonly seconds: Units
  readonly messages: Units
}

/** Charging data record of a session, an event, or late usage. Its key is (sessionId, number). */
export interface CdrRecord {
  readonly kind: 'cdr'
  readonly accountId: string
  /** The account's outbox number: without gaps, from 1. */
  readonly record: number
  readonly sessionId: string
  /** From 1, per session id. */
  readonly number: number
  readonly lineId: string
  readonly msisdn: string | null
  readonly imsi: string | null
  readonly context: string
  readonly originHost: string
  readonly startedAt: EpochMs
  readonly endedAt: EpochMs
  /** Debited from the wallet by the usage in this record; negative for a refund. */
  readonly amount: MicroUnits
  readonly currency: string
  /** Version of the catalogue in force when it was recorded. */
  readonly catalogue: string
  /** The account's offers then, in the order in which prices are looked for. */
  readonly offers: readonly string[]
  readonly cause: ClosingCause
  readonly flags: readonly CdrFlag[]
  readonly octets: Units
  readonly inputOctets: Units
  readonly outputOctets: Units
  readonly seconds: Units
  readonly messages: Units
  readonly parts: readonly CdrPart[]
  /** Of each service, when there are several: of one, the totals above tell. */
  readonly services?: readonly ServiceTotals[]
  readonly facts: NetworkFacts
  /** When the record began, behind another one of the same session; absent: with the session. */
  readonly openedAt?: EpochMs
  /** Charging information blocks of Nchf by name, every member included, as JSON; absent: none. */
  readonly information?: string
  /** The trace-id that the consumer gave the session; absent: it follows from the session id (trace/trace-id.ts). */
  readonly traceId?: string
}

/** A movement of money or allowance that is not usage. Its key is (accountId, record). */
export interface MovementRecord {
  readonly kind: 'movement'
  readonly accountId: string
  readonly record: number
  readonly at: EpochMs
  /**
   * `adjustment`: what a CDR took is given back, or usage that is settled already was found to cost more or less;
   * `write-off`: of what is given back, what has no bucket to go to any more, and what is beyond the overdraft.
   */
  readonly type: 'top-up' | 'fee' | 'allowance' | 'expiry' | 'rollover' | 'adjustment' | 'write-off'
  /** Wallet: millionths, negative for a debit. Bucket: units. */
  readonly amount: number
  /** `wallet`, or the bucket's id. */
  readonly target: string
  /** Currency code, or unit type. */
  readonly unit: string
  /** Idempotency key, subscription or offer that it belongs to; of an adjustment, session id and number of the CDR. */
  readonly reference: string
}

/** Something that others should hear of. Its key is (accountId, record). */
export interface EventRecord {
  readonly kind: 'event'
  readonly accountId: string
  readonly record: number
  readonly at: EpochMs
  /**
   * `threshold`: usage or balance has passed one. `suspended`, `resumed`: an offer whose fee could not be paid, or can
   * be again. `implausible`: more was reported than the line can carry. `low-balance`: the wallet with its credit is below
   * what the quota policy calls low (`down`), or is not any more (`up`). `restored`: `subject` (the wallet or a bucket) has
   * gained `used`, because the store had lost what the ledger has.
   */
  readonly type: 'threshold' | 'suspended' | 'resumed' | 'implausible' | 'low-balance' | 'restored'
  /** Empty: it is about the account. */
  readonly lineId: string
  /** `offer/limit`, `offer/allowance`, offer or session that it is about. */
  readonly subject: string
  /** The threshold as the catalogue names it; empty: none. */
  readonly threshold: string
  /** `up`: it was reached; `down`: it is not reached any more. */
  readonly direction: 'up' | 'down'
  /** Policy counter status from now on; empty: none. */
  readonly status: string
  /** Used, of `amount`; millionths of `unit` when that is a currency. */
  readonly used: number
  readonly amount: number
  readonly unit: string
}

/**
 * The account as it is from this record on, written whenever anything but usage has changed it: with the ledger it makes
 * the account again when its store is lost. Its key is (accountId, record).
 */
export interface SnapshotRecord {
  readonly kind: 'account'
  readonly accountId: string
  readonly record: number
  readonly at: EpochMs
  readonly account: Account
  /** Those of its lines that have changed. */
  readonly lines: readonly Line[]
}

export type OutboxRecord = CdrRecord | MovementRecord | EventRecord | SnapshotRecord
