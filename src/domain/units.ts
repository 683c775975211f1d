/** Units of service, and integer arithmetic that fails rather than rounds. */
import { assertCountable } from './errors.ts'

/** What a service is counted in. `messages` are service-specific units (CC-Service-Specific-Units 417). */
export type UnitType = 'octets' | 'seconds' | 'messages'

/** What a grant may be counted in: `money` where the client rates by itself (CC-Money 413), in millionths. */
export type QuotaUnit = UnitType | 'money'

/** A count of octets, seconds or messages; a safe integer. */
export type Units = number

/** The largest value of any balance, volume or amount: 2^53-1. */
export const unitsMax = Number.MAX_SAFE_INTEGER

/** `a + b`; GYRO_UNCOUNTABLE when it is no safe integer. */
export function add(a: number, b: number): number {
  const sum = a + b
  assertCountable(Number.isSafeInteger(sum), 'sum is not a safe integer')
  return sum
}

/** `ceil(a * b / c)` exactly, for non-negative integers and c > 0; 2^53-1 when it is more. */
export function mulDivCeil(a: number, b: number, c: number): number {
  const product = a * b
  if (product <= unitsMax) {
    const rest = product % c
    return (product - rest) / c + (rest === 0 ? 0 : 1)
  }
  const divisor = BigInt(c)
  const quotient = (BigInt(a) * BigInt(b) + divisor - 1n) / divisor
  return quotient > BigInt(unitsMax) ? unitsMax : Number(quotient)
}

/** `floor(a * b / c)` exactly, for non-negative integers and c > 0, where it is at most 2^53-1. */
export function mulDivFloor(a: number, b: number, c: number): number {
  const product = a * b
  if (product <= unitsMax) return (product - (product % c)) / c
  return Number((BigInt(a) * BigInt(b)) / BigInt(c))
}
