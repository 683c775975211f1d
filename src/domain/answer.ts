/** What the engine answers. Refusals are values. */
import type { Money } from './money.ts'
import type { Units, UnitType } from './units.ts'

/** Ordered by nothing; docs/charging-rules.md gives the precedence. Diameter Result-Code beside each. */
export type Outcome =
  | 'success' // 2001
  | 'too-busy' // 3004 DIAMETER_TOO_BUSY
  | 'service-denied' // 4010 END_USER_SERVICE_DENIED
  | 'not-applicable' // 4011 CREDIT_CONTROL_NOT_APPLICABLE
  | 'credit-limit-reached' // 4012
  | 'unknown-session' // 5002
  | 'resources-exceeded' // 5006
  | 'unable-to-comply' // 5012
  | 'user-unknown' // 5030
  | 'rating-failed' // 5031

/** Final-Unit-Action 449. */
export type FinalUnitAction = 'terminate'

export interface GrantedUnits {
  readonly unit: UnitType
  /** Above zero. */
  readonly amount: Units
}

/** The answer to one MultipleUnitUsage, in the order of the request. */
export interface MultipleUnitAnswer {
  readonly ratingGroup: number | null
  readonly serviceIdentifiers: readonly number[]
  readonly outcome: Outcome
  /** null: nothing is granted. */
  readonly granted: GrantedUnits | null
  /** Validity-Time 448 in seconds; 0: not sent. */
  readonly validity: number
  /** What is left when the client asks again, in the granted unit, less than the grant; 0: not sent. */
  readonly threshold: Units
  readonly final: FinalUnitAction | null
  /** Money moved by an event that asked for money, in place of `granted`. */
  readonly money?: Money
}

/** What a service would cost: Cost-Information 423. */
export interface Cost extends Money {
  /** What it is the price of when no units were asked for: Cost-Unit 424. null: of the units asked for. */
  readonly of: string | null
}

export interface ChargingAnswer {
  readonly kind: 'charging'
  readonly outcome: Outcome
  readonly units: readonly MultipleUnitAnswer[]
  /** The request had been answered before: nothing was changed. */
  readonly repeated: boolean
  /** Check-Balance-Result 422: whether there is enough credit for everything asked. */
  readonly enoughCredit?: boolean
  /** The answer to a price enquiry. */
  readonly cost?: Cost
}

/** The answer to an AccountRequest. */
export type AccountAnswer =
  | { readonly kind: 'done'; readonly repeated: boolean }
  | { readonly kind: 'refused'; readonly reason: AccountRefusal; readonly detail: string }

export type AccountRefusal =
  | 'account-unknown' // 404
  | 'session-unknown' // 404
  | 'account-exists' // 409
  | 'identity-taken' // 409
  | 'key-reused' // 409: the same idempotency key with other content
  | 'funds-insufficient' // 402
  | 'offer-unknown' // 422
  | 'offer-conflict' // 409
  | 'invalid' // 400
  | 'unavailable' // 503

export type EngineAnswer = ChargingAnswer | AccountAnswer
