/** Whether one limit always stops before another one, also when they count in different periods. */
import type { Period, UsageLimit } from '../catalogue.ts'

/** Whether the other limit always stops first: the same or wider, with less than this one in each of its periods. */
export function isTighter(other: UsageLimit, limit: UsageLimit): boolean {
  if (other === limit || !other.stops || !limit.stops) return false
  if (other.settable || other.passable || limit.settable) return false
  if (other.amount === null || limit.amount === null || other.unit !== limit.unit) return false
  const spans = spansWithin(other.period, limit.period)
  if (spans === null || BigInt(other.amount) * BigInt(spans) >= BigInt(limit.amount)) return false
  if (other.sharing === 'line' && limit.sharing === 'account') return false
  const { zones, destinations, legs, conditions } = other.match
  const wide = zones === null && destinations === null && legs === null && conditions === undefined
  return wide && [...limit.services].every(service => other.services.has(service))
}

/** Into how many of the first periods one of the second may reach at most; null: no number is enough. */
function spansWithin(other: Period, limit: Period): number | null {
  if (JSON.stringify(other) === JSON.stringify(limit) || other.kind === 'unlimited') return 1
  const [shortest] = daysOf(other)
  const [, longest] = daysOf(limit)
  if (longest === null || shortest === null) return null
  // All but `days` turn at midnight; those reach into a day more, and into another one where the clocks change.
  const more = other.kind === 'days' || limit.kind === 'days' ? 2 : 0
  return 1 + Math.ceil((longest + more - 1) / shortest)
}

/** How many days a period has at least and at most; null: it does not end. */
function daysOf(period: Period): readonly [least: number | null, most: number | null] {
  switch (period.kind) {
    case 'unlimited':
      return [null, null]
    case 'day':
      return [1, 1]
    case 'week':
      return [7, 7]
    case 'days':
      return [period.days, period.days]
    default:
      return [28, 31]
  }
}
