/** Offers: their allowances, prices and money, with every doubtful entry reported. */
import type { FinalUnits } from '../../domain/answer.ts'
import { GyroError } from '../../domain/errors.ts'
import { type MicroUnits, parseMoney } from '../../domain/money.ts'
import type { Units, UnitType } from '../../domain/units.ts'
import type { Allowance, Match, Period, Price, PriceRule, Service } from '../catalogue.ts'
import { parseAmount } from './amount.ts'
import { checkName } from './compile-network.ts'
import type { Path, Report } from './problem.ts'
import type { AllowanceFile, AmountText, OfferFile, RuleFile } from './source.ts'

/** What offers refer to; null where the file could not be read, then it is not checked. */
export interface Known {
  readonly version: string
  readonly services: ReadonlyMap<string, Service> | null
  readonly zones: ReadonlySet<string> | null
  readonly destinations: ReadonlySet<string> | null
  readonly bands: ReadonlySet<string> | null
  readonly finalUnits: ReadonlyMap<string, FinalUnits> | null
}

/** An offer without what it inherits. */
export interface OwnOffer {
  readonly fee: MicroUnits
  readonly creditLimit: MicroUnits
  readonly finalUnits?: FinalUnits
  readonly allowances: readonly Allowance[]
  readonly prices: readonly PriceRule[]
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
  const prices = (file.prices ?? []).map((entry, index) =>
    compileRule(file.offer, entry, known, [...at, 'prices', index], report)
  )
  reportTwins(file.allowances ?? [], 'allowance', [...at, 'allowances'], report)
  reportTwins(file.prices ?? [], 'rule', [...at, 'prices'], report)
  return {
    ...finalUnitsOf(file, known, at, report),
    fee: money(file.fee, [...at, 'fee'], report),
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

function compileRule(
  offer: string,
  entry: RuleFile,
  known: Known,
  at: Path,
  report: Report
): PriceRule {
  const service = findService(entry.service, known, [...at, 'service'], report)
  for (const [index, band] of (entry.times ?? []).entries()) {
    if (known.bands) checkName(known.bands, band, [...at, 'times', index], 'band', report)
  }
  return {
    ref: `${known.version}:${offer}/${entry.rule}`,
    service: entry.service,
    match: compileMatch(entry, service === null ? [] : [service], known, at, report),
    ...(entry.times === undefined ? {} : { bands: new Set(entry.times) }),
    price: compilePrice(entry, service, at, report)
  }
}

function compilePrice(entry: RuleFile, service: Service | null, at: Path, report: Report): Price {
  const given = (['free', 'unmetered', 'blocked', 'price'] as const).filter(
    key => entry[key] !== undefined
  )
  if (given.length !== 1) {
    const found = given.length === 0 ? 'none of them' : given.join(' and ')
    report(
      at,
      `rule ${entry.rule} must have one of price, free, unmetered and blocked; it has ${found}`
    )
    return { model: 'blocked' }
  }
  if (entry.price === undefined) return unpriced(entry, at, report)
  const unit = service?.unit ?? null
  const price = {
    model: 'per-unit' as const,
    amount: money(entry.price, [...at, 'price'], report),
    per: ruleUnits(entry, 'per', unit, 1, at, report),
    step: ruleUnits(entry, 'step', unit, 1, at, report),
    minimum: entry.minimum === undefined ? 0 : ruleUnits(entry, 'minimum', unit, 0, at, report),
    setUp: money(entry['set-up'], [...at, 'set-up'], report)
  }
  if (price.amount === 0 && price.setUp === 0) {
    report([...at, 'price'], 'is zero; write free: true instead')
  }
  return price
}

function unpriced(entry: RuleFile, at: Path, report: Report): Price {
  for (const key of ['per', 'step', 'minimum', 'set-up'] as const) {
    if (entry[key] !== undefined) report([...at, key], `goes with price only; remove it`, true)
  }
  if (entry.unmetered) return { model: 'unmetered' }
  return { model: entry.free ? 'free' : 'blocked' }
}

function ruleUnits(
  entry: RuleFile,
  key: 'per' | 'step' | 'minimum',
  unit: UnitType | null,
  least: number,
  at: Path,
  report: Report
): Units {
  // The unit of an unknown service is not known; the service has been reported.
  if (unit === null) return 1
  const text = entry[key]
  if (text !== undefined) return units(text, unit, least, [...at, key], report)
  if (unit !== 'messages')
    report(at, `rule ${entry.rule} lacks ${key}; write one, such as ${sample(unit)}`)
  return 1
}

function sample(unit: UnitType): string {
  return unit === 'octets' ? '1 MB' : '60 s'
}

export function compileMatch(
  entry: Pick<RuleFile, 'zones' | 'destinations' | 'legs'>,
  services: readonly Service[],
  known: Known,
  at: Path,
  report: Report
): Match {
  for (const [index, zone] of (entry.zones ?? []).entries()) {
    if (known.zones) checkName(known.zones, zone, [...at, 'zones', index], 'zone', report)
  }
  for (const [index, name] of (entry.destinations ?? []).entries()) {
    const path = [...at, 'destinations', index]
    if (known.destinations) checkName(known.destinations, name, path, 'destination', report)
  }
  const without = services.find(service => !service.destinations)
  if (entry.destinations !== undefined && without !== undefined) {
    const message = `service ${without.id} has no destinations, so this would never match; remove it`
    report([...at, 'destinations'], message, true)
  }
  return {
    zones: entry.zones === undefined ? null : new Set(entry.zones),
    destinations: entry.destinations === undefined ? null : new Set(entry.destinations),
    legs: entry.legs === undefined ? null : new Set(entry.legs)
  }
}

export function findService(id: string, known: Known, path: Path, report: Report): Service | null {
  if (known.services === null) return null
  checkName(known.services, id, path, 'service', report)
  return known.services.get(id) ?? null
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

function units(text: AmountText, unit: UnitType, least: number, path: Path, report: Report): Units {
  const amount = parseAmount(text, unit)
  if (typeof amount === 'number' && amount >= least) return amount
  report(path, typeof amount === 'string' ? amount : `${text} must be at least ${least}`)
  return 1
}

function money(text: string | undefined, path: Path, report: Report): MicroUnits {
  try {
    return text === undefined ? 0 : parseMoney(text)
  } catch (error) {
    if (!(error instanceof GyroError)) throw error
    report(path, error.message)
    return 0
  }
}
