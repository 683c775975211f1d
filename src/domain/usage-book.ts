/** The durable book of usage records: which were loaded, and which could not be. Types only. */
import type { MicroUnits } from './money.ts'
import type { EpochMs } from './time.ts'

export interface UsageKey {
  readonly session: string
  readonly sequence: number
}

export interface UsageEntry extends UsageKey {
  /** Of its content. */
  readonly digest: string
  readonly usedAt: EpochMs
}

/**
 * What the book says of a record: it is new; it was planned before, and nothing is known of its charge; it is charged; or
 * its key belongs to a record with other content.
 */
export type UsageFate = 'new' | 'open' | 'done' | 'other'

/** A record that cannot be charged, with why. */
export interface SuspendedUsage {
  /** Of file content and line: the same line is suspended once. */
  readonly digest: string
  readonly file: string
  /** From 1; of BER the octets of the file before the record. */
  readonly line: number
  readonly reason: string
  /** As JSON where it can be read at all, else as it stands in the file. */
  readonly content: string
}

/** Rejects with GYRO_CDR_UNAVAILABLE. */
export interface UsageBook {
  /** Enters what is new, and says what each record is, in their order. No key may be there twice. */
  plan(entries: readonly UsageEntry[]): Promise<readonly UsageFate[]>
  settle(keys: readonly UsageKey[]): Promise<void>
  /** Forgets records that were not charged. */
  forget(keys: readonly UsageKey[]): Promise<void>
  /** Those of the keys that a CDR was made of. */
  recorded(keys: readonly UsageKey[]): Promise<readonly UsageKey[]>
  suspend(usages: readonly SuspendedUsage[]): Promise<void>
  /** In the order of their digests, behind that one. */
  suspended(after: string, limit: number): Promise<readonly SuspendedUsage[]>
  /** Takes out what could be charged after all. */
  release(digests: readonly string[]): Promise<void>
}

/** When mediated usage happened: it is rated as of then. */
export interface MediatedUsage {
  readonly from: EpochMs
  readonly until: EpochMs
  /** The period in which it happened is closed: its CDR belongs to the present one. */
  readonly closed: boolean
}

export interface UsageTotals {
  /** Charged now. */
  readonly charged: number
  /** Charged before, or twice in the file. */
  readonly duplicates: number
  readonly suspended: number
  /** Of those charged: in a period that is closed. */
  readonly closed: number
}

/** A record on its way to who charges it. */
export interface SentUsage extends Omit<SuspendedUsage, 'digest' | 'reason'> {
  /** Why it cannot be read, where whoever sends it knows; else null. */
  readonly reason: string | null
}

export interface UsageRefusal extends Pick<SuspendedUsage, 'file' | 'line' | 'reason'> {}

/** What records would cost. */
export interface UsageEstimate {
  readonly records: number
  readonly duplicates: number
  /** Of subscribers that nobody knows. */
  readonly unknown: number
  readonly unpriced: number
  /** Records that cannot be read. */
  readonly invalid: number
  /** Debited from wallets. */
  readonly amount: MicroUnits
  readonly currency: string
}

/**
 * Takes usage that the online path never saw. `graceMs`: how long a month stays open. Rejects with GYRO_STORE_UNAVAILABLE and
 * GYRO_CDR_UNAVAILABLE; what was charged stays so, and the same may be sent again.
 */
export interface UsageIntake<Sent = SentUsage> {
  /** Charges each once; `refused` went to suspense. */
  load(
    usages: readonly Sent[],
    graceMs: number
  ): Promise<{ readonly totals: UsageTotals; readonly refused: readonly UsageRefusal[] }>
  /** Changes nothing. Tells those that cannot be read. */
  dryRun(
    usages: AsyncIterable<readonly Sent[]>,
    graceMs: number,
    tell: (refused: UsageRefusal) => void
  ): Promise<UsageEstimate>
  /** Those in suspense, behind that cursor; null: from the first. */
  suspended(
    cursor: string | null,
    limit: number
  ): Promise<{ readonly items: readonly SuspendedUsage[]; readonly next: string | null }>
  /** Tries some of them once more; from `next` on, unless it is null, there are others. */
  replay(
    cursor: string | null,
    graceMs: number
  ): Promise<{ readonly totals: UsageTotals; readonly next: string | null }>
}
