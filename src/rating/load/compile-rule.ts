/** Price rules: what they match, and their price, their table or what they mark up. */
import type { PriceRule, Service, Tax } from '../catalogue.ts'
import { compileMatch, findService } from './compile-match.ts'
import { checkName } from './compile-network.ts'
import { compilePrice, kindOf, type PricePlace } from './compile-price.ts'
import { compileTable } from './compile-table.ts'
import type { Known } from './known.ts'
import type { Path, Report } from './problem.ts'
import type { RuleFile } from './source.ts'

/** A rule that is whole, or one that still needs the price that it marks up. */
export interface DraftRule {
  readonly rule: PriceRule
  readonly priority: number
  readonly markUp?: MarkUpDraft
}

export interface MarkUpDraft {
  /** Hundredths of a percent of the other price. */
  readonly share: number
  /** `rule` of the same offer, or `offer/rule`, or `*` for any price; null: what would be the price without this rule. */
  readonly of: string | null
  readonly at: Path
}

const usualPriority = 100

/** What an offer says for all its rules. */
export interface OfferTerms {
  readonly offer: string
  readonly tax: Tax | undefined
}

export function compileRule(
  { offer, tax }: OfferTerms,
  entry: RuleFile,
  known: Known,
  at: Path,
  report: Report
): DraftRule {
  const service = serviceOf(entry, known, at, report)
  checkBands(entry, known, at, report)
  const timeZone = known.money?.timeZone ?? 'UTC'
  const name = `rule ${entry.rule}`
  const place: PricePlace = { name, unit: service?.unit ?? null, timeZone, at, report }
  const kind = kindOf(entry, place)
  const rule: PriceRule = {
    ref: `${known.version}:${offer}/${entry.rule}`,
    service: entry.service ?? '',
    match: compileMatch(entry, service === null ? [] : [service], known, at, report),
    ...(entry.times === undefined ? {} : { bands: new Set(entry.times) }),
    price: { model: 'blocked' },
    ...(tax === undefined ? {} : { tax })
  }
  const priority = entry.priority ?? usualPriority
  if (kind === null) return { rule, priority }
  if (kind === 'table') {
    const table = compileTable(rule, entry, service, known, place)
    return { rule: table === null ? rule : { ...rule, table }, priority }
  }
  if (kind === 'mark-up') {
    const share = shareOf(entry, place)
    return { rule, priority, markUp: { share, of: entry.of ?? null, at } }
  }
  return { rule: { ...rule, price: compilePrice(entry, kind, place) }, priority }
}

function checkBands({ times = [] }: RuleFile, { bands }: Known, at: Path, report: Report): void {
  if (bands === null) return
  for (const [index, band] of times.entries()) {
    checkName(bands, band, [...at, 'times', index], 'band', report)
  }
}

/** Only a table may tell the service by itself. */
function serviceOf(entry: RuleFile, known: Known, at: Path, report: Report): Service | null {
  if (entry.service !== undefined) {
    return findService(entry.service, known, [...at, 'service'], report)
  }
  const table = entry.table === undefined ? undefined : known.tables.get(entry.table)
  if (entry.table === undefined || (table && !table.columns.includes('service'))) {
    report(at, 'lacks the key service; add it')
  }
  return null
}

/** `20 %` as 12000. */
function shareOf(entry: RuleFile, { at, report }: PricePlace): number {
  const [, sign = '', whole = '0', decimals = ''] =
    /^([+-]?)(\d+)(?:\.(\d+))? ?%$/.exec(entry['mark-up'] ?? '') ?? []
  const more = Number(whole) * 100 + Number(decimals.padEnd(2, '0'))
  const share = 10_000 + (sign === '-' ? -more : more)
  if (share > 0) return share
  report([...at, 'mark-up'], 'takes the whole price away; write free: true instead')
  return 10_000
}
