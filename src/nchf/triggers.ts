/**
 * What makes a consumer report at once, as the triggers of a rating group (TS 32.291 6.1.6.2.1.10, TS 32.255 5.2.1).
 *
 * Those of the quota itself are always listed: the free5GC SMF enforces only what is listed. Those of the catalogue are
 * Trigger-Type numbers of Gy, and become the triggers of the 5G core that report the same.
 */
import type { Trigger } from './messages.ts'

const ofQuota = ['QUOTA_EXHAUSTED', 'QUOTA_THRESHOLD', 'VALIDITY_TIME'] as const

/** Trigger-Type 870 (TS 32.299 7.2.235) -> TriggerType. Where the 5G core has no such trigger, the next wider one. */
const triggerTypes: Readonly<Record<number, string>> = {
  1: 'SERVING_NODE_CHANGE',
  2: 'QOS_CHANGE',
  3: 'USER_LOCATION_CHANGE',
  4: 'RAT_CHANGE',
  5: 'UE_TIMEZONE_CHANGE',
  30: 'PLMN_CHANGE',
  31: 'PLMN_CHANGE',
  32: 'RAI_CHANGE',
  33: 'CGI_SAI_CHANGE',
  34: 'CGI_SAI_CHANGE',
  35: 'TAI_CHANGE',
  36: 'ECGI_CHANGE',
  61: 'SERVING_NODE_CHANGE'
}

/** The member `triggers`, with a comma before it. */
function memberOf(types: readonly string[]): string {
  const triggers: Trigger[] = types.map(triggerType => ({
    triggerType,
    triggerCategory: 'IMMEDIATE_REPORT'
  }))
  return `,"triggers":${JSON.stringify(triggers)}`
}

const ofQuotaText = memberOf(ofQuota)
/** By the list of the catalogue, which is the same one in every answer. */
const texts = new WeakMap<readonly number[], string>()

/** The triggers of a grant, as a member with a comma before it. null: the catalogue names none. */
export function grantTriggers(ofCatalogue: readonly number[] | null): string {
  if (ofCatalogue === null || ofCatalogue.length === 0) return ofQuotaText
  let text = texts.get(ofCatalogue)
  if (text === undefined) {
    const types = new Set<string>(ofQuota)
    for (const number of ofCatalogue) {
      const type = triggerTypes[number]
      if (type !== undefined) types.add(type)
    }
    text = memberOf([...types])
    texts.set(ofCatalogue, text)
  }
  return text
}

/** A refused group without this trigger would go on without quota. */
export const refusalTriggers = memberOf(['QUOTA_EXHAUSTED'])
