/**
 * What the count of a period holds beside the grants under it, which several sessions share.
 *
 * A grant holds what its units add behind those of all others. What falls once, or makes further units dearer, is held by one of
 * them alone. When that one ends unused the count holds it for the others, and when another one has paid it already, the
 * count makes available what is held for nothing. So of the wallet, and of a limit of money that all these units count under,
 * just as much is reserved as using all of them would add: P(used + held) - P(used).
 */
import type { CountHolds, LimitHolds, PriceCount } from '../domain/account.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { Grant } from '../domain/session.ts'
import { type Units, unitsMax } from '../domain/units.ts'
import { mostFor } from '../rating/anywhere.ts'
import { priceFor } from '../rating/price.ts'
import type { Price } from '../rating/prices/types.ts'
import {
  type BucketPlace,
  reserveMoney,
  settleMoney,
  sharedPlace,
  type TouchedCount
} from './books.ts'
import { type Context, isLost, priceOf } from './context.ts'
import { limitOf, moveCounter } from './counters.ts'
import type { SessionDraft } from './draft.ts'
import { heldUnder } from './held-units.ts'
import { counterOf, leftOf } from './limits.ts'
import { tellCounts } from './open-grants.ts'
import { findCount, isSameCount, replaceCount } from './price-count.ts'

/**
 * Brings what counts hold to what a session's grants have become. Must be called when its reports are settled, before anything
 * new is granted, and when it is done with.
 */
export function coverAnew(context: Context, session: SessionDraft): void {
  if (context.books.covers === null) return
  for (const key of tellCounts(context, session)) cover(context, session, key)
}

function cover(context: Context, session: SessionDraft, key: TouchedCount): void {
  const count = findCount(context, key.lineId, key.ref, key.over, key.from)
  if (count?.open === undefined) return
  const others = count.held > ownUnits(session, key)
  const open = holdsDue(context, key.ref, count, count.open, others)
  if (open === null) return
  moveWallet(context, open.cover - count.open.cover)
  moveLimits(context, count.open.limits, open.limits)
  const { open: _, ...rest } = count
  const limits = open.limits.filter(({ units, money }) => units > 0 || money > 0)
  const over = count.held === 0 && limits.length === 0
  const after = over ? rest : { ...rest, open: { ...open, limits } }
  replaceCount(context, key.lineId, key.over, after)
}

/** What a count is to hold now; null: it cannot be counted, so it stays as it is. */
function holdsDue(
  context: Context,
  ref: string,
  { units, held }: PriceCount,
  open: CountHolds,
  others: boolean
): CountHolds | null {
  if (held === 0) return { ...nothing, limits: open.limits.map(each => emptied(context, each)) }
  if (isLost(context, ref)) return null
  const span: Span = { price: priceOf(context, ref), used: units, held, need: 0, others }
  span.need = priceFor(span.price, units + held) - priceFor(span.price, units)
  if (!(span.need <= unitsMax)) return null
  return {
    ...open,
    cover: walletCover(context, span.need, open),
    limits: open.limits.map(limit => ({ ...limit, cover: limitCover(context, span, limit) }))
  }
}

const nothing = { wallet: 0, buckets: 0, cover: 0 }

function emptied(context: Context, limit: LimitHolds): LimitHolds {
  return isAtHand(context, limit) ? { ...limit, units: 0, money: 0, cover: 0 } : limit
}

/** What is used under a price and what grants hold, with what the latter may cost in any order. */
interface Span {
  readonly price: Price
  readonly used: number
  readonly held: number
  need: MicroUnits
  /** Whether grants of other sessions are among them. */
  readonly others: boolean
}

/** As much as is there. What buckets of money hold may not be for whoever comes first, so it makes nothing available. */
function walletCover(
  { books, creditLimit }: Context,
  need: MicroUnits,
  { wallet, buckets, cover: known }: CountHolds
): MicroUnits {
  const due = wallet >= need ? need - wallet : Math.max(0, need - wallet - buckets)
  const spendable = Math.max(0, books.available + creditLimit)
  return due <= known ? due : known + Math.min(due - known, spendable)
}

