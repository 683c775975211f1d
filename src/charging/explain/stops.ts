/** The buckets that were looked at for a usage, and those of `used-up: stop`, which nothing else pays instead of. */
import type { Account, Line } from '../../domain/account.ts'
import type { MultipleUnitAnswer } from '../../domain/answer.ts'
import type { MultipleUnitUsage } from '../../domain/request.ts'
import type { ChargingSession } from '../../domain/session.ts'
import type { Catalogue } from '../../rating/catalogue.ts'
import type { Situation } from '../../rating/classify.ts'
import { bucketsAt, sharedPlace } from '../books.ts'
import { allowanceOf, bucketObstacle } from '../burn-order.ts'
import type { Context } from '../context.ts'
import type { BucketTried, GrantExplained, StopHeld } from '../simulation.ts'

/** Whether less was granted than was aimed at, or nothing, for want of something that pays; a client that rates by itself asks for money alone. */
export function isHeldBack(
  { requested }: MultipleUnitUsage,
  answer: MultipleUnitAnswer | undefined,
  grant: GrantExplained | null
): boolean {
  if (requested === null || requested.money !== undefined) return false
  if (grant !== null) return grant.limited
  if (answer === undefined || answer.granted !== null) return false
  return answer.outcome === 'credit-limit-reached' || answer.final !== null
}

/** Every bucket of account and line; `short`: less was granted than was aimed at, and no limit is to blame. */
export function bucketsTried(
  context: Context,
  lineId: string,
  situation: Situation,
  short: boolean
): BucketTried[] {
  const tried: BucketTried[] = []
  const places = [sharedPlace, ...(lineId === '' ? [] : [{ source: 'line' as const, lineId }])]
  for (const place of places) {
    for (const bucket of bucketsAt(context.books, place)) {
      const found = bucketObstacle(context, bucket, situation)
      const obstacle = found ?? (bucket.available === 0 ? 'used-up' : null)
      const stop = allowanceOf(context.catalogue, bucket)?.usedUp === 'stop'
      const { id, available } = bucket
      const stops = short && stop && found === null
      tried.push({ bucket: id, lineId: place.lineId, available, obstacle, stops })
    }
  }
  return tried
}

/** Of the buckets that the session has drawn from those that nothing pays instead of, as they stand now. */
export function stopsHeld(
  session: ChargingSession,
  catalogue: Catalogue,
  account: Account,
  line: Line | undefined
): readonly StopHeld[] {
  const drawn = new Set<string>()
  for (const { parts, grant } of session.services) {
    for (const { bucket } of parts) drawn.add(bucket)
    for (const { bucket } of grant?.draws ?? []) drawn.add(bucket)
  }
  const places = [
    { lineId: '', buckets: account.buckets },
    { lineId: session.lineId, buckets: line?.buckets ?? [] }
  ]
  return places.flatMap(({ lineId, buckets }) =>
    buckets
      .filter(bucket => drawn.has(bucket.id) && allowanceOf(catalogue, bucket)?.usedUp === 'stop')
      .map(({ id, unit, available }) => ({ bucket: id, lineId, unit, available }))
  )
}
