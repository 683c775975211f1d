/** Prices as they are written, model by model, with every doubtful entry reported. */
import type { UnitType } from '../../domain/units.ts'
import { type Units, unitsMax } from '../../domain/units.ts'
import type { CountedOver, Counting, Paid, Price, Stair, Tier } from '../prices/types.ts'
import type { Path, Report } from './problem.ts'
import type { PriceFile } from './source.ts'
import { money, units } from './texts.ts'

/** The keys that say what kind of price it is; a rule has one of them. */
export const priceKinds = [
  'price',
  'free',
  'unmetered',
  'blocked',
  'flat',
  'tiers',
  'stairs',
  'package',
  'mark-up',
  'table'
] as const
export type PriceKind = (typeof priceKinds)[number]

/** What goes with which kinds. */
const companions: Readonly<Record<string, readonly PriceKind[]>> = {
  per: ['price', 'tiers'],
  step: ['price', 'tiers'],
  minimum: ['price', 'tiers'],
  'set-up': ['price', 'tiers'],
  intervals: ['price', 'tiers'],
  tiering: ['tiers'],
  over: ['price', 'tiers', 'flat', 'stairs', 'package', 'table'],
  counted: ['price', 'tiers', 'flat', 'stairs', 'package', 'table'],
  of: ['mark-up']
}

/** What stands around a price where it is written. */
export interface PricePlace {
  /** `rule data`, or `row 7`. */
  readonly name: string
  /** null: the service is not known, and has been reported. */
  readonly unit: UnitType | null
  readonly timeZone: string
  readonly at: Path
  readonly report: Report
}

/** The one kind of price that an entry has; null: it has none or several, which is reported. */
export function kindOf(entry: PriceFile, { name, at, report }: PricePlace): PriceKind | null {
  const given = priceKinds.filter(key => entry[key] !== undefined)
  const [kind] = given
  if (kind === undefined || given.length > 1) {
    const found = given.length === 0 ? 'none of them' : given.join(' and ')
    const kinds = `${priceKinds.slice(0, -1).join(', ')} and ${priceKinds.at(-1)}`
    report(at, `${name} must have one of ${kinds}; it has ${found}`)
    return null
  }
  for (const [key, kinds] of Object.entries(companions)) {
    if (entry[key as keyof PriceFile] === undefined || kinds.includes(kind)) continue
    report([...at, key], `goes with ${kinds.join(', ')} only; remove it`, true)
  }
  return kind
}

/** The price of any kind but a mark-up or a table. */
export function compilePrice(entry: PriceFile, kind: PriceKind, place: PricePlace): Price {
  const over = overOf(entry, place)
  switch (kind) {
    case 'free':
    case 'unmetered':
    case 'blocked':
      return { model: kind }
    case 'flat':
      return { model: 'flat', amount: paid(entry.flat, 'flat', place), ...over }
    case 'package':
      return { ...packageOf(entry, place), ...over }
    case 'stairs':
      return { ...stairsOf(entry, place), ...over }
    case 'tiers':
      return { ...tiersOf(entry, place), ...over }
    default:
      return { ...perUnitOf(entry, place), ...over }
  }
}

function perUnitOf(entry: PriceFile, place: PricePlace): Paid {
  const { at, report } = place
  const amount = money(entry.price, [...at, 'price'], report)
  const price = { model: 'per-unit' as const, amount, ...countingOf(entry, place) }
  if (amount === 0 && price.setUp === 0) {
    report([...at, 'price'], 'is zero; write free: true instead')
  }
  return price
}

function packageOf(entry: PriceFile, place: PricePlace): Paid {
  const { unit, at, report } = place
  const size = entry.package?.size ?? 1
  return {
    model: 'package',
    amount: paid(entry.package?.price, 'package', place),
    size: unit === null ? 1 : units(size, unit, 1, [...at, 'package', 'size'], report)
  }
}

function tiersOf(entry: PriceFile, place: PricePlace): Paid {
  const { at, report } = place
  const path = [...at, 'tiers']
  const rows = entry.tiers ?? []
  const bounds = boundsOf(rows, path, place)
  const tiers = rows.map(
    ({ price }, index): Tier => ({
      upTo: bounds[index] ?? unitsMax,
      amount: money(price, [...path, index, 'price'], report)
    })
  )
  const counting = countingOf(entry, place)
  if (tiers.every(({ amount }) => amount === 0) && counting.setUp === 0) {
    report(path, 'all cost nothing; write free: true instead')
  }
  return { model: entry.tiering ?? 'graduated', tiers, ...counting }
}

