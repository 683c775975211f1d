/** Amounts and money as they are written, with what is wrong reported. */
import { currencyNumber, minorDigits } from '../../domain/currency.ts'
import { GyroError } from '../../domain/errors.ts'
import { type MicroUnits, parseMoney } from '../../domain/money.ts'
import type { Units, UnitType } from '../../domain/units.ts'
import { parseAmount } from './amount.ts'
import type { KnownMoney } from './known.ts'
import type { Path, Report } from './problem.ts'
import type { AmountText } from './source.ts'

export function units(
  text: AmountText,
  unit: UnitType,
  least: number,
  path: Path,
  report: Report
): Units {
  const amount = parseAmount(text, unit)
  if (typeof amount === 'number' && amount >= least) return amount
  report(path, typeof amount === 'string' ? amount : `${text} must be at least ${least}`)
  return 1
}

export function money(text: string | undefined, path: Path, report: Report): MicroUnits {
  try {
    return text === undefined ? 0 : parseMoney(text)
  } catch (error) {
    if (!(error instanceof GyroError)) throw error
    report(path, error.message)
    return 0
  }
}

/** Money that somebody pays: in whole units of the smallest coin that there is. */
export function payable(
  text: string | undefined,
  currency: string | undefined,
  known: KnownMoney | null,
  path: Path,
  report: Report
): MicroUnits {
  const amount = money(text, path, report)
  if (known === null) return amount
  const own = currency === undefined || currency === known.currency
  const digits = (own ? known.minorDigits : undefined) ?? minorDigits(currency ?? known.currency)
  if (amount % 10 ** Math.max(0, 6 - digits) !== 0) {
    const name = currency ?? known.currency
    report(path, `${text} cannot be paid: ${name} has ${digits} decimals (minor-digits)`)
  }
  return amount
}

/** The currency of an offer, where it is not that of the catalogue. */
export function currencyOf(
  name: string | undefined,
  known: KnownMoney | null,
  path: Path,
  report: Report
): { readonly currency?: string } {
  if (name === undefined || name === known?.currency) return {}
  if (currencyNumber(name) === undefined) report(path, `${name} is not a currency of ISO 4217`)
  return { currency: name }
}
