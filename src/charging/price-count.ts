/**
 * Counting by periods: what a line or an account uses under a price in a day or a month, over all its sessions.
 *
 * A count says what was used and what grants still hold, so that the next grant begins where all of that ends, as it does
 * in a session. Usage counts in the period in which it was granted, whenever it is reported. A count goes when its
 * period is over and nothing holds it any more.
 */
import type { PriceCount } from '../domain/account.ts'
import type { Grant } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import { add, type Units } from '../domain/units.ts'
import { countingPeriod } from '../rating/counting-period.ts'
import { chargeFor } from '../rating/price.ts'
import type { CountedOver, Price } from '../rating/prices/types.ts'
import { lineOf, replaceLine, type TouchedCount } from './books.ts'
import type { Context } from './context.ts'

const none: readonly PriceCount[] = []

/** Units that come before the next ones of a period: used, and held by grants. */
export function countedIn(context: Context, lineId: string, ref: string, over: CountedOver): Units {
  const count = findCount(context, lineId, ref, over, undefined)
  return count === undefined ? 0 : add(count.units, count.held)
}

/** Notes that a grant holds units, or that it holds them no longer; returns when its period began. */
export function holdUnits(
  context: Context,
  lineId: string,
  ref: string,
  over: CountedOver,
  units: Units,
  period?: EpochMs
): EpochMs {
  const count = countFor(context, lineId, ref, over, period)
  const held = Math.max(0, add(count.held, units))
  replaceCount(context, lineId, over, { ...count, held })
  touch(context, { lineId, ref, over, from: count.from })
  return count.from
}

/** What a period counts: units that were used, and those that grants hold. */
export function countOf(
  context: Context,
  lineId: string,
  ref: string,
  over: CountedOver,
  period: EpochMs | undefined
): PriceCount {
  return countFor(context, lineId, ref, over, period)
}

export interface CountedUsage {
  readonly before: Units
  readonly period: EpochMs
  readonly cost: number
}

/** Counts units as used; returns what they cost, from where they were counted. */
export function countUsed(
  context: Context,
  lineId: string,
  ref: string,
  price: Price,
  over: CountedOver,
  units: Units,
  period: EpochMs | undefined
): CountedUsage {
  const count = countFor(context, lineId, ref, over, period)
  const total = add(count.units, units)
  replaceCount(context, lineId, over, { ...count, units: total })
  touch(context, { lineId, ref, over, from: count.from })
  const cost = chargeFor(price, total) - chargeFor(price, count.units)
  return { before: count.units, period: count.from, cost }
}

/** Without the version: the next one goes on counting. */
function nameOf(ref: string): string {
  return ref.slice(ref.indexOf(':') + 1)
}

function countsAt(context: Context, lineId: string, over: CountedOver): readonly PriceCount[] {
  const { books } = context
  return (over.by === 'account' ? books.counts : lineOf(books, lineId).counts) ?? none
}

export function findCount(
  context: Context,
  lineId: string,
  ref: string,
  over: CountedOver,
  period: EpochMs | undefined
): PriceCount | undefined {
  const name = nameOf(ref)
  const from = period ?? countingPeriod(over, context.now).from
  return countsAt(context, lineId, over).find(count => count.price === name && count.from === from)
}

/** A grant of a period that nobody knows any more counts in the present one. */
function countFor(
  context: Context,
  lineId: string,
  ref: string,
  over: CountedOver,
  period: EpochMs | undefined
): PriceCount {
  const found =
    (period === undefined ? undefined : findCount(context, lineId, ref, over, period)) ??
    findCount(context, lineId, ref, over, undefined)
  if (found !== undefined) return found
  const { from, until } = countingPeriod(over, context.now)
  return { price: nameOf(ref), from, until, units: 0, held: 0 }
}

/** Notes that what a count holds is to be looked at when the session at hand is done with it. */
function touch({ books }: Context, count: TouchedCount): void {
  const { session = null, grants = noGrants, touched = noneTouched } = books.covers ?? {}
  books.covers = { session, grants, touched: withTouched(touched, count) }
}

/** The price of the last one that counted stands for those of others under its name. */
function withTouched(
  touched: readonly TouchedCount[],
  count: TouchedCount
): readonly TouchedCount[] {
  return [...touched.filter(other => !isSameCount(other, count)), count]
}

export function isSameCount(a: TouchedCount, b: TouchedCount): boolean {
  if (a.from !== b.from || a.lineId !== b.lineId || a.over.by !== b.over.by) return false
  return nameOf(a.ref) === nameOf(b.ref)
}

const noGrants: readonly Grant[] = []
const noneTouched: readonly TouchedCount[] = []

/** Writes a count, and drops those that are over. */
export function replaceCount(
  context: Context,
  lineId: string,
  over: CountedOver,
  count: PriceCount
): void {
  const { books, now } = context
  const others = countsAt(context, lineId, over).filter(
    other =>
      (other.price !== count.price || other.from !== count.from) &&
      (other.until > now || other.held > 0 || other.open !== undefined)
  )
  const counts = [...others, count]
  if (over.by === 'account') books.counts = counts
  else replaceLine(books, { ...lineOf(books, lineId), counts })
}
