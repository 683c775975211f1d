/** What the engine answers. Refusals are values. */
import type { MicroUnits, Money } from './money.ts'
import type { EpochMs } from './time.ts'
import type { QuotaUnit, Units } from './units.ts'

/** Ordered by nothing; docs/charging-rules.md gives the precedence. Diameter Result-Code beside each. */
export type Outcome =
  | 'success' // 2001
  | 'too-busy' // 3004 DIAMETER_TOO_BUSY
  | 'service-denied' // 4010 END_USER_SERVICE_DENIED
  | 'not-applicable' // 4011 CREDIT_CONTROL_NOT_APPLICABLE
  | 'credit-limit-reached' // 4012
  | 'unknown-session' // 5002
  | 'invalid-value' // 5004: what is reported adds up to more than can be counted
  | 'resources-exceeded' // 5006
  | 'unable-to-comply' // 5012
  | 'user-unknown' // 5030
  | 'rating-failed' // 5031

/** Final-Unit-Action 449. */
export type FinalUnitAction = 'terminate' | 'redirect' | 'restrict'

/** Where a redirected subscriber lands (Redirect-Server 434). */
export interface RedirectServer {
  /** Redirect-Address-Type 433. */
  readonly type: 'ipv4' | 'ipv6' | 'url' | 'sip-uri'
  readonly address: string
}

/** What the client does when the final units are used, beside stopping the service (RFC 8506 5.6). */
export interface FinalUnits {
  /** `catalogueVersion:id`, under which an answer is kept. */
  readonly ref: string
  readonly action: FinalUnitAction
  /** null unless the action is `redirect`. */
  readonly redirect: RedirectServer | null
  /** Restriction-Filter-Rule 438: what stays allowed. */
  readonly filterRules: readonly string[]
  /** Filter-Id 11: filters that the client knows by name. */
  readonly filterIds: readonly string[]
  /** Validity-Time while it is restricted: seconds until the client asks for units again. */
  readonly retry: number
}

/** A pool of credit that several grants draw on (G-S-U-Pool-Reference 457). */
export interface PoolReference {
  readonly id: number
  /** Credit that one unit takes: `digits` x 10^`exponent` (Unit-Value 445). */
  readonly digits: number
  readonly exponent: number
}

/** What stands beside the units of a grant where tariff, policy or the ask want it. */
export interface GrantConditions {
  /** Tariff-Time-Change 451; 0: not sent. */
  readonly tariffChange: EpochMs
  /** Of the granted octets those from the user (CC-Input-Octets), the rest being to the user; null: total. */
  readonly inputOctets: Units | null
  /** Quota-Holding-Time 871, seconds; null: not sent. */
  readonly holding: number | null
  /** Quota-Consumption-Time 881, seconds, for time alone; 0: not sent. */
  readonly consumption: number
  /** Trigger-Type 870 that make the client report; empty: none does; null: the client's own. */
  readonly triggers: readonly number[] | null
  readonly pool: PoolReference | null
  readonly finalUnits: FinalUnits | null
}

export interface GrantedUnits {
  readonly unit: QuotaUnit
  /** Above zero. */
  readonly amount: Units
  /** Of money: the ISO 4217 name of its currency. */
  readonly currency?: string
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
  /** Absent or null: nothing beside the above. */
  readonly conditions?: GrantConditions | null
  /** Money moved by an event that asked for money, in place of `granted`. */
  readonly money?: Money
}

/** What a service would cost: Cost-Information 423. */
export interface Cost extends Money {
  /** What it is the price of when no units were asked for: Cost-Unit 424. null: of the units asked for. */
  readonly of: string | null
}

/** What the subscriber is told of cost and balance (RFC 8506 8.7, TS 32.299 7.2). */
export interface Advice {
  /** What the session has cost so far, without reservations; null: not asked for. */
  readonly cost: MicroUnits | null
  /** What may still be granted or debited; null: not asked for. */
  readonly remaining: MicroUnits | null
  /** Low-Balance-Indication 2020; null: not sent. */
  readonly low: boolean | null
  /** ISO 4217 code. */
  readonly currency: string
}

export interface ChargingAnswer {
  readonly kind: 'charging'
  readonly outcome: Outcome
  readonly units: readonly MultipleUnitAnswer[]
  /** Absent: nothing is told. */
  readonly advice?: Advice
  /** The request had been answered before: nothing was changed. */
  readonly repeated: boolean
  /** The session id under which an event was served, when it is not that of the request (Likeness). */
  readonly servedAs?: string
  /** Check-Balance-Result 422: whether there is enough credit for everything asked. */
  readonly enoughCredit?: boolean
  /** The answer to a price enquiry. */
  readonly cost?: Cost
  /** The session of an initial request has gone on or ended: it needs another session id (PeerProfile.derivedSessions). */
  readonly taken?: true
  /** With `too-busy`: the request may have taken effect, or may still; its repeat gets the stored answer then. */
  readonly uncertain?: true
}

/** The answer to an AccountRequest. */
export type AccountAnswer =
  | { readonly kind: 'done'; readonly repeated: boolean }
  | {
      readonly kind: 'refused'
      readonly reason: AccountRefusal
      readonly detail: string
      /** Where in the body of the request it is, such as `lines/0/msisdn`. */
      readonly member?: string
    }

export type AccountRefusal =
  | 'account-unknown' // 404
  | 'session-unknown' // 404
  | 'subscription-unknown' // 404
  | 'line-unknown' // 404
  | 'limit-unknown' // 404
  | 'account-exists' // 409
  | 'identity-taken' // 409
  | 'line-last' // 409
  | 'line-changed' // 409: by somebody else at the same time
  | 'key-reused' // 409: the same idempotency key with other content
  | 'funds-insufficient' // 402
  | 'offer-unknown' // 422
  | 'offer-conflict' // 409
  | 'invalid' // 400
  | 'unavailable' // 503

export type EngineAnswer = ChargingAnswer | AccountAnswer
