/**
 * Brings balances forward to the present: allowances whose period is over expire, and those that renew begin anew.
 *
 * Lazy and exact: each period that has passed is ended and begun in turn, at its own instant, so that
 * advance(advance(s, t1), t2) = advance(s, t2) and the movements are the same whenever anybody looks.
 * An expired bucket from which a session still holds units stays, empty, until they are reported or released. Fees of
 * periods and the shared buckets come in the order of their instants, a fee before what it pays for.
 */
import type { Bucket, Subscription } from '../domain/account.ts'
import { hasEnded } from '../domain/line-numbers.ts'
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
import { isMark } from './bucket-units.ts'
import { fillBucket } from './buckets.ts'
import { advanceCounters } from './counters.ts'
import { chargeFee, debtsOf, feeDue, resumeOfLine, resumeSuspended } from './fees.ts'
import { holdsFor, restingFor, sharingOf } from './line-offers.ts'
import { applyChanges } from './offer-changes.ts'
import { ownOf, replaceOwn, subscriptionsAt } from './own-offers.ts'
import { rollOver } from './rollover.ts'
import { endOf, subscribedOf } from './subscribed.ts'
import { tellEnd } from './thresholds.ts'

/** Applies every expiry and renewal that is due at `books.now` to the account and the lines at hand. */
export function advance(books: Books, catalogue: Catalogue): void {
  for (const subscription of resumeSuspended(books, catalogue)) {
    beginSubscription(books, catalogue, subscription)
  }
  advanceShared(books, catalogue)
  advanceCounters(books, catalogue, sharedPlace)
  for (const lineId of books.lineIds) advanceLine(books, catalogue, lineId)
  if (subscribedOf(books, catalogue, '').endsFrom <= books.now) {
    books.subscriptions = stillRunning(books, catalogue, books.subscriptions)
  }
}

/** Beside that, what the line that is served now can pay again. */
export function advanceServed(books: Books, catalogue: Catalogue, lineId: string): void {
  advance(books, catalogue)
  if (resumeOfLine(books, catalogue, lineId)) advanceLine(books, catalogue, lineId)
}

function advanceLine(books: Books, catalogue: Catalogue, lineId: string): void {
  const place: BucketPlace = { source: 'line', lineId }
  if (hasEnded(lineOf(books, lineId))) return
  if (books.changes !== undefined) applyChanges(books, catalogue, place, books.changes)
  const { perLine, endsFrom } = subscribedOf(books, catalogue, lineId)
  const resting =
    perLine.length === 0 ? undefined : restingFor(subscriptionsAt(books, lineId), catalogue, lineId)
  for (const { subscription, allowance } of perLine) {
    if (!holdsFor(subscription, lineId, resting)) continue
    const since = Math.max(subscription.since, lineOf(books, lineId).createdAt)
    if (!hasBucket(bucketsAt(books, place), subscription.id, allowance.id, since)) {
      dropMarks(books, place, subscription.id, allowance.id)
      if (periodOf(allowance.period, since, books.now, catalogue.timeZone) !== null) {
        beginPeriod(books, catalogue, place, subscription, allowance, since)
      }
    }
  }
  advancePlace(books, catalogue, place)
  advanceCounters(books, catalogue, place)
  const own = ownOf(books, lineId)
  if (own.length === 0 || endsFrom > books.now) return
  const running = stillRunning(books, catalogue, own)
  if (running.length < own.length) replaceOwn(books, lineId, running)
}

/** Fills the buckets of a new subscription: the first period is given in full. */
export function beginSubscription(
  books: Books,
  catalogue: Catalogue,
  subscription: Subscription
): void {
  for (const allowance of catalogue.offers.get(subscription.offer)?.allowances ?? []) {
    if (sharingOf(subscription.line, allowance) !== 'account') continue
    if (!runs(books.buckets, subscription.id, allowance.id)) {
      beginPeriod(books, catalogue, sharedPlace, subscription, allowance, subscription.since)
    }
  }
}

/** Whether the allowance was given since then, be it over by now, or goes on from before. */
function hasBucket(
  buckets: readonly Bucket[],
  subscriptionId: string,
  allowance: string,
  since: EpochMs
): boolean {
  return buckets.some(
    bucket =>
      bucket.subscriptionId === subscriptionId &&
      bucket.allowance === allowance &&
      bucket.rolled !== true &&
      (bucket.validFrom >= since || (bucket.ended !== true && !isOver(bucket, since)))
  )
}

/** Whether the allowance is running: an offer that is taken up again may have left it so. */
function runs(buckets: readonly Bucket[], subscriptionId: string, allowance: string): boolean {
  return buckets.some(
    bucket =>
      bucket.subscriptionId === subscriptionId &&
      bucket.allowance === allowance &&
      bucket.rolled !== true &&
      bucket.ended !== true
  )
}

function isOver({ validUntil }: Bucket, at: EpochMs): boolean {
  return validUntil !== null && validUntil <= at
}

