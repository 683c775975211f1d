/**
 * What is held for the units of other sessions that count in the same period, where these relied on a grant that has ended.
 *
 * A grant holds what its units add behind those of all sessions. When one ends and not all of it was used, the units of
 * others are worth more than these hold. Their sessions are not at hand, so the count itself holds the rest, of
 * the wallet and of limits that all usage under the price counts under, until they end in turn.
 */
import type { CoverHold } from '../domain/account.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { Grant } from '../domain/session.ts'
import { priceFor } from '../rating/price.ts'
import { reserveMoney, settleMoney } from './books.ts'
import { type Context, priceOf } from './context.ts'
import { moveCounter } from './counters.ts'
import type { SessionDraft } from './draft.ts'
import { heldUnder } from './held-units.ts'
import { isMoneyHold, limitOfHold, roomOfHold } from './holds.ts'
import { isCommon } from './limit-shares.ts'
import { placeOf } from './limits.ts'
import { heldMoney } from './move-holds.ts'
import { countOf, setCover } from './price-count.ts'
import { countAt, isUnder, type SharedPrices } from './price-group.ts'

/** Makes what a count holds available, before a grant under it ends: what the rest needs is held anew then. */
export function freeCover(context: Context, session: SessionDraft, shared: SharedPrices): void {
  const {
    refs: [ref = ''],
    period
  } = shared
  const { over } = priceOf(context, ref)
  if (over === undefined || period === undefined) return
  const { lineId } = session
  const { cover, coverHolds } = countOf(context, lineId, ref, over, period)
  if (cover === undefined) return
  settleMoney(context.books, cover, 0)
  for (const { source, counter, units } of coverHolds ?? []) {
    moveCounter(context.books, placeOf(source, lineId), counter, -units, 0)
  }
  setCover(context, lineId, ref, over, period, 0, [])
}

/** Holds for the units of other sessions what neither they hold nor the grants of this one, as far as it is there. */
export function holdCover(context: Context, session: SessionDraft, shared: SharedPrices): void {
  const {
    refs: [ref = ''],
    period,
    elsewhere,
    limits
  } = shared
  const { books, creditLimit } = context
  const { over } = priceOf(context, ref)
  if (over === undefined || period === undefined) return
  let units = 0
  let money = 0
  for (const service of session.services) {
    if (service.grant === null || !isUnder(service.grant, [ref], period)) continue
    units += heldUnder(service, ref)
    money += heldMoney(service.grant)
  }
  const { price, used, before } = countAt(context, session, ref, period, units)
  if (before === used) return
  const due = priceFor(price, before + units) - priceFor(price, used)
  const spendable = Math.max(0, books.available + creditLimit)
  const cover = Math.min(spendable, due - elsewhere - money)
  if (!(cover > 0)) return
  reserveMoney(books, cover)
  const holds: CoverHold[] = []
  for (const { source, counter } of limits) {
    const hold = { source, counter, units: 0 }
    const room = Math.min(cover, Math.max(0, roomOfHold(context, session.lineId, hold)))
    moveCounter(books, placeOf(source, session.lineId), counter, room, 0)
    holds.push({ source, counter, units: room })
  }
  setCover(context, session.lineId, ref, over, period, cover, holds)
}

/** Of the limits that a grant counts under, or that are held of already, those of money that are for all usage under the price. */
export function limitsOfCover(
  context: Context,
  session: SessionDraft,
  ref: string,
  period: Grant['period'],
  holds: Grant['holds']
): readonly CoverHold[] {
  const { over } = priceOf(context, ref)
  if (over === undefined) return noHolds
  const known = countOf(context, session.lineId, ref, over, period).coverHolds ?? noHolds
  const found: CoverHold[] = [...known]
  for (const hold of holds ?? noHolds) {
    if (found.some(({ counter }) => counter === hold.counter)) continue
    const limit = limitOfHold(context, session.lineId, hold)
    if (limit === undefined || !isMoneyHold(context, session.lineId, hold)) continue
    if (isCommon(context, ref, over, hold.source, limit)) found.push(hold)
  }
  return found
}

const noHolds: readonly CoverHold[] = []

/** What a count holds. */
export function coverOf(
  context: Context,
  session: SessionDraft,
  ref: string,
  period: Grant['period']
): MicroUnits {
  const { over } = priceOf(context, ref)
  if (over === undefined) return 0
  return countOf(context, session.lineId, ref, over, period).cover ?? 0
}
