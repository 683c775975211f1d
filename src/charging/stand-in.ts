/**
 * Answers while no account can be read: what is free for everybody is granted from the catalogue alone.
 *
 * In a request that also asks for other services those are denied one by one (4010, a transient failure of the
 * service alone), because a refusal of the whole (3004) would end the free ones as well. What is to be charged later
 * is the request as it was answered: a service that was denied asks for nothing.
 */
import type { MultipleUnitAnswer } from '../domain/answer.ts'
import type { NetworkFacts } from '../domain/facts.ts'
import type { ChargingRequest, MultipleUnitUsage } from '../domain/request.ts'
import type { ServiceUsage } from '../domain/session.ts'
import type { UnitType } from '../domain/units.ts'
import type { Catalogue } from '../rating/catalogue.ts'
import { classify } from '../rating/classify.ts'
import { freePrice, groupOf } from './context.ts'
import type { StandInAnswer } from './decision.ts'
import { mergeFacts } from './draft.ts'
import { isEmergency } from './emergency.ts'
import { actionOf, usagesOf } from './event.ts'
import { refused } from './grant.ts'
import { thresholdOf, wantedUnits } from './quota.ts'

/** `known`: what an earlier request of the session said; null: there was none. null: it takes an account. */
export function standIn(
  catalogue: Catalogue,
  request: ChargingRequest,
  known: NetworkFacts | null
): StandInAnswer | null {
  const facts = known === null ? request.facts : mergeFacts(known, request.facts)
  const isEvent = request.type === 'event'
  if (isEvent && !isPlainDebit(request)) return null
  const usages = isEvent ? usagesOf(request) : request.usages
  const units: MultipleUnitAnswer[] = []
  const answered: MultipleUnitUsage[] = []
  let free = 0
  for (const usage of usages) {
    const unit = unitFree(catalogue, request, usage, facts)
    if (unit === null) {
      units.push(denied(usage))
      answered.push({ ...usage, requested: null })
    } else {
      free++
      units.push(unitAnswer(catalogue, request, usage, unit))
      answered.push(usage)
    }
  }
  if (usages.length === 0 && !isEmergency(catalogue, request, facts)) return null
  const whole = free === usages.length
  // An event is debited whole or not at all.
  if (!whole && (free === 0 || isEvent)) return null
  return {
    answer: { kind: 'charging', outcome: 'success', units, repeated: false },
    request: { ...request, facts, usages: whole ? request.usages : answered },
    whole
  }
}

/** Refunds and enquiries, money that the client has rated, and several recipients take an account. */
function isPlainDebit(request: ChargingRequest): boolean {
  if (actionOf(request) !== 'direct-debiting') return false
  if (request.facts.otherRecipients !== undefined) return false
  return request.usages.every(({ requested }) => requested?.money === undefined)
}

/** The unit of a usage that is free for everybody; null: it is not. */
function unitFree(
  catalogue: Catalogue,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  facts: NetworkFacts
): UnitType | null {
  if (usage.requested?.money !== undefined) return null
  const situation = classify(
    catalogue,
    request.context,
    groupOf(request, usage),
    facts,
    usage.serviceIdentifiers
  )
  if (situation === null || freePrice(catalogue, situation) === '') return null
  return situation.service.unit
}

/** Usage that was reported is kept, so a service that asks for nothing is served. */
function denied(usage: MultipleUnitUsage): MultipleUnitAnswer {
  return refused(usage, usage.requested === null ? 'success' : 'service-denied')
}

function unitAnswer(
  catalogue: Catalogue,
  { profile, type }: ChargingRequest,
  usage: MultipleUnitUsage,
  unit: UnitType
): MultipleUnitAnswer {
  const { quota } = catalogue
  const plain = refused(usage, 'success')
  if (type === 'event') {
    const amount = usage.requested?.[unit] || usage.used?.[unit] || quota.sizes[unit].initial
    return { ...plain, granted: { unit, amount } }
  }
  if (usage.requested === null || type === 'termination') return plain
  const amount = wantedUnits(quota, profile, usage.requested, unit, unused, 0)
  return {
    ...plain,
    granted: { unit, amount },
    validity: quota.validity,
    threshold: thresholdOf(quota, profile, amount, false),
    conditions: null
  }
}

/** Nothing is known of what the session has used. */
const unused: ServiceUsage = {
  ratingGroup: 0,
  serviceIdentifiers: [],
  upf: '',
  inputOctets: 0,
  outputOctets: 0,
  octets: 0,
  seconds: 0,
  messages: 0,
  grant: null,
  parts: []
}
