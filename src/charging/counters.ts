/**
 * What has been used of the limits of offers: counters in the account for those that all lines share, in the line for
 * the others.
 *
 * A counter begins anew with each period, lazily; what grants hold stays held. Usage counts in the period in which it is
 * reported.
 */
import type { Counter, Subscription } from '../domain/account.ts'
import { assert } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import { add, type Units } from '../domain/units.ts'
import type { Catalogue, UsageLimit } from '../rating/catalogue.ts'
import { periodOf } from '../rating/period.ts'
import { type Books, type BucketPlace, lineOf, replaceLine } from './books.ts'
import { subscriptionsAt } from './own-offers.ts'
import { subscribedOf } from './subscribed.ts'
import { tellThresholds } from './thresholds.ts'

export function countersAt(books: Books, place: BucketPlace): readonly Counter[] {
  return place.source === 'account' ? books.counters : lineOf(books, place.lineId).counters
}

export function replaceCounters(
  books: Books,
  place: BucketPlace,
  counters: readonly Counter[]
): void {
  if (place.source === 'account') books.counters = counters
  else replaceLine(books, { ...lineOf(books, place.lineId), counters })
}

export function replaceCounter(books: Books, place: BucketPlace, counter: Counter): void {
  const counters = countersAt(books, place)
  const index = counters.findIndex(({ id }) => id === counter.id)
  if (index >= 0) replaceCounters(books, place, counters.with(index, counter))
}

/** Holds units for a grant, or gives back what it held and counts what was used. */
export function moveCounter(
  books: Books,
  place: BucketPlace,
  id: string,
  reserved: Units,
  used: Units
): void {
  const counter = countersAt(books, place).find(candidate => candidate.id === id)
  // A limit that nobody has any more counts nothing.
  if (counter === undefined) return
  const moved = {
    ...counter,
    reserved: add(counter.reserved, reserved),
    used: add(counter.used, used)
  }
  assert(moved.reserved >= 0, 'less than nothing is held of a limit')
  replaceCounter(books, place, moved)
}

/** The limit that a counter is of; undefined: the catalogue in force has no such limit. */
export function limitOf(catalogue: Catalogue, { offer, limit }: Counter): UsageLimit | undefined {
  return catalogue.offers.get(offer)?.limits?.find(({ id }) => id === limit)
}

/** Brings the counters of a place to the present: begun, begun anew, and in the terms of the catalogue in force. */
export function advanceCounters(books: Books, catalogue: Catalogue, place: BucketPlace): void {
  const counters = countersAt(books, place)
  let present = counters
  for (const { subscription, limit } of subscribedOf(books, catalogue, place.lineId).limits) {
    if (!isAt(place, limit, subscription)) continue
    present = withPresent(books, catalogue, place, present, subscription, limit)
  }
  if (present.length === 0) return
  const kept = present.filter(
    counter => counter.reserved > 0 || isWanted(books, catalogue, place, counter)
  )
  if (present !== counters || kept.length < counters.length) replaceCounters(books, place, kept)
}

/** A limit of a line's own offer is the line's: there is nobody to share it with. */
function isAt(
  { source, lineId }: BucketPlace,
  { sharing }: UsageLimit,
  { line }: Subscription
): boolean {
  return line === undefined ? sharing === source : line === lineId
}

function withPresent(
  books: Books,
  catalogue: Catalogue,
  place: BucketPlace,
  counters: readonly Counter[],
  subscription: Subscription,
  limit: UsageLimit
): readonly Counter[] {
  const id = `${subscription.id}/${limit.id}`
  const known = counters.find(counter => counter.id === id)
  const present = presentCounter(books, catalogue, place, subscription, limit, known)
  if (present === known) return counters
  return known === undefined
    ? [...counters, present]
    : counters.map(counter => (counter === known ? present : counter))
}

function isWanted(
  books: Books,
  catalogue: Catalogue,
  { lineId }: BucketPlace,
  counter: Counter
): boolean {
  const subscribed = subscriptionsAt(books, lineId).some(({ id }) => id === counter.subscriptionId)
  return subscribed && limitOf(catalogue, counter) !== undefined
}

function presentCounter(
  books: Books,
  catalogue: Catalogue,
  place: BucketPlace,
  subscription: Subscription,
  limit: UsageLimit,
  known: Counter | undefined
): Counter {
  const own = limit.settable ? (known?.own ?? null) : null
  const amount = own ?? limit.amount
  const over = known === undefined || isOver(known, books.now)
  if (!over && known.amount === amount && known.own === own && known.unit === limit.unit) {
    return known
  }
  if (known !== undefined && !over && known.unit === limit.unit) return { ...known, own, amount }
  const span = periodOf(limit.period, subscription.since, books.now, catalogue.timeZone)
  if (known !== undefined && over) tellThresholds(books, place, limit, known, 0, known.validUntil)
  return {
    id: `${subscription.id}/${limit.id}`,
    subscriptionId: subscription.id,
    offer: subscription.offer,
    limit: limit.id,
    unit: limit.unit,
    amount,
    own,
    beyond: known?.beyond === 'always' ? 'always' : 'no',
    used: 0,
    reserved: known?.reserved ?? 0,
    validFrom: span?.from ?? books.now,
    validUntil: span?.until ?? null,
    level: 0,
    status: ''
  }
}

function isOver({ validUntil }: Counter, now: EpochMs): boolean {
  return validUntil !== null && validUntil <= now
}
