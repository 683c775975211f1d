/** An amount for the first use of a session or period, whatever follows. */
import type { MicroUnits } from '../../domain/money.ts'
import { type Units, unitsMax } from '../../domain/units.ts'
import type { Flat } from './types.ts'

export function flatTotal(price: Flat): MicroUnits {
  return price.amount
}

/** The most units whose total is not above an amount. */
export function flatReach(price: Flat, total: MicroUnits): Units {
  return total < price.amount ? 0 : unitsMax
}
