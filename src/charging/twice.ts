/**
 * A service that a request asks for twice: RFC 8506 5.1.2 and TS 32.299 6.5 have one Multiple-Services-Credit-Control
 * for each combination of rating group and service identifiers, and some clients send two.
 *
 * Each ask is granted units of its own, reserved beside those of the asks before it. So a client that adds them up and
 * one that keeps only the last both stay within what is reserved. The service holds them as one grant.
 */
import type { MultipleUnitAnswer } from '../domain/answer.ts'
import type { ChargingRequest, MultipleUnitUsage, RequestedUnits } from '../domain/request.ts'
import type { Grant } from '../domain/session.ts'
import type { Situation } from '../rating/classify.ts'
import type { Context } from './context.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { grant, refused } from './grant.ts'
import { joinHolds } from './limits.ts'
import { release } from './settle.ts'

/** Grants further units to a service that was granted some by an earlier ask of this request. */
export function grantAgain(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  requested: RequestedUnits,
  situation: Situation | null
): MultipleUnitAnswer {
  // What is held counts for the price of what follows, as that of any other service.
  const first = { ...service, parts: [] }
  session.services.push(first)
  service.grant = null
  const answer = grant(context, session, service, request, usage, requested, situation)
  const more = service.grant as Grant | null
  // Beside what follows it may have to hold something else.
  const kept = first.grant
  const fits = kept === null || more === null || isOfOneKind(kept, more)
  // While it is given back, what is held still counts.
  if (!fits) release(context, session, service)
  session.services.pop()
  if (!fits) {
    service.grant = first.grant
    return refused(usage, 'unable-to-comply')
  }
  if (kept === null || more === null) {
    service.grant = kept ?? more
    return answer
  }
  const units = kept.units + more.units
  const holds = joinHolds(kept.holds, more.holds)
  const draws = [...kept.draws, ...more.draws]
  service.grant = { ...more, units, draws, ...(holds === undefined ? {} : { holds }) }
  return answer
}

/** Whether usage of the one may be settled as usage of the other. */
function isOfOneKind(a: Grant, b: Grant): boolean {
  return (
    a.unit === b.unit &&
    a.price === b.price &&
    a.zone === b.zone &&
    a.pool === b.pool &&
    a.change?.at === b.change?.at &&
    a.change?.price === b.change?.price &&
    Number.isSafeInteger(a.units + b.units)
  )
}
