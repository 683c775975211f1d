/**
 * Immediate event charging (IEC, TS 32.299 5.2.2.1; RFC 8506 6.3): units are priced and debited at once.
 *
 * All or nothing for each service: what cannot be paid in full is refused and nothing of it is debited.
 */
import type { ChargingAnswer, MultipleUnitAnswer } from '../domain/answer.ts'
import type { ChargingRequest, MultipleUnitUsage, UsedUnits } from '../domain/request.ts'
import type { UnitType } from '../domain/units.ts'
import { receiptOf, recordCdr, type SessionEffects } from './close.ts'
import { type Context, situationOf } from './context.ts'
import { type SessionDraft, serviceFor } from './draft.ts'
import { grant, refused } from './grant.ts'
import { newSession } from './session.ts'
import { release, settle } from './settle.ts'

/** What an event without services asks for. */
export const anything: MultipleUnitUsage = {
  ratingGroup: null,
  serviceIdentifiers: [],
  requested: { octets: null, seconds: null, messages: null },
  used: null
}

/** Debits the units that are asked for. Returns whether anything was. */
export function serveEvent(
  context: Context,
  effects: SessionEffects,
  request: ChargingRequest,
  lineId: string
): { readonly answer: ChargingAnswer; readonly changed: boolean } {
  const session = newSession(context, request, lineId, null)
  const usages = request.usages.length === 0 ? [anything] : request.usages
  const units = usages.map(usage => debit(context, session, request, usage))
  const changed = session.services.some(service => service.parts.length > 0)
  if (changed) {
    recordCdr(context, session, 'normalRelease', ['event'])
    effects.closed.set(session.id, receiptOf(session, 'terminated', request.number))
  }
  return { answer: { kind: 'charging', outcome: 'success', units, repeated: false }, changed }
}

/** The answer to an event that was debited before: the same units, and nothing is debited again. */
export function eventRepeat(context: Context, request: ChargingRequest): ChargingAnswer {
  const usages = request.usages.length === 0 ? [anything] : request.usages
  const units = usages.map(usage => {
    const situation = situationOf(context, request.context, usage.ratingGroup, request.facts)
    if (situation === null) return refused(usage, 'rating-failed')
    const { unit } = situation.service
    return debited(usage, unit, unitsOf(context, usage, unit))
  })
  return { kind: 'charging', outcome: 'success', units, repeated: true }
}

function debit(
  context: Context,
  session: SessionDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage
): MultipleUnitAnswer {
  const group = usage.ratingGroup ?? context.catalogue.contexts.get(request.context) ?? 0
  const service = serviceFor(session, usage, group)
  const situation = situationOf(context, request.context, usage.ratingGroup, request.facts)
  if (situation === null) return refused(usage, 'rating-failed')
  const { unit } = situation.service
  const wanted = unitsOf(context, usage, unit)
  const asked = { octets: null, seconds: null, messages: null, [unit]: wanted }
  const exact = { ...request, profile: { ...request.profile, requestedUnits: true } }
  const held = grant(context, session, service, exact, usage, asked, situation)
  if (held.granted === null) return held
  if (held.granted.amount < wanted) {
    release(context, session, service)
    return refused(usage, 'credit-limit-reached')
  }
  settle(context, session, service, usedUnits(unit, wanted), situation)
  return debited(usage, unit, wanted)
}

function debited(usage: MultipleUnitUsage, unit: UnitType, amount: number): MultipleUnitAnswer {
  return { ...refused(usage, 'success'), granted: { unit, amount } }
}

function unitsOf(context: Context, usage: MultipleUnitUsage, unit: UnitType): number {
  return (
    usage.requested?.[unit] || usage.used?.[unit] || context.catalogue.quota.sizes[unit].initial
  )
}

function usedUnits(unit: UnitType, amount: number): UsedUnits {
  return {
    octets: null,
    inputOctets: null,
    outputOctets: null,
    seconds: null,
    messages: null,
    [unit]: amount
  }
}
