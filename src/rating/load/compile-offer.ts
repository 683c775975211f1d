/** Offers: their allowances, prices and money, with every doubtful entry reported. */
import type { FinalUnits } from '../../domain/answer.ts'
import type { MicroUnits } from '../../domain/money.ts'
import { checkName } from './compile-network.ts'
import { compileRule, type DraftRule } from './compile-rule.ts'
import type { Known } from './known.ts'
import type { Path, Report } from './problem.ts'
import type { OfferFile } from './source.ts'
import { currencyOf, money, payable } from './texts.ts'

/** The money and the prices of an offer, without what it inherits. */
export interface OwnOffer {
  readonly fee: MicroUnits
  readonly creditLimit: MicroUnits
  readonly currency?: string
  readonly overdraft?: MicroUnits
  readonly finalUnits?: FinalUnits
  readonly prices: readonly DraftRule[]
}

export function compileOwn(file: OfferFile, known: Known, at: Path, report: Report): OwnOffer {
  const limit = file['credit-limit']
  if (file.kind === 'addon') {
    const prices = file.prices?.length ?? 0
    const given = (file.allowances?.length ?? 0) + (file.limits?.length ?? 0) + prices
    if (given === 0 && file['prices-of'] === undefined) {
      report(at, `add-on ${file.offer} has neither an allowance nor a price; add one`)
    }
    if (limit !== undefined) {
      report([...at, 'credit-limit'], 'only a base offer has a credit limit; remove it', true)
    }
    if (file.overdraft !== undefined) {
      report([...at, 'overdraft'], 'only a base offer has an overdraft; remove it', true)
    }
  }
  const tax = file.tax ?? known.money?.tax
  const prices = (file.prices ?? []).map((entry, index) =>
    compileRule({ offer: file.offer, tax }, entry, known, [...at, 'prices', index], report)
  )
  reportTwins(file.prices ?? [], 'rule', [...at, 'prices'], report)
  return {
    ...finalUnitsOf(file, known, at, report),
    ...currencyOf(file.currency, known.money, [...at, 'currency'], report),
    fee: payable(file.fee, file.currency, known.money, [...at, 'fee'], report),
    creditLimit: money(limit, [...at, 'credit-limit'], report),
    ...(file.overdraft === undefined
      ? {}
      : { overdraft: money(file.overdraft, [...at, 'overdraft'], report) }),
    prices
  }
}

export function finalUnitsOf(
  file: Pick<OfferFile, 'final-units'>,
  known: Known,
  at: Path,
  report: Report
): Pick<OwnOffer, 'finalUnits'> {
  const name = file['final-units']
  if (name === undefined || known.finalUnits === null) return {}
  checkName(known.finalUnits, name, [...at, 'final-units'], 'final-units', report)
  const finalUnits = known.finalUnits.get(name)
  return finalUnits === undefined ? {} : { finalUnits }
}

export function reportTwins<Key extends string>(
  entries: readonly Readonly<Record<Key, string>>[],
  key: Key,
  at: Path,
  report: Report
): void {
  const seen = new Set<string>()
  for (const [index, entry] of entries.entries()) {
    const id = entry[key]
    if (seen.has(id)) report([...at, index, key], `there are two ${key}s ${id}; rename one`)
    seen.add(id)
  }
}
