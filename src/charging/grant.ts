/** The answer to one ask for units: what is granted, or why nothing is. */
import type {
  GrantConditions,
  GrantedUnits,
  MultipleUnitAnswer,
  Outcome
} from '../domain/answer.ts'
import { hasEnded } from '../domain/line-numbers.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { ChargingRequest, MultipleUnitUsage, RequestedUnits } from '../domain/request.ts'
import type { Grant } from '../domain/session.ts'
import type { Units } from '../domain/units.ts'
import type { PriceRule } from '../rating/catalogue.ts'
import type { Situation } from '../rating/classify.ts'
import { countingPeriod } from '../rating/counting-period.ts'
import { lineOf } from './books.ts'
import { hasAllowance, stopsWhenUsedUp, untilAllowancesChange } from './burn-order.ts'
import { conditionsOf, finalAction } from './conditions.ts'
import { type Context, freePrice, priceOf } from './context.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { fairShare } from './fair-share.ts'
import { finalUnitsFor, isPriced } from './final-units.ts'
import { validityFor } from './jitter.ts'
import { type Counted, countedUnder, forbids, limitInTheWay, markReached } from './limits.ts'
import { moneyBeside } from './move-holds.ts'
import { canPool } from './pool.ts'
import { sizeBasis, thresholdOf, wantedUnits } from './quota.ts'
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
    return grantMoney(context, session, service, request, usage, requested, situation)
  }
  const { unit } = situation.service
  const { quota } = context.catalogue
  const age = context.now - session.startedAt
  const wanted = wantedUnits(quota, request.profile, requested, unit, service, age)
  if (free !== '') {
    service.grant = freeGrant(context, situation, free, wanted)
    return granting(context, request, usage, service.grant, session.lineId, null)
  }
  const { lineId } = session
  const change = changeFor(context, request, situation, rule, wanted)
  const across = unit === 'seconds' || request.profile.tariffSwitch ? change : null
  const counted = countedUnder(context, lineId, situation)
  const stops = stopsWhenUsedUp(context, lineId, situation)
  const paid = stops ? null : ruleOf(context.catalogues, session, rule)
  const basis = sizeBasis(quota, request.profile, requested, unit, age)
  const size = fairShare(context, session, situation, paid, wanted, counted, basis)
  const later = request.type === 'event' ? null : service
  const granted = reserve(context, session, later, situation, paid, size, counted, across)
  if (granted === null) {
    const priced = paid !== null && isPriced(paid.price)
    const beside = moneyBeside(session, service, paid?.ref)
    return exhausted(context, request, usage, { lineId, situation, counted, priced, beside })
  }
  const pool = poolFor(context, request, situation, rule, granted)
  service.grant = pool === undefined ? granted : { ...granted, pool }
  const validity = validityOf(context, request, granted, change, lineId, situation)
  const beside = granted.final ? moneyBeside(session, service, granted.price) : 0
  return granting(context, request, usage, service.grant, lineId, situation, validity, beside)
}

/** Validity-Time of what a service holds already, for a repeat whose answer is not kept any more. */
export function validityLeft(
  context: Context,
  request: ChargingRequest,
  held: Grant,
  lineId: string,
  situation: Situation | null
): number {
  const validity = validityFor(context.catalogue.quota, request)
  if (situation === null || held.unit === 'money') return validity
  if (freePrice(context.catalogue, situation) !== '') return validity
  const change = changeFor(context, request, situation, priceNow(context, situation), held.units)
  return validityOf(context, request, held, change, lineId, situation)
}

/** The change of the price that a grant of so many units may meet. */
function changeFor(
  context: Context,
  request: ChargingRequest,
  situation: Situation,
  rule: PriceRule | null,
  wanted: Units
): TariffChange | null {
  if (request.type === 'event') return null
  const { validity } = context.catalogue.quota
  const horizon = situation.service.unit === 'seconds' ? Math.min(wanted, validity) : validity
  return changeAhead(context, situation, rule, context.now + horizon * 1000)
}

/** Money for a client that rates by itself, in the currency of the account. */
function grantMoney(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  { money }: RequestedUnits,
  situation: Situation
): MultipleUnitAnswer {
  if (money === undefined || money.amount === 0) return refused(usage, 'rating-failed')
  const { currency } = context.books.before
  if (money.currency !== null && money.currency !== currency) return refused(usage, 'rating-failed')
  const { lineId } = session
  const counted = countedUnder(context, lineId, situation)
  service.grant = reserveRated(context, lineId, situation, money.amount, counted)
  if (service.grant === null) {
    return exhausted(context, request, usage, {
      lineId,
      situation,
      counted,
      priced: true,
      beside: 0
    })
  }
  return granting(context, request, usage, service.grant, lineId, situation)
}

/** What was asked for where nothing could be had. */
interface Ask {
  readonly lineId: string
  readonly situation: Situation
  readonly counted: readonly Counted[]
  /** Money would be taken for it. */
  readonly priced: boolean
  /** What the session's other services hold at its price. */
  readonly beside: MicroUnits
}

/**
 * Nothing is left to pay with, or a limit is reached: refused, or restricted until there is (RFC 8506 5.6.2, 5.6.3). A
 * limit that allows nothing at all is a restriction of the service (4010).
 */
function exhausted(
  context: Context,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  { lineId, situation, counted, priced, beside }: Ask
): MultipleUnitAnswer {
  if (counted.length > 0) {
    if (forbids(context, counted)) return refused(usage, 'service-denied')
    const reached = limitInTheWay(context, lineId, situation, counted, priced, beside)
    if (reached !== null) markReached(context, reached)
  }
  const finalUnits =
    request.type === 'event'
      ? null
      : finalUnitsFor(context, request.profile, lineId, situation, beside)
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
function validityOf(
  context: Context,
  request: ChargingRequest,
  granted: Grant,
  change: TariffChange | null,
  lineId: string,
  situation: Situation
): number {
  const bands = untilAllowancesChange(context, lineId, situation)
  const validity = Math.min(inPeriod(context, request, granted), bands)
  if (change === null || !granted.draws.some(draw => draw.source === 'wallet')) return validity
  const end = granted.change?.at === change.at ? change.until : change.at
  if (end === null) return validity
  return Math.max(1, Math.min(validity, Math.floor((end - context.now) / 1000)))
}

/** Usage of the next period is to come in a grant of the next period. */
function inPeriod(context: Context, request: ChargingRequest, { period, price }: Grant): number {
  const validity = validityFor(context.catalogue.quota, request)
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

/** The answer that hands out a grant. `situation` null: it is of no matter what its last units end in. */
export function granting(
  context: Context,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  held: Grant,
  lineId: string,
  situation: Situation | null,
  validity: number = validityFor(context.catalogue.quota, request),
  beside: MicroUnits = 0
): MultipleUnitAnswer {
  const { quota } = context.catalogue
  const { profile } = request
  const ends = held.final ? finalUnitsFor(context, profile, lineId, situation, beside) : null
  const conditions = conditionsOf(context, request, usage.requested ?? nothing, held, ends)
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
  const { books } = context
  if (books.status === 'blocked' || hasEnded(lineOf(books, session.lineId))) {
    return 'service-denied'
  }
  if (rule?.price.model === 'unmetered') return 'not-applicable'
  if (rule !== null && rule.price.model !== 'blocked') return null
  if (hasAllowance(context, session.lineId, situation)) return null
  if (rule === null && context.suspended) return 'credit-limit-reached'
  return rule === null ? 'rating-failed' : 'service-denied'
}
