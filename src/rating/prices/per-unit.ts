/** So much for so many units, counted in started steps behind a minimum, with a set-up. */
import type { MicroUnits } from '../../domain/money.ts'
import { type Units, unitsMax } from '../../domain/units.ts'
import { ceilDiv, countedExactly, toUnits, wholeWithin } from './counted.ts'
import type { PerUnit } from './types.ts'

/** What units cost, units above 0. On the path of every request, so in plain numbers as long as they are exact. */
export function perUnitTotal(price: PerUnit, units: Units): number {
  const { amount, per, step, minimum, setUp } = price
  if (amount === 0) return setUp
  const started = units <= minimum ? 0 : (units - minimum) % step
  const rounded = units <= minimum ? minimum : units + (started === 0 ? 0 : step - started)
  const product = rounded * amount
  // A product above 2^53 is inexact, and so may be `rounded` itself: then all of it is counted in bigint.
  if (rounded > unitsMax || product > unitsMax) {
    const exact = BigInt(amount) * countedExactly(price, units)
    return Number(BigInt(setUp) + ceilDiv(exact, BigInt(per)))
  }
  const rest = product % per
  return setUp + (product - rest) / per + (rest === 0 ? 0 : 1)
}

/** The most units whose total is not above an amount. */
export function perUnitReach(price: PerUnit, total: MicroUnits): Units {
  const { amount, per, step, minimum, setUp } = price
  const money = total - setUp
  if (money < 0) return 0
  if (amount === 0) return unitsMax
  const product = money * per
  if (product > unitsMax) {
    return toUnits(wholeWithin(price, (BigInt(money) * BigInt(per)) / BigInt(amount)))
  }
  const paid = (product - (product % amount)) / amount
  if (paid < minimum) return 0
  // A minimum that is paid for is usable in whole, then every step that is paid for in whole.
  return paid - ((paid - minimum) % step)
}
