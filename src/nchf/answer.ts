/** ChargingAnswer -> ChargingDataResponse, or the problem that stands for a refusal of the whole request. */
import type {
  ChargingAnswer,
  MultipleUnitAnswer,
  Outcome,
  RedirectServer
} from '../domain/answer.ts'
import type { MultipleUnitUsage } from '../domain/request.ts'
import type { EpochMs } from '../domain/time.ts'
import type {
  ChargingDataRequest,
  ChargingDataResponse,
  FailureHandling,
  FinalUnitIndication,
  MultipleUnitInformation,
  ServiceUnits,
  Trigger
} from './messages.ts'
import { congested, type Problem, problem } from './problem.ts'
import type { ConsumerProfile } from './profiles.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

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

const exhausted = trigger('QUOTA_EXHAUSTED')
/** What a consumer must report at once while it holds a grant. The free5GC SMF enforces only what is listed. */
const ofGrant: readonly Trigger[] = [
  exhausted,
  trigger('QUOTA_THRESHOLD'),
  trigger('VALIDITY_TIME')
]
/** A refused group without this trigger would go on without quota. */
const ofRefusal: readonly Trigger[] = [exhausted]

function trigger(triggerType: string): Trigger {
  return { triggerType, triggerCategory: 'IMMEDIATE_REPORT' }
}

/** null: the answer is a response, not a problem. TS 29.500 5.2.7.2, TS 32.291 6.1.7.3. */
export function problemOf(outcome: Outcome): Problem | null {
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
    case 'resources-exceeded':
      return problem(500, 'INSUFFICIENT_RESOURCES', 'the account has too many open sessions')
    case 'unable-to-comply':
      return problem(500, 'SYSTEM_FAILURE', 'the request met a fault and changed nothing')
  }
}

export function responseText(
  context: ResponseContext,
  answer: ChargingAnswer,
  now: EpochMs
): string {
  const { body, failureHandling, features, event } = context
  const response: Mutable<ChargingDataResponse> = {
    invocationTimeStamp: new Date(now).toISOString(),
    invocationSequenceNumber: body.invocationSequenceNumber
  }
  if (failureHandling !== null) response.invocationResult = { failureHandling }
  if (!event) response.sessionFailover = 'FAILOVER_SUPPORTED'
  if (features !== null) response.supportedFeatures = features
  const units: MultipleUnitInformation[] = []
  for (let index = 0; index < answer.units.length; index++) {
    const unit = answer.units[index]
    if (unit !== undefined) addUnit(units, context, unit, context.usages[index])
  }
  if (units.length > 0) response.multipleUnitInformation = units
  return JSON.stringify(response)
}

function addUnit(
  units: MultipleUnitInformation[],
  context: ResponseContext,
  unit: MultipleUnitAnswer,
  usage: MultipleUnitUsage | undefined
): void {
  // An event without multipleUnitUsage has no rating group to answer for.
  if (unit.ratingGroup === null) return
  const about: Mutable<MultipleUnitInformation> = {
    ratingGroup: unit.ratingGroup,
    resultCode: codeOf(unit, usage)
  }
  const upf = usage?.ratingGroup === unit.ratingGroup ? usage.upf : undefined
  if (upf !== undefined) about.uPFID = upf
  if (unit.granted !== null) addGrant(about, context, unit, unit.granted)
  else if (unit.outcome !== 'success' && !context.event) about.triggers = ofRefusal
  if (!context.event) {
    if (unit.validity > 0) about.validityTime = unit.validity
    if (unit.final !== null) about.finalUnitIndication = finalUnitIndication(unit)
  }
  units.push(about)
}

function codeOf(unit: MultipleUnitAnswer, usage: MultipleUnitUsage | undefined): string {
  const meteredOnly = usage?.offline !== undefined && usage.requested === null
  const outcome = unit.outcome === 'success' && meteredOnly ? 'not-applicable' : unit.outcome
  return resultCodes[outcome] ?? 'END_USER_SERVICE_REJECTED'
}

function addGrant(
  about: Mutable<MultipleUnitInformation>,
  { event, profile }: ResponseContext,
  unit: MultipleUnitAnswer,
  granted: NonNullable<MultipleUnitAnswer['granted']>
): void {
  about.grantedUnit = grantedUnit(granted)
  if (event) return
  about.triggers = ofGrant
  const { conditions } = unit
  if (conditions) {
    const { holding, tariffChange } = conditions
    if (holding !== null) about.quotaHoldingTime = holding
    if (tariffChange > 0) {
      const change = new Date(tariffChange).toISOString()
      about.grantedUnit = { ...about.grantedUnit, tariffTimeChange: change }
    }
  }
  if (granted.unit === 'octets') {
    const { threshold } = unit
    about.volumeQuotaThreshold = profile.absoluteThresholds ? granted.amount - threshold : threshold
  } else if (unit.threshold > 0) {
    if (granted.unit === 'seconds') about.timeQuotaThreshold = unit.threshold
    else about.unitQuotaThreshold = unit.threshold
  }
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

function grantedUnit({ unit, amount }: NonNullable<MultipleUnitAnswer['granted']>): ServiceUnits {
  if (unit === 'octets') return { totalVolume: amount }
  return unit === 'seconds' ? { time: amount } : { serviceSpecificUnits: amount }
}
