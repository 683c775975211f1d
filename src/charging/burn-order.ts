/**
 * The order in which buckets are drawn: priority, then the one that expires sooner, then the older one, then id.
 *
 * The order is total: two buckets never compare equal, otherwise a repeat could draw from another bucket.
 * docs/charging-rules.md, burn order.
 */
import type { Bucket } from '../domain/account.ts'
import type { FinalUnits } from '../domain/answer.ts'
import { type Units, unitsMax } from '../domain/units.ts'
import { bandsAt } from '../rating/calendar.ts'
import type { Allowance, Catalogue } from '../rating/catalogue.ts'
import type { Situation } from '../rating/classify.ts'
import { allowanceObstacle, applies, type Obstacle } from '../rating/match.ts'
import { type BucketPlace, bucketsAt, sharedPlace } from './books.ts'
import type { Context } from './context.ts'

export interface Drawable {
  readonly place: BucketPlace
  readonly bucket: Bucket
}

const nothing: readonly Drawable[] = []
const noBuckets: readonly Bucket[] = []

/**
 * The buckets that this usage may be drawn from and that still have something available, first one first, up to as many
 * as hold `enough` together.
 */
export function burnOrder(
  context: Context,
  lineId: string,
  situation: Situation,
  enough: Units = unitsMax
): readonly Drawable[] {
  return drawables(context, lineId, situation, false, enough)
}

/** The buckets of money that pay for this usage before the wallet does, first one first. */
export function moneyOrder(
  context: Context,
  lineId: string,
  situation: Situation
): readonly Drawable[] {
  return context.gives ? drawables(context, lineId, situation, true, unitsMax) : nothing
}

function drawables(
  context: Context,
  lineId: string,
  situation: Situation,
  money: boolean,
  enough: Units
): readonly Drawable[] {
  const { books } = context
  const shared = books.buckets
  const place: BucketPlace = lineId === '' ? sharedPlace : { source: 'line', lineId }
  const own = lineId === '' ? noBuckets : bucketsAt(books, place)
  if (shared.length === 0 && own.length === 0) return nothing
  // Mostly they are all in one place and in order: then those that are not needed are not looked at.
  if (own.length === 0 && inOrder(shared)) {
    return take(context, sharedPlace, shared, situation, money, enough)
  }
  if (shared.length === 0 && inOrder(own)) {
    return take(context, place, own, situation, money, enough)
  }
  const found = take(context, sharedPlace, shared, situation, money, unitsMax)
  found.push(...take(context, place, own, situation, money, unitsMax))
  return found.sort((a, b) => compareForBurn(a.bucket, b.bucket))
}

function take(
  context: Context,
  place: BucketPlace,
  buckets: readonly Bucket[],
  situation: Situation,
  money: boolean,
  enough: Units
): Drawable[] {
  const found: Drawable[] = []
  let held = 0
  for (const bucket of buckets) {
    if (bucket.available === 0 || (bucket.unit === 'money') !== money) continue
    if (!isFor(context, bucket, situation)) continue
    found.push({ place, bucket })
    held += bucket.available
    if (held >= enough) break
  }
  return found
}

/** Whether the account has a bucket for this usage at all, used up or not. */
export function hasAllowance(context: Context, lineId: string, situation: Situation): boolean {
  const places: BucketPlace[] = [sharedPlace, { source: 'line', lineId }]
  return places.some(place =>
    bucketsAt(context.books, place).some(
      bucket => bucket.unit !== 'money' && isFor(context, bucket, situation)
    )
  )
}

/** What happens with the last units of the allowances for this usage; undefined: none says anything. */
export function finalUnitsOfAllowance(
  context: Context,
  lineId: string,
  situation: Situation
): FinalUnits | undefined {
  const places: BucketPlace[] = [sharedPlace, { source: 'line', lineId }]
  for (const place of places) {
    for (const bucket of bucketsAt(context.books, place)) {
      const finalUnits = allowanceOf(context.catalogue, bucket)?.finalUnits
      if (finalUnits !== undefined && isFor(context, bucket, situation)) return finalUnits
    }
  }
  return undefined
}

