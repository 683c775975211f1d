/** What the analyser finds in a catalogue that loads: it can be served, but it hardly says what was meant. */
import type { NetworkFacts } from '../../domain/facts.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { Units, UnitType } from '../../domain/units.ts'
import type { Catalogue } from '../catalogue.ts'
import type { Path } from '../load/problem.ts'
import type { CatalogueSource } from '../load/source.ts'
import type { Witness } from './witnesses.ts'

export type FindingCode =
  | 'rule-never-matches'
  | 'rule-unreachable'
  | 'rules-overlap'
  | 'service-without-price'
  | 'price-gap'
  | 'allowance-never-matches'
  | 'allowance-on-free'
  | 'limit-never-counts'
  | 'limit-never-binds'
  | 'limit-splits-price'
  | 'threshold-never-reached'
  | 'rollover-above-amount'
  | 'rounding-loss'
  | 'never-reached'
  | 'row-never-applies'
  | 'dates-hole'
  | 'dates-past'
  | 'sale-over'
  | 'version-over'
  | 'offer-lost'
  | 'holiday-lost'

/** A usage that shows it; `gyro price` can be asked for it. */
export interface Example {
  readonly service: string
  readonly unit: UnitType
  readonly ratingGroup: number
  /** Empty: any. */
  readonly context: string
  readonly facts: NetworkFacts
  readonly serviceIdentifiers: readonly number[]
  /** null: at any time. */
  readonly at: EpochMs | null
  /** null: any. */
  readonly units: Units | null
  /** An offer that a subscriber of the usage has; null: any. */
  readonly offer: string | null
}

export interface Discovery {
  readonly code: FindingCode
  /**
   * error: what is written can have no effect, or a service cannot be used; warning: it may be meant; note: it is usual,
   * and good to know.
   */
  readonly severity: 'error' | 'warning' | 'note'
  /** Begins with a file; an offer is named by its id. */
  readonly path: Path
  readonly message: string
  readonly example: Example | null
}

export interface AnalyseOptions {
  /** What ends before it lies in the past. */
  readonly at: EpochMs
  /** Percent of the exact price that steps and minimum may add to usual usages. */
  readonly roundingPercent: number
  /** What a usual session uses. */
  readonly usual: Readonly<Record<'octets' | 'seconds' | 'messages', Units>>
}

/** What every check looks at. */
export interface Subject {
  readonly catalogue: Catalogue
  /** As it was written; offers in another order than their files. */
  readonly source: CatalogueSource
  /** One usage for every way in which the catalogue can tell usages apart, by service. */
  readonly witnesses: ReadonlyMap<string, readonly Witness[]>
  readonly options: AnalyseOptions
}

export type Check = (subject: Subject) => readonly Discovery[]

export function exampleOf(
  { situation, context, facts, at }: Witness,
  offer: string | null,
  units: Units | null = null
): Example {
  const { service, ratingGroup, identifiers } = situation
  return {
    service: service.id,
    unit: service.unit,
    ratingGroup,
    context,
    facts,
    serviceIdentifiers: identifiers,
    at,
    units,
    offer
  }
}

/** Where a usage happens, in words: `voice in home to germany`. */
export function whereOf({ situation }: Witness): string {
  const { service, zone, destination, leg } = situation
  const to = destination === null ? '' : ` to ${destination}`
  return `${service.id} in ${zone}${to}${leg === 'originating' ? '' : `, ${leg}`}`
}
