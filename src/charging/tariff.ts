/**
 * Tariff switches: which price holds now, and when another one begins while a grant may still be used.
 *
 * A grant either spans the switch, stamped with both prices (the client then reports what it used on either side, RFC
 * 8506 5.1.1), or ends with its validity at the switch.
 */
import type { MultipleUnitUsage } from '../domain/request.ts'
import type { Grant } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import type { QuotaUnit, Units } from '../domain/units.ts'
import { bandsAt } from '../rating/calendar.ts'
import type { PriceRule } from '../rating/catalogue.ts'
import type { Situation } from '../rating/classify.ts'
import { findPrice } from '../rating/match.ts'
import { priceFor } from '../rating/price.ts'
import { type Context, priceOf } from './context.ts'
import { positionOf, type SessionDraft } from './draft.ts'

/** The switch that is ahead. */
export interface TariffChange {
  readonly at: EpochMs
  /** What holds from then on; null: no price. */
  readonly rule: PriceRule | null
  /** When that changes again, if within the horizon; null: it does not. */
  readonly until: EpochMs | null
}

/** The price that holds now. */
export function priceNow(context: Context, situation: Situation): PriceRule | null {
  const { calendar } = context.catalogue
  if (calendar === null) return findPrice(context.offers, situation)
  const at = context.ratedAt ?? context.now
  return findPrice(context.offers, situation, bandsAt(calendar, at).bands)
}

/** The first change of the price before `horizon`; null: none. */
export function changeAhead(
  context: Context,
  situation: Situation,
  rule: PriceRule | null,
  horizon: EpochMs
): TariffChange | null {
  const { calendar } = context.catalogue
  if (calendar === null) return null
  let change: { at: EpochMs; rule: PriceRule | null } | null = null
  let { until } = bandsAt(calendar, context.now)
  while (until < horizon) {
    const span = bandsAt(calendar, until)
    const next = findPrice(context.offers, situation, span.bands)
    if (change === null && next !== rule) change = { at: until, rule: next }
    else if (change !== null && next !== change.rule) return { ...change, until }
    until = span.until
  }
  return change === null ? null : { ...change, until: null }
}

/** How the units of a report fall before and after the switch of the grant that they were used of. */
export interface Sides {
  readonly before: Units
  readonly after: Units
}

/**
 * As the client says (Tariff-Change-Usage 452); what straddles the switch counts on the cheaper side. Time runs by
 * itself, so a report of time that does not say is split by the clock (RFC 8506 5.1.1).
 */
export function sidesOf(
  context: Context,
  session: SessionDraft,
  grant: Grant,
  unit: QuotaUnit,
  units: Units,
  usage: MultipleUnitUsage | null
): Sides {
  const { change } = grant
  if (change === undefined || unit === 'money') return { before: units, after: 0 }
  if (usage?.after === undefined && usage?.straddling === undefined) {
    const past = unit === 'seconds' ? Math.floor((context.now - change.at) / 1000) : 0
    const after = Math.min(units, Math.max(0, past))
    return { before: units - after, after }
  }
  const sure = usage.after?.[unit] ?? 0
  const straddling = usage.straddling?.[unit] ?? 0
  const cheaper =
    straddling > 0 && isCheaperAfter(context, session, grant, change.price, straddling)
  const after = Math.min(units, cheaper ? sure + straddling : sure)
  return { before: units - after, after }
}

function isCheaperAfter(
  context: Context,
  session: SessionDraft,
  grant: Grant,
  price: string,
  units: Units
): boolean {
  return added(context, session, price, units) < added(context, session, grant.price, units)
}

function added(context: Context, session: SessionDraft, ref: string, units: Units): number {
  if (ref === '') return 0
  const price = priceOf(context, ref)
  const position = positionOf(session, ref)
  return priceFor(price, position + units) - priceFor(price, position)
}
