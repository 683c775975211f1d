/**
 * Credit-Control-Request (RFC 8506 3.1, TS 32.299 6.4.2) -> ChargingRequest. Pure.
 *
 * The decoder has checked the grammar; here is what the meaning demands beyond it. User-Name, the T
 * flag
 * and the identifiers of the header play no part: the request key is session, type and number.
 */
import { limits } from '../../domain/limits.ts'
import type { ChargingRequest, RequestType } from '../../domain/request.ts'
import type { SessionRoute } from '../../domain/route.ts'
import { sessionKey } from '../../domain/session-key.ts'
import { resultCodes } from '../dictionary/result-codes.ts'
import { creditControlApplication, type PeerFault } from '../peer/peer-machine.ts'
import { avpOf, findAvp } from '../peer/raw.ts'
import type { Ccr } from './ccr-avps.ts'
import { actionOf, mapEvent } from './event.ts'
import { factsOf } from './facts.ts'
import { rawMoney } from './money.ts'
import type { ProfileResolver } from './profiles.ts'
import { subscribersOf } from './subscribers.ts'
import { type TooLarge, type Uncountable, usagesOf } from './usage.ts'

export type CcrMapping =
  | {
      readonly kind: 'request'
      readonly request: ChargingRequest
      /** Units stand at command level, without MSCC; the answer's must, too. */
      readonly plain: boolean
      /** Of an event: the AVPs to blame for usages that cannot be rated. */
      readonly culprits: readonly (Buffer | null)[] | null
    }
  | { readonly kind: 'refused'; readonly fault: PeerFault }

const codes = {
  'Auth-Application-Id': 258,
  'Session-Id': 263,
  'CC-Request-Type': 416,
  'CC-Request-Number': 415,
  'Requested-Action': 436,
  'Requested-Service-Unit': 437,
  'Used-Service-Unit': 446,
  'Multiple-Services-Credit-Control': 456,
  'CC-Total-Octets': 421,
  'CC-Input-Octets': 412,
  'CC-Output-Octets': 414,
  'CC-Service-Specific-Units': 417
} as const

/** CC-Request-Type 416 by its value. */
const requestTypes: readonly (RequestType | undefined)[] = [
  undefined,
  'initial',
  'update',
  'termination',
  'event'
]

/** `message` is the whole CCR, for copying AVPs into Failed-AVP; `route` leads to whose connection brought it. */
export function mapCcr(
  ccr: Ccr,
  message: Buffer,
  profiles: ProfileResolver,
  route: SessionRoute
): CcrMapping {
  const type = requestTypes[ccr['CC-Request-Type'] ?? 0]
  if (!type) return refuseCopy(message, 'CC-Request-Type', 'CC-Request-Type must be 1, 2, 3 or 4')
  // RFC 6733 6.8: it must be that of the header, which is credit control's here.
  const application = ccr['Auth-Application-Id'] ?? creditControlApplication
  if (application !== creditControlApplication) {
    return refuseCopy(
      message,
      'Auth-Application-Id',
      'Auth-Application-Id is not that of the header'
    )
  }
  const sessionId = sessionKey(ccr['Session-Id'] ?? '', ccr['CC-Sub-Session-Id'])
  const unfit = sessionIdProblem(ccr['Session-Id'], sessionId)
  if (unfit) return refuseCopy(message, 'Session-Id', unfit)
  const services = ccr['Multiple-Services-Credit-Control']?.length ?? 0
  if (services > limits.usagesPerRequest) return refuseServices(message)
  const usages = usagesOf(ccr)
  if ('within' in usages) return { kind: 'refused', fault: countFault(usages) }
  const origin = { host: ccr['Origin-Host'] ?? '', realm: ccr['Origin-Realm'] ?? '' }
  const profile = profiles(origin)
  const request: ChargingRequest = {
    kind: 'charging',
    type,
    sessionId,
    number: ccr['CC-Request-Number'] ?? 0,
    subscribers: subscribersOf(ccr),
    context: contextOf(ccr['Service-Context-Id'] ?? ''),
    origin,
    route,
    profile,
    facts: factsOf(ccr),
    usages,
    advice: isAdviceAsked(ccr['AoC-Request-Type'])
  }
  const plain = services === 0
  if (type === 'event') return mapOneTime(ccr, message, request, plain)
  return { kind: 'request', plain, request, culprits: null }
}

