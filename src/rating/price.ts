/**
 * What units cost, and how many units an amount pays for.
 *
 * A price is a function of all units that were used under it, counted from zero in a session, or in a period where the
 * price says so. The cost of a report is the difference of two totals, so the way usage is split into reports never
 * changes the sum, and what falls once is charged once. No total is below that of fewer units. Fractions of a millionth
 * are rounded up, once, in the total.
 */
import { assertCountable } from '../domain/errors.ts'
import type { MicroUnits } from '../domain/money.ts'
import { type Units, unitsMax } from '../domain/units.ts'
import { flatReach, flatTotal } from './prices/flat.ts'
import { graduatedReach, graduatedTotal } from './prices/graduated.ts'
import { markedUp, unmarked } from './prices/mark-up.ts'
import { packageReach, packageTotal } from './prices/package.ts'
import { perUnitReach, perUnitTotal } from './prices/per-unit.ts'
import { stairsReach, stairsTotal } from './prices/stairs.ts'
import type { Price } from './prices/types.ts'
import { volumeReach, volumeTotal } from './prices/volume.ts'

/**
 * The total price of so many units. Free and blocked units cost nothing.
 * GYRO_UNCOUNTABLE on a total that is not a safe integer.
 */
export function chargeFor(price: Price, units: Units): MicroUnits {
  const total = priceFor(price, units)
  assertCountable(total <= unitsMax, 'price is not a safe integer')
  return total
}

/** As chargeFor, for comparing: beyond 2^53-1 it is inexact, and so may `units` be. */
export function priceFor(price: Price, units: Units): number {
  if (units <= 0) return 0
  switch (price.model) {
    case 'per-unit':
      return perUnitTotal(price, units)
    case 'flat':
      return flatTotal(price)
    case 'package':
      return packageTotal(price, units)
    case 'stairs':
      return stairsTotal(price, units)
    case 'graduated':
      return graduatedTotal(price, units)
    case 'volume':
      return volumeTotal(price, units)
    case 'mark-up':
      return markedUp(price.share, priceFor(price.of, units))
    default:
      return 0
  }
}

/**
 * The largest number of units that may follow `position` for at most `budget`: one unit more would cost more.
 *
 * Units of a started step are already paid and follow for nothing, also with budget 0. A budget below zero
 * pays for nothing, not even those: 0. Free, at any budget: all units up to 2^53-1. Blocked: 0.
 */
export function affordable(price: Price, position: Units, budget: MicroUnits): Units {
  if (price.model === 'free') return unitsMax - position
  if (price.model === 'blocked' || price.model === 'unmetered' || budget < 0) return 0
  const money = Math.min(chargeFor(price, position) + budget, unitsMax)
  return Math.max(0, reachOf(price, money) - position)
}

/** The most units whose total is not above an amount. */
function reachOf(price: Price, total: MicroUnits): Units {
  switch (price.model) {
    case 'per-unit':
      return perUnitReach(price, total)
    case 'flat':
      return flatReach(price, total)
    case 'package':
      return packageReach(price, total)
    case 'stairs':
      return stairsReach(price, total)
    case 'graduated':
      return graduatedReach(price, total)
    case 'volume':
      return volumeReach(price, total)
    case 'mark-up':
      return reachOf(price.of, unmarked(price.share, total))
    case 'free':
      return unitsMax
    default:
      return 0
  }
}

/** Units are counted in started steps of so many; 1 where there are none. */
export function stepOf(price: Price): Units {
  switch (price.model) {
    case 'per-unit':
    case 'graduated':
    case 'volume':
      return price.step
    case 'package':
      return price.size
    case 'mark-up':
      return stepOf(price.of)
    default:
      return 1
  }
}
