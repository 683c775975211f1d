/** Re-rating as a request to the engine. */
import type { MicroUnits } from './money.ts'

/** Credits or debits the wallet for usage that is settled already; a debit may take it below zero. */
export interface Adjust {
  readonly kind: 'adjust'
  readonly accountId: string
  /** Millionths; above zero for the subscriber. */
  readonly amount: MicroUnits
  /** The idempotency key, with a digest of the content. */
  readonly operation: { readonly key: string; readonly digest: string }
}