/** RFC 6733 8.8: it names its session among all others, which nothing cannot. null: it is good. */
function sessionIdProblem(received: string | undefined, key: string): string | null {
  if (received === '') return 'Session-Id is empty'
  // What could not be read as UTF-8 could not be said again in the answer, either.
  if (key.includes('\uFFFD')) return 'Session-Id is not UTF-8'
  if (Buffer.byteLength(key) <= limits.sessionIdOctets) return null
  return `Session-Id is longer than ${limits.sessionIdOctets} octets`
}

/**
 * The specification number in a Service-Context-Id, TS 32.299 7.1.12: the last label before the `@`, as in
 * `ext.01.001.8.32260@3gpp.org`. Anything else is passed on as it stands, for the catalogue to know it.
 */
export function contextOf(serviceContextId: string): string {
  const at = serviceContextId.indexOf('@')
  const labels = at < 0 ? serviceContextId : serviceContextId.slice(0, at)
  const last = labels.slice(labels.lastIndexOf('.') + 1)
  return last.length === 5 && Number(last) >= 0 ? last : serviceContextId
}

/** RFC 8506 8.41: Requested-Action is mandatory in an event, and means nothing elsewhere. */
function mapOneTime(
  ccr: Ccr,
  message: Buffer,
  request: ChargingRequest,
  plain: boolean
): CcrMapping {
  if (ccr['Requested-Action'] === undefined) {
    const fault: PeerFault = {
      resultCode: resultCodes.DIAMETER_MISSING_AVP,
      avp: avpOf(codes['Requested-Action'], Buffer.alloc(4)),
      message: 'Requested-Action is missing in an event'
    }
    return { kind: 'refused', fault }
  }
  const action = actionOf(ccr)
  if (action === null) {
    return refuseCopy(message, 'Requested-Action', 'Requested-Action must be 0, 1, 2 or 3')
  }
  const mapped = mapEvent(ccr, action, request.usages)
  if ('resultCode' in mapped) return { kind: 'refused', fault: mapped }
  const { event, usages, culprits } = mapped
  return { kind: 'request', plain, request: { ...request, usages, event }, culprits }
}

function refuseCopy(message: Buffer, name: keyof typeof codes, text: string): CcrMapping {
  const fault: PeerFault = {
    resultCode: resultCodes.DIAMETER_INVALID_AVP_VALUE,
    avp: findAvp(message, codes[name]),
    message: text
  }
  return { kind: 'refused', fault }
}

/** RFC 6733 7.1.5: Failed-AVP holds the first AVP beyond the number allowed. */
function refuseServices(message: Buffer): CcrMapping {
  const fault: PeerFault = {
    resultCode: resultCodes.DIAMETER_AVP_OCCURS_TOO_MANY_TIMES,
    avp: findAvp(message, codes['Multiple-Services-Credit-Control'], limits.usagesPerRequest),
    message: `more than ${limits.usagesPerRequest} Multiple-Services-Credit-Control AVPs`
  }
  return { kind: 'refused', fault }
}

/** AoC-Request-Type 2055: AoC_FULL and AoC_COST_ONLY ask for the cost. */
const isAdviceAsked = (type: number | undefined): boolean => type === 1 || type === 2

/** RFC 6733 7.5: a culprit within groups is shown within them. */
function countFault(fault: TooLarge | Uncountable): PeerFault {
  if (!('money' in fault)) return tooLargeFault(fault)
  const units = avpOf(codes[fault.within], rawMoney(fault.money))
  return {
    resultCode: resultCodes.DIAMETER_INVALID_AVP_VALUE,
    avp: fault.mscc ? avpOf(codes['Multiple-Services-Credit-Control'], units) : units,
    message:
      'CC-Money must be millionths of one currency, below 2^53, with an Exponent from -9 to 9'
  }
}

/** A volume that is too large. */
function tooLargeFault({ within, name, value, mscc }: TooLarge): PeerFault {
  const payload = Buffer.alloc(8)
  payload.writeBigUInt64BE(value)
  const units = avpOf(codes[within], avpOf(codes[name], payload))
  return {
    resultCode: resultCodes.DIAMETER_INVALID_AVP_VALUE,
    avp: mscc ? avpOf(codes['Multiple-Services-Credit-Control'], units) : units,
    message: `${name}: volumes above 2^53-1 are not counted, alone or in sum`
  }
}
