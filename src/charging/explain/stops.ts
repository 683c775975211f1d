/** The buckets that were looked at for a usage, and those of `used-up: stop`, which nothing else pays instead of. */
import type { Account, Bucket, Line } from '../../domain/account.ts'
import type { MultipleUnitAnswer } from '../../domain/answer.ts'
import type { MultipleUnitUsage } from '../../domain/request.ts'
import type { ChargingSession } from '../../domain/session.ts'
import type { Units } from '../../domain/units.ts'
import type { Catalogues } from '../../rating/catalogue.ts'
import type { Situation } from '../../rating/classify.ts'
import { bucketsAt, openBooks, sharedPlace } from '../books.ts'
import { allowanceOf, bucketObstacle, hasDrawable } from '../burn-order.ts'
import { type Context, createContext, situationOf } from '../context.ts'
import type { BucketTried, GrantExplained, Plausibility, Slice, StopHeld } from '../simulation.ts'
import type { Outcome } from './limits.ts'

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

/** Units in suspense that are not there because they were implausible: nothing could pay for them. */
export function unpaidIn(settled: readonly Slice[], plausible: Plausibility | null): Units {
  const excess = plausible === null ? 0 : Math.max(0, plausible.reported - plausible.most)
  const suspended = settled.filter(({ suspense, unit }) => suspense && unit !== 'money')
  return suspended.reduce((sum, { units }) => sum + units, 0) - excess
}

/** What came of a usage: less was granted than was aimed at, and units that nothing paid for. */
interface Want {
  readonly short: boolean
  readonly unpaid: Units
}

/** Every bucket of account and line. One that nothing pays instead of stops what the others have no more for. */
export function bucketsTried(
  { before: context, after }: Outcome,
  situation: Situation,
  { short, unpaid }: Want
): BucketTried[] {
  const { lineId } = context
  const stopped = unpaid > 0 || (short && !hasDrawable(after, lineId, situation))
  const tried: BucketTried[] = []
  const places = [sharedPlace, ...(lineId === '' ? [] : [{ source: 'line' as const, lineId }])]
  for (const place of places) {
    for (const bucket of bucketsAt(context.books, place)) {
      const found = bucketObstacle(context, bucket, situation)
      const obstacle = found ?? (bucket.available === 0 ? 'used-up' : null)
      const stop = allowanceOf(context.catalogue, bucket)?.usedUp === 'stop'
      const { id, unit, available } = bucket
      const stops = stopped && stop && found === null
      tried.push({ bucket: id, lineId: place.lineId, unit, available, obstacle, stops })
    }
  }
  return tried
}

/**
 * Of the buckets that nothing pays instead of those that the session has drawn from, and those that are for what it has asked
 * for, drawn or not, as they stand now.
 */
export function stopsHeld(
  session: ChargingSession,
  catalogues: Catalogues,
  account: Account,
  line: Line | undefined
): readonly StopHeld[] {
  const { lineId } = session
  const lines = new Map(line === undefined ? [] : [[line.id, line]])
  const books = openBooks(account, lines, [...lines.keys()], account.lastAt)
  const context = createContext(books, catalogues, line === undefined ? '' : lineId)
  const situations = session.services.flatMap(({ ratingGroup, serviceIdentifiers }) => {
    const { context: name, facts } = session
    return situationOf(context, name, ratingGroup, facts, serviceIdentifiers) ?? []
  })
  const drawn = new Set<string>()
  for (const { parts, grant } of session.services) {
    for (const { bucket } of parts) drawn.add(bucket)
    for (const { bucket } of grant?.draws ?? []) drawn.add(bucket)
  }
  const places = [
    { lineId: '', buckets: account.buckets },
    { lineId, buckets: line?.buckets ?? [] }
  ]
  return places.flatMap(({ lineId, buckets }) =>
    buckets
      .filter(bucket => allowanceOf(catalogues.current, bucket)?.usedUp === 'stop')
      .filter(bucket => drawn.has(bucket.id) || situations.some(isFor(context, bucket)))
      .map(({ id, unit, available }) => ({ bucket: id, lineId, unit, available }))
  )
}

function isFor(context: Context, bucket: Bucket): (situation: Situation) => boolean {
  return situation => bucketObstacle(context, bucket, situation) === null
}
