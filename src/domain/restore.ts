/** Bringing an account to its ledger, as a request to the engine. */
import type { Adjust } from './adjust.ts'

/**
 * The store has lost the account's tail: the ledger has numbers up to `upTo`, and other sums. Numbers go on behind `upTo`,
 * so that none is given twice, and each target gains its difference.
 */
export interface Restore {
  readonly kind: 'restore'
  readonly accountId: string
  /** The line that has the buckets among the targets which are not shared; empty: they all are. */
  readonly lineId: string
  /** The number that the differences were worked out at; null: the account has been brought to `upTo` already. */
  readonly from: number | null
  readonly upTo: number
  /** `wallet` or the id of a bucket, and what it lacks: millionths or units. */
  readonly differences: readonly (readonly [target: string, amount: number])[]
  /** The idempotency key, with a digest of the content. */
  readonly operation: { readonly key: string; readonly digest: string }
}

/** What the books are corrected by. */
export type Correction = Adjust | Restore
