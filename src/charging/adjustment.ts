/** Re-rating and the book of what it has changed. Types only. */
import type { MicroUnits } from '../domain/money.ts'
import type { CdrRecord } from '../domain/record.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Page } from './ports.ts'

/** A CDR with what re-rating has made of it so far. */
export interface ChargedCdr {
  readonly cdr: CdrRecord
  /** Adjustments of its amount: above zero for the subscriber. */
  readonly adjusted: MicroUnits
  /** How often it was adjusted, or tried to be. */
  readonly turns: number
}

/** A change of what a CDR costs. */
export interface CdrAdjustment {
  readonly cdr: CdrRecord
  readonly turn: number
  /** Above zero for the subscriber. */
  readonly amount: MicroUnits
}

/** One movement of an account's wallet, for all adjustments with this key. */
export interface AdjustmentPlan {
  readonly operation: string
  readonly accountId: string
  readonly catalogue: string
  readonly adjustments: readonly CdrAdjustment[]
}

/** A movement that was planned and of which is not known whether it was made. */
export interface OpenAdjustment {
  readonly operation: string
  readonly accountId: string
  readonly catalogue: string
  readonly amount: MicroUnits
  /** The ledger has it: it was made. */
  readonly booked: boolean
}

/** CDRs for re-rating, and the book of what it has changed. Rejects with GYRO_CDR_UNAVAILABLE. */
export interface AdjustmentBook {
  /** Sessions that began from `from` up to, and not including, `until`; records of one come together, in their order. */
  window(
    from: EpochMs,
    until: EpochMs,
    cursor: string | null,
    limit: number
  ): Promise<Page<ChargedCdr>>
  /** Rejects with GYRO_CONFLICT when somebody else adjusts one of these CDRs at the same time. */
  plan(plan: AdjustmentPlan): Promise<void>
  open(limit: number): Promise<readonly OpenAdjustment[]>
  settle(operation: string): Promise<void>
  refuse(operation: string, reason: string): Promise<void>
}

/** What a re-rating is asked for. */
export interface RerateOrder {
  /** Sessions that began from here up to, and not including, `until`. */
  readonly from: EpochMs
  readonly until: EpochMs
  /** Only of accounts that had this offer; null: all. */
  readonly offer: string | null
  /** The source of the catalogue to rate by, in canonical JSON; null: the one in force. */
  readonly source: string | null
  readonly apply: boolean
}

/**
 * Re-rates and, if asked to, adjusts. Rejects with GYRO_INPUT_INVALID on a source that is no catalogue,
 * GYRO_STORE_UNAVAILABLE, GYRO_CDR_UNAVAILABLE, and GYRO_CONFLICT when another run is at work.
 */
export type Rerate<Answer extends object = object> = (order: RerateOrder) => Promise<Answer>
