/**
 * Emergency calls of subscribers whom nobody knows.
 *
 * They are kept in one technical account that holds no money and has no line documents: a session there names its
 * caller in its line id. It comes into being with the first such call, like any account document with its write.
 */
import type { Line } from '../domain/account.ts'
import type { NetworkFacts } from '../domain/facts.ts'
import type { ChargingRequest } from '../domain/request.ts'
import { callerOf, emergencyAccountId } from '../domain/subscriber.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Catalogue } from '../rating/catalogue.ts'
import { classify } from '../rating/classify.ts'

/** Whether anything in a request is an emergency; one without services is what its context stands for. */
export function isEmergency(
  catalogue: Catalogue,
  { context, usages }: ChargingRequest,
  facts: NetworkFacts
): boolean {
  if (facts.calledParty === undefined && facts.emergency !== true) return false
  if (usages.length === 0) return classify(catalogue, context, null, facts)?.emergency === true
  return usages.some(
    ({ ratingGroup }) => classify(catalogue, context, ratingGroup, facts)?.emergency === true
  )
}

/** The callers as lines, for what is recorded of them. */
export function callerLines(ids: readonly string[], now: EpochMs): ReadonlyMap<string, Line> {
  const lines = new Map<string, Line>()
  for (const id of ids) {
    const { msisdn, imsi } = callerOf(id)
    lines.set(id, {
      format: 1,
      id,
      accountId: emergencyAccountId,
      msisdn,
      imsi,
      createdAt: now,
      buckets: []
    })
  }
  return lines
}