function stairsOf(entry: PriceFile, place: PricePlace): Paid {
  const { at, report } = place
  const path = [...at, 'stairs']
  const rows = entry.stairs ?? []
  const bounds = boundsOf(rows, path, place)
  let highest = 0
  const stairs = rows.map(({ price }, index): Stair => {
    const total = money(price, [...path, index, 'price'], report)
    if (total < highest) {
      report(
        [...path, index, 'price'],
        `${price} is less than the stair before; a total never falls`
      )
    }
    highest = Math.max(highest, total)
    return { upTo: bounds[index] ?? unitsMax, total }
  })
  if (highest === 0) report(path, 'all cost nothing; write free: true instead')
  return { model: 'stairs', stairs }
}

/** Where tiers or stairs end: higher and higher, and the last one nowhere. */
function boundsOf(
  rows: NonNullable<PriceFile['tiers']>,
  path: Path,
  { unit, report }: PricePlace
): readonly Units[] {
  let below = 0
  return rows.map((row, index) => {
    const upTo = row['up-to']
    const last = index === rows.length - 1
    if (last && upTo !== undefined) {
      const message = `nothing says what more than ${upTo} costs; add an entry without up-to`
      report([...path, index, 'up-to'], message)
    }
    if (upTo === undefined && !last) {
      report([...path, index], 'lacks the key up-to; only the last one is without an end')
    }
    if (upTo === undefined || unit === null) return unitsMax
    const bound = units(upTo, unit, 1, [...path, index, 'up-to'], report)
    if (bound <= below) {
      report([...path, index, 'up-to'], `${upTo} is not above where the one before ends`)
    }
    below = Math.max(below, bound)
    return bound
  })
}

function countingOf(entry: PriceFile, place: PricePlace): Counting {
  const { unit, at, report } = place
  const intervals = intervalsOf(entry, place)
  const { minimum } = entry
  return {
    per: sizeOf(entry, 'per', place),
    step: intervals?.next ?? sizeOf(entry, 'step', place),
    minimum:
      intervals?.first ??
      (minimum === undefined || unit === null
        ? 0
        : units(minimum, unit, 0, [...at, 'minimum'], report)),
    setUp: money(entry['set-up'], [...at, 'set-up'], report)
  }
}

/** `60/1`: the first 60 seconds whole, then second by second. */
function intervalsOf(entry: PriceFile, { unit, at, report }: PricePlace) {
  if (entry.intervals === undefined) return null
  for (const key of ['step', 'minimum'] as const) {
    if (entry[key] !== undefined) report([...at, key], 'is said by intervals; remove it', true)
  }
  if (unit !== 'seconds' && unit !== null) {
    report(
      [...at, 'intervals'],
      `are seconds, and this is counted in ${unit}; write minimum and step`
    )
  }
  const [first = 0, next = 1] = entry.intervals.split('/').map(Number)
  return { first, next }
}

function sizeOf(entry: PriceFile, key: 'per' | 'step', place: PricePlace): Units {
  const { unit, at, report, name } = place
  // The unit of an unknown service is not known; the service has been reported.
  if (unit === null) return 1
  const text = entry[key]
  if (text !== undefined) return units(text, unit, 1, [...at, key], report)
  if (unit !== 'messages') report(at, `${name} lacks ${key}; write one, such as ${sample(unit)}`)
  return 1
}

function sample(unit: UnitType): string {
  return unit === 'octets' ? '1 MB' : '60 s'
}

function paid(text: string | undefined, key: string, { at, report }: PricePlace): number {
  const amount = money(text, [...at, key], report)
  if (amount === 0) report([...at, key], 'is zero; write free: true instead')
  return amount
}

function overOf(entry: PriceFile, place: PricePlace): { readonly over?: CountedOver } {
  const { over, counted } = entry
  const period = over === undefined || over === 'session' ? null : over
  if (period === null) {
    if (counted !== undefined) {
      const message = 'goes with over: day or over: calendar-month; a session is of one line'
      place.report([...place.at, 'counted'], message, true)
    }
    return {}
  }
  return { over: { period, timeZone: place.timeZone, by: counted ?? 'line' } }
}
