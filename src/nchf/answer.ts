/**
 * ChargingAnswer -> ChargingDataResponse, or the problem that stands for a refusal of the whole request.
 *
 * Responses are written as text: most of a response is the same every time, and objects that are made only to be
 * turned into JSON cost several times as much. Numbers are integers; what others have written goes through
 * JSON.stringify.
 */
import type {
  ChargingAnswer,
  MultipleUnitAnswer,
  Outcome,
  RedirectServer
} from '../domain/answer.ts'
import type { MultipleUnitUsage } from '../domain/request.ts'
import type { EpochMs } from '../domain/time.ts'
import { instantText } from './instant.ts'
import type { ChargingDataRequest, FailureHandling, FinalUnitIndication } from './messages.ts'
import { congested, type Problem, problem } from './problem.ts'
import type { ConsumerProfile } from './profiles.ts'
import { grantTriggers, refusalTriggers } from './triggers.ts'
import { uncountable } from './uncountable.ts'

export interface ResponseContext {
  readonly body: ChargingDataRequest
  readonly usages: readonly MultipleUnitUsage[]
  readonly profile: ConsumerProfile
  /** supportedFeatures as negotiated; null: the consumer named none. */
  readonly features: string | null
  /** null: the consumer's own configuration says what to do. */
  readonly failureHandling: FailureHandling | null
  /** One-time events have no session: nothing to fail over, to arm, or to ask for again. */
  readonly event: boolean
}

/** ResultCode, TS 32.291 6.1.6.3.14, of one rating group. */
const resultCodes: Readonly<Partial<Record<Outcome, string>>> = {
  success: 'SUCCESS',
  'service-denied': 'END_USER_SERVICE_DENIED',
  'not-applicable': 'QUOTA_MANAGEMENT_NOT_APPLICABLE',
  'credit-limit-reached': 'QUOTA_LIMIT_REACHED',
  'rating-failed': 'RATING_FAILED'
}

/** null: the answer is a response, not a problem. TS 29.500 5.2.7.2, TS 32.291 6.1.7.3. */
export function problemOf(outcome: Outcome, body: ChargingDataRequest): Problem | null {
  switch (outcome) {
    case 'success':
      return null
    case 'too-busy':
      return congested('the request could not be charged in time; repeat it')
    case 'user-unknown':
      return problem(404, 'USER_UNKNOWN', 'the subscriber has no account here')
    case 'unknown-session':
      return problem(404, 'CONTEXT_NOT_FOUND', 'there is no such charging session')
    case 'service-denied':
      return problem(403, 'END_USER_REQUEST_DENIED', 'the account is blocked')
    case 'not-applicable':
      return problem(403, 'CHARGING_NOT_APPLICABLE', 'this is not charged')
    case 'credit-limit-reached':
      return problem(403, 'QUOTA_LIMIT_REACHED', 'the account cannot pay for it')
    case 'rating-failed':
      return problem(400, 'CHARGING_FAILED', 'the catalogue sells nothing of this kind')
    case 'invalid-value':
      return uncountable(body)
    case 'resources-exceeded':
      return problem(500, 'INSUFFICIENT_RESOURCES', 'the account has too many open sessions')
    case 'unable-to-comply':
      return problem(500, 'SYSTEM_FAILURE', 'the request met a fault and changed nothing')
  }
}

/** A ChargingDataResponse, TS 32.291 6.1.6.2.1.2, as JSON. */
export function responseText(
  context: ResponseContext,
  answer: ChargingAnswer,
  now: EpochMs
): string {
  const { body, failureHandling, features, event, usages } = context
  let text = `{"invocationTimeStamp":"${instantText(now)}"`
  text += `,"invocationSequenceNumber":${body.invocationSequenceNumber}`
  if (failureHandling !== null) {
    text += `,"invocationResult":{"failureHandling":"${failureHandling}"}`
  }
  if (!event) text += ',"sessionFailover":"FAILOVER_SUPPORTED"'
  if (features !== null) text += `,"supportedFeatures":"${features}"`
  let units = ''
  for (let index = 0; index < answer.units.length; index++) {
    const unit = answer.units[index]
    // An event without multipleUnitUsage has no rating group to answer for.
    if (unit === undefined || unit.ratingGroup === null) continue
    units += (units === '' ? '' : ',') + unitText(context, unit, usages[index])
  }
  return units === '' ? `${text}}` : `${text},"multipleUnitInformation":[${units}]}`
}

