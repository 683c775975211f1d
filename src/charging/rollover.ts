/** What is left of an allowance when its period ends. */
import type { Bucket } from '../domain/account.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Rollover } from '../rating/catalogue.ts'
import {
  type Books,
  type BucketPlace,
  bucketsAt,
  recordMovement,
  replaceBuckets,
  unitText
} from './books.ts'
import { drawUnits } from './bucket-units.ts'

const dayMs = 86_400_000

/** Moves what is left into a bucket of its own, which begins where the period ends and does not roll over again. */
export function rollOver(
  books: Books,
  place: BucketPlace,
  { max, days }: Rollover,
  bucket: Bucket,
  at: EpochMs,
  until: EpochMs | null
): void {
  const units = Math.min(bucket.available, max ?? bucket.available)
  if (units === 0) return
  const rolled: Bucket = {
    id: `${bucket.id}+`,
    subscriptionId: bucket.subscriptionId,
    offer: bucket.offer,
    allowance: bucket.allowance,
    unit: bucket.unit,
    total: units,
    available: units,
    reserved: 0,
    priority: bucket.priority,
    // Older than what the new period gives, so it is drawn first.
    validFrom: bucket.validFrom,
    validUntil: days === null ? until : at + days * dayMs,
    rolled: true
  }
  passOn(books, place, bucket, rolled, at)
}

/** Moves what the new bucket holds out of the old one, and tells both movements. */
export function passOn(
  books: Books,
  place: BucketPlace,
  from: Bucket,
  to: Bucket,
  at: EpochMs
): void {
  const movement = { type: 'rollover', unit: unitText(books, from), reference: to.offer } as const
  drawUnits(books, place, from.id, to.total)
  recordMovement(books, { ...movement, amount: -to.total, target: from.id }, at)
  replaceBuckets(books, place, [...bucketsAt(books, place), to])
  recordMovement(books, { ...movement, amount: to.total, target: to.id }, at)
}
