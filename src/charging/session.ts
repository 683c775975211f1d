/** Requests of a session that is open or opens now: settle what was used, then reserve anew, or close. */
import type { ChargingAnswer, MultipleUnitAnswer } from '../domain/answer.ts'
import type { ChargingRequest, MultipleUnitUsage } from '../domain/request.ts'
import { routeAfter } from '../domain/route.ts'
import type { ChargingSession, ClosedSession } from '../domain/session.ts'
import { defaultGroupOf } from '../rating/context.ts'
import { withAdvice } from './advice.ts'
import { closeSession, type SessionEffects } from './close.ts'
import { type Context, groupOf, situationOf } from './context.ts'
import { checkTotals } from './countable.ts'
import { coverAnew } from './cover.ts'
import { isDigest, openRepeat } from './derived.ts'
import {
  draftOf,
  mergeFacts,
  recordOffline,
  type ServiceDraft,
  type SessionDraft,
  serviceFor
} from './draft.ts'
import { finalUnitsFor } from './final-units.ts'
import { grant, granting, refused, validityLeft } from './grant.ts'
import { mergeInformation } from './information.ts'
import { beginPeriods } from './open-grants.ts'
import { cutRecord } from './partial-records.ts'
import { inRanges, isBeyond, withNumber } from './ranges.ts'
import { findAnswer, keepAnswer } from './receipt.ts'
import { release, settle } from './settle.ts'
import { grantAgain } from './twice.ts'

/** The answer to a request that this open session has had before; null when it is new. */
export function repeatOf(
  context: Context,
  session: ChargingSession,
  request: ChargingRequest
): ChargingAnswer | null {
  // The usual case: an update behind all that came before, to which there can be no answer yet.
  if (
    request.type === 'update' &&
    !isDigest(request.number) &&
    isBeyond(session.settled, request.number)
  ) {
    return null
  }
  const stored = findAnswer(session.answers, request.type, request.number, context.catalogues)
  if (stored !== null) return stored
  const derived = openRepeat(context, session, request)
  if (derived !== null) return derived
  const seen =
    request.type === 'update'
      ? inRanges(session.settled, request.number)
      : request.type === 'initial' && session.initial === request.number
  if (!seen) return null
  // Too old for its answer to be kept: what the session holds now, and nothing is debited.
  const draft = draftOf(session)
  const units = request.usages.map(usage => {
    const service = serviceOf(context, draft, request, usage)
    const held = service.grant
    if (held === null || usage.requested === null) return refused(usage, 'success')
    // A service that is asked for twice is told once what it holds.
    service.grant = null
    const group = groupOf(request, usage)
    const { serviceIdentifiers: named } = usage
    const situation = situationOf(context, draft.context, group, draft.facts, named)
    const validity = validityLeft(context, request, held, draft.lineId, situation)
    return granting(context, request, usage, held, draft.lineId, null, validity)
  })
  return { kind: 'charging', outcome: 'success', units, repeated: true }
}

/** A session that begins with this request; one that had expired goes on counting where it stopped. */
export function newSession(
  context: Context,
  request: ChargingRequest,
  lineId: string,
  earlier: ClosedSession | null
): SessionDraft {
  const session: SessionDraft = {
    format: 1,
    id: request.sessionId,
    accountId: context.books.before.id,
    lineId,
    context: request.context,
    origin: request.origin,
    route: request.route,
    startedAt: context.now,
    lastAt: context.now,
    expiresAt: context.now,
    sweepAt: 0,
    cdrs: earlier?.cdrs ?? 0,
    initial: request.type === 'initial' ? request.number : (earlier?.initial ?? -1),
    settled: earlier?.settled ?? '',
    answers: [],
    services: [],
    positions: earlier?.positions.slice() ?? [],
    facts: request.facts,
    information: mergeInformation('', request.information)
  }
  // All CDRs of a session id have one trace id, whatever a later beginning says.
  const { traceId } = earlier ?? request
  if (traceId !== undefined) session.traceId = traceId
  return session
}

