/** What follows from a decision once its movements are made: thresholds that were passed, and debt that is given up. */
import type { Bucket, Counter } from '../domain/account.ts'
import { formatMoney, type MicroUnits } from '../domain/money.ts'
import type { Catalogue, Offer } from '../rating/catalogue.ts'
import {
  type Books,
  type BucketPlace,
  bucketsAt,
  recordEvent,
  recordMovement,
  replaceBuckets,
  sharedPlace
} from './books.ts'
import { allowanceOf } from './burn-order.ts'
import { countersAt, limitOf, replaceCounters } from './counters.ts'
import { largestCreditLimit } from './line-offers.ts'
import { levelOf, statusAt, tellThresholds } from './thresholds.ts'

/** Must be called before the books are closed. */
export function finish(books: Books, catalogue: Catalogue): void {
  writeOff(books, catalogue)
  watchWallet(books, catalogue)
  watch(books, catalogue, sharedPlace)
  for (const lineId of books.lineIds) {
    if (books.changedLines?.has(lineId)) watch(books, catalogue, { source: 'line', lineId })
  }
}

/** Told when the wallet, with the credit that it has, falls below what the policy calls low, and when it is above again. */
function watchWallet(books: Books, catalogue: Catalogue): void {
  const { lowBalance } = catalogue.quota
  const { wallet, currency } = books.before
  if (lowBalance === undefined || currency !== catalogue.currency) return
  const limit = largestCreditLimit(books, catalogue)
  // What sessions hold is there until it is used.
  const before = wallet.available + wallet.reserved + limit
  const now = books.available + books.reserved + limit
  if (before < lowBalance === now < lowBalance) return
  recordEvent(books, {
    type: 'low-balance',
    lineId: '',
    subject: 'wallet',
    threshold: formatMoney(lowBalance),
    direction: now < lowBalance ? 'down' : 'up',
    status: '',
    used: now,
    amount: lowBalance,
    unit: currency
  })
}

/** What usage has taken beyond the overdraft is bad debt. What sessions still hold may come back, and counts. */
function writeOff(books: Books, catalogue: Catalogue): void {
  if (books.available >= 0) return
  const overdraft = overdraftOf(books, catalogue)
  if (overdraft === null) return
  const floor = -largestCreditLimit(books, catalogue) - overdraft
  const excess = floor - books.available - books.reserved
  if (excess <= 0) return
  books.available += excess
  books.badDebt += excess
  const unit = books.before.currency
  const reference = 'overdraft'
  recordMovement(books, { type: 'write-off', amount: excess, target: 'wallet', unit, reference })
}

interface Overdrafts {
  most: MicroUnits | null
  unbounded: boolean
}

/** null: usage is not bounded, or that of one of several base offers is not. */
function overdraftOf({ subscriptions, ownOffers }: Books, catalogue: Catalogue): MicroUnits | null {
  const found: Overdrafts = { most: null, unbounded: false }
  let apart = ownOffers !== undefined
  for (const { offer, line } of subscriptions) {
    if (line !== undefined) apart = true
    addOverdraft(found, catalogue.offers.get(offer))
  }
  if (ownOffers !== undefined) {
    for (const { offers } of ownOffers) {
      for (const offer of offers) addOverdraft(found, catalogue.offers.get(offer))
    }
  }
  return apart && found.unbounded ? null : found.most
}

function addOverdraft(found: Overdrafts, offer: Offer | undefined): void {
  if (offer?.overdraft !== undefined) found.most = Math.max(found.most ?? 0, offer.overdraft)
  else if (offer?.kind === 'base') found.unbounded = true
}

function watch(books: Books, catalogue: Catalogue, place: BucketPlace): void {
  const counters = countersAt(books, place)
  const buckets = bucketsAt(books, place)
  if (place.source === 'line' || counters !== books.before.counters) {
    for (const counter of counters) watchCounter(books, catalogue, place, counter)
  }
  const known = bucketsBefore(books, place)
  if (buckets === known) return
  for (let index = 0; index < buckets.length; index++) {
    const bucket = buckets[index]
    if (bucket !== undefined && bucket !== known[index])
      watchBucket(books, catalogue, place, bucket)
  }
}

function bucketsBefore(books: Books, place: BucketPlace): readonly Bucket[] {
  if (place.source === 'account') return books.before.buckets
  return books.knownLines.get(place.lineId)?.buckets ?? noBuckets
}

const noBuckets: readonly Bucket[] = []

/** A counter that was told to be reached stays so until its period ends. */
function watchCounter(
  books: Books,
  catalogue: Catalogue,
  place: BucketPlace,
  counter: Counter
): void {
  const limit = limitOf(catalogue, counter)
  if (limit === undefined || limit.thresholds.length === 0) return
  const level = levelOf(limit.thresholds, counter.used, counter.amount)
  if (level <= counter.level) return
  tellThresholds(books, place, limit, counter, level, null)
  const told = { ...counter, level, status: statusAt(limit.thresholds, level) }
  replaceCounters(
    books,
    place,
    countersAt(books, place).map(other => (other.id === counter.id ? told : other))
  )
}

function watchBucket(books: Books, catalogue: Catalogue, place: BucketPlace, bucket: Bucket): void {
  if (bucket.rolled === true || bucket.ended === true) return
  const allowance = allowanceOf(catalogue, bucket)
  if (allowance?.thresholds === undefined) return
  const used = bucket.total - bucket.available - bucket.reserved
  const level = levelOf(allowance.thresholds, used, bucket.total)
  if (level === (bucket.level ?? 0)) return
  tellThresholds(books, place, allowance, { ...bucket, used, amount: bucket.total }, level, null)
  const { level: _level, status: _status, ...rest } = bucket
  const status = statusAt(allowance.thresholds, level)
  const told = {
    ...rest,
    ...(level === 0 ? {} : { level }),
    ...(status === '' ? {} : { status })
  }
  replaceBuckets(
    books,
    place,
    bucketsAt(books, place).map(other => (other.id === bucket.id ? told : other))
  )
}
