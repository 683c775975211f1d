/** The bucket of an allowance for one period. */
import type { Bucket, Subscription } from '../domain/account.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Units } from '../domain/units.ts'
import type { Allowance } from '../rating/catalogue.ts'
import type { PeriodSpan } from '../rating/period.ts'
import {
  type Books,
  type BucketPlace,
  bucketsAt,
  recordMovement,
  replaceBuckets,
  unitText
} from './books.ts'

export interface Filling {
  readonly subscription: Pick<Subscription, 'id' | 'offer'>
  readonly allowance: Allowance
  readonly period: PeriodSpan
  readonly at: EpochMs
  /** What the bucket is for, of which so much is given: the rest was used before. */
  readonly total: Units
  readonly given: Units
}

export function fillBucket(books: Books, place: BucketPlace, filling: Filling): void {
  const { subscription, allowance, period, at, total, given } = filling
  const id = `${subscription.id}/${allowance.id}/${Math.floor(period.from / 1000).toString(36)}`
  const bucket: Bucket = {
    // Every line has its own of an allowance per line, and CDRs and movements name buckets by their id alone.
    id: place.source === 'line' ? `${id}/${place.lineId}` : id,
    subscriptionId: subscription.id,
    offer: subscription.offer,
    allowance: allowance.id,
    unit: allowance.unit,
    total,
    available: given,
    reserved: 0,
    priority: allowance.priority,
    validFrom: period.from,
    validUntil: period.until
  }
  replaceBuckets(books, place, [...bucketsAt(books, place), bucket])
  if (given === 0) return
  const unit = unitText(books, bucket)
  const { offer: reference } = bucket
  recordMovement(
    books,
    { type: 'allowance', amount: given, target: bucket.id, unit, reference },
    at
  )
}
