/** What pays for usage at a price: buckets of money that are for it, in burn order, and then the wallet. */
import type { MicroUnits } from '../domain/money.ts'
import type { Draw, UsagePart } from '../domain/session.ts'
import type { Situation } from '../rating/classify.ts'
import { reserveMoney, settleMoney, sharedPlace } from './books.ts'
import { drawUnits, reserveUnits, settleUnits } from './bucket-units.ts'
import { type Drawable, moneyOrder } from './burn-order.ts'
import type { Context } from './context.ts'
import { addPart, type ServiceDraft } from './draft.ts'

/** What may be spent, before any limit: below zero only when there is nothing but a wallet beyond its limit. */
export function budgetOf(context: Context, purses: readonly Drawable[]): MicroUnits {
  const wallet = context.books.available + context.creditLimit
  if (purses.length === 0) return wallet
  let sum = Math.max(0, wallet)
  for (const { bucket } of purses) sum += bucket.available
  return sum
}

/** Reserves money, each purse in turn, and then the wallet. Adds the draws of the purses; returns the wallet's share. */
export function reservePurses(
  context: Context,
  purses: readonly Drawable[],
  amount: MicroUnits,
  draws: Draw[]
): MicroUnits {
  let left = amount
  for (const { place, bucket } of purses) {
    const take = Math.min(left, bucket.available)
    if (take === 0) continue
    reserveUnits(context.books, place, bucket.id, take)
    draws.push({ source: place.source, bucket: bucket.id, units: 0, amount: take })
    left -= take
  }
  reserveMoney(context.books, left)
  return left
}

/** A draw of money from a bucket. */
export function isPurse({ source, units, amount }: Draw): boolean {
  return source !== 'wallet' && units === 0 && amount > 0
}

/** Ends a draw of money from a bucket with so much to be paid; returns what is left to pay. */
export function settlePurse(
  context: Context,
  service: ServiceDraft,
  lineId: string,
  zone: string,
  { source, bucket, amount }: Draw,
  cost: MicroUnits
): MicroUnits {
  const place = source === 'account' ? sharedPlace : ({ source: 'line', lineId } as const)
  const take = Math.min(cost, amount)
  settleUnits(context.books, place, bucket, amount, take)
  addPaid(service, bucket, zone, take)
  return cost - take
}

/** Pays what nothing was reserved for: from purses, and then from the wallet, below zero if need be. */
export function payUnreserved(
  context: Context,
  service: ServiceDraft,
  lineId: string,
  situation: Situation | null,
  cost: MicroUnits
): void {
  let left = cost
  if (situation !== null && cost > 0) {
    for (const { place, bucket } of moneyOrder(context, lineId, situation)) {
      const take = Math.min(left, bucket.available)
      if (take === 0) break
      drawUnits(context.books, place, bucket.id, take)
      addPaid(service, bucket.id, situation.zone, take)
      left -= take
    }
  }
  settleMoney(context.books, 0, left)
}

/** What a bucket has paid of a price stands in the record with the opposite sign: the rest is what the wallet paid. */
function addPaid(service: ServiceDraft, bucket: string, zone: string, amount: MicroUnits): void {
  if (amount === 0) return
  const part: UsagePart = {
    price: '',
    bucket,
    zone,
    unit: 'money',
    units: amount,
    amount: -amount,
    before: 0,
    suspense: false
  }
  addPart(service, part)
}
