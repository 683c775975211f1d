/** Periods, and what allowances and limits say of them. */
import type { Units } from '../domain/units.ts'

export type Period =
  | { readonly kind: 'calendar-month' }
  /** A month from the day of the subscription. */
  | { readonly kind: 'anniversary' }
  | { readonly kind: 'day' }
  /** From Monday. */
  | { readonly kind: 'week' }
  | { readonly kind: 'days'; readonly days: number; readonly renews: boolean }
  | { readonly kind: 'unlimited' }

/** Something to be told when usage passes it, up or down. */
export interface Threshold {
  /** As it is written: `80 %` or an amount. */
  readonly name: string
  /** Reached with so many percent of the amount in force, or with so many units. */
  readonly share: number | null
  readonly units: Units
  /** Policy counter status while it is the highest that is reached; empty: none. */
  readonly status: string
  readonly up: boolean
  readonly down: boolean
}

/** What is left of a period goes into the next one, once. */
export interface Rollover {
  /** At most so much; null: all of it. */
  readonly max: Units | null
  /** Days that it can be used; null: as long as the next period. */
  readonly days: number | null
}

/**
 * When all buckets that a usage may be drawn from are empty: its price applies, or nothing else pays (`stop`).
 */
export type UsedUp = 'prices' | 'stop'

/**
 * What becomes of the allowances when the offer replaces another one: less what was used of those before, in full, or
 * as much as the rest of the period is of all of it.
 */
export type ChangePolicy = 'carry' | 'reset' | 'prorate'
