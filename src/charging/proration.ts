/**
 * Shares of a fee by the second.
 *
 * What is given back is rounded down and what is taken is rounded up, to a millionth: changing to and fro costs what the
 * time between takes of each fee, and a millionth each time, and never makes money.
 */
import { assert } from '../domain/errors.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Units } from '../domain/units.ts'

/** A period, and the instant in it from which on the share counts. */
export interface Rest {
  readonly from: EpochMs
  readonly until: EpochMs
  readonly now: EpochMs
}

/** What is given back of a fee for the rest of its period. A second that has begun is over. */
export function unusedShare(fee: MicroUnits, rest: Rest): MicroUnits {
  const { left, whole } = secondsOf(rest)
  return Number((BigInt(fee) * left) / whole)
}

/** What is taken of a fee for the rest of its period. A second that has begun is paid. */
export function dueShare(fee: MicroUnits, { from, until, now }: Rest): MicroUnits {
  const { left, whole } = secondsOf({
    from,
    until,
    now: Math.floor((now - from) / 1000) * 1000 + from
  })
  return Number((BigInt(fee) * left + whole - 1n) / whole)
}

/** As many units as the rest of the period is of all of it, rounded down. */
export function restOf(units: Units, rest: Rest): Units {
  const { left, whole } = secondsOf(rest)
  return Number((BigInt(units) * left) / whole)
}

function secondsOf({ from, until, now }: Rest): { readonly left: bigint; readonly whole: bigint } {
  assert(from < until && now >= from && now <= until, 'an instant is not in its period')
  const whole = Math.ceil((until - from) / 1000)
  return { left: BigInt(Math.floor((until - now) / 1000)), whole: BigInt(whole) }
}
