/** The answer to one ask for units: what is granted, or why nothing is. */
import type {
  GrantConditions,
  GrantedUnits,
  MultipleUnitAnswer,
  Outcome
} from '../domain/answer.ts'
import type { ChargingRequest, MultipleUnitUsage, RequestedUnits } from '../domain/request.ts'
import type { Grant } from '../domain/session.ts'
import type { PriceRule } from '../rating/catalogue.ts'
import type { Situation } from '../rating/classify.ts'
import { countingPeriod } from '../rating/counting-period.ts'
import { hasAllowance } from './burn-order.ts'
import { conditionsOf, finalAction, finalUnitsFor } from './conditions.ts'
import { type Context, freePrice, priceOf } from './context.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { canPool } from './pool.ts'
import { thresholdOf, wantedUnits } from './quota.ts'
import { freeGrant, reserve, reserveRated } from './reserve.ts'
import { release } from './settle.ts'
import { changeAhead, priceNow, type TariffChange } from './tariff.ts'
import { ruleOf } from './versions.ts'

/**
 * Reserves anew for one service. The order of refusals: nothing sold (5031), account blocked (4010), no price
 * (5031), service blocked (4010), nothing left to pay with (4012); what is free for everybody comes before all of them
 * but the first.
 */
export function grant(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  requested: RequestedUnits,
  situation: Situation | null
): MultipleUnitAnswer {
  release(context, session, service)
  if (situation === null) return refused(usage, 'rating-failed')
  const free = freePrice(context.catalogue, situation)
  const rule = free !== '' ? null : priceNow(context, situation)
  const refusal = free !== '' ? null : refusalOf(context, session, situation, rule)
  if (refusal !== null) return refused(usage, refusal)
  if (requested.money !== undefined && free === '') {
    return grantMoney(context, service, request, usage, requested, situation)
  }
  const { unit } = situation.service
  const { quota } = context.catalogue
  const age = context.now - session.startedAt
  const wanted = wantedUnits(quota, request.profile, requested, unit, service, age)
  if (free !== '') {
    service.grant = freeGrant(context, situation, free, wanted)
    return granting(context, request, usage, service.grant)
  }
  const horizon = unit === 'seconds' ? Math.min(wanted, quota.validity) : quota.validity
  const change =
    request.type === 'event'
      ? null
      : changeAhead(context, situation, rule, context.now + horizon * 1000)
  const across = change !== null && (unit === 'seconds' || request.profile.tariffSwitch)
  const granted = reserve(
    context,
    session,
    situation,
    ruleOf(context.catalogues, session, rule),
    wanted,
    across ? change : null
  )
  if (granted === null) return exhausted(context, request, usage)
  const pool = poolFor(context, request, situation, rule, granted)
  service.grant = pool === undefined ? granted : { ...granted, pool }
  return granting(context, request, usage, service.grant, validityOf(context, granted, change))
}

/** Money for a client that rates by itself, in the currency of the account. */
function grantMoney(
  context: Context,
  service: ServiceDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  { money }: RequestedUnits,
  situation: Situation
): MultipleUnitAnswer {
  if (money === undefined || money.amount === 0) return refused(usage, 'rating-failed')
  const { currency } = context.books.before
  if (money.currency !== null && money.currency !== currency) return refused(usage, 'rating-failed')
  service.grant = reserveRated(context, situation, money.amount)
  if (service.grant === null) return exhausted(context, request, usage)
  return granting(context, request, usage, service.grant)
}

/** Nothing is left to pay with: refused, or restricted until there is (RFC 8506 5.6.2, 5.6.3). */
function exhausted(
  context: Context,
  request: ChargingRequest,
  usage: MultipleUnitUsage
): MultipleUnitAnswer {
  const finalUnits = request.type === 'event' ? null : finalUnitsFor(context, request.profile)
  if (finalUnits === null) return refused(usage, 'credit-limit-reached')
  const { action, retry } = finalUnits
  const conditions = { ...unconditional, finalUnits }
  return { ...refused(usage, 'success'), validity: retry, final: action, conditions }
}

const unconditional: GrantConditions = {
  tariffChange: 0,
  inputOctets: null,
  holding: null,
  consumption: 0,
  triggers: null,
  pool: null,
  finalUnits: null
}

/** Seconds until the client must come back: at the switch that its grant does not span, at the latest. */
function validityOf(context: Context, granted: Grant, change: TariffChange | null): number {
  const validity = inPeriod(context, granted)
  if (change === null || !granted.draws.some(draw => draw.source === 'wallet')) return validity
  const end = granted.change === undefined ? change.at : change.until
  if (end === null) return validity
  return Math.max(1, Math.min(validity, Math.floor((end - context.now) / 1000)))
}

/** Usage of the next period is to come in a grant of the next period. */
function inPeriod(context: Context, { period, price }: Grant): number {
  const { validity } = context.catalogue.quota
  if (period === undefined) return validity
  const { over } = priceOf(context, price)
  if (over === undefined) return validity
  const left = countingPeriod(over, context.now).until - context.now
  return Math.max(1, Math.min(validity, Math.floor(left / 1000)))
}

function poolFor(
  context: Context,
  request: ChargingRequest,
  situation: Situation,
  rule: PriceRule | null,
  granted: Grant
): number | undefined {
  const { pools } = context.catalogue.quota
  if (pools === undefined || rule === null || !request.profile.pools) return undefined
  if (request.type === 'event') return undefined
  return canPool(granted, rule.price) ? pools.get(situation.service.id) : undefined
}

/** The answer that hands out a grant. */
export function granting(
  context: Context,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  held: Grant,
  validity: number = context.catalogue.quota.validity
): MultipleUnitAnswer {
  const { quota } = context.catalogue
  const conditions = conditionsOf(context, request, usage.requested ?? nothing, held)
  return {
    ratingGroup: usage.ratingGroup,
    serviceIdentifiers: usage.serviceIdentifiers,
    outcome: 'success',
    granted: unitsOf(context, held),
    validity,
    threshold:
      held.unit === 'money' ? 0 : thresholdOf(quota, request.profile, held.units, held.final),
    final: finalAction(request.profile, held, conditions),
    conditions
  }
}

function unitsOf({ books }: Context, { unit, units }: Grant): GrantedUnits {
  return unit === 'money'
    ? { unit, amount: units, currency: books.before.currency }
    : { unit, amount: units }
}

const nothing: RequestedUnits = { octets: null, seconds: null, messages: null }

/** An answer without units: a refusal, or `success` where none were asked for. */
export function refused(
  usage: Pick<MultipleUnitUsage, 'ratingGroup' | 'serviceIdentifiers'>,
  outcome: Outcome
): MultipleUnitAnswer {
  return {
    ratingGroup: usage.ratingGroup,
    serviceIdentifiers: usage.serviceIdentifiers,
    outcome,
    granted: null,
    validity: 0,
    threshold: 0,
    final: null
  }
}

function refusalOf(
  context: Context,
  session: SessionDraft,
  situation: Situation,
  rule: PriceRule | null
): Outcome | null {
  if (context.books.status === 'blocked') return 'service-denied'
  if (rule?.price.model === 'unmetered') return 'not-applicable'
  if (rule !== null && rule.price.model !== 'blocked') return null
  if (hasAllowance(context, session.lineId, situation)) return null
  return rule === null ? 'rating-failed' : 'service-denied'
}
