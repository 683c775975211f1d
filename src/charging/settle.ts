/**
 * Settling: reported usage becomes consumption, exactly once, whatever the answer to the request will be.
 *
 * Order: the service's own reservation in the order in which it was made, then unreserved buckets, then money that
 * is not reserved, then overdraft (the wallet goes below zero). Another session's reservation is never touched. What
 * the reservation still holds is released. Consumed usage without a price goes to suspense, undebited and flagged.
 */
import { assert } from '../domain/errors.ts'
import type { UsedUnits } from '../domain/request.ts'
import type { Draw, Grant, UsagePart } from '../domain/session.ts'
import type { Units, UnitType } from '../domain/units.ts'
import type { Situation } from '../rating/classify.ts'
import { findPrice } from '../rating/match.ts'
import { type BucketPlace, drawUnits, settleMoney, settleUnits, sharedPlace } from './books.ts'
import { burnOrder } from './burn-order.ts'
import { type Context, freePrice, priceOf } from './context.ts'
import {
  addPart,
  addUsed,
  countUnder,
  positionOf,
  type ServiceDraft,
  type SessionDraft
} from './draft.ts'

/** Settles one report of a service; `situation` is that of the usage, null when nothing is sold there. */
export function settle(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  used: UsedUnits,
  situation: Situation | null
): void {
  const { grant } = service
  const unit = grant?.unit ?? situation?.service.unit ?? unitOf(used)
  const units = used[unit] ?? 0
  addUsed(service, used)
  const left = units - settleGrant(context, session, service, units)
  if (left > 0) {
    const place = situation === null || grant === null ? situation : inZone(situation, grant)
    drawUnreserved(context, session, service, left, unit, place, grant?.price ?? '')
  }
}

/** Gives back what a service still holds. */
export function release(context: Context, session: SessionDraft, service: ServiceDraft): void {
  settleGrant(context, session, service, 0)
}

/** Ends the service's grant with so many units used; returns how many of them it covered. */
function settleGrant(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  units: Units
): Units {
  const { grant } = service
  if (grant === null) return 0
  service.grant = null
  let covered = 0
  for (const draw of grant.draws) {
    const take = Math.min(units - covered, draw.units)
    covered += take
    const part = settleDraw(context, session, grant, draw, take)
    if (take > 0) addPart(service, part)
  }
  return covered
}

/** Ends one draw of a grant with `take` units of it used. */
function settleDraw(
  context: Context,
  session: SessionDraft,
  grant: Grant,
  draw: Draw,
  take: Units
): UsagePart {
  if (draw.source === 'wallet') {
    const before = positionOf(session, grant.price)
    const cost =
      take === 0 ? 0 : countUnder(session, grant.price, priceOf(context, grant.price), take)
    settleMoney(context.books, draw.amount, cost)
    return pricedPart(grant, take, cost, before)
  }
  const place = draw.source === 'account' ? sharedPlace : linePlace(session)
  settleUnits(context.books, place, draw.bucket, draw.units, take)
  return bucketPart(grant, draw.bucket, take)
}

function drawUnreserved(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  units: Units,
  unit: UnitType,
  situation: Situation | null,
  grantedPrice: string
): void {
  let left = units
  const zone = situation?.zone ?? ''
  const free = situation === null ? '' : freePrice(context.catalogue, situation)
  if (situation !== null && free === '' && situation.service.unit === unit) {
    for (const { place, bucket } of burnOrder(context, session.lineId, situation)) {
      const take = Math.min(left, bucket.available)
      if (take === 0) break
      drawUnits(context.books, place, bucket.id, take)
      addPart(service, bucketPart({ unit, zone }, bucket.id, take))
      left -= take
    }
  }
  if (left === 0) return
  const ref = grantedPrice === '' ? currentPrice(context, situation, unit) : grantedPrice
  if (ref === '') {
    addPart(service, { ...bucketPart({ unit, zone }, '', left), suspense: true })
    return
  }
  const before = positionOf(session, ref)
  const cost = countUnder(session, ref, priceOf(context, ref), left)
  settleMoney(context.books, 0, cost)
  addPart(service, pricedPart({ unit, zone, price: ref }, left, cost, before))
}

/** The price in force for usage that no grant has stamped; empty when it is not sold. */
function currentPrice(context: Context, situation: Situation | null, unit: UnitType): string {
  if (situation === null || situation.service.unit !== unit) return ''
  const free = freePrice(context.catalogue, situation)
  if (free !== '') return free
  const rule = findPrice(context.offers, situation)
  return rule === null || rule.price.model === 'blocked' ? '' : rule.ref
}

function pricedPart(
  grant: Pick<Grant, 'unit' | 'zone' | 'price'>,
  units: Units,
  amount: number,
  before: Units
): UsagePart {
  assert(amount >= 0, 'usage lowered the price of a session')
  const { unit, zone, price } = grant
  return { price, bucket: '', zone, unit, units, amount, before, suspense: false }
}

function bucketPart(grant: Pick<Grant, 'unit' | 'zone'>, bucket: string, units: Units): UsagePart {
  const { unit, zone } = grant
  return { price: '', bucket, zone, unit, units, amount: 0, before: 0, suspense: false }
}

function linePlace(session: SessionDraft): BucketPlace {
  return { source: 'line', lineId: session.lineId }
}

/** Usage beyond a grant happened where the grant was made. */
function inZone(situation: Situation, grant: Grant): Situation {
  return situation.zone === grant.zone ? situation : { ...situation, zone: grant.zone }
}

function unitOf(used: UsedUnits): UnitType {
  if (used.octets !== null) return 'octets'
  return used.seconds !== null ? 'seconds' : 'messages'
}
