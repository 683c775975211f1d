/**
 * Why a decision is as it is: a second look at the same state with the same pure functions.
 *
 * The engine itself knows nothing of this, so an explanation costs the path of a request nothing. What was debited
 * and granted is read from the documents before and after, never worked out again here; only what left no trace in
 * them (rules rejected, what a grant aimed at) is asked of the functions that the engine asked.
 */
import type { ChargingAnswer, MultipleUnitAnswer } from '../../domain/answer.ts'
import type { NetworkFacts } from '../../domain/facts.ts'
import type { ChargingRequest, MultipleUnitUsage } from '../../domain/request.ts'
import type { ChargingSession } from '../../domain/session.ts'
import type { EpochMs } from '../../domain/time.ts'
import { bandsAt } from '../../rating/calendar.ts'
import type { Catalogues } from '../../rating/catalogue.ts'
import type { Situation } from '../../rating/classify.ts'
import { defaultGroupOf } from '../../rating/context.ts'
import { explainPrice } from '../../rating/explain.ts'
import { advanceServed } from '../advance.ts'
import { openBooks } from '../books.ts'
import {
  type Context,
  createContext,
  freePrice,
  groupOf as requestedGroup,
  situationOf
} from '../context.ts'
import type { Changes, Decision, State } from '../decision.ts'
import { mergeFacts } from '../draft.ts'
import { sizeBasis, wantedUnits } from '../quota.ts'
import type { Explanation, GrantExplained, LimitTried, UnitExplained } from '../simulation.ts'
import { priceNow } from '../tariff.ts'
import { isSame, positionChanges, serviceOf, settledSlices } from './differences.ts'
import { contextAfter, limitsTried, plausibility } from './limits.ts'
import { bucketsTried, isHeldBack, unpaidIn } from './stops.ts'

interface Look {
  readonly state: State
  readonly request: ChargingRequest
  readonly changes: Changes | null
  readonly context: Context
  /** As the decision left it. */
  readonly after: Context
  /** The session before the request; undefined: it was not open. */
  readonly open: ChargingSession | undefined
}

/** Explains what decide answered to this request on this state; `clock` is the one it was given. */
export function explain(
  state: State,
  request: ChargingRequest,
  decision: Decision,
  catalogues: Catalogues,
  clock: EpochMs
): Explanation {
  const { account } = state
  const answer = decision.answer as ChargingAnswer
  const catalogue = catalogues.current.version
  if (account === null || answer.repeated) return { catalogue, units: [], positions: [] }
  const lineIds = state.lineId === '' ? [] : [state.lineId]
  const books = openBooks(account, state.lines, lineIds, Math.max(clock, account.lastAt))
  advanceServed(books, catalogues.current, state.lineId)
  const context = createContext(books, catalogues, state.lineId)
  const look: Look = {
    state,
    request,
    changes: decision.changes,
    context,
    after: contextAfter(context, state, decision.changes, catalogues),
    open: state.sessions.get(request.sessionId)
  }
  return {
    catalogue,
    units: request.usages.map((usage, index) => explainUnit(look, usage, answer.units[index])),
    positions: positionChanges(state, request.sessionId, decision.changes)
  }
}

function explainUnit(
  look: Look,
  usage: MultipleUnitUsage,
  answer: MultipleUnitAnswer | undefined
): UnitExplained {
  const { context, request, open, changes } = look
  const asks = usage.requested !== null || request.type === 'event'
  const situation = situationOf(
    context,
    request.context,
    requestedGroup(request, usage),
    factsOf(look, asks),
    usage.serviceIdentifiers
  )
  const grant = situation === null ? null : explainGrant(look, usage, answer, situation)
  const free = situation !== null && freePrice(context.catalogue, situation) !== ''
  const limits = situation === null || free ? [] : limitsOf(look, usage, answer, situation, grant)
  const plausible =
    situation === null ? null : plausibility(context, open, usage, groupOf(look, usage), situation)
  const settled = isFurther(look, usage)
    ? []
    : settledSlices(open, request.sessionId, usage, groupOf(look, usage), changes)
  const short = isHeldBack(usage, answer, grant)
  return {
    ratingGroup: usage.ratingGroup,
    outcome: answer?.outcome ?? 'success',
    meaning:
      situation === null
        ? null
        : {
            service: situation.service.id,
            unit: situation.service.unit,
            zone: situation.zone,
            destination: situation.destination,
            leg: situation.leg,
            emergency: situation.emergency,
            free
          },
    rules:
      situation === null || free
        ? []
        : explainPrice(context.offers, situation, bandsNow(context)).map(
            ({ offer, rule, obstacle }) => ({
              price: rule.ref,
              offer,
              row: rule.row ?? null,
              obstacle
            })
          ),
    buckets:
      situation === null || free
        ? []
        : bucketsTried({ before: context, after: look.after }, situation, {
            short,
            unpaid: unpaidIn(settled, plausible)
          }),
    limits,
    plausible,
    settled,
    grant
  }
}

