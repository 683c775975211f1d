/** Counting usage under its price, and the slices of it for the CDR. */
import { assert } from '../domain/errors.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { Grant, UsagePart } from '../domain/session.ts'
import type { Units } from '../domain/units.ts'
import { type Context, priceOf } from './context.ts'
import { addPart, countUnder, positionOf, type ServiceDraft, type SessionDraft } from './draft.ts'
import { countUsed } from './price-count.ts'

/** What usage is counted by: its unit, where it happened, and the period of its grant. */
export type Counted = Pick<Grant, 'unit' | 'zone' | 'period'>

/** Counts units under a price, for the session and its CDR; returns what they cost. */
export function count(
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

/** Usage that a bucket pays for, or nobody. */
export function bucketPart(
  grant: Pick<Grant, 'unit' | 'zone'>,
  bucket: string,
  units: Units
): UsagePart {
  const { unit, zone } = grant
  return { price: '', bucket, zone, unit, units, amount: 0, before: 0, suspense: false }
}