/** Seconds until an allowance for this usage may begin or cease to be drawn; none of them depends on the time: no end. */
export function untilAllowancesChange(
  context: Context,
  lineId: string,
  situation: Situation
): number {
  const { calendar } = context.catalogue
  if (calendar === null || !context.timed) return unitsMax
  const places: BucketPlace[] = [sharedPlace, { source: 'line', lineId }]
  for (const place of places) {
    for (const bucket of bucketsAt(context.books, place)) {
      const allowance = allowanceOf(context.catalogue, bucket)
      if (allowance?.bands === undefined || !applies(allowance, situation)) continue
      const left = bandsAt(calendar, context.now).until - context.now
      return Math.max(1, Math.floor(left / 1000))
    }
  }
  return unitsMax
}

/** Whether a bucket for this usage forbids that anything else pays for it. */
export function stopsWhenUsedUp(context: Context, lineId: string, situation: Situation): boolean {
  if (!context.stops) return false
  const places: BucketPlace[] = [sharedPlace, { source: 'line', lineId }]
  return places.some(place =>
    bucketsAt(context.books, place).some(
      bucket =>
        allowanceOf(context.catalogue, bucket)?.usedUp === 'stop' &&
        isFor(context, bucket, situation)
    )
  )
}

function isFor(context: Context, bucket: Bucket, situation: Situation): boolean {
  return bucketObstacle(context, bucket, situation) === null
}

/**
 * What keeps a bucket from being drawn for a usage, its fill aside: its period has not begun or is over, the catalogue
 * in force has no such allowance any more, or the line has an offer of its own in the place of the one that gave it.
 */
export type BucketObstacle = Obstacle | 'not-yet' | 'over' | 'withdrawn' | 'own-offer'

/** The first thing that keeps a bucket from being drawn; null: it may be, as long as something is in it. */
export function bucketObstacle(
  context: Context,
  bucket: Bucket,
  situation: Situation
): BucketObstacle | null {
  if (bucket.unit !== situation.service.unit && bucket.unit !== 'money') return 'service'
  if (bucket.validFrom > context.now) return 'not-yet'
  if (bucket.validUntil !== null && bucket.validUntil <= context.now) return 'over'
  if (context.resting !== undefined && context.resting === bucket.subscriptionId) return 'own-offer'
  const allowance = allowanceOf(context.catalogue, bucket)
  if (allowance === undefined) return 'withdrawn'
  return allowance.bands === undefined
    ? allowanceObstacle(allowance, situation)
    : allowanceObstacle(allowance, situation, bandsNow(context))
}

/** undefined: the catalogue has no such allowance any more. */
export function allowanceOf(
  catalogue: Catalogue,
  { offer, allowance }: Bucket
): Allowance | undefined {
  for (const candidate of catalogue.offers.get(offer)?.allowances ?? noAllowances) {
    if (candidate.id === allowance) return candidate
  }
  return undefined
}

const noAllowances: readonly Allowance[] = []

function bandsNow({ catalogue, now }: Context): ReadonlySet<string> | undefined {
  return catalogue.calendar === null ? undefined : bandsAt(catalogue.calendar, now).bands
}

/** Below zero: the first one is drawn first. */
export function compareForBurn(a: Bucket, b: Bucket): number {
  return (
    a.priority - b.priority ||
    (a.validUntil ?? Number.MAX_SAFE_INTEGER) - (b.validUntil ?? Number.MAX_SAFE_INTEGER) ||
    a.validFrom - b.validFrom ||
    (a.id < b.id ? -1 : 1)
  )
}

function inOrder(buckets: readonly Bucket[]): boolean {
  let before: Bucket | undefined
  for (const next of buckets) {
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
    if (bucket.available === 0 || bucket.unit === 'money') continue
    if (isFor(context, bucket, situation)) return true
  }
  return false
}
