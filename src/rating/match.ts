/** Which price and which allowances a situation meets. */
import type { Allowance, FreeService, Match, Offer, PriceRule, UsageLimit } from './catalogue.ts'
import type { Situation } from './classify.ts'
import { type ConditionName, unmetCondition } from './conditions.ts'
import { rowOf } from './table.ts'

const anyTime: ReadonlySet<string> = new Set()

/**
 * The first rule that matches in these bands of the calendar, offer by offer in the given order; where it is a mark-up on
 * any price, what it makes of the next one that is none. null: no price (5031).
 */
export function findPrice(
  offers: readonly Offer[],
  situation: Situation,
  bands: ReadonlySet<string> = anyTime
): PriceRule | null {
  let markUp: PriceRule | null = null
  for (const offer of offers) {
    for (const rule of offer.prices) {
      if (ruleObstacle(rule, situation, bands) !== null) continue
      if (rule.onAny === undefined) return markedUp(markUp, priced(rule, situation))
      markUp ??= rule
    }
  }
  return null
}

/** What a mark-up on any price makes of this one; null: it is none. */
export function markedUp(markUp: PriceRule | null, rule: PriceRule): PriceRule {
  return markUp?.onAny?.get(rule) ?? rule
}

/** The row that has the price of a rule that matches, where it has a table. */
export function priced(rule: PriceRule, situation: Situation): PriceRule {
  return rule.table === undefined ? rule : (rowOf(rule.table, situation) ?? rule)
}

function holds(wanted: ReadonlySet<string>, bands: ReadonlySet<string>): boolean {
  for (const band of wanted) if (bands.has(band)) return true
  return false
}

/** Whether the situation is among those that are free for everybody. */
export function isListedFree(free: readonly FreeService[], situation: Situation): boolean {
  for (const { service, match } of free) {
    if (service === situation.service.id && obstacle(match, situation) === null) return true
  }
  return false
}

/** Whether an allowance may be drawn for the situation, at some time. */
export function applies(allowance: Allowance, situation: Situation): boolean {
  return allowanceObstacle(allowance, situation, allowance.bands) === null
}

/** What keeps a rule or an allowance from applying. */
export type Obstacle = 'service' | 'leg' | 'zone' | 'destination' | 'time' | 'row' | ConditionName

/** The first thing that keeps a price rule from matching; null: it matches. */
export function ruleObstacle(
  rule: PriceRule,
  situation: Situation,
  bands: ReadonlySet<string> = anyTime
): Obstacle | null {
  if (rule.service !== situation.service.id && rule.service !== '') return 'service'
  const found = obstacle(rule.match, situation)
  if (found !== null) return found
  if (rule.bands !== undefined && !holds(rule.bands, bands)) return 'time'
  if (rule.over !== undefined) return ruleObstacle(rule.over, situation, bands)
  return rule.table === undefined || rowOf(rule.table, situation) !== null ? null : 'row'
}

/** The first thing that keeps an allowance from being drawn; null: it may be. */
export function allowanceObstacle(
  allowance: Allowance,
  situation: Situation,
  bands: ReadonlySet<string> = anyTime
): Obstacle | null {
  const { unit } = allowance
  if (unit !== situation.service.unit && unit !== 'money') return 'service'
  if (!allowance.services.has(situation.service.id)) return 'service'
  const found = obstacle(allowance.match, situation)
  if (found !== null) return found
  return allowance.bands === undefined || holds(allowance.bands, bands) ? null : 'time'
}

/** Whether usage in this situation counts under a limit. */
export function countsUnder(limit: UsageLimit, situation: Situation): boolean {
  return limitObstacle(limit, situation) === null
}

/** What keeps usage from counting under a limit; null: it counts. */
export function limitObstacle(limit: UsageLimit, situation: Situation): Obstacle | null {
  if (limit.unit !== situation.service.unit && limit.unit !== 'money') return 'service'
  return limit.services.has(situation.service.id) ? obstacle(limit.match, situation) : 'service'
}

function obstacle(match: Match, situation: Situation): Obstacle | null {
  if (match.legs !== null && !match.legs.has(situation.leg)) return 'leg'
  if (match.zones !== null && !match.zones.has(situation.zone)) return 'zone'
  if (match.destinations !== null) {
    const { destination } = situation
    if (destination === null || !match.destinations.has(destination)) return 'destination'
  }
  if (match.conditions === undefined) return null
  return unmetCondition(match.conditions, situation.facts, situation.identifiers)
}
