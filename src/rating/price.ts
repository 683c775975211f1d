/**
 * What units cost, and how many units an amount pays for.
 *
 * A price is a function of all units that a session has used under it, counted from zero. The cost of a
 * report is the difference of two totals, so the way usage is split into reports never changes the sum, and
 * a set-up fee or a minimum is charged once. Fractions of a millionth are rounded up, once, in the total.
 */
import { assertCountable } from '../domain/errors.ts'
import type { MicroUnits } from '../domain/money.ts'
import { type Units, unitsMax } from '../domain/units.ts'
import type { Price } from './catalogue.ts'

type PerUnit = Extract<Price, { model: 'per-unit' }>

/**
 * The total price of so many units of one session. Free and blocked units cost nothing.
 * GYRO_UNCOUNTABLE on a total that is not a safe integer.
 */
export function chargeFor(price: Price, units: Units): MicroUnits {
  const total = priceFor(price, units)
  assertCountable(total <= unitsMax, 'price is not a safe integer')
  return total
}

/** As chargeFor, for comparing: beyond 2^53-1 it is inexact, and so may `units` be. */
export function priceFor(price: Price, units: Units): number {
  if (price.model !== 'per-unit' || units <= 0) return 0
  const { amount, per, step, minimum, setUp } = price
  if (amount === 0) return setUp
  const started = units <= minimum ? 0 : (units - minimum) % step
  const rounded = units <= minimum ? minimum : units + (started === 0 ? 0 : step - started)
  const product = rounded * amount
  // A product above 2^53 is inexact, and so may be `rounded` itself: then all of it is counted in bigint.
  if (rounded > unitsMax || product > unitsMax) return chargeExactly(price, units)
  const rest = product % per
  return setUp + (product - rest) / per + (rest === 0 ? 0 : 1)
}

/**
 * The largest number of units that may follow `position` for at most `budget`: one unit more would cost more.
 *
 * Units of a started step are already paid and follow for nothing, also with budget 0. A budget below zero
 * pays for nothing, not even those: 0. Free, at any budget: all units up to 2^53-1. Blocked: 0.
 */
export function affordable(price: Price, position: Units, budget: MicroUnits): Units {
  if (price.model === 'free') return unitsMax - position
  if (price.model !== 'per-unit' || budget < 0) return 0
  const { amount, per, step, minimum, setUp } = price
  const charged = chargeFor(price, position)
  const money = Math.min(charged + budget, unitsMax) - setUp
  if (money < 0) return 0
  if (amount === 0) return unitsMax - position
  const product = money * per
  if (product > unitsMax) return affordableExactly(price, position, money)
  const paid = (product - (product % amount)) / amount
  if (paid < minimum) return 0
  // A minimum that is paid for is usable in whole, then every step that is paid for in whole.
  return paid - ((paid - minimum) % step) - position
}

/** Units are counted in started steps of so many; 1 for free and blocked. */
export function stepOf(price: Price): Units {
  return price.model === 'per-unit' ? price.step : 1
}

function chargeExactly(price: PerUnit, units: Units): number {
  const per = BigInt(price.per)
  const product = BigInt(price.amount) * roundedExactly(price, BigInt(units))
  return Number(BigInt(price.setUp) + (product + per - 1n) / per)
}

function roundedExactly(price: PerUnit, units: bigint): bigint {
  const minimum = BigInt(price.minimum)
  const step = BigInt(price.step)
  if (units <= minimum) return minimum
  return minimum + ((units - minimum + step - 1n) / step) * step
}

function affordableExactly(price: PerUnit, position: Units, money: MicroUnits): Units {
  const minimum = BigInt(price.minimum)
  const paid = (BigInt(money) * BigInt(price.per)) / BigInt(price.amount)
  if (paid < minimum) return 0
  const whole = paid - ((paid - minimum) % BigInt(price.step))
  // No session counts beyond 2^53-1, however much money there is.
  return (whole > BigInt(unitsMax) ? unitsMax : Number(whole)) - position
}
