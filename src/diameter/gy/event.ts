/**
 * What a CCR of type EVENT says beyond its usages: Requested-Action 436, CC-Money 413, CC-Correlation-Id 411 and
 * Refund-Information 2022 (RFC 8506 6, TS 32.299 6.3.3 and 7.2.171).
 *
 * Refund-Information is ours to choose: the request number and session id of the debit, so that any node finds it.
 */
import type {
  ChargingRequest,
  EventDetails,
  EventReference,
  MultipleUnitUsage,
  RequestedAction
} from '../../domain/request.ts'
import { encodeAvp } from '../codec/encode.ts'
import { avp } from '../codec/entries.ts'
import { resultCodes } from '../dictionary/result-codes.ts'
import type { PeerFault } from '../peer/peer-machine.ts'
import { avpOf } from '../peer/raw.ts'
import type { Ccr, Mscc } from './ccr-avps.ts'
import { type CcMoney, moneyOf, rawMoney } from './money.ts'

export interface EventMapping {
  readonly event: EventDetails
  readonly usages: readonly MultipleUnitUsage[]
  /** For each usage, the AVP to blame when it cannot be rated; null: its key. */
  readonly culprits: readonly (Buffer | null)[]
}

/** Requested-Action 436 by its value. */
const actions: readonly RequestedAction[] = [
  'direct-debiting',
  'refund',
  'check-balance',
  'price-enquiry'
]

/** null: there is no such action. */
export function actionOf(ccr: Ccr): RequestedAction | null {
  return actions[ccr['Requested-Action'] ?? -1] ?? null
}

/** `usages` are those of the request, in the order of its MSCCs, or the one at command level. */
export function mapEvent(
  ccr: Ccr,
  action: RequestedAction,
  usages: readonly MultipleUnitUsage[]
): EventMapping | PeerFault {
  const services = ccr['Multiple-Services-Credit-Control'] ?? []
  const holders: readonly (Ccr | Mscc)[] = services.length > 0 ? services : [ccr]
  const culprits: (Buffer | null)[] = []
  const priced: MultipleUnitUsage[] = []
  for (const [index, usage] of usages.entries()) {
    const asked = holders[index]?.['Requested-Service-Unit']?.['CC-Money']
    const culprit = asked === undefined ? null : moneyAvp(asked, services.length > 0)
    const withMoney = asked === undefined ? usage : moneyUsage(usage, asked)
    if (withMoney === null) return moneyFault(culprit)
    culprits.push(culprit)
    priced.push(withMoney)
  }
  const named = action === 'refund' ? refundInformation(services) : null
  if (named !== null && 'resultCode' in named) return named
  if (named !== null) culprits.fill(refundAvp(named.octets))
  const original = named === null ? null : referenceOf(named.octets)
  const correlation = ccr['CC-Correlation-Id']?.toString('hex') ?? null
  return { event: { action, correlation, original }, usages: priced, culprits }
}

/** null: the money cannot be counted. */
function moneyUsage(usage: MultipleUnitUsage, asked: CcMoney): MultipleUnitUsage | null {
  const money = moneyOf(asked)
  if (money === null || usage.requested === null) return null
  return { ...usage, requested: { ...usage.requested, money } }
}

/** Refund-Information for a debit: what a refund sends back to name it. */
export function refundToken({ sessionId, number }: ChargingRequest): Buffer {
  return encodeAvp('Refund-Information', Buffer.from(`${number}:${sessionId}`))
}

/** Octets that are not ours name a debit that nobody knows. */
function referenceOf(octets: Buffer): EventReference {
  const text = octets.toString('utf8')
  const colon = text.indexOf(':')
  const number = /^\d{1,10}$/.test(text.slice(0, colon)) ? Number(text.slice(0, colon)) : -1
  return { sessionId: text.slice(colon + 1), number }
}

/** One refund is of one debit: all MSCCs that name one must name the same. */
function refundInformation(
  services: readonly Mscc[]
): { readonly octets: Buffer } | PeerFault | null {
  let found: Buffer | null = null
  for (const { 'Refund-Information': octets } of services) {
    if (octets === undefined) continue
    if (found !== null && !found.equals(octets)) {
      const message = 'Refund-Information must name the same debit in all services'
      return invalid(refundAvp(octets), message)
    }
    found = octets
  }
  return found === null ? null : { octets: found }
}

function refundAvp(octets: Buffer): Buffer {
  return encodeAvp('Multiple-Services-Credit-Control', { 'Refund-Information': octets })
}

function moneyFault(avp: Buffer | null): PeerFault {
  const message = 'CC-Money must be above zero, and a whole number of millionths below 2^53'
  return invalid(avp, message)
}

function invalid(avp: Buffer | null, message: string): PeerFault {
  return { resultCode: resultCodes.DIAMETER_INVALID_AVP_VALUE, avp, message }
}

/** RFC 6733 7.5: a culprit within groups is shown within them. */
function moneyAvp(money: CcMoney, inService: boolean): Buffer {
  const units = avpOf(avp['Requested-Service-Unit'].code, rawMoney(money))
  return inService ? avpOf(avp['Multiple-Services-Credit-Control'].code, units) : units
}
