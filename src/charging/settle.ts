/**
 * Settling: reported usage becomes consumption, exactly once, whatever the answer to the request will be.
 *
 * Order: the service's own reservation in the order in which it was made, what other services of the session hold for the
 * same count, what the count of a period holds, then unreserved buckets, then money that is not reserved, then overdraft
 * (the wallet goes below zero). Another session's reservation is never touched. What the reservation still holds is
 * released. Consumed usage without a price goes to suspense, undebited and flagged.
 */
import type { MicroUnits } from '../domain/money.ts'
import type { MultipleUnitUsage, UsedUnits } from '../domain/request.ts'
import type { Draw, Grant } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import type { QuotaUnit, Units } from '../domain/units.ts'
import type { Situation } from '../rating/classify.ts'
import { type BucketPlace, sharedPlace } from './books.ts'
import { settleUnits } from './bucket-units.ts'
import { type Context, freePrice, priceOf } from './context.ts'
import { addPart, addUsed, type ServiceDraft, type SessionDraft } from './draft.ts'
import { asGranted } from './granted.ts'
import { countUsage, releaseHolds } from './limits.ts'
import { plausible } from './plausible.ts'
import { takeFromPool } from './pool.ts'
import { holdUnits } from './price-count.ts'
import { isPurse } from './purse.ts'
import { moneyUsed, unitUsed } from './reported.ts'
import { settleHeld } from './shared-count.ts'
import { holdAnew, sharedWith } from './shared-holds.ts'
import { sidesOf } from './tariff.ts'
import { currentPrice, drawUnreserved } from './unreserved.ts'
import { bucketPart, count } from './usage-parts.ts'

/**
 * Settles one report of a service; `situation` is that of the usage, null when nothing is sold there. `usage` says
 * how the report falls on the sides of a tariff switch; null: it came before.
 */
export function settle(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  used: UsedUnits,
  situation: Situation | null,
  usage: MultipleUnitUsage | null = null
): void {
  const unit = unitUsed(service.grant, situation, used)
  const units = unit === 'money' ? moneyUsed(context, used) : (used[unit] ?? 0)
  addUsed(service, used)
  if (units === null) {
    release(context, session, service)
    addForeign(service, used)
    return
  }
  // A client that reports in another unit than it was granted has used nothing of the grant.
  if (service.grant !== null && service.grant.unit !== unit) release(context, session, service)
  const believed = plausible(context, session, service, unit, units)
  const { grant } = service
  const holds = grant?.holds
  const { spent } = context.books
  settleUnitsUsed(context, session, service, unit, believed, situation, usage)
  if (holds === undefined && !context.limited) return
  if (holds === undefined && situation !== null && isForAll(context, situation)) return
  const cost = context.books.spent - spent
  // What was granted was used where it was granted.
  const place = grant === null || situation === null ? situation : asGranted(situation, grant)
  countUsage(context, session.lineId, holds, place, unit === 'money' ? 0 : believed, cost)
}

function isForAll({ catalogue }: Context, situation: Situation): boolean {
  return freePrice(catalogue, situation) !== ''
}

function settleUnitsUsed(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  unit: QuotaUnit,
  units: Units,
  situation: Situation | null,
  usage: MultipleUnitUsage | null
): void {
  const { grant } = service
  if (grant === null) {
    if (units > 0) settleUngranted(context, session, service, unit, units, situation)
    return
  }
  const shared = sharedWith(context, session, service, grant)
  const { before, after } = sidesOf(context, session, grant, unit, units, usage)
  const covered = settleGrant(context, session, service, situation, before, after)
  if (covered < units) {
    const early = Math.max(0, before - covered)
    const late = units - covered - early
    settleBeyond(context, session, service, unit, grant, situation, early, late)
    // What is used beyond a grant of a pool is what the others of it have not got any more.
    if (grant.pool !== undefined) return
  }
  if (shared !== null) holdAnew(context, session, shared)
}

