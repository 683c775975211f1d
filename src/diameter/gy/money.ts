/**
 * CC-Money 413 and Unit-Value 445 <-> millionths. Value-Digits x 10^Exponent (RFC 8506 8.8 to 8.11), exactly: a
 * value that is no whole number of millionths, or none that an account can hold, is refused and never rounded.
 */
import { currencyName } from '../../domain/currency.ts'
import type { MicroUnits } from '../../domain/money.ts'
import type { RequestedMoney } from '../../domain/request.ts'
import { unitsMax } from '../../domain/units.ts'
import { encodeAvp } from '../codec/encode.ts'

/** CC-Money as decoded. */
export interface CcMoney {
  readonly 'Unit-Value'?:
    | { readonly 'Value-Digits'?: bigint | undefined; readonly Exponent?: number | undefined }
    | undefined
  readonly 'Currency-Code'?: number | undefined
}

const microExponent = 6
/** Beyond this no value above zero is both a whole number of millionths and small enough. */
const exponentMax = 18

/** The money asked for, above zero; null: it cannot be counted. */
export function moneyOf(money: CcMoney): RequestedMoney | null {
  const digits = money['Unit-Value']?.['Value-Digits'] ?? 0n
  const exponent = money['Unit-Value']?.Exponent ?? 0
  const code = money['Currency-Code']
  if (digits <= 0n || Math.abs(exponent) > exponentMax + microExponent) return null
  const shift = exponent + microExponent
  const scale = 10n ** BigInt(Math.abs(shift))
  if (shift < 0 && digits % scale !== 0n) return null
  const amount = shift < 0 ? digits / scale : digits * scale
  if (amount > BigInt(unitsMax)) return null
  return { amount: Number(amount), currency: code === undefined ? null : currencyName(code) }
}

/** Millionths as Value-Digits without zeros at their end, where an Exponent below zero can take them. */
export function unitValueOf(amount: MicroUnits): { digits: number; exponent: number } {
  let digits = amount
  let exponent = -microExponent
  while (exponent < 0 && digits % 10 === 0) {
    digits /= 10
    exponent += 1
  }
  return { digits, exponent }
}

/** A CC-Money as it was received, to show what is wrong. */
export function rawMoney(money: CcMoney): Buffer {
  const digits = money['Unit-Value']?.['Value-Digits'] ?? 0n
  const exponent = money['Unit-Value']?.Exponent
  const code = money['Currency-Code']
  return encodeAvp('CC-Money', {
    'Unit-Value': {
      'Value-Digits': digits,
      ...(exponent === undefined ? {} : { Exponent: exponent })
    },
    ...(code === undefined ? {} : { 'Currency-Code': code })
  })
}
