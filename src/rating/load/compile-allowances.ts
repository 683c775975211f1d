/** What an offer gives for each period, and what it bounds: allowances, limits, and their thresholds. */
import type { QuotaUnit, Units } from '../../domain/units.ts'
import type { Allowance, Period, Rollover, Service, Threshold, UsageLimit } from '../catalogue.ts'
import { reachedAt } from '../threshold.ts'
import { compileMatch, findService } from './compile-match.ts'
import { checkName } from './compile-network.ts'
import { finalUnitsOf, reportTwins } from './compile-offer.ts'
import type { Known } from './known.ts'
import type { Path, Report } from './problem.ts'
import type { AllowanceFile, AmountText, LimitFile, OfferFile, ThresholdFile } from './source.ts'
import { money, units } from './texts.ts'

/** Add-ons are drawn before the plan, and what was given for one purpose before what was bought for many. */
const priorities = { base: 100, addon: 50 } as const

/** What belongs to an offer beside its prices. */
export interface Given {
  readonly feeEvery?: Period
  readonly allowances: readonly Allowance[]
  readonly limits?: readonly UsageLimit[]
}

export function compileGiven(file: OfferFile, known: Known, at: Path, report: Report): Given {
  const allowances = (file.allowances ?? []).map((entry, index) =>
    compileAllowance(entry, file.kind, known, [...at, 'allowances', index], report)
  )
  const limits = (file.limits ?? []).map((entry, index) =>
    compileLimit(entry, known, [...at, 'limits', index], report)
  )
  reportTwins(file.allowances ?? [], 'allowance', [...at, 'allowances'], report)
  reportTwins(file.limits ?? [], 'limit', [...at, 'limits'], report)
  return {
    ...feeEvery(file, at, report),
    allowances,
    ...(limits.length === 0 ? {} : { limits })
  }
}

/** The limits of an offer, then those of the offers that it takes prices of, nearest first; the first of a name holds. */
export function joinLimits(
  own: readonly UsageLimit[] = [],
  from: readonly string[],
  given: ReadonlyMap<string, Given>
): Pick<Given, 'limits'> {
  const limits = [...own]
  for (const offer of from) {
    for (const limit of given.get(offer)?.limits ?? []) {
      if (!limits.some(({ id }) => id === limit.id)) limits.push({ ...limit, of: offer })
    }
  }
  return limits.length === 0 ? {} : { limits }
}

function feeEvery(file: OfferFile, at: Path, report: Report): Pick<Given, 'feeEvery'> {
  const every = file['fee-every']
  if (every === undefined) return {}
  const path = [...at, 'fee-every']
  if (file.fee === undefined) report(path, 'goes with fee only; write the fee as well', true)
  if (every === 'unlimited') report(path, 'unlimited is no period; leave fee-every out')
  return { feeEvery: compilePeriod(every, true) }
}

function compileAllowance(
  entry: AllowanceFile,
  kind: 'base' | 'addon',
  known: Known,
  at: Path,
  report: Report
): Allowance {
  const services = servicesOf(entry.services, known, at, report)
  const unit = unitOf(entry, 'allowance', services, at, report)
  const amount = amountOf(entry, unit, services, at, report) ?? 1
  if (entry.amount === undefined && entry.money === undefined) {
    report(at, `allowance ${entry.allowance} lacks amount; write it, or money`)
  }
  const period = compilePeriod(entry.period, entry.renews ?? false)
  if (entry.renews !== undefined && period.kind !== 'days') {
    report([...at, 'renews'], 'only a period of days can be told to renew; remove it', true)
  }
  for (const [index, band] of (entry.times ?? []).entries()) {
    if (known.bands) checkName(known.bands, band, [...at, 'times', index], 'band', report)
  }
  const thresholds = compileThresholds(entry.thresholds, unit, amount, true, at, report)
  return {
    id: entry.allowance,
    services: new Set(entry.services),
    match: compileMatch(entry, services, known, at, report),
    ...(entry.times === undefined ? {} : { bands: new Set(entry.times) }),
    unit,
    amount,
    period,
    ...sharingOf(entry),
    priority: entry.priority ?? priorities[kind],
    ...rolloverOf(entry, period, unit, at, report),
    ...(entry['used-up'] === undefined ? {} : { usedUp: entry['used-up'] }),
    ...finalUnitsOf(entry, known, at, report),
    ...(thresholds.length === 0 ? {} : { thresholds })
  }
}

function sharingOf({ sharing }: AllowanceFile): Pick<Allowance, 'sharing' | 'common'> {
  return sharing === 'account' ? { sharing, common: true } : { sharing: sharing ?? 'account' }
}

