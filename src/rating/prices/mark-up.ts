/** A share of another price: of its total, rounded up to a whole millionth. */
import type { MicroUnits } from '../../domain/money.ts'
import { unitsMax } from '../../domain/units.ts'
import { ceilDiv } from './counted.ts'

const whole = 10_000

/** So many hundredths of a percent of a total. */
export function markedUp(share: number, total: number): number {
  const product = total * share
  if (product > unitsMax) return Number(ceilDiv(BigInt(total) * BigInt(share), BigInt(whole)))
  const rest = product % whole
  return (product - rest) / whole + (rest === 0 ? 0 : 1)
}

/** The largest total of the other price that becomes no more than this one. */
export function unmarked(share: number, total: MicroUnits): MicroUnits {
  const largest = (BigInt(total) * BigInt(whole)) / BigInt(share)
  return largest > BigInt(unitsMax) ? unitsMax : Number(largest)
}
