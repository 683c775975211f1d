/** Counted units: what a model with steps and a minimum charges for. All of it in bigint, so nothing overflows. */
import { type Units, unitsMax } from '../../domain/units.ts'
import type { Counting } from './types.ts'

type Steps = Pick<Counting, 'minimum' | 'step'>

/** The units that are charged for so many used; may be beyond 2^53-1. */
export function countedExactly({ minimum, step }: Steps, units: Units): bigint {
  if (units <= minimum) return BigInt(minimum)
  const started = BigInt(units - minimum) + BigInt(step) - 1n
  return BigInt(minimum) + (started / BigInt(step)) * BigInt(step)
}

/** The most counted units that are not above a limit; -1n: not even the minimum is, or one step. */
export function wholeWithin({ minimum, step }: Steps, limit: bigint): bigint {
  const least = BigInt(minimum)
  if (limit < least) return -1n
  return limit - ((limit - least) % BigInt(step))
}

/** No session counts beyond 2^53-1, however much money there is. */
export function toUnits(units: bigint): Units {
  if (units < 0n) return 0
  return units > BigInt(unitsMax) ? unitsMax : Number(units)
}

/** `a / b` rounded up, for a >= 0 and b > 0. */
export function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b
}
