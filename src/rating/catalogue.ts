/** The compiled catalogue: pure data that the engine rates by. Built by rating/load, never changed after. */
import type { FinalUnits } from '../domain/answer.ts'
import type { Leg } from '../domain/facts.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { EpochMs } from '../domain/time.ts'
import type { QuotaUnit, Units, UnitType } from '../domain/units.ts'
import type { Conditions } from './conditions.ts'
import type { RecordPolicy } from './partial-records.ts'
import type { PrefixTable } from './prefix-table.ts'
import type { Price } from './prices/types.ts'
import type { QuotaPolicy } from './quota-policy.ts'
import type { ChangePolicy, Period, Rollover, Threshold, UsedUp } from './terms.ts'

/** What a request means commercially. */
export interface Service {
  readonly id: string
  readonly unit: UnitType
  /** Whether a called or recipient number decides the price. */
  readonly destinations: boolean
  /** The service that a call is whose media hold video; absent: this one all the same. */
  readonly withVideo?: string
}

/** What a rule or an allowance applies to. null: any. */
export interface Match {
  readonly zones: ReadonlySet<string> | null
  readonly destinations: ReadonlySet<string> | null
  readonly legs: ReadonlySet<Leg> | null
  /** What it wants of the network beside these; absent: nothing. */
  readonly conditions?: Conditions
}

export type { Price } from './prices/types.ts'
export type { QuotaPolicy, QuotaSize } from './quota-policy.ts'
export type { ChangePolicy, Period, Rollover, Threshold, UsedUp } from './terms.ts'

export interface PriceRule {
  // Of a table with the keys of its row (`@262/internet`), of a mark-up with the rule that it marks up (`+offer/rule`).
  /** `catalogueVersion:offer/rule`, unique for ever. */
  readonly ref: string
  /** Empty: any that its table has. */
  readonly service: string
  readonly match: Match
  /** Bands of the calendar in which it applies; absent: at any time. */
  readonly bands?: ReadonlySet<string>
  readonly price: Price
  /** The price is in the row that fits; `price` is `blocked` then, and never used. */
  readonly table?: PriceTable
  /** The row that it comes of. */
  readonly row?: RowOrigin
  /** A mark-up holds where this rule holds as well. */
  readonly over?: PriceRule
  /** A mark-up on whatever the price is without it: the price that it makes of each other one; `price` is `blocked` then. */
  readonly onAny?: ReadonlyMap<PriceRule, PriceRule>
  /** Whether the price has its tax in it; absent: not said. */
  readonly tax?: Tax
}

/** What a table of prices may be looked up by; a country is an MCC, a network MCC and MNC. */
export type KeyColumn = 'country' | 'network' | 'zone' | 'service' | 'destination'

/** Prices by row. */
export interface PriceTable {
  /** Name of its file. */
  readonly id: string
  readonly columns: readonly KeyColumn[]
  readonly rows: readonly PriceRule[]
  readonly tree: TableTree
}

/** One level a column; below the last one the row. `*` stands for what has no row of its own. */
export type TableTree = ReadonlyMap<string, TableTree | PriceRule>

export type Tax = 'inclusive' | 'exclusive'

/** Where a price in a table is written. */
export interface RowOrigin {
  readonly table: string
  /** In the file, from 1. */
  readonly line: number
}

/** A weekly window of a band. */
export interface BandWindow {
  /** `mon` to `sun`, and `holiday`, on which it begins. */
  readonly days: ReadonlySet<string>
  /** Days as `2026-12-24`, or of each year as `12-24`, on which it begins as well; absent: none. */
  readonly dates?: ReadonlySet<string>
  /** Minutes of local time since the midnight that the day begins with. */
  readonly from: number
  /** Above `from`; above 1440 when the window ends on the next day. */
  readonly until: number
}

export interface Band {
  readonly id: string
  readonly windows: readonly BandWindow[]
}

/** Times of day, week and year that prices may depend on. */
export interface Calendar {
  /** IANA name. */
  readonly timeZone: string
  /** Days as `2026-12-25`, which are no weekdays then. */
  readonly holidays: ReadonlySet<string>
  readonly bands: readonly Band[]
}

export interface Allowance {
  readonly id: string
  readonly services: ReadonlySet<string>
  readonly match: Match
  /** Bands of the calendar in which it may be drawn; absent: at any time. */
  readonly bands?: ReadonlySet<string>
  /** `money`: it pays for usage at its price, before the wallet does. */
  readonly unit: QuotaUnit
  readonly amount: Units
  readonly period: Period
  readonly sharing: 'account' | 'line'
  /** `sharing: account` is written: by all lines also where one of them has the offer for itself. */
  readonly common?: true
  readonly priority: number
  /** Absent: what is left expires. */
  readonly rollover?: Rollover
  /** Absent: `prices`. */
  readonly usedUp?: UsedUp
  /** What happens with its last units, instead of what the offer says. */
  readonly finalUnits?: FinalUnits
  /** Lowest first; absent: none. */
  readonly thresholds?: readonly Threshold[]
}

