/**
 * Money: an integer number of millionths of a currency's major unit (10^-6).
 *
 * The safe range is plus or minus 2^53-1 millionths, about nine billion major units. Every result is
 * checked: what does not fit is an error, never a smaller number.
 */
import { assert, GyroError } from './errors.ts'

/** Millionths of the major unit of the account's currency; a safe integer. */
export type MicroUnits = number

/** An amount in a currency, by its ISO 4217 name. */
export interface Money {
  readonly amount: MicroUnits
  readonly currency: string
}

export const microPerUnit = 1_000_000

/** Decimal text such as `20`, `20.00` or `-0.000001`, at most six decimals, to millionths. Throws GYRO_INPUT_INVALID. */
export function parseMoney(text: string): MicroUnits {
  const match = /^(-?)(\d{1,10})(?:\.(\d{1,6}))?$/.exec(text)
  if (!match) {
    throw new GyroError(
      'GYRO_INPUT_INVALID',
      `"${text}" is not an amount: digits with at most six decimals, such as "20.00"`
    )
  }
  const [, sign = '', whole = '0', decimals = ''] = match
  const micro = Number(whole) * microPerUnit + Number(decimals.padEnd(6, '0'))
  if (!Number.isSafeInteger(micro)) {
    throw new GyroError('GYRO_INPUT_INVALID', `"${text}" is larger than an account can hold`)
  }
  return sign === '-' && micro !== 0 ? -micro : micro
}

/** Sums of money, which may be more than an account can hold, as formatMoney shows amounts. */
export function formatMicros(sum: bigint): string {
  const digits = String(sum < 0n ? -sum : sum).padStart(7, '0')
  return `${sum < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`
}

/** Millionths to decimal text with all six decimals: `99.123456`, `-0.500000`. */
export function formatMoney(amount: MicroUnits): string {
  assert(Number.isSafeInteger(amount), 'money is not a safe integer')
  const digits = String(Math.abs(amount)).padStart(7, '0')
  const at = digits.length - 6
  return `${amount < 0 ? '-' : ''}${digits.slice(0, at)}.${digits.slice(at)}`
}
