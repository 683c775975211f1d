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
import { groupOf } from './context.ts'

/** Whether anything in a request is an emergency; one without services is what its context stands for. */
export function isEmergency(
  catalogue: Catalogue,
  request: ChargingRequest,
  facts: NetworkFacts
): boolean {
  if (facts.calledParty === undefined && facts.emergency !== true) return false
  const { context, usages, profile } = request
  if (usages.length === 0 && facts.emergency === true) return true
  const isOf = (group: number | null) =>
    classify(catalogue, context, group, facts)?.emergency === true
  if (usages.length === 0) return isOf(profile.ratingGroup ?? null)
  return usages.some(usage => isOf(groupOf(request, usage)))
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
      buckets: [],
      counters: []
    })
  }
  return lines
}
