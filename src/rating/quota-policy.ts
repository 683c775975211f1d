/** How much is granted at once, for how long, and what ends it. */
import type { FinalUnits } from '../domain/answer.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { Units, UnitType } from '../domain/units.ts'

/** How grants of one unit type are sized. Units throughout. */
export interface QuotaSize {
  /** For an empty ask while the session is young. */
  readonly initial: Units
  /** Never less by rate, unless the balance has less. */
  readonly min: Units
  /** Never more unless more is asked. */
  readonly max: Units
}

export interface QuotaPolicy {
  /** Validity-Time, seconds, at least 1. */
  readonly validity: number
  /** By how many percent the validity of a grant is shorter at most. Absent: by none. */
  readonly validityJitter?: number
  /** Supervision time of a session, seconds; 2 x validity unless set. */
  readonly tcc: number
  /** Sizing by measured rate starts at this age of a session, seconds. */
  readonly rateAfter: number
  /** A grant sized by rate lasts so many seconds. */
  readonly target: number
  /** Share of a grant, in percent, that is left when the client asks again; 0: no threshold. */
  readonly threshold: number
  readonly sizes: Readonly<Record<UnitType, QuotaSize>>
  /** Quota-Holding-Time, seconds; 0: the client keeps unused units. Absent: not sent. */
  readonly holding?: number
  /** Quota-Consumption-Time of grants of time, seconds. Absent: not sent. */
  readonly consumption?: number
  /** Trigger-Type values that make the client report. Absent: the client's own. */
  readonly triggers?: readonly number[]
  /** What happens when the final units are used. Absent: the service ends (TERMINATE). */
  readonly finalUnits?: FinalUnits
  /** Service to the pool that its grants belong to. Absent: there are none. */
  readonly pools?: ReadonlyMap<string, number>
  /** A wallet with less available is low. Absent: none is. */
  readonly lowBalance?: MicroUnits
  /** What is left is shared among the open sessions of an account. Absent: who asks first may have it all. */
  readonly fairShare?: true
  /** Octets a second that a line can carry; more is implausible. Absent: anything is believed. */
  readonly lineRate?: Units
}
