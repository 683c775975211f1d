/** Units of buckets on their way between available, reserved and consumed. */
import type { Bucket } from '../domain/account.ts'
import { assert } from '../domain/errors.ts'
import { add, type Units } from '../domain/units.ts'
import {
  type Books,
  type BucketPlace,
  bucketsAt,
  recordExpiry,
  replaceBuckets,
  sharedPlace
} from './books.ts'
import { subscriptionsAt } from './own-offers.ts'

/** Takes units out of what is available in a bucket and holds them for a grant. */
export function reserveUnits(books: Books, place: BucketPlace, id: string, units: Units): void {
  moveUnits(books, place, id, -units, units)
}

/** Gives drawn units back to a bucket; false: it has ended, so there is nothing to give them back to. */
export function returnUnits(books: Books, lineId: string, id: string, units: Units): boolean {
  const line: BucketPlace = { source: 'line', lineId }
  for (const place of [sharedPlace, line]) {
    const bucket = bucketsAt(books, place).find(candidate => candidate.id === id)
    if (bucket === undefined) continue
    if (bucket.validUntil !== null && bucket.validUntil <= books.now) return false
    moveUnits(books, place, id, units, 0)
    return true
  }
  return false
}

/** Draws units from a bucket without a reservation. */
export function drawUnits(books: Books, place: BucketPlace, id: string, units: Units): void {
  moveUnits(books, place, id, -units, 0)
}

/**
 * Ends a reservation of units: `used` are consumed, the rest is available again, or has expired when the
 * bucket's time is over.
 */
export function settleUnits(
  books: Books,
  place: BucketPlace,
  id: string,
  reserved: Units,
  used: Units
): void {
  const bucket = bucketsAt(books, place).find(candidate => candidate.id === id)
  assert(bucket !== undefined, 'the bucket of a reservation is gone')
  const rest = reserved - used
  const over = bucket.validUntil !== null && bucket.validUntil <= books.now
  moveUnits(books, place, id, over ? 0 : rest, -reserved)
  if (over && rest > 0) recordExpiry(books, bucket, rest, books.now)
  if (over && bucket.reserved === reserved && !isMark(books, place, bucket)) {
    replaceBuckets(
      books,
      place,
      bucketsAt(books, place).filter(candidate => candidate.id !== id)
    )
  }
}

/**
 * Whether a bucket of a line stays as a mark when it is over: the last that its offer gave before it was suspended. So
 * the line is not given it again.
 */
export function isMark(books: Books, place: BucketPlace, bucket: Bucket): boolean {
  if (place.source !== 'line' || bucket.rolled === true) return false
  for (const { id, suspendedAt } of subscriptionsAt(books, place.lineId)) {
    if (suspendedAt === undefined || id !== bucket.subscriptionId) continue
    return bucket.validUntil !== null && bucket.validUntil >= suspendedAt
  }
  return false
}

function moveUnits(
  books: Books,
  place: BucketPlace,
  id: string,
  available: Units,
  reserved: Units
): void {
  const buckets = bucketsAt(books, place)
  let index = 0
  while (index < buckets.length && buckets[index]?.id !== id) index += 1
  const bucket = buckets[index]
  assert(bucket !== undefined, 'a bucket that the decision draws from is gone')
  const moved = holding(bucket, add(bucket.available, available), add(bucket.reserved, reserved))
  assert(moved.available >= 0, 'a bucket is below zero')
  assert(moved.reserved >= 0, 'the reservation of a bucket is below zero')
  assert(moved.available + moved.reserved <= moved.total, 'a bucket holds more than it was given')
  const changed = buckets.slice()
  changed[index] = moved
  replaceBuckets(books, place, changed)
}

/** Member by member, because spreading is several times slower. */
function holding(bucket: Bucket, available: Units, reserved: Units): Bucket {
  const { ended, rolled, level, status } = bucket
  if (ended !== undefined || rolled !== undefined || level !== undefined || status !== undefined) {
    return { ...bucket, available, reserved }
  }
  return {
    id: bucket.id,
    subscriptionId: bucket.subscriptionId,
    offer: bucket.offer,
    allowance: bucket.allowance,
    unit: bucket.unit,
    total: bucket.total,
    available,
    reserved,
    priority: bucket.priority,
    validFrom: bucket.validFrom,
    validUntil: bucket.validUntil
  }
}
