/** What explanations are made of. Types only. */
import type { Counter } from '../domain/account.ts'
import type { Outcome } from '../domain/answer.ts'
import type { Leg } from '../domain/facts.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { Draw, TariffSwitch } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import type { QuotaUnit, Units, UnitType } from '../domain/units.ts'
import type { BucketObstacle } from './burn-order.ts'

/** What kept a rule or a bucket from being used. */
export type Obstacle = BucketObstacle | 'used-up'

/** A price rule that was looked at, in order; the last one matched when its obstacle is null. */
export interface RuleTried {
  /** `catalogueVersion:offer/rule`. */
  readonly price: string
  /** The subscribed offer in whose list it stands; an inherited rule is named by its origin. */
  readonly offer: string
  /** The row of a table that has the price; null: it is no rule with a table, or none of its rows fits. */
  readonly row: { readonly table: string; readonly line: number } | null
  readonly obstacle: Obstacle | null
}

/** A bucket that was looked at, before the request was decided. */
export interface BucketTried {
  readonly bucket: string
  /** Empty for a shared bucket. */
  readonly lineId: string
  readonly unit: QuotaUnit
  readonly available: Units
  readonly obstacle: Obstacle | null
  /** Less was granted than was aimed at, or nothing, because nothing else pays once it is used up. */
  readonly stops: boolean
}

/** A bucket that an open session draws from, and that nothing pays instead of. */
export interface StopHeld {
  readonly bucket: string
  /** Empty for a shared bucket. */
  readonly lineId: string
  readonly unit: QuotaUnit
  readonly available: Units
}

/** Where the usage of one request went: one source, one zone. */
export interface Slice {
  /** The price, or empty for usage drawn from a bucket or without a price. */
  readonly price: string
  readonly bucket: string
  readonly zone: string
  readonly unit: QuotaUnit
  readonly units: Units
  readonly amount: MicroUnits
  /** Consumed although no price was found; not debited. */
  readonly suspense: boolean
}

/** A limit of the account or the line, with what was used and held of it before and after a request. */
export interface LimitTried {
  /** Offer and limit. */
  readonly limit: string
  /** Empty for a limit that all lines share. */
  readonly lineId: string
  readonly unit: QuotaUnit
  /** null: it is only counted. */
  readonly amount: Units | null
  readonly beyond: Counter['beyond']
  readonly validUntil: EpochMs | null
  readonly before: Use
  readonly after: Use
  /** Why the usage does not count under it; null: it does. */
  readonly obstacle: Obstacle | null
  /** Less was granted than was aimed at, or nothing, because of this limit. */
  readonly bound: boolean
}

interface Use {
  readonly used: Units
  readonly reserved: Units
}

/** What the grants of an open session hold of a limit. */
export interface LimitHeld extends Omit<LimitTried, 'before' | 'obstacle' | 'bound'> {
  readonly counter: string
  readonly held: Units
}

/** A report beside the most that the line can have carried. */
export interface Plausibility {
  readonly unit: UnitType
  readonly reported: Units
  readonly most: Units
}

export interface GrantExplained {
  readonly unit: QuotaUnit
  /** What the quota policy aimed at, and by what. */
  readonly wanted: Units
  readonly basis: 'asked' | 'first' | 'rate' | 'share'
  readonly granted: Units
  readonly draws: readonly Draw[]
  readonly price: string
  /** The price that holds from an instant within it; null: one price holds for all of it. */
  readonly change: TariffSwitch | null
  /** Less than aimed at: a limit is near, or buckets and wallet have no more. */
  readonly limited: boolean
  readonly final: boolean
}

/** One rating group of a request, explained. */
export interface UnitExplained {
  readonly ratingGroup: number | null
  readonly outcome: Outcome
  /** What the usage means; null: nothing that the catalogue has. */
  readonly meaning: {
    readonly service: string
    readonly unit: UnitType
    readonly zone: string
    readonly destination: string | null
    readonly leg: Leg
    readonly emergency: boolean
    /** Everybody gets it at any balance: an emergency, or listed by the catalogue. No rule is tried. */
    readonly free: boolean
  } | null
  readonly rules: readonly RuleTried[]
  readonly buckets: readonly BucketTried[]
  readonly limits: readonly LimitTried[]
  readonly settled: readonly Slice[]
  /** null: no line rate is known, or nothing was reported that it bounds. */
  readonly plausible: Plausibility | null
  readonly grant: GrantExplained | null
}

/** What a session has counted under one price, before and after a request. */
export interface PositionChange {
  readonly price: string
  readonly unitsBefore: Units
  readonly unitsAfter: Units
  readonly amountBefore: MicroUnits
  readonly amountAfter: MicroUnits
}

export interface Explanation {
  /** Version of the catalogue that grants were made by. */
  readonly catalogue: string
  readonly units: readonly UnitExplained[]
  readonly positions: readonly PositionChange[]
}
