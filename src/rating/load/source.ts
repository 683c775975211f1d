/** The catalogue as people write it, file by file, and as it is kept: canonical JSON. */
import type { Leg } from '../../domain/facts.ts'
import type { RatName } from '../../domain/rat-types.ts'
import type { UnitType } from '../../domain/units.ts'
import type { Tax } from '../catalogue.ts'
import type { RecordChange } from '../partial-records.ts'

/** Text such as `10 MB` or `60 s`, or a whole number of messages. */
export type AmountText = string | number

/** `catalogue.yaml` */
export interface CatalogueFile {
  readonly currency: string
  readonly 'minor-digits'?: number
  readonly tax?: Tax
  readonly 'time-zone': string
  readonly 'country-code': string
  /** Local time from which the version is in force; no part of its content. */
  readonly 'effective-from'?: string
  readonly emergency: readonly string[]
  readonly 'unnamed-refunds'?: boolean
  readonly quota: QuotaFile
  readonly calendar?: CalendarFile
  readonly 'final-units'?: readonly FinalUnitsFile[]
  readonly 'partial-records'?: readonly PartialRecordsFile[]
}

export interface PartialRecordsFile {
  readonly 'charging-characteristics'?: readonly string[]
  readonly time?: number
  readonly volume?: AmountText
  readonly parts?: number
  readonly changes?: readonly RecordChange[]
}

export interface CalendarFile {
  readonly holidays?: readonly string[]
  readonly bands: readonly {
    readonly band: string
    readonly windows: readonly {
      readonly days?: readonly string[]
      readonly dates?: readonly string[]
      readonly from: string
      readonly until: string
    }[]
  }[]
}

export interface FinalUnitsFile {
  readonly id: string
  readonly action: 'terminate' | 'redirect' | 'restrict'
  readonly redirect?: string
  readonly filters?: readonly string[]
  readonly 'filter-ids'?: readonly string[]
  readonly retry?: number
}

export interface QuotaFile {
  readonly validity: number
  readonly tcc?: number
  readonly 'validity-jitter'?: number
  readonly 'fair-share'?: boolean
  readonly 'rate-after': number
  readonly target: number
  readonly threshold: number
  readonly sizes: Readonly<Record<UnitType, SizeFile>>
  readonly 'holding-time'?: number
  readonly 'consumption-time'?: number
  readonly triggers?: readonly string[]
  readonly 'final-units'?: string
  readonly 'low-balance'?: string
  readonly 'line-rate'?: AmountText
  readonly pools?: readonly { readonly pool: number; readonly services: readonly string[] }[]
}

export interface SizeFile {
  readonly initial: AmountText
  readonly min: AmountText
  readonly max: AmountText
}

/** `services.yaml` */
export interface ServicesFile {
  readonly services: readonly ServiceFile[]
  readonly contexts: Readonly<Record<string, number>>
  readonly free?: readonly FreeFile[]
}

/** What rules, allowances and free services are for. */
export interface MatchFile {
  readonly zones?: readonly string[]
  readonly destinations?: readonly string[]
  readonly legs?: readonly Leg[]
  readonly apns?: readonly string[]
  readonly slices?: readonly string[]
  readonly rats?: readonly RatName[]
  readonly qos?: readonly number[]
  readonly 'service-identifiers'?: readonly number[]
  readonly 'charging-characteristics'?: readonly string[]
}

export interface FreeFile extends MatchFile {
  readonly service: string
}

export interface ServiceFile {
  readonly service: string
  readonly unit: UnitType
  readonly destinations?: boolean
  readonly 'with-video'?: string
  readonly contexts?: readonly string[]
  readonly 'rating-groups': readonly number[]
}

/** `zones.yaml` */
export interface ZonesFile {
  readonly home: string
  readonly other: string
  readonly zones: readonly {
    readonly zone: string
    readonly networks?: readonly string[]
    readonly countries?: readonly string[]
  }[]
}

/** `destinations.yaml` */
export interface DestinationsFile {
  readonly other: string
  readonly destinations: readonly {
    readonly destination: string
    readonly prefixes?: readonly string[]
    readonly numbers?: readonly string[]
    readonly 'routing-numbers'?: readonly string[]
  }[]
}

/** A row of `destinations.csv`. */
export interface PrefixRow {
  readonly prefix: string
  readonly destination: string
}

