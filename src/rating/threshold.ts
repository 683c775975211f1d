/** When thresholds are reached. */
import type { Units } from '../domain/units.ts'
import type { Threshold } from './catalogue.ts'

/** Units with which a threshold is reached, of an amount; a share of no amount is never reached. */
export function reachedAt({ share, units }: Threshold, amount: Units | null): Units {
  if (share === null) return units
  if (amount === null) return Number.MAX_SAFE_INTEGER
  return Number((BigInt(amount) * BigInt(share) + 99n) / 100n)
}
