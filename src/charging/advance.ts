/**
 * Brings balances forward to the present: allowances whose period is over expire, and those that renew begin anew.
 *
 * Lazy and exact: each period that has passed is ended and begun in turn, at its own instant, so that
 * advance(advance(s, t1), t2) = advance(s, t2) and the movements are the same whenever anybody looks.
 * An expired bucket from which a session still holds units stays, empty, until they are reported or released.
 */
import type { Bucket, Subscription } from '../domain/account.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Allowance, Catalogue } from '../rating/catalogue.ts'
import { periodOf } from '../rating/period.ts'
import {
  type Books,
  type BucketPlace,
  bucketsAt,
  lineOf,
  recordExpiry,
  replaceBuckets,
  sharedPlace
} from './books.ts'
import { fillBucket } from './buckets.ts'
import { applyChanges } from './offer-changes.ts'

/** Applies every expiry and renewal that is due at `books.now` to the account and the lines at hand. */
export function advance(books: Books, catalogue: Catalogue): void {
  advancePlace(books, catalogue, sharedPlace)
  const perLine = books.lineIds.length === 0 ? none : lineAllowances(books, catalogue)
  for (const lineId of books.lineIds) {
    const place: BucketPlace = { source: 'line', lineId }
    if (books.changes !== undefined) applyChanges(books, catalogue, place, books.changes)
    for (const { subscription, allowance } of perLine) {
      if (!hasBucket(bucketsAt(books, place), subscription.id, allowance.id)) {
        const since = Math.max(subscription.since, lineOf(books, lineId).createdAt)
        if (periodOf(allowance.period, since, books.now, catalogue.timeZone) !== null) {
          beginPeriod(books, catalogue, place, subscription, allowance, since)
        }
      }
    }
    advancePlace(books, catalogue, place)
  }
  dropEndedAddons(books, catalogue)
}

/** Fills the buckets of a new subscription: the first period is given in full. */
export function beginSubscription(
  books: Books,
  catalogue: Catalogue,
  subscription: Subscription
): void {
  for (const allowance of catalogue.offers.get(subscription.offer)?.allowances ?? []) {
    if (allowance.sharing === 'account') {
      beginPeriod(books, catalogue, sharedPlace, subscription, allowance, subscription.since)
    }
  }
}

interface LineAllowance {
  readonly subscription: Subscription
  readonly allowance: Allowance
}

const none: readonly LineAllowance[] = []

function lineAllowances(books: Books, catalogue: Catalogue): readonly LineAllowance[] {
  let found: LineAllowance[] | null = null
  for (const subscription of books.subscriptions) {
    for (const allowance of catalogue.offers.get(subscription.offer)?.allowances ?? []) {
      if (allowance.sharing !== 'line') continue
      found ??= []
      found.push({ subscription, allowance })
    }
  }
  return found ?? none
}

function hasBucket(buckets: readonly Bucket[], subscriptionId: string, allowance: string): boolean {
  return buckets.some(
    bucket => bucket.subscriptionId === subscriptionId && bucket.allowance === allowance
  )
}

function advancePlace(books: Books, catalogue: Catalogue, place: BucketPlace): void {
  for (;;) {
    const due = earliestDue(bucketsAt(books, place), books.now)
    if (due === null) return
    endPeriod(books, place, due)
    renew(books, catalogue, place, due)
  }
}

/** The expired bucket that is to be ended first; null when there is none. */
function earliestDue(buckets: readonly Bucket[], now: EpochMs): Bucket | null {
  let earliest: Bucket | null = null
  for (const bucket of buckets) {
    if (bucket.validUntil === null || bucket.validUntil > now) continue
    if (bucket.available === 0 && bucket.reserved > 0 && bucket.ended === true) continue
    if (earliest?.validUntil == null || bucket.validUntil < earliest.validUntil) earliest = bucket
  }
  return earliest
}

function endPeriod(books: Books, place: BucketPlace, bucket: Bucket): void {
  if (bucket.available > 0) recordExpiry(books, bucket, bucket.available, bucket.validUntil ?? 0)
  const buckets = bucketsAt(books, place)
  replaceBuckets(
    books,
    place,
    bucket.reserved === 0
      ? buckets.filter(other => other.id !== bucket.id)
      : buckets.map(other =>
          other.id === bucket.id ? { ...other, available: 0, ended: true } : other
        )
  )
}

function renew(books: Books, catalogue: Catalogue, place: BucketPlace, ended: Bucket): void {
  const subscription = books.subscriptions.find(other => other.id === ended.subscriptionId)
  const allowance = catalogue.offers
    .get(ended.offer)
    ?.allowances.find(other => other.id === ended.allowance)
  if (subscription === undefined || allowance === undefined) return
  beginPeriod(books, catalogue, place, subscription, allowance, ended.validUntil ?? books.now)
}

function beginPeriod(
  books: Books,
  catalogue: Catalogue,
  place: BucketPlace,
  subscription: Pick<Subscription, 'id' | 'offer' | 'since'>,
  allowance: Allowance,
  at: EpochMs
): void {
  const period = periodOf(allowance.period, subscription.since, at, catalogue.timeZone)
  if (period === null) return
  const { amount } = allowance
  fillBucket(books, place, { subscription, allowance, period, at, total: amount, given: amount })
}

/** An add-on is over once none of its allowances can be drawn or begin again. */
function dropEndedAddons(books: Books, catalogue: Catalogue): void {
  const isOver = (subscription: Subscription): boolean => {
    const offer = catalogue.offers.get(subscription.offer)
    if (offer?.kind !== 'addon' || offer.prices.length > 0 || offer.allowances.length === 0) {
      return false
    }
    return offer.allowances.every(
      allowance =>
        periodOf(allowance.period, subscription.since, books.now, catalogue.timeZone) === null
    )
  }
  if (books.subscriptions.some(isOver)) {
    books.subscriptions = books.subscriptions.filter(subscription => !isOver(subscription))
  }
}
