/** The durable book of usage records: which were loaded, and which could not be. Types only. */
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
  /** From 1. */
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
