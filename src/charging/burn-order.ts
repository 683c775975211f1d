/**
 * The order in which buckets are drawn: priority, then the one that expires sooner, then the older one, then id.
 *
 * The order is total: two buckets never compare equal, otherwise a repeat could draw from another bucket.
 * docs/charging-rules.md, burn order.
 */
import type { Bucket } from '../domain/account.ts'
import type { Situation } from '../rating/classify.ts'
import { allowanceObstacle, type Obstacle } from '../rating/match.ts'
import { type BucketPlace, bucketsAt, sharedPlace } from './books.ts'
import type { Context } from './context.ts'

export interface Drawable {
  readonly place: BucketPlace
  readonly bucket: Bucket
}

const nothing: readonly Drawable[] = []

/** The buckets that this usage may be drawn from and that still have something available, first one first. */
export function burnOrder(
  context: Context,
  lineId: string,
  situation: Situation
): readonly Drawable[] {
  const found: Drawable[] = []
  collect(context, sharedPlace, situation, found)
  if (lineId !== '') collect(context, { source: 'line', lineId }, situation, found)
  if (found.length === 0) return nothing
  return inOrder(found) ? found : found.sort(compareForBurn)
}

/** Whether the account has a bucket for this usage at all, used up or not. */
export function hasAllowance(context: Context, lineId: string, situation: Situation): boolean {
  const places: BucketPlace[] = [sharedPlace, { source: 'line', lineId }]
  return places.some(place =>
    bucketsAt(context.books, place).some(bucket => isFor(context, bucket, situation))
  )
}

function collect(
  context: Context,
  place: BucketPlace,
  situation: Situation,
  found: Drawable[]
): void {
  for (const bucket of bucketsAt(context.books, place)) {
    if (bucket.available > 0 && isFor(context, bucket, situation)) found.push({ place, bucket })
  }
}

function isFor(context: Context, bucket: Bucket, situation: Situation): boolean {
  return bucketObstacle(context, bucket, situation) === null
}

/**
 * What keeps a bucket from being drawn for a usage, its fill aside: its period has not begun or is over, or the
 * catalogue in force has no such allowance any more.
 */
export type BucketObstacle = Obstacle | 'not-yet' | 'over' | 'withdrawn'

/** The first thing that keeps a bucket from being drawn; null: it may be, as long as something is in it. */
export function bucketObstacle(
  context: Context,
  bucket: Bucket,
  situation: Situation
): BucketObstacle | null {
  if (bucket.unit !== situation.service.unit) return 'service'
  if (bucket.validFrom > context.now) return 'not-yet'
  if (bucket.validUntil !== null && bucket.validUntil <= context.now) return 'over'
  const allowance = context.catalogue.offers
    .get(bucket.offer)
    ?.allowances.find(candidate => candidate.id === bucket.allowance)
  return allowance === undefined ? 'withdrawn' : allowanceObstacle(allowance, situation)
}

function compareForBurn(a: Drawable, b: Drawable): number {
  return (
    a.bucket.priority - b.bucket.priority ||
    (a.bucket.validUntil ?? Number.MAX_SAFE_INTEGER) -
      (b.bucket.validUntil ?? Number.MAX_SAFE_INTEGER) ||
    a.bucket.validFrom - b.bucket.validFrom ||
    (a.bucket.id < b.bucket.id ? -1 : 1)
  )
}

/** Documents mostly hold their buckets in this order already. */
function inOrder(found: readonly Drawable[]): boolean {
  let before: Drawable | undefined
  for (const next of found) {
    if (before !== undefined && compareForBurn(before, next) > 0) return false
    before = next
  }
  return true
}

/** Whether burnOrder would find any. */
export function hasDrawable(context: Context, lineId: string, situation: Situation): boolean {
  if (hasDrawableAt(context, sharedPlace, situation)) return true
  return lineId !== '' && hasDrawableAt(context, { source: 'line', lineId }, situation)
}

function hasDrawableAt(context: Context, place: BucketPlace, situation: Situation): boolean {
  for (const bucket of bucketsAt(context.books, place)) {
    if (bucket.available > 0 && isFor(context, bucket, situation)) return true
  }
  return false
}