function limitsOf(
  { context, after }: Look,
  usage: MultipleUnitUsage,
  answer: MultipleUnitAnswer | undefined,
  situation: Situation,
  grant: GrantExplained | null
): LimitTried[] {
  const asked = usage.requested !== null && answer !== undefined
  const refused = answer?.outcome === 'credit-limit-reached' || answer?.outcome === 'service-denied'
  const nothing = refused || answer?.granted == null
  const units = asked && (grant === null ? nothing : grant.limited)
  const rule = priceNow(context, situation)
  const priced = rule !== null && !unpriced.has(rule.price.model)
  return limitsTried({ before: context, after }, situation, { units, priced })
}

const unpriced: ReadonlySet<string> = new Set(['free', 'blocked', 'unmetered'])

/** Whether the request has a usage of the same service before this one: what both settled is told there. */
function isFurther(look: Look, usage: MultipleUnitUsage): boolean {
  const first = look.request.usages.find(
    other =>
      groupOf(look, other) === groupOf(look, usage) &&
      isSame(other.serviceIdentifiers, usage.serviceIdentifiers)
  )
  return first !== usage
}

/** Usage happened in the circumstances known before the request; new units are granted in those that it brings. */
function factsOf({ open, request }: Look, asks: boolean): NetworkFacts {
  if (open === undefined) return request.facts
  return asks ? mergeFacts(open.facts, request.facts) : open.facts
}

function groupOf({ context, request }: Look, usage: MultipleUnitUsage): number {
  return requestedGroup(request, usage) ?? defaultGroupOf(context.catalogue, request.context) ?? 0
}

function bandsNow({ catalogue, now }: Context): ReadonlySet<string> | undefined {
  return catalogue.calendar === null ? undefined : bandsAt(catalogue.calendar, now).bands
}

function explainGrant(
  look: Look,
  usage: MultipleUnitUsage,
  answer: MultipleUnitAnswer | undefined,
  situation: Situation
): GrantExplained | null {
  const { changes, context, request } = look
  const session = changes?.sessions.find(({ id }) => id === request.sessionId)
  const service = session && serviceOf(session.services, usage, groupOf(look, usage))
  const held = service?.grant
  if (session === undefined || service === undefined || held == null) return null
  if (usage.requested === null || answer?.granted == null) return null
  const { quota } = context.catalogue
  const { unit } = situation.service
  const { profile } = request
  const age = context.now - session.startedAt
  const rated = held.unit === 'money' ? usage.requested.money?.amount : undefined
  const wanted = rated ?? wantedUnits(quota, profile, usage.requested, unit, service, age)
  const basis =
    rated === undefined ? sizeBasis(quota, profile, usage.requested, unit, age) : 'asked'
  // What was not the last for want of more was bound by the others' shares alone.
  const shared = quota.fairShare && basis !== 'asked' && held.units < wanted && !held.final
  return {
    unit: held.unit,
    wanted: shared === true ? held.units : wanted,
    basis: shared === true ? 'share' : basis,
    granted: held.units,
    draws: held.draws,
    price: held.price,
    change: held.change ?? null,
    limited: shared !== true && held.units < wanted,
    final: held.final
  }
}
