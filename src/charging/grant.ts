/** The answer to one ask for units: what is granted, or why nothing is. */
import type { MultipleUnitAnswer, Outcome } from '../domain/answer.ts'
import type { ChargingRequest, MultipleUnitUsage, RequestedUnits } from '../domain/request.ts'
import type { Grant } from '../domain/session.ts'
import type { PriceRule } from '../rating/catalogue.ts'
import type { Situation } from '../rating/classify.ts'
import { findPrice } from '../rating/match.ts'
import { hasAllowance } from './burn-order.ts'
import { type Context, freePrice } from './context.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { thresholdOf, wantedUnits } from './quota.ts'
import { freeGrant, reserve } from './reserve.ts'
import { release } from './settle.ts'

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
  const rule = free !== '' ? null : findPrice(context.offers, situation)
  const refusal = free !== '' ? null : refusalOf(context, session, situation, rule)
  if (refusal !== null) return refused(usage, refusal)
  const { unit } = situation.service
  const { quota } = context.catalogue
  const age = context.now - session.startedAt
  const wanted = wantedUnits(quota, request.profile, requested, unit, service, age)
  const granted =
    free !== ''
      ? freeGrant(context, situation, free, wanted)
      : reserve(context, session, situation, rule, wanted)
  if (granted === null) return refused(usage, 'credit-limit-reached')
  service.grant = granted
  return granting(context, request, usage, granted)
}

/** The answer that hands out a grant. */
export function granting(
  context: Context,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  held: Grant
): MultipleUnitAnswer {
  const { quota } = context.catalogue
  return {
    ratingGroup: usage.ratingGroup,
    serviceIdentifiers: usage.serviceIdentifiers,
    outcome: 'success',
    granted: { unit: held.unit, amount: held.units },
    validity: quota.validity,
    threshold: thresholdOf(quota, request.profile, held.units, held.final),
    final: held.final ? 'terminate' : null
  }
}

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
  if (rule !== null && rule.price.model !== 'blocked') return null
  if (hasAllowance(context, session.lineId, situation)) return null
  return rule === null ? 'rating-failed' : 'service-denied'
}
