/**
 * Settling: reported usage becomes consumption, exactly once, whatever the answer to the request will be.
 *
 * Order: the service's own reservation in the order in which it was made, what other services of the session hold for the
 * same count, then unreserved buckets, then money that is not reserved, then overdraft (the wallet goes below zero).
 * Another session's reservation is never touched. What the reservation still holds is released. Consumed usage without a price goes to suspense, undebited and flagged.
 */
import { assert } from '../domain/errors.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { MultipleUnitUsage, UsedUnits } from '../domain/request.ts'
import type { Draw, Grant, UsagePart } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import type { QuotaUnit, Units } from '../domain/units.ts'
import type { Situation } from '../rating/classify.ts'
import { type BucketPlace, sharedPlace } from './books.ts'
import { drawUnits, settleUnits } from './bucket-units.ts'
import { burnOrder, stopsWhenUsedUp } from './burn-order.ts'
import { type Context, freePrice, priceOf, statedPrice } from './context.ts'
import {
  addPart,
  addUsed,
  countUnder,
  positionOf,
  type ServiceDraft,
  type SessionDraft
} from './draft.ts'
import { asGranted } from './granted.ts'
import { countUsage, releaseHolds } from './limits.ts'
import { plausible } from './plausible.ts'
import { takeFromPool } from './pool.ts'
import { countUsed, holdUnits } from './price-count.ts'
import { isPurse, payUnreserved } from './purse.ts'
import { moneyUsed, unitUsed } from './reported.ts'
import { settleDraw } from './shared-count.ts'
import { priceNow, sidesOf } from './tariff.ts'
import { ruleOf } from './versions.ts'

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
  const holds = service.grant?.holds
  const { spent } = context.books
  settleUnitsUsed(context, session, service, unit, believed, situation, usage)
  if (holds === undefined && !context.limited) return
  if (holds === undefined && situation !== null && isForAll(context, situation)) return
  const cost = context.books.spent - spent
  countUsage(context, session.lineId, holds, situation, unit === 'money' ? 0 : believed, cost)
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
    if (units > 0) drawUnreserved(context, session, service, units, unit, situation, '')
    return
  }
  const { before, after } = sidesOf(context, session, grant, unit, units, usage)
  const covered = settleGrant(context, session, service, situation, before, after)
  if (covered === units) return
  const place = situation === null ? null : asGranted(situation, grant)
  const early = Math.max(0, before - covered)
  const late = units - covered - early
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

/** Gives back what a service still holds. */
export function release(context: Context, session: SessionDraft, service: ServiceDraft): void {
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
  for (const draw of grant.draws) {
    // What buckets of money hold is settled with the draw from the wallet that follows it.
    if (isPurse(draw)) {
      purses = [...purses, draw]
      continue
    }
    const take = Math.min(before + after - covered, draw.units)
    const early = Math.min(take, Math.max(0, before - covered))
    covered += take
    if (draw.source === 'wallet') {
      const cost = countSides(context, session, service, grant, draw, early, take - early)
      settleDraw(context, session, service, grant, situation, draw, purses, cost)
      purses = noPurses
      continue
    }
    const place = draw.source === 'account' ? sharedPlace : linePlace(session)
    settleUnits(context.books, place, draw.bucket, draw.units, take)
    if (take > 0) addPart(service, bucketPart(grant, draw.bucket, take))
  }
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

/** Counts units under a price, for the session and its CDR; returns what they cost. */
function count(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  grant: Counted,
  ref: string,
  units: Units
): MicroUnits {
  const price = priceOf(context, ref)
  if (price.over !== undefined) {
    const { lineId } = session
    const used = countUsed(context, lineId, ref, price, price.over, units, grant.period)
    const { cost, before, period } = used
    context.books.spent += cost
    addPart(service, { ...pricedPart(grant, ref, units, cost, before), period })
    return cost
  }
  const before = positionOf(session, ref)
  const cost = countUnder(session, ref, price, units)
  context.books.spent += cost
  addPart(service, pricedPart(grant, ref, units, cost, before))
  return cost
}

function drawUnreserved(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  units: Units,
  unit: QuotaUnit,
  situation: Situation | null,
  grantedPrice: string,
  period?: EpochMs
): void {
  let left = units
  const zone = situation?.zone ?? ''
  const ref = grantedPrice === '' ? currentPrice(context, session, situation, unit) : grantedPrice
  if (situation !== null && drawsBuckets(context, situation, unit, ref)) {
    for (const { place, bucket } of burnOrder(context, session.lineId, situation, left)) {
      const take = Math.min(left, bucket.available)
      if (take === 0) break
      drawUnits(context.books, place, bucket.id, take)
      addPart(service, bucketPart({ unit, zone }, bucket.id, take))
      left -= take
    }
  }
  if (left === 0) return
  if (ref === '') {
    addPart(service, { ...bucketPart({ unit, zone }, '', left), suspense: true })
    return
  }
  const counted: Counted = period === undefined ? { unit, zone } : { unit, zone, period }
  const cost = count(context, session, service, counted, ref, left)
  payUnreserved(context, service, session.lineId, situation, cost)
}

/** What usage is counted by: its unit, where it happened, and the period of its grant. */
type Counted = Pick<Grant, 'unit' | 'zone' | 'period'>

/** Nothing is drawn for an emergency, nor for what is used without credit control. */
function drawsBuckets(
  context: Context,
  situation: Situation,
  unit: QuotaUnit,
  ref: string
): boolean {
  if (situation.service.unit !== unit || freePrice(context.catalogue, situation) !== '')
    return false
  return ref === '' || priceOf(context, ref).model !== 'unmetered'
}

/** The price in force for usage that no grant has stamped; empty when it is not sold. */
function currentPrice(
  context: Context,
  session: SessionDraft,
  situation: Situation | null,
  unit: QuotaUnit
): string {
  if (unit === 'money') return statedPrice
  if (situation === null || situation.service.unit !== unit) return ''
  const free = freePrice(context.catalogue, situation)
  if (free !== '') return free
  if (stopsWhenUsedUp(context, session.lineId, situation)) return ''
  const rule = ruleOf(context.catalogues, session, priceNow(context, situation))
  return rule === null || rule.price.model === 'blocked' ? '' : rule.ref
}

function pricedPart(
  grant: Pick<Grant, 'unit' | 'zone'>,
  price: string,
  units: Units,
  amount: MicroUnits,
  before: Units
): UsagePart {
  assert(amount >= 0, 'usage lowered the price of a session')
  const { unit, zone } = grant
  return { price, bucket: '', zone, unit, units, amount, before, suspense: false }
}

function bucketPart(grant: Pick<Grant, 'unit' | 'zone'>, bucket: string, units: Units): UsagePart {
  const { unit, zone } = grant
  return { price: '', bucket, zone, unit, units, amount: 0, before: 0, suspense: false }
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
