/**
 * Volume tiers: how many units there are decides the amount of all of them.
 *
 * Where a tier with a lower amount begins, all units together would cost less than before. A total never falls all the
 * same: nothing is given back, further units add nothing until the lower amount has caught up. So a charge is never
 * below zero, and a grant reserves what using all of it adds, whatever part of it is used.
 */
import type { MicroUnits } from '../../domain/money.ts'
import { type Units, unitsMax } from '../../domain/units.ts'
import { ceilDiv, countedExactly, toUnits, wholeWithin } from './counted.ts'
import type { Volume } from './types.ts'

/** What units cost, units above 0. */
export function volumeTotal(price: Volume, units: Units): number {
  const counted = countedExactly(price, units)
  let weight = 0n
  let from = 0n
  for (const [index, { upTo, amount }] of price.tiers.entries()) {
    const here = counted <= BigInt(upTo) || index === price.tiers.length - 1
    const end = here ? counted : wholeWithin(price, BigInt(upTo))
    // A tier between two steps holds no number of counted units, so it has no total.
    if (end > from && end * BigInt(amount) > weight) weight = end * BigInt(amount)
    if (here) break
    from = BigInt(upTo)
  }
  return Number(BigInt(price.setUp) + ceilDiv(weight, BigInt(price.per)))
}

/** The most units whose total is not above an amount. */
export function volumeReach(price: Volume, total: MicroUnits): Units {
  if (total < price.setUp) return 0
  const left = BigInt(total - price.setUp) * BigInt(price.per)
  let reach = -1n
  let from = 0n
  for (const [index, { upTo, amount }] of price.tiers.entries()) {
    const last = index === price.tiers.length - 1
    if (amount === 0 && last) return unitsMax
    const end = wholeWithin(price, BigInt(upTo))
    if (last || (end > from && end * BigInt(amount) > left)) {
      const paid = wholeWithin(price, left / BigInt(amount))
      return toUnits(paid > from ? paid : reach)
    }
    if (end > from) reach = end
    from = BigInt(upTo)
  }
  return toUnits(reach)
}
