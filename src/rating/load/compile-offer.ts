/** Offers: their allowances, prices and money, with every doubtful entry reported. */
import type { FinalUnits } from '../../domain/answer.ts'
import type { MicroUnits } from '../../domain/money.ts'
import type { Allowance, Period } from '../catalogue.ts'
import { compileMatch, findService } from './compile-match.ts'
import { checkName } from './compile-network.ts'
import { compileRule, type DraftRule } from './compile-rule.ts'
import type { Known } from './known.ts'
import type { Path, Report } from './problem.ts'
import type { AllowanceFile, OfferFile } from './source.ts'
import { currencyOf, money, payable, units } from './texts.ts'

/** An offer without what it inherits. */
export interface OwnOffer {
  readonly fee: MicroUnits
  readonly creditLimit: MicroUnits
  readonly currency?: string
  readonly finalUnits?: FinalUnits
  readonly allowances: readonly Allowance[]
  readonly prices: readonly DraftRule[]
}

export function compileOwn(file: OfferFile, known: Known, at: Path, report: Report): OwnOffer {
  const limit = file['credit-limit']
  if (file.kind === 'addon') {
    const prices = file.prices?.length ?? 0
    if ((file.allowances?.length ?? 0) + prices === 0 && file['prices-of'] === undefined) {
      report(at, `add-on ${file.offer} has neither an allowance nor a price; add one`)
    }
    if (limit !== undefined) {
      report([...at, 'credit-limit'], 'only a base offer has a credit limit; remove it', true)
    }
  }
  const allowances = (file.allowances ?? []).map((entry, index) =>
    compileAllowance(entry, known, [...at, 'allowances', index], report)
  )
  const tax = file.tax ?? known.money?.tax
  const prices = (file.prices ?? []).map((entry, index) =>
    compileRule({ offer: file.offer, tax }, entry, known, [...at, 'prices', index], report)
  )
  reportTwins(file.allowances ?? [], 'allowance', [...at, 'allowances'], report)
  reportTwins(file.prices ?? [], 'rule', [...at, 'prices'], report)
  return {
    ...finalUnitsOf(file, known, at, report),
    ...currencyOf(file.currency, known.money, [...at, 'currency'], report),
    fee: payable(file.fee, file.currency, known.money, [...at, 'fee'], report),
    creditLimit: money(limit, [...at, 'credit-limit'], report),
    allowances,
    prices
  }
}

function finalUnitsOf(
  file: OfferFile,
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

function compileAllowance(entry: AllowanceFile, known: Known, at: Path, report: Report): Allowance {
  const services = entry.services.flatMap((id, index) => {
    const service = findService(id, known, [...at, 'services', index], report)
    return service === null ? [] : [service]
  })
  const unit = services[0]?.unit ?? 'octets'
  const other = services.find(service => service.unit !== unit)
  if (other !== undefined) {
    const message = `${other.id} is counted in ${other.unit}, ${services[0]?.id} in ${unit}`
    report([...at, 'services'], `${message}; an allowance has one unit, so write two`)
  }
  const amount = services.length === 0 ? 1 : units(entry.amount, unit, 1, [...at, 'amount'], report)
  const period = compilePeriod(entry)
  if (entry.renews !== undefined && period.kind !== 'days') {
    report([...at, 'renews'], 'only a period of days can be told to renew; remove it', true)
  }
  return {
    id: entry.allowance,
    services: new Set(entry.services),
    match: compileMatch(entry, services, known, at, report),
    unit,
    amount,
    period,
    sharing: entry.sharing ?? 'account',
    priority: entry.priority ?? 100
  }
}

function compilePeriod(entry: AllowanceFile): Period {
  if (entry.period === 'calendar-month') return { kind: 'calendar-month' }
  if (entry.period === 'unlimited') return { kind: 'unlimited' }
  return { kind: 'days', days: Number.parseInt(entry.period, 10), renews: entry.renews ?? false }
}

function reportTwins<Key extends string>(
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
