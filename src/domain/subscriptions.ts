/** Opening accounts, and what accounts and lines subscribe to. */
import type { MicroUnits } from './money.ts'
import type { Operation } from './operation.ts'
import type { LineNumbers } from './subscriber.ts'

/** A line with the offers that are its own. */
export interface NewLine extends LineNumbers {
  /** Beside those of the account; a base offer takes the place of the account's for this line. */
  readonly offers?: readonly string[]
}

/** Opens an account with its lines and offers. */
export interface OpenAccount {
  readonly kind: 'open-account'
  readonly accountId: string
  readonly lines: readonly NewLine[]
  readonly offers: readonly string[]
  /** The first credit of the wallet; 0 for none. */
  readonly topUp: MicroUnits
}

/** Subscribes the account, or one of its lines, to an offer; its fee is taken from the wallet. */
export interface Subscribe {
  readonly kind: 'subscribe'
  readonly accountId: string
  readonly offer: string
  /** The line that it is for alone; null or absent: the account. */
  readonly lineId?: string | null
  /** null: the caller gave no idempotency key. */
  readonly operation: Operation | null
}

/** Replaces an offer of the account, or of a line, by another one, at once. */
export interface ChangeOffer {
  readonly kind: 'change-offer'
  readonly accountId: string
  readonly offer: string
  /** A subscription by its id, or one of the account, or of the line, by its offer. */
  readonly replaces: string
  /** null or absent: an offer is looked for among those of the account. */
  readonly lineId?: string | null
  readonly operation: Operation
}

/** Ends a subscription, at once. */
export interface Unsubscribe {
  readonly kind: 'unsubscribe'
  readonly accountId: string
  readonly subscription: string
}
