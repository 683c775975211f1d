/** What a rule or an allowance may want of the network beside zone, destination and leg. */
import type { NetworkFacts } from '../domain/facts.ts'

/** All that are given must fit; what the network does not say fits none. */
export interface Conditions {
  /** Network identifiers of access points, in small letters. */
  readonly apns?: ReadonlySet<string>
  /** `sst`, which stands for every slice of that type, or `sst-sd` (TS 29.571 5.4.4.2). */
  readonly slices?: ReadonlySet<string>
  /** 3GPP-RAT-Type, TS 29.274 8.17. */
  readonly rats?: ReadonlySet<number>
  /** QCI or 5QI. */
  readonly qos?: ReadonlySet<number>
  /** Service-Identifier 439: one of them is enough. */
  readonly identifiers?: ReadonlySet<number>
  /** 3GPP-Charging-Characteristics, four hexadecimal digits in small letters. */
  readonly characteristics?: ReadonlySet<string>
}

export type ConditionName = 'apn' | 'slice' | 'rat' | 'qos' | 'identifier' | 'characteristics'

/** The first condition that does not fit; null: all do. */
export function unmetCondition(
  wanted: Conditions,
  facts: NetworkFacts,
  identifiers: readonly number[]
): ConditionName | null {
  const { apns, slices, rats, qos, characteristics } = wanted
  if (apns !== undefined && !hasApn(apns, facts.apn)) return 'apn'
  if (slices !== undefined && !hasSlice(slices, facts.slice)) return 'slice'
  if (rats !== undefined && !has(rats, facts.rat)) return 'rat'
  if (qos !== undefined && !has(qos, facts.fiveQi ?? facts.qci)) return 'qos'
  const said = facts.chargingCharacteristics
  if (characteristics !== undefined && !has(characteristics, said?.toLowerCase())) {
    return 'characteristics'
  }
  return wanted.identifiers === undefined || hasOne(wanted.identifiers, identifiers)
    ? null
    : 'identifier'
}

function hasOne(wanted: ReadonlySet<number>, said: readonly number[]): boolean {
  for (const identifier of said) if (wanted.has(identifier)) return true
  return false
}

function has<T>(wanted: ReadonlySet<T>, said: T | undefined): boolean {
  return said !== undefined && wanted.has(said)
}

/** The operator identifier that some gateways append (`.mnc001.mcc262.gprs`, TS 23.003 9.1.2) says nothing of the service. */
function hasApn(wanted: ReadonlySet<string>, apn: string | undefined): boolean {
  if (apn === undefined) return false
  if (wanted.has(apn)) return true
  const name = apn.toLowerCase()
  const operator = name.indexOf('.mnc')
  return wanted.has(operator < 0 ? name : name.slice(0, operator))
}

function hasSlice(wanted: ReadonlySet<string>, slice: string | undefined): boolean {
  if (slice === undefined) return false
  const name = slice.toLowerCase()
  if (wanted.has(name)) return true
  const type = name.indexOf('-')
  return type > 0 && wanted.has(name.slice(0, type))
}
