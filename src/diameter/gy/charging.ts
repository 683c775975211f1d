/**
 * The credit-control application: CCR in, charge, CCA out.
 *
 * Nothing here waits: the answer is written when charging replies, in this turn or a later one.
 */
import type { Charge } from '../../charging/ports.ts'
import type { ChargingAnswer } from '../../domain/answer.ts'
import type { ChargingRequest } from '../../domain/request.ts'
import type { Clock } from '../../domain/time.ts'
import { decode } from '../codec/decode.ts'
import type { Header } from '../codec/header.ts'
import { resultCodes } from '../dictionary/result-codes.ts'
import { type BaseIdentity, errorAnswer } from '../peer/base-messages.ts'
import { creditControlApplication, type PeerFault } from '../peer/peer-machine.ts'
import type { RequestHandler, Responder } from '../peer/ports.ts'
import { agentAvps } from '../peer/raw.ts'
import { type CcaContext, creditControlAnswer, outcomeOf, refusalAnswer } from './cca.ts'
import { type CcrMapping, mapCcr } from './ccr.ts'
import type { Ccr } from './ccr-avps.ts'
import { createDestinationCheck, type Destinations } from './destination.ts'
import { refundToken } from './event.ts'
import { resultCodeOf } from './result-codes.ts'
import { isSaidTwice } from './said-twice.ts'
import { uncountableFault } from './uncountable.ts'

const creditControlCommand = 272
const authApplicationIdCode = 258

/**
 * Called once for every request that was answered: CC-Request-Type (0: unknown), Result-Code,
 * duration.
 */
export type OnRequest = (type: number, resultCode: number, seconds: number) => void

export interface ChargingHandlerOptions {
  readonly identity: BaseIdentity
  readonly charge: Charge
  readonly clock: Clock
  readonly onRequest: OnRequest
  readonly destinations: Destinations
  /** What a message may take in memory, as received and decoded together; default: the limit of domain/limits.ts. */
  readonly messageOctets?: number
}

export function createChargingHandler(options: ChargingHandlerOptions): RequestHandler {
  const { identity, charge, clock, onRequest } = options
  const destinationFault = createDestinationCheck(identity, options.destinations)

  function handle(header: Header, message: Buffer, responder: Responder, startedAt: number): void {
    const { avps, faults } = decode('CCR', message, options.messageOctets)
    const ccr: Ccr = avps
    const direct = avps['Proxy-Info'].length === 0 && avps['Route-Record'].length === 0
    const context = contextFor(header, ccr, direct ? null : agentAvps(message))
    const fault = faultOf(faults, avps, message) ?? destinationFault(avps)
    if (!context || fault) {
      const { resultCode } = refuse(header, message, context, fault ?? unreadable, responder)
      onRequest(context?.type ?? 0, resultCode, (clock.monotonic() - startedAt) / 1_000)
      return
    }
    const mapping = mapCcr(ccr, message, responder.profileOf, responder.route)
    if (mapping.kind === 'refused') {
      refuse(header, message, context, mapping.fault, responder)
      onRequest(context.type, mapping.fault.resultCode, (clock.monotonic() - startedAt) / 1_000)
      return
    }
    const answered = answerContext(context, mapping)
    const { request } = mapping
    charge(request, answer => {
      responder.answer(answerBytes(answered, answer, request))
      const seconds = (clock.monotonic() - startedAt) / 1_000
      onRequest(context.type, resultCodeOf(outcomeOf(answered, answer)), seconds)
    })
  }

  function answerBytes(
    context: CcaContext,
    answer: ChargingAnswer,
    request: ChargingRequest
  ): Buffer {
    return answer.outcome === 'invalid-value'
      ? refusalAnswer(identity, context, uncountableFault(request, context.plain))
      : creditControlAnswer(identity, context, answer, request.profile)
  }

  function refuse(
    header: Header,
    message: Buffer,
    context: CcaContext | null,
    fault: PeerFault,
    responder: Responder
  ): PeerFault {
    responder.answer(
      context
        ? refusalAnswer(identity, context, fault)
        : errorAnswer(identity, header, message, fault)
    )
    return fault
  }

  return { application: creditControlApplication, command: creditControlCommand, handle }
}

const unreadable: PeerFault = {
  resultCode: resultCodes.DIAMETER_MISSING_AVP,
  avp: null,
  message: 'the request lacks what an answer must repeat'
}

/** null: the answer's own grammar cannot be filled (RFC 6733 7.1.5), so the reduced one is used. */
function contextFor(header: Header, ccr: Ccr, proxyInfo: Buffer | null): CcaContext | null {
  const sessionId = ccr['Session-Id']
  const type = ccr['CC-Request-Type']
  const number = ccr['CC-Request-Number']
  if (sessionId === undefined || type === undefined || number === undefined) return null
  return {
    header,
    sessionId,
    type,
    number,
    subSession: ccr['CC-Sub-Session-Id'],
    serviceContext: ccr['Service-Context-Id'] ?? '',
    proxyInfo,
    plain: false,
    event: null
  }
}

function answerContext(
  context: CcaContext,
  { plain, request, culprits }: Extract<CcrMapping, { kind: 'request' }>
): CcaContext {
  if (!plain && culprits === null) return context
  const debits = request.event?.action === 'direct-debiting'
  const refund =
    debits && context.serviceContext.endsWith('@3gpp.org') ? refundToken(request) : null
  return { ...context, plain, event: culprits === null ? null : { culprits, refund } }
}

/**
 * The first fault that counts. Kamailio names the application in Vendor-Specific-Application-Id
 * instead of
 * Auth-Application-Id; the header has it anyway.
 */
function faultOf(
  faults: readonly PeerFault[],
  avps: { readonly 'Vendor-Specific-Application-Id'?: unknown },
  message: Buffer
): PeerFault | null {
  if (faults.length === 0) return null
  const elsewhere = avps['Vendor-Specific-Application-Id'] !== undefined
  const counts = (fault: PeerFault): boolean =>
    !(
      elsewhere &&
      fault.resultCode === resultCodes.DIAMETER_MISSING_AVP &&
      fault.avp?.readUInt32BE(0) === authApplicationIdCode
    )
  return faults.find(fault => counts(fault) && !isSaidTwice(fault, message)) ?? null
}