/** A MultipleUnitInformation, TS 32.291 6.1.6.2.1.8. */
function unitText(
  context: ResponseContext,
  unit: MultipleUnitAnswer,
  usage: MultipleUnitUsage | undefined
): string {
  const { event } = context
  let text = `{"ratingGroup":${unit.ratingGroup},"resultCode":"${codeOf(unit, usage)}"`
  const upf = usage?.ratingGroup === unit.ratingGroup ? usage.upf : undefined
  if (upf !== undefined) text += `,"uPFID":${JSON.stringify(upf)}`
  if (unit.granted !== null) text += grantText(context, unit, unit.granted)
  else if (unit.outcome !== 'success' && !event) text += refusalTriggers
  if (!event) {
    if (unit.validity > 0) text += `,"validityTime":${unit.validity}`
    if (unit.final !== null) {
      text += `,"finalUnitIndication":${JSON.stringify(finalUnitIndication(unit))}`
    }
  }
  return `${text}}`
}

function codeOf(unit: MultipleUnitAnswer, usage: MultipleUnitUsage | undefined): string {
  const meteredOnly = usage?.offline !== undefined && usage.requested === null
  const outcome = unit.outcome === 'success' && meteredOnly ? 'not-applicable' : unit.outcome
  return resultCodes[outcome] ?? 'END_USER_SERVICE_REJECTED'
}

/** The members of a grant, with a comma before each. */
function grantText(
  { event, profile }: ResponseContext,
  unit: MultipleUnitAnswer,
  granted: NonNullable<MultipleUnitAnswer['granted']>
): string {
  const units = grantedUnit(granted)
  if (event) return `,"grantedUnit":{${units}}`
  const { conditions, threshold } = unit
  let text = `,"grantedUnit":{${units}`
  if (conditions && conditions.tariffChange > 0) {
    text += `,"tariffTimeChange":"${new Date(conditions.tariffChange).toISOString()}"`
  }
  text += `}${grantTriggers(conditions?.triggers ?? null)}`
  if (conditions && conditions.holding !== null) text += `,"quotaHoldingTime":${conditions.holding}`
  if (granted.unit === 'octets') {
    const { amount } = granted
    const volume = profile.absoluteThresholds ? amount - threshold : threshold
    return `${text},"volumeQuotaThreshold":${volume}`
  }
  if (threshold <= 0) return text
  const name = granted.unit === 'seconds' ? 'timeQuotaThreshold' : 'unitQuotaThreshold'
  return `${text},"${name}":${threshold}`
}

const redirectTypes: Readonly<Record<RedirectServer['type'], string>> = {
  ipv4: 'IPV4',
  ipv6: 'IPV6',
  url: 'URL',
  'sip-uri': 'URI'
}

/** TS 32.291 6.1.6.2.1.11. Of several filters the first: lists need FilterRuleList, which is not negotiated. */
function finalUnitIndication({ conditions }: MultipleUnitAnswer): FinalUnitIndication {
  const units = conditions?.finalUnits ?? null
  if (units === null || units.action === 'terminate') return { finalUnitAction: 'TERMINATE' }
  if (units.redirect !== null) {
    const { address, type } = units.redirect
    const redirectServer = {
      redirectAddressType: redirectTypes[type],
      redirectServerAddress: address
    }
    return { finalUnitAction: 'REDIRECT', redirectServer }
  }
  const [restrictionFilterRule] = units.filterRules
  const [filterId] = units.filterIds
  return {
    finalUnitAction: 'RESTRICT_ACCESS',
    ...(restrictionFilterRule === undefined ? {} : { restrictionFilterRule }),
    ...(filterId === undefined ? {} : { filterId })
  }
}

function grantedUnit({ unit, amount }: NonNullable<MultipleUnitAnswer['granted']>): string {
  if (unit === 'octets') return `"totalVolume":${amount}`
  return unit === 'seconds' ? `"time":${amount}` : `"serviceSpecificUnits":${amount}`
}