/** Settles usage of a service that holds nothing. */
function settleUngranted(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  unit: QuotaUnit,
  units: Units,
  situation: Situation | null
): void {
  const price = currentPrice(context, session, situation, unit)
  const shared = sharedWith(context, session, service, { price })
  drawUnreserved(context, session, service, units, unit, situation, price)
  if (shared !== null) holdAnew(context, session, shared)
}

/** Settles usage beyond a grant, on either side of its switch. */
function settleBeyond(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  unit: QuotaUnit,
  grant: Grant,
  situation: Situation | null,
  early: Units,
  late: Units
): void {
  const place = situation === null ? null : asGranted(situation, grant)
  const spent = context.books.available
  if (early > 0) {
    drawUnreserved(context, session, service, early, unit, place, grant.price, grant.period)
  }
  if (late > 0) {
    drawUnreserved(context, session, service, late, unit, place, grant.change?.price ?? '')
  }
  const cost = spent - context.books.available
  if (grant.pool !== undefined && cost > 0) takeFromPool(context, session, grant.pool, cost)
}

/** Gives back what a service still holds, as far as the session's other services do not need it. */
export function release(context: Context, session: SessionDraft, service: ServiceDraft): void {
  const { grant } = service
  if (grant === null) return
  const shared = sharedWith(context, session, service, grant)
  endGrant(context, session, service)
  if (shared !== null) holdAnew(context, session, shared)
}

/** Gives back all that a service still holds, where the session ends. */
export function endGrant(context: Context, session: SessionDraft, service: ServiceDraft): void {
  settleGrant(context, session, service, null, 0)
}

/** Ends the service's grant with so many units used before and after its tariff switch; returns how many it covered. */
function settleGrant(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  situation: Situation | null,
  before: Units,
  after: Units = 0
): Units {
  const { grant } = service
  if (grant === null) return 0
  service.grant = null
  if (grant.holds !== undefined) releaseHolds(context, session.lineId, grant.holds)
  let covered = 0
  let purses = noPurses
  let reserved = 0
  let cost = 0
  for (const draw of grant.draws) {
    // What is held of buckets of money is settled with the wallet's share, at the end.
    if (isPurse(draw)) {
      purses = [...purses, draw]
      continue
    }
    const take = Math.min(before + after - covered, draw.units)
    const early = Math.min(take, Math.max(0, before - covered))
    covered += take
    if (draw.source === 'wallet') {
      cost += countSides(context, session, service, grant, draw, early, take - early)
      reserved += draw.amount
      continue
    }
    const place = draw.source === 'account' ? sharedPlace : linePlace(session)
    settleUnits(context.books, place, draw.bucket, draw.units, take)
    if (take > 0) addPart(service, bucketPart(grant, draw.bucket, take))
  }
  settleHeld(context, session, service, grant, situation, reserved, purses, cost)
  return covered
}

const noPurses: readonly Draw[] = []

/** Counts what was used of a draw of money on either side of the switch; returns what it costs. */
function countSides(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  grant: Grant,
  draw: Draw,
  before: Units,
  after: Units
): MicroUnits {
  let cost = 0
  if (grant.period !== undefined) releaseCount(context, session, grant, grant.period, draw)
  if (before > 0) cost += count(context, session, service, grant, grant.price, before)
  if (after > 0) {
    cost += count(context, session, service, grant, grant.change?.price ?? grant.price, after)
  }
  return cost
}

/** What a grant held of a period's count is used now, or given back. */
function releaseCount(
  context: Context,
  session: SessionDraft,
  { price }: Grant,
  period: EpochMs,
  draw: Draw
): void {
  const { over } = priceOf(context, price)
  if (over !== undefined) holdUnits(context, session.lineId, price, over, -draw.units, period)
}

function linePlace(session: SessionDraft): BucketPlace {
  return { source: 'line', lineId: session.lineId }
}

/** Money of another currency cannot be debited. */
function addForeign(service: ServiceDraft, { money }: UsedUnits): void {
  const units = money?.amount ?? 0
  if (units > 0) {
    addPart(service, { ...bucketPart({ unit: 'money', zone: '' }, '', units), suspense: true })
  }
}
