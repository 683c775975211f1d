/**
 * ChargingAnswer -> Credit-Control-Answer.
 *
 *     <Credit-Control-Answer> ::= < Diameter Header: 272, PXY >        (RFC 8506 3.2)
 *                                 < Session-Id >
 *                                 { Result-Code }
 *                                 { Origin-Host }
 *                                 { Origin-Realm }
 *                                 { Auth-Application-Id }
 *                                 { CC-Request-Type }
 *                                 { CC-Request-Number }
 *                                 [ CC-Session-Failover ]
 *                                 [ CC-Sub-Session-Id ]
 *                                 [ Origin-State-Id ]
 *                                 [ Granted-Service-Unit ]
 *                               * [ Multiple-Services-Credit-Control ]
 *                                 [ Check-Balance-Result ]
 *                                 [ Cost-Information ]
 *                                 [ Final-Unit-Indication ]
 *                                 [ QoS-Final-Unit-Indication ]
 *                                 [ Credit-Control-Failure-Handling ]
 *                                 [ Direct-Debiting-Failure-Handling ]
 *                                 [ Validity-Time ]
 *                                 [ Low-Balance-Indication ]
 *                                 [ Remaining-Balance ]
 *                                 [ Error-Message ]
 *                               * [ Proxy-Info ]
 *                               * [ Route-Record ]
 *                               * [ Failed-AVP ]
 *                                 [ Service-Information ]                (TS 32.299 6.4.3)
 *
 * Written in this order. The MSCCs are those of the request, in its order, each with the key that
 * the client
 * sent, and units of exactly the granted type: real clients keep the last of several values, or
 * take an
 * answer without units for a grant without limit.
 */
import type { ChargingAnswer, MultipleUnitAnswer, Outcome } from '../../domain/answer.ts'
import type { PeerProfile } from '../../domain/request.ts'
import { encodeAvp } from '../codec/encode.ts'
import { avp } from '../codec/entries.ts'
import { flags, type Header } from '../codec/header.ts'
import { type LongAvp, MessageWriter } from '../codec/writer.ts'
import { resultCodes } from '../dictionary/result-codes.ts'
import { type BaseIdentity, errorAnswer } from '../peer/base-messages.ts'
import type { PeerFault } from '../peer/peer-machine.ts'
import { avpOf } from '../peer/raw.ts'
import {
  writeAdviceOfCharge,
  writeBalance,
  writeCost,
  writeDirections,
  writeEnquiry,
  writeFailureHandling,
  writeFinalUnits,
  writeGrantedMoney,
  writeQosFinalUnits,
  writeServiceConditions,
  writeSum,
  writeThreshold
} from './conditions.ts'
import { defaultProfile } from './profiles.ts'
import { isProtocolError, resultCodeOf } from './result-codes.ts'

/** What an answer takes over from its request. */
export interface CcaContext {
  readonly header: Header
  readonly sessionId: string
  /** CC-Request-Type and CC-Request-Number as received. */
  readonly type: number
  readonly number: number
  readonly subSession: bigint | undefined
  readonly serviceContext: string
  /** Proxy-Info and Route-Record AVPs with their headers, in order; null: there were none. */
  readonly proxyInfo: Buffer | null
  /** Units stand at command level, not in MSCC. */
  readonly plain: boolean
  /** null: not an event. */
  readonly event: EventEcho | null
}

export interface EventEcho {
  /** For each usage, the AVP to blame when it cannot be rated; null: its key. */
  readonly culprits: readonly (Buffer | null)[]
  /** Refund-Information for what is debited, in the 3GPP grammar of MSCC; null: none. */
  readonly refund: Buffer | null
}

const creditControl = 4
/**
 * CC-Session-Failover 418: FAILOVER_SUPPORTED. Sessions live in the store, so any node can go on.
 */
const failoverSupported = 1
/** Final-Unit-Action 449: TERMINATE, which allows no other AVP beside it (RFC 8506 8.34). */
const terminate = 0
const initial = 1
const update = 2
const termination = 3
const event = 4

const writer = new MessageWriter()