function compileLimit(entry: LimitFile, known: Known, at: Path, report: Report): UsageLimit {
  const services = servicesOf(entry.services, known, at, report)
  const unit = unitOf(entry, 'limit', services, at, report)
  const amount = amountOf(entry, unit, services, at, report)
  const settable = entry.settable ?? false
  if (amount === null && !settable && entry.action !== 'tell') {
    report(at, `limit ${entry.limit} lacks amount or money; write one, or settable: true`)
  }
  if (amount === null && entry.counts === undefined) {
    report(at, `limit ${entry.limit} must say what it counts: units or money`)
  }
  const period = compilePeriod(entry.period, true)
  return {
    id: entry.limit,
    services: new Set(entry.services),
    match: compileMatch(entry, services, known, at, report),
    unit,
    amount,
    period,
    sharing: entry.sharing ?? 'account',
    stops: entry.action !== 'tell',
    settable,
    passable: entry.passable ?? false,
    ...finalUnitsOf(entry, known, at, report),
    thresholds: compileThresholds(
      entry.thresholds,
      unit,
      amount,
      amount !== null && !settable,
      at,
      report
    )
  }
}

/** `renews`: of a number of days; every other period renews by itself, except `unlimited`. */
function compilePeriod(text: string, renews: boolean): Period {
  switch (text) {
    case 'calendar-month':
    case 'anniversary':
    case 'week':
    case 'day':
    case 'unlimited':
      return { kind: text }
    default:
      return { kind: 'days', days: Number.parseInt(text, 10), renews }
  }
}

function servicesOf(
  ids: readonly string[],
  known: Known,
  at: Path,
  report: Report
): readonly Service[] {
  return ids.flatMap((id, index) => {
    const service = findService(id, known, [...at, 'services', index], report)
    return service === null ? [] : [service]
  })
}

type Counted = Pick<LimitFile, 'amount' | 'money' | 'counts'>

/** Money, or the unit that all of the services share. */
function unitOf(
  entry: Counted,
  what: string,
  services: readonly Service[],
  at: Path,
  report: Report
): QuotaUnit {
  if (entry.amount !== undefined && entry.money !== undefined) {
    report([...at, 'money'], 'goes without amount; leave one of them', true)
  }
  const counts = entry.counts ?? (entry.money === undefined ? 'units' : 'money')
  const other = counts === 'money' ? 'amount' : 'money'
  if (entry.counts !== undefined && entry[other] !== undefined) {
    report([...at, 'counts'], `${counts} does not go with ${other}; leave counts out`)
  }
  if (counts === 'money') return 'money'
  const unit = services[0]?.unit ?? 'octets'
  const odd = services.find(service => service.unit !== unit)
  if (odd !== undefined) {
    const message = `${odd.id} is counted in ${odd.unit}, ${services[0]?.id} in ${unit}`
    const an = what === 'allowance' ? 'an' : 'a'
    report([...at, 'services'], `${message}; ${an} ${what} has one unit, so write two`)
  }
  return unit
}

function amountOf(
  { amount, money: text }: Counted,
  unit: QuotaUnit,
  services: readonly Service[],
  at: Path,
  report: Report
): Units | null {
  if (text !== undefined) return money(text, [...at, 'money'], report)
  if (amount === undefined) return null
  // The unit of an unknown service is not known; the service has been reported.
  if (services.length === 0 || unit === 'money') return 1
  return units(amount, unit, 1, [...at, 'amount'], report)
}

function rolloverOf(
  { rollover }: AllowanceFile,
  period: Period,
  unit: QuotaUnit,
  at: Path,
  report: Report
): { readonly rollover?: Rollover } {
  if (rollover === undefined) return {}
  if (period.kind === 'unlimited' || (period.kind === 'days' && !period.renews)) {
    report(
      [...at, 'rollover'],
      'needs a period that renews: nothing is left for the next one',
      true
    )
  }
  const max =
    rollover.max === undefined
      ? null
      : sized(rollover.max, unit, [...at, 'rollover', 'max'], report)
  const days = rollover.for === undefined ? null : Number.parseInt(rollover.for, 10)
  return { rollover: { max, days } }
}

function compileThresholds(
  entries: readonly ThresholdFile[] | undefined,
  unit: QuotaUnit,
  amount: Units | null,
  fixed: boolean,
  at: Path,
  report: Report
): readonly Threshold[] {
  const found = (entries ?? []).map((entry, index): Threshold => {
    const path = [...at, 'thresholds', index, 'at']
    const share = /^(\d{1,4}) ?%$/.exec(String(entry.at))
    const percent = share === null ? null : Number(share[1])
    const count = percent === null ? sized(entry.at, unit, path, report) : 0
    if (percent === 0) report(path, 'is reached before anything is used; write at least 1 %')
    return {
      name: String(entry.at),
      share: percent,
      units: count,
      status: entry.status ?? '',
      up: entry.tell !== 'down',
      down: entry.tell === 'down' || entry.tell === 'both'
    }
  })
  const mixed = found.some(each => each.share !== null) && found.some(each => each.share === null)
  if (mixed && !fixed) {
    report(
      [...at, 'thresholds'],
      'are shares and amounts, which change places with the amount; write one kind'
    )
  }
  if (!mixed && amount === null)
    return found.sort((a, b) => (a.share ?? a.units) - (b.share ?? b.units))
  return found.sort((a, b) => reachedAt(a, amount) - reachedAt(b, amount))
}

function sized(text: AmountText, unit: QuotaUnit, path: Path, report: Report): Units {
  return unit === 'money' ? money(String(text), path, report) : units(text, unit, 1, path, report)
}
