/**
 * Reserving: units are taken out of what is available, in burn order, and handed out as a grant.
 *
 * A grant from the wallet reserves exactly what using all of it would add to the session's price. What cannot be
 * paid, or is beyond a limit, is not granted; a grant that leaves less than one step is the final one.
 */
import type { MicroUnits } from '../domain/money.ts'
import type { Draw, Grant } from '../domain/session.ts'
import type { Units } from '../domain/units.ts'
import type { Price, PriceRule } from '../rating/catalogue.ts'
import type { Situation } from '../rating/classify.ts'
import { affordable, chargeFor, stepOf } from '../rating/price.ts'
import { reserveUnits } from './bucket-units.ts'
import { burnOrder, type Drawable, hasDrawable, moneyOrder } from './burn-order.ts'
import { type Context, statedPrice } from './context.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { accessOf } from './granted.ts'
import { positionFor } from './held-units.ts'
import { type Counted, holdsFor, type Room, roomOf } from './limits.ts'
import { holdUnits } from './price-count.ts'
import { budgetOf, reservePurses } from './purse.ts'
import { acrossPrices } from './reserve-across.ts'
import { besideOthers, fitsBeside, mostBeside, reserveBeside } from './reserve-beside.ts'
import type { TariffChange } from './tariff.ts'

/**
 * Grants up to `wanted` units; null when not even one can be had. The service must hold no grant; null: the units are used
 * at once, before those of any other.
 */
export function reserve(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft | null,
  situation: Situation,
  rule: PriceRule | null,
  asked: Units,
  counted: readonly Counted[],
  change: TariffChange | null = null
): Grant | null {
  const room = roomOf(context, counted)
  if (room.units <= 0) return null
  const wanted = Math.min(asked, room.units)
  const draws: Draw[] = []
  const left = reserveBuckets(context, session, situation, wanted, draws)
  if (service !== null && left > 0 && rule !== null && mayMatter(context, session)) {
    const ahead = wanted < room.units ? change : null
    const want: Want = { situation, rule, wanted, left, draws, counted, change: ahead }
    const made = reserveAmong(context, session, service, want)
    if (made !== undefined) return made
  }
  const purses = left === 0 ? noPurses : moneyOrder(context, session.lineId, situation)
  const budget = spendable(context, purses, room)
  // What ends at a limit has nothing left for the time after a switch.
  const spans = change !== null && rule !== null && left > 0 && wanted < room.units
  const across = spans ? acrossPrices(context, session, rule, left, change, budget) : null
  if (across !== null && rule !== null && change !== null) {
    const amount = reservePurses(context, purses, across.amount, draws)
    draws.push({ source: 'wallet', bucket: '', units: left, amount })
    return held(context, counted, {
      unit: situation.service.unit,
      units: wanted,
      price: rule.ref,
      zone: situation.zone,
      draws,
      at: context.now,
      final: false,
      change: { at: change.at, price: across.price }
    })
  }
  return reservePaid(context, session, situation, rule, wanted, left, draws, counted)
}

/** Whether it may matter what others of the session hold under the price. */
function mayMatter({ limited, gives }: Context, { services }: SessionDraft): boolean {
  return services.length > 1 && (limited || gives)
}

/** What is to be had of units that buckets do not cover. */
interface Want {
  readonly situation: Situation
  readonly rule: PriceRule
  readonly wanted: Units
  readonly left: Units
  /** Of buckets of units. */
  readonly draws: readonly Draw[]
  readonly counted: readonly Counted[]
  readonly change: TariffChange | null
}

/** The grant where it matters which of the session's services is used first; undefined: it does not. */
function reserveAmong(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  want: Want
): Grant | null | undefined {
  const { situation, rule, wanted, left, draws, counted, change } = want
  const position = positionFor(context, session, rule)
  const found = (over?: Grant['change']) =>
    besideOthers(context, session, service, situation, rule, position, counted, over)
  const { unit } = situation.service
  const { zone } = situation
  const bare = { unit, units: wanted, price: rule.ref, zone, draws, at: context.now, final: false }
  if (change !== null) {
    const budget = budgetOf(context, moneyOrder(context, session.lineId, situation))
    const across = acrossPrices(context, session, rule, left, change, budget)
    const over = across === null ? undefined : { at: change.at, price: across.price }
    const beside = over === undefined ? null : found(over)
    const grant = over === undefined ? bare : { ...bare, change: over }
    if (beside !== null && fitsBeside(beside, grant, left))
      return reserveBeside(beside, grant, left)
  }
  const beside = found()
  if (beside === null) return undefined
  const paid = mostBeside(beside, bare, left)
  const units = wanted - left + paid
  if (units === 0) return null
  const room = roomOf(context, counted)
  const more = () => fitsBeside(beside, bare, paid + stepOf(rule.price))
  const final = room.units <= units || (!hasDrawable(context, session.lineId, situation) && !more())
  const grant = stamped(context, session, situation, rule, { ...bare, units, final }, paid)
  return paid > 0 ? reserveBeside(beside, grant, paid) : held(context, counted, grant)
}

