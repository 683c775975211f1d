/**
 * What a change of offers does to allowances: those of the offer that ends are over at that instant, and those of the
 * one that comes begin as its policy says. The account's own at once, those of a line when it is next looked at.
 */
import type { Bucket, OfferChange } from '../domain/account.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Units } from '../domain/units.ts'
import type { Allowance, Catalogue } from '../rating/catalogue.ts'
import { type PeriodSpan, periodOf } from '../rating/period.ts'
import { type Books, type BucketPlace, bucketsAt, recordExpiry, replaceBuckets } from './books.ts'
import { fillBucket } from './buckets.ts'
import { carryCounters, carrySaved } from './carried.ts'
import { sharingOf } from './line-offers.ts'
import { restOf } from './proration.ts'

/**
 * Applies the changes that a line has not had, in their order. A line without a bucket of what ended has used nothing of
 * it, and gets what it is to have in full.
 */
export function applyChanges(
  books: Books,
  catalogue: Catalogue,
  place: BucketPlace,
  changes: readonly OfferChange[]
): void {
  for (const change of changes) {
    const isOf = ({ subscriptionId, ended }: Bucket) =>
      subscriptionId === change.from && ended !== true
    carryCounters(books, catalogue, place, change)
    if (bucketsAt(books, place).some(isOf)) applyChange(books, catalogue, place, change)
  }
}

export function applyChange(
  books: Books,
  catalogue: Catalogue,
  place: BucketPlace,
  change: OfferChange
): void {
  const before = bucketsAt(books, place).filter(
    ({ subscriptionId, ended, validUntil }) =>
      subscriptionId === change.from &&
      ended !== true &&
      (validUntil === null || validUntil > change.at)
  )
  const { to } = change
  for (const bucket of before) carryOver(books, catalogue, place, bucket, change)
  for (const bucket of before) endBucket(books, place, bucket.id, change.at)
  if (to === null) return
  const drawn = before.filter(({ rolled }) => rolled !== true)
  const used = new Map(drawn.map(bucket => [bucket, bucket.total - bucket.available]))
  for (const allowance of catalogue.offers.get(to.offer)?.allowances ?? []) {
    if (sharingOf(to.line, allowance) !== place.source) continue
    const period = periodOf(allowance.period, to.since, change.at, catalogue.timeZone)
    if (period === null) continue
    const { total, given } = startOf(catalogue, allowance, change, period, used)
    fillBucket(books, place, { subscription: to, allowance, period, at: change.at, total, given })
  }
}

function carryOver(
  books: Books,
  catalogue: Catalogue,
  place: BucketPlace,
  bucket: Bucket,
  { at, policy, to }: OfferChange
): void {
  if (to === null || policy !== 'carry' || bucket.rolled !== true) return
  const allowance = savesFor(catalogue, place, bucket, to)
  if (allowance !== undefined) carrySaved(books, place, bucket, allowance, to, at)
}

/** The allowance that goes on with what an earlier one had saved. */
function savesFor(
  catalogue: Catalogue,
  place: BucketPlace,
  bucket: Bucket,
  to: NonNullable<OfferChange['to']>
): Allowance | undefined {
  return catalogue.offers
    .get(to.offer)
    ?.allowances.find(
      allowance =>
        allowance.rollover !== undefined &&
        sharingOf(to.line, allowance) === place.source &&
        goesInto(catalogue, bucket, allowance)
    )
}

/** What a bucket begins with. Units that grants hold count as used: they are settled under what granted them. */
function startOf(
  catalogue: Catalogue,
  allowance: Allowance,
  { at, policy }: OfferChange,
  { from, until }: PeriodSpan,
  used: Map<Bucket, Units>
): { readonly total: Units; readonly given: Units } {
  const { amount } = allowance
  if (policy === 'reset') return { total: amount, given: amount }
  if (policy === 'prorate') {
    const rest = until === null ? amount : restOf(amount, { from, until, now: at })
    return { total: rest, given: rest }
  }
  let left = amount
  for (const [bucket, units] of used) {
    if (!goesInto(catalogue, bucket, allowance)) continue
    const taken = Math.min(left, units)
    left -= taken
    used.set(bucket, units - taken)
  }
  return { total: amount, given: left }
}

/** Whether what was used of the bucket counts for this allowance: it is for one of the same services. */
function goesInto(catalogue: Catalogue, bucket: Bucket, allowance: Allowance): boolean {
  if (bucket.unit !== allowance.unit) return false
  const before = catalogue.offers
    .get(bucket.offer)
    ?.allowances.find(({ id }) => id === bucket.allowance)
  return before === undefined || [...before.services].some(id => allowance.services.has(id))
}

/** Ends a bucket before its time: what nobody holds of it expires. */
export function endBucket(books: Books, place: BucketPlace, id: string, at: EpochMs): void {
  const bucket = bucketsAt(books, place).find(other => other.id === id)
  if (bucket === undefined) return
  if (bucket.available > 0) recordExpiry(books, bucket, bucket.available, at)
  const others = bucketsAt(books, place)
  const ended = { ...bucket, available: 0, validUntil: at, ended: true }
  replaceBuckets(
    books,
    place,
    bucket.reserved === 0
      ? others.filter(other => other.id !== id)
      : others.map(other => (other.id === id ? ended : other))
  )
}