/** `offers/*.yaml` */
export interface OfferFile {
  readonly offer: string
  readonly kind: 'base' | 'addon'
  readonly name: string
  readonly currency?: string
  readonly tax?: Tax
  readonly fee?: string
  readonly 'fee-every'?: string
  readonly 'credit-limit'?: string
  readonly overdraft?: string
  readonly 'final-units'?: string
  readonly 'sold-from'?: string
  readonly 'sold-until'?: string
  readonly requires?: readonly string[]
  readonly excludes?: readonly string[]
  readonly 'on-change'?: 'carry' | 'reset' | 'prorate'
  readonly allowances?: readonly AllowanceFile[]
  readonly limits?: readonly LimitFile[]
  readonly prices?: readonly RuleFile[]
  readonly 'prices-of'?: string
}

export interface AllowanceFile extends MatchFile {
  readonly allowance: string
  readonly services: readonly string[]
  readonly times?: readonly string[]
  readonly amount?: AmountText
  readonly money?: string
  readonly period: string
  readonly renews?: boolean
  readonly sharing?: 'account' | 'line'
  readonly priority?: number
  readonly rollover?: { readonly max?: AmountText; readonly for?: string }
  readonly 'used-up'?: 'prices' | 'stop'
  readonly 'final-units'?: string
  readonly thresholds?: readonly ThresholdFile[]
}

export interface ThresholdFile {
  readonly at: AmountText
  readonly status?: string
  readonly tell?: 'up' | 'down' | 'both'
}

export interface LimitFile extends MatchFile {
  readonly limit: string
  readonly services: readonly string[]
  readonly amount?: AmountText
  readonly money?: string
  readonly counts?: 'units' | 'money'
  readonly period: string
  readonly sharing?: 'account' | 'line'
  readonly action?: 'stop' | 'tell'
  readonly settable?: boolean
  readonly passable?: boolean
  readonly 'final-units'?: string
  readonly thresholds?: readonly ThresholdFile[]
}

/** What something costs: the terms of a rule, or of a row of a table. */
export interface PriceFile {
  readonly free?: boolean
  readonly unmetered?: boolean
  readonly blocked?: boolean
  readonly price?: string
  readonly per?: AmountText
  readonly step?: AmountText
  readonly minimum?: AmountText
  readonly intervals?: string
  readonly 'set-up'?: string
  readonly flat?: string
  readonly package?: { readonly size: AmountText; readonly price: string }
  readonly tiers?: readonly TierFile[]
  readonly tiering?: 'graduated' | 'volume'
  readonly stairs?: readonly TierFile[]
  readonly over?: 'session' | 'day' | 'calendar-month'
  readonly counted?: 'line' | 'account'
  readonly 'mark-up'?: string
  readonly of?: string
  readonly table?: string
}

export interface TierFile {
  readonly 'up-to'?: AmountText
  readonly price: string
}

export interface RuleFile extends MatchFile, PriceFile {
  readonly rule: string
  readonly service?: string
  readonly times?: readonly string[]
  readonly priority?: number
}

/** `tables/*.csv`, without its quotes. */
export interface TableFile {
  /** The name of the file without its ending. */
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** All files of a catalogue. */
export interface CatalogueSource {
  readonly format: 1
  readonly catalogue: CatalogueFile
  readonly services: ServicesFile
  readonly zones: ZonesFile
  readonly destinations: DestinationsFile
  readonly prefixes: readonly PrefixRow[]
  readonly offers: readonly OfferFile[]
  readonly tables?: readonly TableFile[]
}

/** The files that could be read; null: this one could not, so nothing that refers to it is checked. */
export type CatalogueParts = {
  readonly [Part in Exclude<keyof CatalogueSource, 'format' | 'offers' | 'tables'>]:
    | CatalogueSource[Part]
    | null
} & { readonly offers: readonly (OfferFile | null)[]; readonly tables?: readonly TableFile[] }

/**
 * The same content as the same text: keys in order, offers by id, no white space. When a version takes effect is not
 * what it says, so that it stays the same version when its date has come and its files are moved.
 */
export function canonicalSource(source: CatalogueSource): string {
  const offers = source.offers.toSorted((a, b) => (a.offer < b.offer ? -1 : 1))
  const { 'effective-from': _, ...catalogue } = source.catalogue
  return JSON.stringify({ ...source, catalogue, offers }, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value
  )
}
