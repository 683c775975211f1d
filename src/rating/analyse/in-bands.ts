/** Usages that depend on the time. */
import type { EpochMs } from '../../domain/time.ts'
import { allowanceObstacle, ruleObstacle } from '../match.ts'
import { type Example, exampleOf, type Subject } from './finding.ts'
import type { Witness } from './witnesses.ts'

/** A usage at an instant that a price or an allowance would be for if one of the bands held then; null: none is. */
export function usageIn(
  { catalogue, witnesses }: Subject,
  bands: ReadonlySet<string>,
  at: EpochMs
): Example | null {
  const all = [...witnesses.values()].flat().filter(({ situation }) => !situation.emergency)
  const inBands = (wanted: ReadonlySet<string> | undefined) =>
    [...bands].some(band => wanted?.has(band))
  for (const { id, prices, allowances } of catalogue.offers.values()) {
    const fits = ({ situation }: Witness) =>
      prices.some(rule => inBands(rule.bands) && ruleObstacle(rule, situation, bands) === null) ||
      allowances.some(
        one => inBands(one.bands) && allowanceObstacle(one, situation, bands) === null
      )
    const found = all.find(fits)
    if (found !== undefined) return { ...exampleOf(found, id), at }
  }
  return null
}