/** The grant of what is drawn already, and of what can be paid of the rest at one price. */
function reservePaid(
  context: Context,
  session: SessionDraft,
  situation: Situation,
  rule: PriceRule | null,
  wanted: Units,
  left: Units,
  draws: Draw[],
  counted: readonly Counted[]
): Grant | null {
  const purses = left === 0 ? noPurses : moneyOrder(context, session.lineId, situation)
  const budget = spendable(context, purses, roomOf(context, counted))
  const base = rule === null ? 0 : positionFor(context, session, rule)
  const most = rule === null ? 0 : payable(rule.price, base, budget)
  const paid = Math.max(0, Math.min(left, most))
  if (rule !== null && paid > 0) {
    const cost = chargeFor(rule.price, base + paid) - chargeFor(rule.price, base)
    const amount = reservePurses(context, purses, cost, draws)
    draws.push({ source: 'wallet', bucket: '', units: paid, amount })
  }
  const units = wanted - left + paid
  if (units === 0) return null
  const granted = held(context, counted, {
    unit: situation.service.unit,
    units,
    price: rule === null || rule.price.model === 'blocked' ? '' : rule.ref,
    zone: situation.zone,
    draws,
    at: context.now,
    final: false
  })
  const final = isFinal(context, session, situation, rule, base + paid, counted)
  const whole = final ? { ...granted, final } : granted
  return rule?.price.over === undefined && context.catalogue.byAccess === undefined
    ? whole
    : stamped(context, session, situation, rule, whole, paid)
}

const noPurses: readonly Drawable[] = []

/** Reserves from buckets of units, in burn order; returns what is left to be paid. */
function reserveBuckets(
  context: Context,
  session: SessionDraft,
  situation: Situation,
  wanted: Units,
  draws: Draw[]
): Units {
  let left = wanted
  for (const { place, bucket } of burnOrder(context, session.lineId, situation, wanted)) {
    if (left === 0) break
    const units = Math.min(left, bucket.available)
    reserveUnits(context.books, place, bucket.id, units)
    draws.push({ source: place.source, bucket: bucket.id, units, amount: 0 })
    left -= units
  }
  return left
}

/** The grant with what few catalogues need: the period that its price counts in, and how it was used. */
function stamped(
  context: Context,
  session: SessionDraft,
  situation: Situation,
  rule: PriceRule | null,
  grant: Grant,
  paid: Units
): Grant {
  const over = rule?.price.over
  const access = accessOf(situation)
  return {
    ...grant,
    ...(rule === null || over === undefined
      ? {}
      : { period: holdUnits(context, session.lineId, rule.ref, over, paid) }),
    ...(access === null || context.catalogue.byAccess === undefined ? {} : { access })
  }
}

/** The grant with what it holds of the limits that it counts under. */
function held(context: Context, counted: readonly Counted[], grant: Grant): Grant {
  const holds = holdsFor(context, counted, grant)
  return holds === undefined ? grant : { ...grant, holds }
}

function spendable(context: Context, purses: readonly Drawable[], { money }: Room): MicroUnits {
  return Math.min(budgetOf(context, purses), money)
}

/** Money for a client that rates by itself: as much of what it asks for as there is. */
export function reserveRated(
  context: Context,
  lineId: string,
  situation: Situation,
  wanted: MicroUnits,
  counted: readonly Counted[]
): Grant | null {
  const purses = moneyOrder(context, lineId, situation)
  const budget = Math.max(0, spendable(context, purses, roomOf(context, counted)))
  const units = Math.min(wanted, budget)
  if (units === 0) return null
  const draws: Draw[] = []
  const amount = reservePurses(context, purses, units, draws)
  draws.push({ source: 'wallet', bucket: '', units, amount })
  return held(context, counted, {
    unit: 'money',
    units,
    price: statedPrice,
    zone: situation.zone,
    draws,
    at: context.now,
    final: units === budget
  })
}

/** Nobody pays for this, so nothing is reserved; the usage is metered all the same. */
export function freeGrant(
  context: Context,
  situation: Situation,
  price: string,
  units: Units
): Grant {
  return {
    unit: situation.service.unit,
    units,
    price,
    zone: situation.zone,
    draws: [{ source: 'wallet', bucket: '', units, amount: 0 }],
    at: context.now,
    final: false
  }
}

/** How many more units so much money can pay, from this position of the session under the price. */
function payable(price: Price, position: Units, budget: MicroUnits): Units {
  if (price.model === 'blocked' || price.model === 'unmetered') return 0
  if (price.model === 'free') return Number.MAX_SAFE_INTEGER - position
  return affordable(price, position, budget)
}

/** Units that the wallet, and money given for them, can pay now, whatever buckets of units have. */
export function payableNow(
  context: Context,
  session: SessionDraft,
  situation: Situation,
  rule: PriceRule,
  room: Room
): Units {
  const purses = moneyOrder(context, session.lineId, situation)
  return payable(rule.price, positionFor(context, session, rule), spendable(context, purses, room))
}

/** Whether less than one step could still be had after this grant. */
function isFinal(
  context: Context,
  session: SessionDraft,
  situation: Situation,
  rule: PriceRule | null,
  position: Units,
  counted: readonly Counted[]
): boolean {
  const room = roomOf(context, counted)
  if (room.units <= 0) return true
  if (hasDrawable(context, session.lineId, situation)) return false
  if (rule === null || rule.price.model === 'blocked') return true
  const purses = moneyOrder(context, session.lineId, situation)
  const budget = spendable(context, purses, room)
  return payable(rule.price, position, budget) < stepOf(rule.price)
}
