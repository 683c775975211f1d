/** What a grant holds that may be used on either side of a tariff switch. */
import type { MicroUnits } from '../domain/money.ts'
import type { Units } from '../domain/units.ts'
import type { Price } from '../rating/catalogue.ts'
import { priceFor, stepOf } from '../rating/price.ts'

/** One side of a switch: its price, and how many units come before the next ones under it. */
export interface Side {
  readonly price: Price
  readonly position: Units
}

export interface AcrossCost {
  readonly amount: MicroUnits
  /** A started step on each side, which is part of `amount`. */
  readonly steps: MicroUnits
}

/** What the dearer side costs, and a started step on both, because the units may fall in any proportion. */
export function costAcross(before: Side, after: Side, units: Units): AcrossCost {
  const now = rangeOf(before, units)
  const then = rangeOf(after, units)
  const byUnits = isByUnits(before.price) && isByUnits(after.price)
  // Where a price is not by units, the first units on either side may be the dear ones.
  const dearest = byUnits ? Math.max(now.cost, then.cost) : now.cost + then.cost
  const steps = now.step + then.step
  return { amount: dearest + steps, steps }
}

function rangeOf({ price, position }: Side, units: Units) {
  const before = priceFor(price, position)
  return {
    cost: priceFor(price, position + units) - before,
    step: priceFor(price, position + stepOf(price)) - before
  }
}

/** Whether each unit costs the same, whichever it is. */
export const isByUnits = ({ model }: Price): boolean => model === 'per-unit' || model === 'free'
