/** Which price and which allowances a situation meets. */
import type { Allowance, FreeService, Match, Offer, PriceRule } from './catalogue.ts'
import type { Situation } from './classify.ts'

const anyTime: ReadonlySet<string> = new Set()

/**
 * The first rule that matches in these bands of the calendar, offer by offer in the given order. null: no price
 * (5031).
 */
export function findPrice(
  offers: readonly Offer[],
  situation: Situation,
  bands: ReadonlySet<string> = anyTime
): PriceRule | null {
  const service = situation.service.id
  for (const offer of offers) {
    for (const rule of offer.prices) {
      if (rule.service !== service || !matches(rule.match, situation)) continue
      if (rule.bands === undefined || holds(rule.bands, bands)) return rule
    }
  }
  return null
}

function holds(wanted: ReadonlySet<string>, bands: ReadonlySet<string>): boolean {
  for (const band of wanted) if (bands.has(band)) return true
  return false
}

/** Whether the situation is among those that are free for everybody. */
export function isListedFree(free: readonly FreeService[], situation: Situation): boolean {
  for (const { service, match } of free) {
    if (service === situation.service.id && matches(match, situation)) return true
  }
  return false
}

/** Whether an allowance may be drawn for the situation. */
export function applies(allowance: Allowance, situation: Situation): boolean {
  return (
    allowance.unit === situation.service.unit &&
    allowance.services.has(situation.service.id) &&
    matches(allowance.match, situation)
  )
}

function matches(match: Match, situation: Situation): boolean {
  if (match.legs !== null && !match.legs.has(situation.leg)) return false
  if (match.zones !== null && !match.zones.has(situation.zone)) return false
  if (match.destinations === null) return true
  return situation.destination !== null && match.destinations.has(situation.destination)
}