/** How much may be used of some services in a period, or what is told of it. */
export interface UsageLimit {
  readonly id: string
  /** The offer that it is written in, where another one has it of its `prices-of`. */
  readonly of?: string
  readonly services: ReadonlySet<string>
  readonly match: Match
  /** What is counted: units, or the money that they cost, whatever bucket or wallet pays it. */
  readonly unit: QuotaUnit
  /** null: only counted, until the subscriber chooses an amount. */
  readonly amount: Units | null
  readonly period: Period
  readonly sharing: 'account' | 'line'
  /** Nothing is granted beyond it; else it is only counted. */
  readonly stops: boolean
  /** The subscriber may choose an amount. */
  readonly settable: boolean
  /** The subscriber may go on beyond it. */
  readonly passable: boolean
  /** What happens with the last units before it; absent: as the offer says. */
  readonly finalUnits?: FinalUnits
  /** Lowest first. */
  readonly thresholds: readonly Threshold[]
}

/** To whom and when an offer is sold; those who have it keep it. */
export interface Sale {
  /** Local times of the catalogue's zone as instants; null: without such a bound. */
  readonly from: EpochMs | null
  readonly until: EpochMs | null
  /** The account must have one of these; empty: any account may buy it. */
  readonly requires: readonly string[]
  /** Offers that it cannot be had beside. */
  readonly excludes: readonly string[]
}

export interface Offer {
  readonly id: string
  readonly kind: 'base' | 'addon'
  readonly name: string
  /** Of its fee, limit and prices; absent: that of the catalogue. */
  readonly currency?: string
  /** Taken from the wallet when the offer is bought. */
  readonly fee: MicroUnits
  /** The fee is taken for each such period; absent: once. */
  readonly feeEvery?: Period
  /** How far below zero grants may take the wallet; 0 for prepaid. */
  readonly creditLimit: MicroUnits
  /** How far below that usage may take it; what is beyond is bad debt. Absent: usage is not bounded. */
  readonly overdraft?: MicroUnits
  /** What happens when its final units are used; absent: as the quota policy says. */
  readonly finalUnits?: FinalUnits
  /** Absent: sold to everybody at any time. */
  readonly sale?: Sale
  /** Absent: `carry`. */
  readonly onChange?: ChangePolicy
  readonly allowances: readonly Allowance[]
  /** Absent: none. */
  readonly limits?: readonly UsageLimit[]
  /** In order: the first that matches is the price. */
  readonly prices: readonly PriceRule[]
}

/** A service that everybody gets at any balance, where it matches. */
export interface FreeService {
  readonly service: string
  readonly match: Match
}

export interface Catalogue extends RecordPolicy {
  /** Hash of the content: 8 hexadecimal digits or more. */
  readonly version: string
  readonly currency: string
  /** IANA name; calendar periods are counted in it. */
  readonly timeZone: string
  readonly quota: QuotaPolicy
  /** null: no price depends on the time. */
  readonly calendar: Calendar | null
  /** Every definition of final units by its ref. */
  readonly finalUnits: ReadonlyMap<string, FinalUnits>
  readonly services: ReadonlyMap<string, Service>
  /** Rating group to service id. */
  readonly ratingGroups: ReadonlyMap<number, string>
  /** What is free for everybody, also while accounts cannot be read. */
  readonly free: readonly FreeService[]
  /** Service context, or a pattern of such, to the rating group of a request that names none. */
  readonly contexts: ReadonlyMap<string, number>
  /** The patterns among the keys of `contexts`, in the order in which they are tried. */
  readonly contextPatterns: readonly string[]
  /** By key of `contexts`: rating groups that stand for another service there. */
  readonly contextServices: ReadonlyMap<string, ReadonlyMap<number, string>>
  /** PLMN digits, or their first three (the country), to zone. */
  readonly zones: ReadonlyMap<string, string>
  /** The zone of a PLMN that is in no other. */
  readonly otherZone: string
  /** The zone of a request that names no PLMN. */
  readonly homeZone: string
  /** International digits without plus to destination, longest match wins. */
  readonly destinations: PrefixTable
  readonly otherDestination: string
  /** Service numbers as dialled, matched whole and never as a prefix, to destination. */
  readonly shortNumbers: ReadonlyMap<string, string>
  /** Beginnings of routing numbers of ported numbers, to destination; the longest that fits decides. */
  readonly routingNumbers: ReadonlyMap<string, string>
  /** Characters of the longest key of `routingNumbers`. */
  readonly routingDigits: number
  /** Whether a refund that names no debit is credited as it is asked for. */
  readonly unnamedRefunds: boolean
  /** What replaces the leading 0 of a national number, such as `49`. */
  readonly countryCode: string
  /** Exact numbers that are free for everybody at any balance. */
  readonly emergencyNumbers: ReadonlySet<string>
  readonly offers: ReadonlyMap<string, Offer>
  /** Whether a rule or an allowance depends on RAT type or QoS; absent: none does. */
  readonly byAccess?: true
  /** Every rule by its ref. */
  readonly rules: ReadonlyMap<string, PriceRule>
  /** The source in canonical JSON, from which the same catalogue is compiled again. */
  readonly source: string
}

/** The catalogue in force, and other versions that sessions still name. */
export interface Catalogues {
  readonly current: Catalogue
  /** More are loaded when a decision needs them. */
  readonly byVersion: ReadonlyMap<string, Catalogue>
  /** Versions that are nowhere to be found. */
  readonly lost?: ReadonlySet<string>
}
