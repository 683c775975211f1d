/** Stair-step prices: one total for everything up to a bound, and a higher one beyond it. */
import type { MicroUnits } from '../../domain/money.ts'
import type { Units } from '../../domain/units.ts'
import type { Stairs } from './types.ts'

/** What units cost, units above 0. */
export function stairsTotal({ stairs }: Stairs, units: Units): MicroUnits {
  let total = 0
  for (const stair of stairs) {
    total = stair.total
    if (units <= stair.upTo) break
  }
  return total
}

/** The most units whose total is not above an amount. */
export function stairsReach({ stairs }: Stairs, total: MicroUnits): Units {
  let reach = 0
  for (const stair of stairs) {
    if (stair.total > total) break
    reach = stair.upTo
  }
  return reach
}
