/** Usage that nothing was reserved for. */
import type { EpochMs } from '../domain/time.ts'
import type { QuotaUnit, Units } from '../domain/units.ts'
import type { Situation } from '../rating/classify.ts'
import { drawUnits } from './bucket-units.ts'
import { burnOrder, stopsWhenUsedUp } from './burn-order.ts'
import { type Context, freePrice, priceOf, statedPrice } from './context.ts'
import { addPart, type ServiceDraft, type SessionDraft } from './draft.ts'
import { payUnreserved } from './purse.ts'
import { priceNow } from './tariff.ts'
import { bucketPart, type Counted, count } from './usage-parts.ts'
import { ruleOf } from './versions.ts'

/** Draws units from buckets that are for them, in burn order, and pays the rest; without a price it goes to suspense. */
export function drawUnreserved(
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
export function currentPrice(
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