/** Serves an initial, update or termination request of an open session. */
export function serve(
  context: Context,
  effects: SessionEffects,
  session: SessionDraft,
  request: ChargingRequest
): ChargingAnswer {
  const ended = settleAll(context, session, request)
  if (context.catalogue.partialRecords !== undefined) cutRecord(context, session, request)
  session.facts = mergeFacts(session.facts, request.facts)
  if (request.information !== undefined) {
    session.information = mergeInformation(session.information, request.information)
  }
  if (
    session.origin.host !== request.origin.host ||
    session.origin.realm !== request.origin.realm
  ) {
    session.origin = request.origin
  }
  session.route = routeAfter(session.route, request.route)
  if (request.type === 'termination') {
    closeSession(context, effects, session, 'terminated', request.number, 'normalRelease')
    const last = answerOf(request.usages.map(usage => refused(usage, 'success')))
    return withAdvice(context, session, request, last)
  }
  const units: MultipleUnitAnswer[] = []
  for (const usage of request.usages) {
    units.push(serveUsage(context, session, request, usage, ended))
    coverAnew(context, session)
  }
  const answer = withAdvice(context, session, request, answerOf(units))
  session.lastAt = context.now
  session.expiresAt = context.now + context.catalogue.quota.tcc * 1000
  if (session.sweepAt === 0 || session.sweepAt > session.expiresAt) {
    session.sweepAt = session.expiresAt
  }
  if (request.type === 'initial') session.initial = request.number
  else if (!isDigest(request.number)) session.settled = withNumber(session.settled, request.number)
  session.answers = keepAnswer(session.answers, request.type, request.number, answer)
  effects.open.set(session.id, session)
  const { books } = context
  if (books.sweepAt === 0 || books.sweepAt > session.sweepAt) books.sweepAt = session.sweepAt
  return answer
}

/**
 * Settles what each usage reports. A service that asks for units without a report gives back what it holds; the
 * usage happened in the circumstances known before this request. Returns the
 * usages that ended final units; null: none did.
 */
export function settleAll(
  context: Context,
  session: SessionDraft,
  request: ChargingRequest
): readonly MultipleUnitUsage[] | null {
  let ended: MultipleUnitUsage[] | null = null
  beginPeriods(context, session)
  for (const usage of request.usages) {
    if (usage.offline !== undefined) {
      recordOffline(serviceOf(context, session, request, usage), usage.offline)
    }
    if (usage.used === null && usage.requested === null) continue
    const service = serviceOf(context, session, request, usage)
    if (usage.used === null) {
      release(context, session, service)
      continue
    }
    if (service.grant?.final === true) {
      ended ??= []
      ended.push(usage)
    }
    const group = groupOf(request, usage)
    const situation = situationOf(
      context,
      session.context,
      group,
      session.facts,
      usage.serviceIdentifiers
    )
    settle(context, session, service, usage.used, situation, usage)
  }
  coverAnew(context, session)
  checkTotals(session)
  return ended
}

function serveUsage(
  context: Context,
  session: SessionDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  ended: readonly MultipleUnitUsage[] | null
): MultipleUnitAnswer {
  if (usage.requested === null) {
    if (ended === null || !ended.includes(usage)) return refused(usage, 'success')
    return restricted(context, session, request, usage)
  }
  const service = serviceOf(context, session, request, usage)
  const group = groupOf(request, usage)
  const situation = situationOf(
    context,
    session.context,
    group,
    session.facts,
    usage.serviceIdentifiers
  )
  // What it held before was settled or given back: this is of an earlier ask of the same request.
  const serves = service.grant === null ? grant : grantAgain
  return serves(context, session, service, request, usage, usage.requested, situation)
}

/** RFC 8506 5.6.2: the client has redirected or restricted the user; it asks again when this time is over. */
function restricted(
  context: Context,
  session: SessionDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage
): MultipleUnitAnswer {
  const done = refused(usage, 'success')
  const group = groupOf(request, usage)
  const { serviceIdentifiers } = usage
  const situation = situationOf(context, session.context, group, session.facts, serviceIdentifiers)
  const finalUnits = finalUnitsFor(context, request.profile, session.lineId, situation)
  return finalUnits === null ? done : { ...done, validity: finalUnits.retry }
}

function serviceOf(
  context: Context,
  session: SessionDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage
): ServiceDraft {
  const named = groupOf(request, usage)
  const group = named ?? defaultGroupOf(context.catalogue, request.context) ?? 0
  return serviceFor(session, usage, group)
}

function answerOf(units: readonly MultipleUnitAnswer[]): ChargingAnswer {
  return { kind: 'charging', outcome: 'success', units, repeated: false }
}
