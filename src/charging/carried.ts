/**
 * What goes on under the offer that replaces another one by `carry`: what was counted under limits of the same name and
 * period, and what had been saved of allowances.
 */
import type { Bucket, Counter, OfferChange } from '../domain/account.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Allowance, Catalogue, Period, UsageLimit } from '../rating/catalogue.ts'
import { periodOf } from '../rating/period.ts'
import type { Books, BucketPlace } from './books.ts'
import { countersAt, limitOf, replaceCounters } from './counters.ts'
import { passOn } from './rollover.ts'
import { levelOf, statusAt } from './thresholds.ts'

type Successor = NonNullable<OfferChange['to']>

/** Goes on counting, once: units that grants hold count as used, because they are settled under what granted them. */
export function carryCounters(
  books: Books,
  catalogue: Catalogue,
  place: BucketPlace,
  { at, from, to, policy }: OfferChange
): void {
  if (to === null || policy !== 'carry') return
  for (const old of countersAt(books, place)) {
    if (old.subscriptionId !== from || (old.validUntil !== null && old.validUntil <= at)) continue
    const id = `${to.id}/${old.limit}`
    const counters = countersAt(books, place)
    if (counters.some(other => other.id === id)) continue
    const limit = catalogue.offers.get(to.offer)?.limits?.find(each => each.id === old.limit)
    if (limit === undefined || !isSame(catalogue, old, limit)) continue
    const carried = carriedCounter(catalogue, old, limit, to, at)
    replaceCounters(books, place, [...counters, carried])
  }
}

/** Whether the limits count the same in the same periods. */
function isSame(catalogue: Catalogue, old: Counter, limit: UsageLimit): boolean {
  const before = limitOf(catalogue, old)
  return old.unit === limit.unit && before !== undefined && textOf(before) === textOf(limit)
}

const textOf = ({ period }: { period: Period }): string => JSON.stringify(period)

/** What the subscriber has chosen stays, where the new offer lets him choose it. What he was told is not told again. */
function carriedCounter(
  catalogue: Catalogue,
  old: Counter,
  limit: UsageLimit,
  to: Successor,
  at: EpochMs
): Counter {
  const own = limit.settable ? old.own : null
  const amount = own ?? limit.amount
  const used = old.used + old.reserved
  const span = periodOf(limit.period, to.since, at, catalogue.timeZone)
  const level = levelOf(limit.thresholds, used, amount)
  return {
    id: `${to.id}/${limit.id}`,
    subscriptionId: to.id,
    offer: to.offer,
    limit: limit.id,
    unit: limit.unit,
    amount,
    own,
    beyond: limit.passable ? old.beyond : 'no',
    used,
    reserved: 0,
    validFrom: span?.from ?? at,
    validUntil: span?.until ?? null,
    level,
    status: statusAt(limit.thresholds, level)
  }
}

/** Moves what was saved before into a bucket of the new allowance that saves as well, with the end that it had. */
export function carrySaved(
  books: Books,
  place: BucketPlace,
  bucket: Bucket,
  allowance: Allowance,
  to: Successor,
  at: EpochMs
): void {
  const units = bucket.available
  const { max } = allowance.rollover ?? {}
  const kept = max == null ? units : Math.min(units, max)
  if (kept === 0) return
  const carried: Bucket = {
    id: `${to.id}/${allowance.id}/${bucket.id}`,
    subscriptionId: to.id,
    offer: to.offer,
    allowance: allowance.id,
    unit: bucket.unit,
    total: kept,
    available: kept,
    reserved: 0,
    priority: allowance.priority,
    validFrom: bucket.validFrom,
    validUntil: bucket.validUntil,
    rolled: true
  }
  passOn(books, place, bucket, carried, at)
}