/**
 * What is due of a limit is held in whole or not at all: nobody is to be refused for a part of it.
 */
function limitCover(context: Context, span: Span, limit: LimitHolds): MicroUnits {
  if (!isAtHand(context, limit)) return limit.cover
  const counter = counterOf(context, { place: placeOf(limit), id: limit.counter })
  // It holds nothing any more, and nor will one that comes in its place.
  if (counter === undefined) return -limit.money
  if (limit.units === 0) return 0
  const due = dueOf(span, limit)
  if (due <= limit.cover) return due
  const terms = limitOf(context.catalogue, counter)
  const room = terms === undefined ? unitsMax : Math.max(0, leftOf(counter, terms))
  if (due - limit.cover <= room) return due
  return Math.min(0, limit.cover + room)
}

/**
 * Where some of the units do not count under a limit, the others may cost as much as one piece of them, wherever it comes. A session
 * that is alone holds that itself.
 */
function dueOf(
  { price, used, held, need, others }: Span,
  { units, money }: LimitHolds
): MicroUnits {
  if (units >= held || money >= need) return need - money
  if (!others) return 0
  return Math.max(0, Math.min(need, mostFor(price, used, used + held, units)) - money)
}

/** Units that the grants of a session hold under a count. */
function ownUnits({ lineId, services }: SessionDraft, key: TouchedCount): Units {
  let units = 0
  for (const { grant } of services) {
    if (grant?.period !== key.from) continue
    if (isSameCount(key, { ...key, lineId, ref: grant.price }))
      units += heldUnder({ grant }, grant.price)
  }
  return units
}

function placeOf({ lineId }: LimitHolds): BucketPlace {
  return lineId === '' ? sharedPlace : { source: 'line', lineId }
}

/** Limits of other lines of the account are looked at when these come to hand. */
function isAtHand({ books }: Context, { lineId }: LimitHolds): boolean {
  if (lineId === '' || books.knownLines.has(lineId)) return true
  return books.changedLines?.has(lineId) === true
}

function moveWallet({ books }: Context, more: MicroUnits): void {
  if (more > 0) reserveMoney(books, more)
  else if (more < 0) settleMoney(books, -more, 0)
}

function moveLimits(
  context: Context,
  before: readonly LimitHolds[],
  after: readonly LimitHolds[]
): void {
  for (const [index, limit] of after.entries()) {
    const more = limit.cover - (before[index]?.cover ?? 0)
    if (more !== 0) moveCounter(context.books, placeOf(limit), limit.counter, more, 0)
  }
}

/** The count that a grant is under; null: its price counts in the session. */
export function countUnderOf(
  context: Context,
  lineId: string,
  ref: string,
  period: Grant['period']
): PriceCount | null {
  if (period === undefined || isLost(context, ref)) return null
  const { over } = priceOf(context, ref)
  return (over && findCount(context, lineId, ref, over, period)) ?? null
}

/** Pays of what a count holds; returns what is left to pay. */
export function payFromCover(
  context: Context,
  lineId: string,
  { price, period }: Grant,
  cost: MicroUnits
): MicroUnits {
  const paid = takeCover(context, lineId, price, period, cost)
  settleMoney(context.books, paid, paid)
  return cost - paid
}

/** Makes available what a count holds, where it is held anew at once. */
export function freeCover(
  context: Context,
  lineId: string,
  ref: string,
  period: Grant['period']
): void {
  settleMoney(context.books, takeCover(context, lineId, ref, period, unitsMax), 0)
}

/** Takes so much out of what a count holds of the wallet, as far as it is there; returns how much. */
function takeCover(
  context: Context,
  lineId: string,
  ref: string,
  period: Grant['period'],
  money: MicroUnits
): MicroUnits {
  const count = countUnderOf(context, lineId, ref, period)
  const open = count?.open
  const { over } = count === null ? { over: undefined } : priceOf(context, ref)
  if (count === null || over === undefined || open === undefined || open.cover <= 0) return 0
  const taken = Math.min(money, open.cover)
  const left = { ...open, cover: open.cover - taken }
  replaceCount(context, lineId, over, { ...count, open: left })
  return taken
}
