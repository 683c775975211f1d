/** An amount for each started block of units. */
import type { MicroUnits } from '../../domain/money.ts'
import { type Units, unitsMax } from '../../domain/units.ts'
import { toUnits } from './counted.ts'
import type { Package } from './types.ts'

/** What units cost, units above 0. */
export function packageTotal({ amount, size }: Package, units: Units): number {
  const rest = units % size
  const blocks = (units - rest) / size + (rest === 0 ? 0 : 1)
  const total = blocks * amount
  return total > unitsMax ? Number(BigInt(blocks) * BigInt(amount)) : total
}

/** The most units whose total is not above an amount. */
export function packageReach({ amount, size }: Package, total: MicroUnits): Units {
  const blocks = (total - (total % amount)) / amount
  const units = blocks * size
  return units > unitsMax ? toUnits(BigInt(blocks) * BigInt(size)) : units
}
