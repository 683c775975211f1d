/**
 * The static analyser of `gyro check`: what a catalogue that loads says without meaning it, with a usage that
 * shows it where there is one. A new kind of rule needs a new row of checks, and, where it tells usages apart by something new, witnesses
 * that differ in it.
 */
import type { Catalogue } from '../catalogue.ts'
import type { CatalogueSource } from '../load/source.ts'
import { idleLimits, idleRollovers, idleThresholds } from './bounds.ts'
import { idleAllowances, priceGaps, servicesWithoutPrice, unreachedNames } from './coverage.ts'
import { dateHoles } from './dates.ts'
import type { AnalyseOptions, Check, Discovery } from './finding.ts'
import { pastDates, pastSales } from './past.ts'
import { roundingLosses } from './rounding.ts'
import { overlappingRules, unreachableRules } from './rules.ts'
import { splitPrices } from './split-prices.ts'
import { idleRows } from './tables.ts'
import { witnessesOf } from './witnesses.ts'

const checks: readonly Check[] = [
  unreachableRules,
  overlappingRules,
  servicesWithoutPrice,
  priceGaps,
  idleAllowances,
  idleLimits,
  splitPrices,
  idleThresholds,
  idleRollovers,
  unreachedNames,
  roundingLosses,
  idleRows,
  dateHoles,
  pastDates,
  pastSales
]

export const analyseDefaults: AnalyseOptions = {
  at: 0,
  roundingPercent: 25,
  usual: { octets: 10_000_000, seconds: 180, messages: 1 }
}

/** Everything that the checks find, in their order. Pure. */
export function analyseCatalogue(
  catalogue: Catalogue,
  options: AnalyseOptions
): readonly Discovery[] {
  const source = JSON.parse(catalogue.source) as CatalogueSource
  const subject = { catalogue, source, witnesses: witnessesOf(catalogue, source), options }
  return checks.flatMap(check => check(subject))
}