export function creditControlAnswer(
  identity: BaseIdentity,
  context: CcaContext,
  answer: ChargingAnswer,
  profile: PeerProfile = defaultProfile
): Buffer {
  const only = context.plain ? answer.units[0] : undefined
  const resultCode = resultCodeOf(outcomeOf(context, answer))
  if (isProtocolError(resultCode)) return protocolError(identity, context, resultCode)
  begin(identity, context, resultCode, profile.sessionFailover)
  if (only) writeGrant(only)
  else for (const unit of answer.units) writeService(unit, context.event?.refund ?? null, profile)
  if (context.event !== null) writeEnquiry(writer, answer)
  if (answer.advice !== undefined) writeCost(writer, answer.advice)
  if (context.type !== termination) {
    writeFailureHandling(writer, profile, context.type === event)
  }
  if (only) writeConditions(only, profile)
  if (answer.advice !== undefined) writeBalance(writer, answer.advice)
  if (context.proxyInfo) writer.raw(context.proxyInfo)
  writeUnrated(context, answer, resultCode)
  if (answer.advice !== undefined) writeAdviceOfCharge(writer, answer.advice)
  return writer.finish()
}

/** Without MSCC the one service's outcome is that of the command (RFC 8506 5.1.1). */
export function outcomeOf(context: CcaContext, answer: ChargingAnswer): Outcome {
  const only = context.plain ? answer.units[0] : undefined
  return answer.outcome === 'success' && only ? only.outcome : answer.outcome
}

/** A CCR that is refused before it is charged, with the grammar of the command: 4xxx and 5xxx. */
export function refusalAnswer(
  identity: BaseIdentity,
  context: CcaContext,
  fault: PeerFault
): Buffer {
  if (isProtocolError(fault.resultCode)) {
    return protocolError(identity, context, fault.resultCode, fault)
  }
  begin(identity, context, fault.resultCode)
  writer.text(avp['Error-Message'], fault.message)
  if (context.proxyInfo) writer.raw(context.proxyInfo)
  if (fault.avp) writer.octets(avp['Failed-AVP'], fault.avp)
  return writer.finish()
}

function begin(
  identity: BaseIdentity,
  context: CcaContext,
  resultCode: number,
  failover = true
): void {
  const { header, type } = context
  writer
    .beginWith(
      header.command,
      header.flags & flags.proxiable,
      header.application,
      header.hopByHop,
      header.endToEnd
    )
    .text(avp['Session-Id'], context.sessionId)
    .u32(avp['Result-Code'], resultCode)
    .raw(originOf(identity))
    .u32(avp['CC-Request-Type'], type)
    .u32(avp['CC-Request-Number'], context.number)
  if (type === initial || type === update) {
    writer.u32(avp['CC-Session-Failover'], failover ? failoverSupported : 0)
  }
  if (context.subSession !== undefined) writer.u64(avp['CC-Sub-Session-Id'], context.subSession)
  writer.u32(avp['Origin-State-Id'], identity.originStateId)
}

let originIdentity: BaseIdentity | null = null
let origin: Buffer = Buffer.alloc(0)

/**
 * Origin-Host, Origin-Realm and Auth-Application-Id, which are the same in every answer: encoded
 * once.
 */
function originOf(identity: BaseIdentity): Buffer {
  if (identity === originIdentity) return origin
  origin = Buffer.concat([
    encodeAvp('Origin-Host', identity.originHost),
    encodeAvp('Origin-Realm', identity.originRealm),
    encodeAvp('Auth-Application-Id', creditControl)
  ])
  originIdentity = identity
  return origin
}

/**
 *     Multiple-Services-Credit-Control ::= < AVP Header: 456 >
 *         [ Granted-Service-Unit ] * [ Service-Identifier ] [ Rating-Group ] [ Validity-Time ]
 *         [ Result-Code ] [ Final-Unit-Indication ]
 *         [ Time-Quota-Threshold ] [ Volume-Quota-Threshold ] [ Unit-Quota-Threshold ]
 */
