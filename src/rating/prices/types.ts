/** What a price is made of, model by model. Built by rating/load; each model has a file beside this one. */
import type { MicroUnits } from '../../domain/money.ts'
import type { Units } from '../../domain/units.ts'

/** Where the units are counted that decide the price of further ones; absent: in the session. */
export interface CountedOver {
  readonly period: 'day' | 'calendar-month'
  /** By clocks in this IANA zone a period begins. */
  readonly timeZone: string
  readonly by: 'line' | 'account'
}

interface Unpriced {
  readonly over?: never
  /**
   * `free`: metered, and costs nothing. `blocked`: not to be used. `unmetered`: used without credit control: no units
   * are granted (4011), and what is reported costs nothing.
   */
  readonly model: 'free' | 'blocked' | 'unmetered'
}

/** How units become counted units: the first `minimum` whole, then in started steps. */
export interface Counting {
  /** An amount pays for so many units. */
  readonly per: Units
  /** Units are counted in started steps. */
  readonly step: Units
  /** The first so many units are charged whole; 0: none. */
  readonly minimum: Units
  /** Once, with the first unit. */
  readonly setUp: MicroUnits
}

interface Metered {
  readonly over?: CountedOver
}

export interface PerUnit extends Metered, Counting {
  readonly model: 'per-unit'
  readonly amount: MicroUnits
}

/** An amount with the first unit, and nothing for all that follow. */
export interface Flat extends Metered {
  readonly model: 'flat'
  readonly amount: MicroUnits
}

/** An amount for each started block. */
export interface Package extends Metered {
  readonly model: 'package'
  readonly amount: MicroUnits
  readonly size: Units
}

/** The total by how much there is, stair by stair. */
export interface Stairs extends Metered {
  readonly model: 'stairs'
  readonly stairs: readonly Stair[]
}

export interface Stair {
  /** Ascending; unitsMax in the last one. */
  readonly upTo: Units
  /** Of everything up to there; never less than in the stair before. */
  readonly total: MicroUnits
}

export interface Tier {
  /** Counted units, ascending; unitsMax in the last one. */
  readonly upTo: Units
  readonly amount: MicroUnits
}

/** Each counted unit at the amount of the tier that it falls in. */
export interface Graduated extends Metered, Counting {
  readonly model: 'graduated'
  readonly tiers: readonly Tier[]
}

/** All counted units at the amount of the tier that their number falls in; the total never falls. */
export interface Volume extends Metered, Counting {
  readonly model: 'volume'
  readonly tiers: readonly Tier[]
}

/** Another price with so much more, or less. */
export interface MarkUp extends Metered {
  readonly model: 'mark-up'
  /** Of the other price, in hundredths of a percent: 12000 for 20 % more; at least 1. */
  readonly share: number
  readonly of: Price
}

export type Price = Unpriced | PerUnit | Flat | Package | Stairs | Graduated | Volume | MarkUp

/** A price that costs something. */
export type Paid = Exclude<Price, Unpriced>
