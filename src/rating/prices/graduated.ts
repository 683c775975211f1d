/**
 * Graduated tiers: the units of a first tier cost so much, those beyond it so much.
 *
 * Steps and minimum come first: what is counted is put into the tiers, so a step across a bound is partly in the one and
 * partly in the other. Fractions of a millionth are rounded up once, in the total over all tiers.
 */
import type { MicroUnits } from '../../domain/money.ts'
import { type Units, unitsMax } from '../../domain/units.ts'
import { ceilDiv, countedExactly, toUnits, wholeWithin } from './counted.ts'
import type { Graduated } from './types.ts'

/** What units cost, units above 0. */
export function graduatedTotal(price: Graduated, units: Units): number {
  const counted = countedExactly(price, units)
  let weight = 0n
  let from = 0n
  for (const [index, { upTo, amount }] of price.tiers.entries()) {
    const last = index === price.tiers.length - 1
    const end = last || counted < BigInt(upTo) ? counted : BigInt(upTo)
    weight += (end - from) * BigInt(amount)
    from = end
    if (from === counted) break
  }
  return Number(BigInt(price.setUp) + ceilDiv(weight, BigInt(price.per)))
}

/** The most units whose total is not above an amount. */
export function graduatedReach(price: Graduated, total: MicroUnits): Units {
  if (total < price.setUp) return 0
  // ceil(weight / per) <= money exactly when weight <= money x per.
  let left = BigInt(total - price.setUp) * BigInt(price.per)
  let reach = 0n
  for (const [index, { upTo, amount }] of price.tiers.entries()) {
    const each = BigInt(amount)
    const size = BigInt(upTo) - reach
    if (index === price.tiers.length - 1) {
      if (amount === 0) return unitsMax
      reach += left / each
    } else if (each * size > left) {
      reach += left / each
      break
    } else {
      left -= each * size
      reach += size
    }
  }
  return toUnits(wholeWithin(price, reach))
}
