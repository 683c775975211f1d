/**
 * Reserving beside other grants under one price, where limits of money or buckets of money are for some of them: as much
 * as these have room for in whatever order all of it is used.
 */
import type { Grant } from '../domain/session.ts'
import type { Units } from '../domain/units.ts'
import type { Price, PriceRule } from '../rating/catalogue.ts'
import type { Situation } from '../rating/classify.ts'
import { countingPeriod } from '../rating/counting-period.ts'
import { affordable, priceFor, stepOf } from '../rating/price.ts'
import { moneyOrder } from './burn-order.ts'
import type { Context } from './context.ts'
import { countUnderOf } from './cover.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { isPriced } from './final-units.ts'
import { heldUnder } from './held-units.ts'
import { fitsLimits } from './limit-shares.ts'
import { type Counted, holdsFor } from './limits.ts'
import { groupOf, isUnder } from './price-group.ts'
import { budgetOf } from './purse.ts'
import { fitsWallet, purseShares } from './purse-shares.ts'
import { holdAnew, type SharedPrices, sharedWith } from './shared-holds.ts'

/** A grant that is to be made beside others. */
export interface Beside {
  readonly context: Context
  readonly session: SessionDraft
  readonly service: ServiceDraft
  readonly situation: Situation
  readonly rule: PriceRule
  /** Where its units begin under the price, as long as those of the others come first. */
  readonly position: Units
  readonly counted: readonly Counted[]
  readonly change: Grant['change']
  readonly period: Grant['period']
  readonly shared: SharedPrices
}

/**
 * The grants that one to be made shares its price with; null: there are none, or whatever holds for it holds for them as
 * well, so it is of no matter who is used first. `change`: the price on the other side of a switch.
 */
export function besideOthers(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  situation: Situation,
  rule: PriceRule,
  position: Units,
  counted: readonly Counted[],
  change?: Grant['change']
): Beside | null {
  if (session.services.length < 2 || !isPriced(rule.price)) return null
  const { over } = rule.price
  const period = over === undefined ? undefined : countingPeriod(over, context.now).from
  const stamp = { price: rule.ref, ...(change === undefined ? {} : { change }) }
  const shared = sharedWith(context, session, service, stamp)
  if (shared === null) return null
  if (!context.gives && countAlike(session, shared, counted)) return null
  return { context, session, service, situation, rule, position, counted, change, period, shared }
}

/** Whether all grants under the prices count under the same limits. */
function countAlike(
  { services }: SessionDraft,
  { refs, period }: SharedPrices,
  counted: readonly Counted[]
): boolean {
  for (const service of services) {
    const { grant } = service
    if (grant === null || !isUnder(grant, refs, period)) continue
    if (!refs.some(ref => heldUnder(service, ref) > 0)) continue
    const holds = grant.holds ?? []
    if (holds.length !== counted.length) return false
    if (!holds.every(({ counter }) => counted.some(({ id }) => id === counter))) return false
  }
  return true
}

/** How many units fit of those that are wanted, in whole steps. */
export function mostBeside(beside: Beside, grant: Grant, wanted: Units): Units {
  if (fitsBeside(beside, grant, wanted)) return wanted
  const { price } = beside.rule
  const step = stepOf(price)
  const head = Math.min(wanted, firstStep(price, beside.position))
  if (head === wanted || !fitsBeside(beside, grant, head)) return 0
  let fit = 0
  let tooMany = Math.ceil((wanted - head) / step)
  while (tooMany - fit > 1) {
    const middle = fit + Math.floor((tooMany - fit) / 2)
    if (fitsBeside(beside, grant, head + middle * step)) fit = middle
    else tooMany = middle
  }
  return head + fit * step
}

/** Units that are left of a step that others began, else those of the next one. */
function firstStep(price: Price, position: Units): Units {
  const begun = affordable(price, position, 0)
  if (begun > 0) return begun
  return affordable(price, position, priceFor(price, position + 1) - priceFor(price, position))
}

/** Whether so many units, paid by money, have room under the limits and are covered, whoever is used first. */
export function fitsBeside(beside: Beside, grant: Grant, units: Units): boolean {
  const { context, session, service, counted, shared, period } = beside
  const holds = counted.map(({ place: { source }, id }) => ({ source, counter: id, units: 0 }))
  const inPeriod = period === undefined ? {} : { period }
  service.grant = { ...withUnits(grant, units), holds, ...inPeriod }
  const added = period === undefined ? 0 : units
  const group = groupOf(context, session, shared.refs, shared.period, added)
  const candidate = group?.members.find(member => member.service === service)
  service.grant = null
  if (group === null || candidate === undefined) return false
  const shares = context.gives ? purseShares(context, session, group) : null
  const count = countUnderOf(context, session.lineId, beside.rule.ref, period)
  const cover = Math.max(0, count?.open?.cover ?? 0)
  const covered =
    shares === null
      ? isPayable(beside, units)
      : fitsWallet(context, group, shares, candidate, cover)
  const joining = count === null ? null : { count, added: addedBy(beside, units) }
  return covered && fitsLimits(context, session, group, candidate, joining)
}

/** Whether there is what the units add behind those of the others. */
function isPayable(beside: Beside, units: Units): boolean {
  const { context, session, situation, change } = beside
  const budget = budgetOf(context, moneyOrder(context, session.lineId, situation))
  if (change !== undefined || budget < 0) return budget >= 0
  return addedBy(beside, units) <= budget
}

function addedBy({ rule, position }: Beside, units: Units): number {
  return priceFor(rule.price, position + units) - priceFor(rule.price, position)
}

function withUnits(grant: Grant, units: Units): Grant {
  return { ...grant, draws: [...grant.draws, { source: 'wallet', bucket: '', units, amount: 0 }] }
}

/** Makes the grant with so many units paid by money, and all of them hold what they may cost. */
export function reserveBeside(beside: Beside, grant: Grant, units: Units): Grant {
  const { context, session, service, counted, shared } = beside
  const whole = withUnits(grant, units)
  const holds = holdsFor(context, counted, whole)
  service.grant = holds === undefined ? whole : { ...whole, holds }
  holdAnew(context, session, shared)
  const made = service.grant ?? whole
  service.grant = null
  return made
}