/** What an offer that was suspended had given a line before. */
function dropMarks(
  books: Books,
  place: BucketPlace,
  subscriptionId: string,
  allowance: string
): void {
  const isMark = (bucket: Bucket) =>
    bucket.subscriptionId === subscriptionId &&
    bucket.allowance === allowance &&
    bucket.ended === true &&
    bucket.reserved === 0
  const buckets = bucketsAt(books, place)
  if (!buckets.some(isMark)) return
  replaceBuckets(
    books,
    place,
    buckets.filter(bucket => !isMark(bucket))
  )
}

function advanceShared(books: Books, catalogue: Catalogue): void {
  const debts = debtsOf(books)
  for (;;) {
    const due = earliestDue(books.buckets, books.now)
    const fee = feeDue(books, debts)
    if (fee !== null && (due?.validUntil == null || (fee.paidUntil ?? 0) <= due.validUntil)) {
      chargeFee(books, catalogue, fee, debts)
    } else if (due !== null) {
      turn(books, catalogue, sharedPlace, due)
    } else {
      return
    }
  }
}

function advancePlace(books: Books, catalogue: Catalogue, place: BucketPlace): void {
  for (;;) {
    const due = earliestDue(bucketsAt(books, place), books.now)
    if (due === null) return
    turn(books, catalogue, place, due)
  }
}

/** Ends the period of a bucket and begins the next one. */
function turn(books: Books, catalogue: Catalogue, place: BucketPlace, due: Bucket): void {
  const at = due.validUntil ?? books.now
  const subscriptions = subscriptionsAt(books, place.lineId)
  const subscription = subscriptions.find(other => other.id === due.subscriptionId)
  const allowance = catalogue.offers
    .get(due.offer)
    ?.allowances.find(other => other.id === due.allowance)
  // One that has ended holds what sessions had of it when their store was lost; the next period has begun already.
  const renews =
    due.ended !== true &&
    due.rolled !== true &&
    subscription !== undefined &&
    at >= subscription.since &&
    !rests(books, catalogue, place, subscription.id) &&
    (subscription.suspendedAt === undefined || at < subscription.suspendedAt)
  const next =
    renews && allowance !== undefined
      ? periodOf(allowance.period, subscription.since, at, catalogue.timeZone)
      : null
  if (allowance !== undefined && due.ended !== true) tellEnd(books, place, allowance, due, at)
  if (next !== null && allowance?.rollover !== undefined) {
    rollOver(books, place, allowance.rollover, due, at, next.until)
  }
  endPeriod(books, place, due)
  if (next !== null && subscription !== undefined && allowance !== undefined) {
    beginPeriod(books, catalogue, place, subscription, allowance, at)
  }
}

/** What rests for a line is not renewed for it. */
function rests(
  books: Books,
  catalogue: Catalogue,
  { source, lineId }: BucketPlace,
  subscriptionId: string
): boolean {
  if (source === 'account') return false
  return restingFor(subscriptionsAt(books, lineId), catalogue, lineId) === subscriptionId
}

/** Gives the line what the account's base offer has for each line, after the line had a base offer of its own. */
export function wake(books: Books, catalogue: Catalogue, lineId: string): void {
  const place: BucketPlace = { source: 'line', lineId }
  if (hasEnded(lineOf(books, lineId))) return
  for (const { subscription, allowance } of subscribedOf(books, catalogue, lineId).perLine) {
    const { id, line, suspendedAt } = subscription
    if (line !== undefined || suspendedAt !== undefined) continue
    if (runs(bucketsAt(books, place), id, allowance.id)) continue
    beginPeriod(books, catalogue, place, subscription, allowance, books.now)
  }
}

/** The expired bucket that is to be ended first; null when there is none. */
function earliestDue(buckets: readonly Bucket[], now: EpochMs): Bucket | null {
  let earliest: Bucket | null = null
  for (const bucket of buckets) {
    if (bucket.validUntil === null || bucket.validUntil > now) continue
    if (bucket.available === 0 && bucket.ended === true) continue
    if (earliest?.validUntil == null || bucket.validUntil < earliest.validUntil) earliest = bucket
  }
  return earliest
}

function endPeriod(books: Books, place: BucketPlace, { id, validUntil }: Bucket): void {
  const bucket = bucketsAt(books, place).find(other => other.id === id)
  if (bucket === undefined) return
  if (bucket.available > 0) recordExpiry(books, bucket, bucket.available, validUntil ?? 0)
  const buckets = bucketsAt(books, place)
  const mark = isMark(books, place, bucket)
  replaceBuckets(
    books,
    place,
    bucket.reserved === 0 && !mark
      ? buckets.filter(other => other.id !== id)
      : buckets.map(other => (other.id === id ? { ...other, available: 0, ended: true } : other))
  )
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
function stillRunning(
  { now }: Books,
  catalogue: Catalogue,
  subscriptions: readonly Subscription[]
): readonly Subscription[] {
  return subscriptions.filter(subscription => {
    const offer = catalogue.offers.get(subscription.offer)
    return offer === undefined || endOf(subscription, offer, catalogue) > now
  })
}
