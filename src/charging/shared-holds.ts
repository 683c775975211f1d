/**
 * What the grants of a session hold together under a price that several of its services share.
 *
 * Each grant holds what its units add behind those granted before. When one of them ends, others may have to bear what
 * it held for them: a flat price, a set-up, the units of another tier. So the others hold anew, in the order of the
 * session's services, together exactly what using all of their units would add to the price.
 */
import type { MicroUnits } from '../domain/money.ts'
import type { Grant } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Units } from '../domain/units.ts'
import type { Price } from '../rating/catalogue.ts'
import { countingPeriod } from '../rating/counting-period.ts'
import { priceFor } from '../rating/price.ts'
import { costAcross } from './across.ts'
import { type Context, isLost, priceOf } from './context.ts'
import { freeCover } from './cover.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { heldUnder } from './held-units.ts'
import { shareLimits } from './limit-shares.ts'
import { heldMoney, lowerHolds, raiseHolds } from './move-holds.ts'
import { countAt, groupOf, isUnder } from './price-group.ts'
import { holdShares, purseShares } from './purse-shares.ts'

/** Prices under which other services of the session hold grants. */
export interface SharedPrices {
  /** First that of the grant that ends, then those that other grants join to it across a tariff switch. */
  readonly refs: readonly string[]
  /** When the period began in which the first one counts. */
  readonly period: EpochMs | undefined
  /** What others hold of the first one: sessions that count in the same period, and the client's pool. */
  readonly elsewhere: MicroUnits
}

/** What the session's other services share with a grant that is about to end; null: nothing, which is usual. */
export function sharedWith(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  grant: Pick<Grant, 'price' | 'change' | 'period' | 'pool'>
): SharedPrices | null {
  if (session.services.length < 2 || grant.price === '') return null
  const { price, change } = grant
  if (!hasOther(session, service, price) && !(change && hasOther(session, service, change.price))) {
    return null
  }
  const refs = change === undefined ? [price] : [price, change.price]
  joinPrices(session, service, refs)
  if (refs.some(ref => isLost(context, ref))) return null
  const { over } = priceOf(context, price)
  if (over === undefined) {
    const pooled = session.services.some(each => each.grant?.pool !== undefined)
    const elsewhere = pooled ? heldByOthers(context, session, price) : 0
    return { refs, period: undefined, elsewhere }
  }
  const period = grant.period ?? countingPeriod(over, context.now).from
  return { refs, period, elsewhere: heldByOthers(context, session, price, period) }
}

/** Whether another service holds units against money under a price. */
function hasOther(session: SessionDraft, service: ServiceDraft, ref: string): boolean {
  for (const other of session.services) {
    if (other !== service && heldUnder(other, ref) > 0) return true
  }
  return false
}

/** Adds the prices that other grants join to these across a switch, and those that join others to them. */
function joinPrices(session: SessionDraft, service: ServiceDraft, refs: string[]): void {
  for (let known = 0; known < refs.length; ) {
    known = refs.length
    for (const other of session.services) {
      if (other === service || !refs.some(ref => heldUnder(other, ref) > 0)) continue
      addRef(refs, other.grant?.price)
      addRef(refs, other.grant?.change?.price)
    }
  }
}

function addRef(refs: string[], ref: string | undefined): void {
  if (ref !== undefined && !refs.includes(ref)) refs.push(ref)
}

/** What is held for units under a price by others than the session's grants. */
function heldByOthers(
  context: Context,
  session: SessionDraft,
  ref: string,
  period?: EpochMs
): MicroUnits {
  let units = 0
  let money = 0
  for (const service of session.services) {
    if (service.grant === null || !isUnder(service.grant, [ref], period)) continue
    units += heldUnder(service, ref)
    money += heldMoney(service.grant)
  }
  const { price, used, before } = countAt(context, session, ref, period, units)
  // Where nobody else counts in the period, nobody else holds anything.
  if (period !== undefined && before === used) return 0
  return Math.max(0, priceFor(price, before + units) - priceFor(price, used) - money)
}

/** How far the units of grants have been gone through under a price. */
interface Count {
  readonly ref: string
  readonly price: Price
  /** What is paid already, and what is held elsewhere. */
  readonly covered: MicroUnits
  /** Units before those of the next grant. */
  before: Units
  /** What is held for units before those of the next grant. */
  held: MicroUnits
}

/** Makes the other grants hold what is due now that one has ended. What is not there any more is not held. */
export function holdAnew(context: Context, session: SessionDraft, shared: SharedPrices): void {
  const bounded = context.limited || context.gives
  const group = bounded ? groupOf(context, session, shared.refs, shared.period) : null
  const shares = group !== null && context.gives ? purseShares(context, session, group) : null
  if (group !== null && shares !== null) {
    freeCover(context, session.lineId, shared.refs[0] ?? '', shared.period)
    holdShares(context, group, shares)
  } else holdInTurn(context, session, shared)
  if (group !== null) shareLimits(context, session, group, shares === null)
}

/** Makes each grant hold what its units add behind those of the ones before it. */
function holdInTurn(
  context: Context,
  session: SessionDraft,
  { refs, period, elsewhere }: SharedPrices
): void {
  const grants: ServiceDraft[] = []
  for (const service of session.services) {
    if (service.grant !== null && isUnder(service.grant, refs, period)) grants.push(service)
  }
  const counts = refs.map((ref, index): Count => {
    let own = 0
    for (const service of grants) own += heldUnder(service, ref)
    const { price, used, before } = countAt(context, session, ref, period, own)
    const covered = priceFor(price, used) + (index === 0 ? elsewhere : 0)
    return { ref, price, covered, before, held: 0 }
  })
  const due = grants.map(({ grant }) => (grant === null ? [] : dueOf(grant, counts)))
  if (!due.flat().every(Number.isSafeInteger)) return
  // What some hold too much is there for the others.
  for (const [index, service] of grants.entries()) {
    lowerHolds(context, session, service, due[index] ?? [])
  }
  for (const [index, service] of grants.entries()) {
    raiseHolds(context, session, service, due[index] ?? [])
  }
}

/** What each of a grant's draws from the wallet is to hold, with the buckets of money that pay before it. */
function dueOf({ price, change, draws }: Grant, counts: readonly Count[]): readonly MicroUnits[] {
  const now = counts.find(({ ref }) => ref === price)
  const then = change && counts.find(({ ref }) => ref === change.price)
  const due: MicroUnits[] = []
  for (const { source, units } of draws) {
    if (source !== 'wallet' || now === undefined) continue
    if (then === undefined) {
      due.push(goOn(now, units))
      continue
    }
    const sides = [now, then].map(count => ({ price: count.price, position: count.before }))
    const [before, after] = sides as [(typeof sides)[0], (typeof sides)[0]]
    due.push(costAcross(before, after, units).amount)
    goOn(now, units)
    goOn(then, units)
  }
  return due
}

/** Goes on behind so many units; returns what is due for them. */
function goOn(count: Count, units: Units): MicroUnits {
  const { price, covered, held } = count
  count.before += units
  count.held = Math.max(held, priceFor(price, count.before) - covered)
  return count.held - held
}