function writeService(unit: MultipleUnitAnswer, refund: Buffer | null, profile: PeerProfile): void {
  writer.open(avp['Multiple-Services-Credit-Control'])
  writeGrant(unit)
  for (const identifier of unit.serviceIdentifiers) {
    writer.u32(avp['Service-Identifier'], identifier)
  }
  if (unit.ratingGroup !== null) writer.u32(avp['Rating-Group'], unit.ratingGroup)
  writer.u32(avp['Result-Code'], resultCodeOf(unit.outcome))
  writeConditions(unit, profile)
  if (unit.threshold > 0 && unit.granted) writeThreshold(writer, unit.granted.unit, unit.threshold)
  if (refund !== null && (unit.granted || unit.money)) writer.raw(refund)
  if (unit.conditions) writeServiceConditions(writer, unit.conditions, unit.granted)
  writer.close()
}

const volumes: Readonly<Record<'octets' | 'messages', LongAvp>> = {
  octets: avp['CC-Total-Octets'],
  messages: avp['CC-Service-Specific-Units']
}

function writeGrant({ granted, conditions, money }: MultipleUnitAnswer): void {
  if (money) {
    writer.open(avp['Granted-Service-Unit']).open(avp['CC-Money'])
    writeSum(writer, money)
    writer.close().close()
  }
  if (!granted) return
  writer.open(avp['Granted-Service-Unit'])
  if (conditions && conditions.tariffChange > 0) {
    writer.time(avp['Tariff-Time-Change'], conditions.tariffChange)
  }
  const input = conditions?.inputOctets ?? null
  if (input !== null) writeDirections(writer, granted.amount, input)
  else if (granted.unit === 'seconds') writer.u32(avp['CC-Time'], granted.amount)
  else if (granted.unit === 'money') writeGrantedMoney(writer, granted)
  else writer.u64(volumes[granted.unit], granted.amount)
  writer.close()
}

function writeConditions(unit: MultipleUnitAnswer, profile: PeerProfile): void {
  if (unit.validity > 0) writer.u32(avp['Validity-Time'], unit.validity)
  if (unit.final === null) return
  const finalUnits = unit.conditions?.finalUnits ?? null
  if (finalUnits === null) {
    writer.open(avp['Final-Unit-Indication']).u32(avp['Final-Unit-Action'], terminate).close()
    return
  }
  writeFinalUnits(writer, finalUnits)
  if (profile.qosFinalUnits) writeQosFinalUnits(writer, finalUnits)
}

/**
 * RFC 8506 9.2: DIAMETER_RATING_FAILED comes with a Failed-AVP for what could not be rated: the
 * MSCC with its
 * key, or without MSCC the Service-Context-Id.
 */
function writeUnrated(context: CcaContext, answer: ChargingAnswer, resultCode: number): void {
  if (context.plain || answer.units.length === 0) {
    if (resultCode !== resultCodes.DIAMETER_RATING_FAILED) return
    const octets = Buffer.from(context.serviceContext)
    const fallback = avpOf(avp['Service-Context-Id'].code, octets)
    writer.octets(avp['Failed-AVP'], context.event?.culprits[0] ?? fallback)
    return
  }
  for (const [index, unit] of answer.units.entries()) {
    if (unit.outcome === 'rating-failed') {
      writer.octets(avp['Failed-AVP'], context.event?.culprits[index] ?? serviceKey(unit))
    }
  }
}

/** An MSCC with nothing but its key. */
function serviceKey(unit: MultipleUnitAnswer): Buffer {
  const members = unit.serviceIdentifiers.map(identifier =>
    avpOf(avp['Service-Identifier'].code, u32(identifier))
  )
  if (unit.ratingGroup !== null) {
    members.push(avpOf(avp['Rating-Group'].code, u32(unit.ratingGroup)))
  }
  return avpOf(avp['Multiple-Services-Credit-Control'].code, Buffer.concat(members))
}

function u32(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

/** 3xxx: the E bit and the reduced grammar of RFC 6733 7.2. */
function protocolError(
  identity: BaseIdentity,
  context: CcaContext,
  resultCode: number,
  fault: PeerFault = { resultCode, avp: null, message: '' }
): Buffer {
  const session = avpOf(avp['Session-Id'].code, Buffer.from(context.sessionId))
  const parts = [Buffer.alloc(20), session]
  if (context.proxyInfo) parts.push(context.proxyInfo)
  return errorAnswer(identity, context.header, Buffer.concat(parts), fault)
}
