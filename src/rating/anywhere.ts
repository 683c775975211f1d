/**
 * What units may cost when it is not known how many come before them: the most that so many units in one piece add to
 * a price, wherever they begin.
 */
import type { MicroUnits } from '../domain/money.ts'
import type { Units } from '../domain/units.ts'
import { affordable, priceFor, stepOf } from './price.ts'
import type { Price } from './prices/types.ts'

/**
 * The most that `units` units add to the price where at least `from` come before them, and `to` are there with them at
 * most. A few millionths above what is reached, at most; 0 when they have no room. Inexact beyond 2^53-1.
 */
export function mostFor(price: Price, from: Units, to: Units, units: Units): MicroUnits {
  const last = to - units
  if (units <= 0 || last < from || price.model === 'unmetered') return 0
  if (price.model === 'free' || price.model === 'blocked') return 0
  if (last === from) return addedBy(price, from, units)
  let most = 0
  const tryAt = (begin: Units) => {
    const at = Math.min(last, Math.max(from, begin))
    // Units that cost nothing may be used up first.
    const end = Math.min(last, at + affordable(price, at, 0))
    most = Math.max(most, addedBy(price, at, units), addedBy(price, end, units))
  }
  const step = stepOf(price)
  // At either end the units may begin with a step, or end with the first unit of one.
  tryAt(from)
  tryAt(stepBefore(price, from + units, step) + step + 1 - units)
  tryAt(last)
  tryAt(stepBefore(price, last, step))
  tryAt(stepBefore(price, to - 1, step) + 1 - units)
  const whole = Math.ceil(units / step) * step
  for (const bound of bendsOf(price)) {
    if (bound >= to) continue
    // Where the terms change is felt by the last whole step before, and by the next ones.
    for (const bend of [bound, bound + affordable(price, bound + 1, 0) + 1]) {
      const before = stepBefore(price, bend, step)
      for (const at of [before - step, before, before + step]) {
        tryAt(at)
        tryAt(at - whole)
      }
      tryAt(bend)
      tryAt(bend + 1 - units)
    }
  }
  return most + slackOf(price)
}

function addedBy(price: Price, before: Units, units: Units): number {
  return priceFor(price, before + units) - priceFor(price, before)
}

function stepBefore(price: Price, units: Units, step: Units): Units {
  const minimum = minimumOf(price)
  return units <= minimum ? units : units - ((units - minimum) % step)
}

function minimumOf(price: Price): Units {
  switch (price.model) {
    case 'per-unit':
    case 'graduated':
    case 'volume':
      return price.minimum
    case 'mark-up':
      return minimumOf(price.of)
    default:
      return 0
  }
}

/** Numbers of units beyond which others cost something else. */
function bendsOf(price: Price): readonly Units[] {
  switch (price.model) {
    case 'per-unit':
      return [price.minimum]
    case 'package':
      return [price.size]
    case 'graduated':
    case 'volume':
      return [price.minimum, ...price.tiers.map(({ upTo }) => upTo)]
    case 'stairs':
      return price.stairs.map(({ upTo }) => upTo)
    case 'mark-up':
      return bendsOf(price.of)
    default:
      return noBends
  }
}

const noBends: readonly Units[] = []

/** How far two differences of totals may be apart because fractions of a millionth are rounded in each total. */
function slackOf(price: Price): MicroUnits {
  const fraction = fractionOf(price)
  return fraction === 0 ? 0 : Math.ceil(2 * fraction) - 1
}

/** By how much rounding raises a total at most, in millionths. */
function fractionOf(price: Price): number {
  switch (price.model) {
    case 'per-unit':
      return (price.step * price.amount) % price.per === 0 &&
        (price.minimum * price.amount) % price.per === 0
        ? 0
        : 1
    case 'graduated':
    case 'volume':
      return price.per > 1 ? 1 : 0
    case 'mark-up':
      return 1 + (price.share / 10_000) * fractionOf(price.of)
    default:
      return 0
  }
}
