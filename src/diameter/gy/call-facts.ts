/**
 * Calls and messages: who calls whom, which leg is charged, and by what media (TS 32.260, 32.270, 32.274, 32.275).
 */
import { isVideo, routingIn } from '../../domain/call.ts'
import type { Leg, NetworkFacts } from '../../domain/facts.ts'
import type {
  Ccr,
  ImsInformation,
  MmsInformation,
  PartyAddress,
  ServiceInformation,
  SmsInformation
} from './ccr-avps.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Address-Type 899: MSISDN. */
const msisdn = 1
/** Subscription-Id-Type 450: END_USER_E164. */
const e164 = 0
/** MMTel-SService-Type 2031: communication diversion. */
const diversion = 6
/** IMS-Emergency-Indicator 2322. */
const emergencyCall = 1
/** Message-Type 1211 of a message on its way to its recipient: m-notification-ind, m-retrieve-conf, m-delivery-ind. */
const delivering: ReadonlySet<number | undefined> = new Set([3, 5, 7])

export function callFacts(
  facts: Mutable<NetworkFacts>,
  service: ServiceInformation,
  ccr: Ccr
): void {
  const ims = service['IMS-Information']
  if (ims) imsFacts(facts, ims)
  const supplementary = service['MMTel-Information']?.['Supplementary-Service']
  if (supplementary?.some(entry => entry['MMTel-SService-Type'] === diversion)) {
    facts.leg = 'forwarding'
  }
  const sms = service['SMS-Information']
  if (sms) {
    const originator = partyOf(sms['Originator-Received-Address'])
    messageFacts(facts, ccr, originator, recipientsOf(sms), null)
  }
  const mms = service['MMS-Information']
  if (mms) mmsFacts(facts, mms, ccr)
}

function imsFacts(facts: Mutable<NetworkFacts>, ims: ImsInformation): void {
  const called = ims['Called-Party-Address']
  if (called) facts.calledParty = called
  const calling = ims['Calling-Party-Address']?.[0]
  if (calling) facts.callingParty = calling
  const role = ims['Role-Of-Node']
  if (role !== undefined) facts.roleOfNode = role
  const routing = ims['Number-Portability-Routing-Information'] ?? routingIn(called)
  if (routing) facts.routingNumber = routing
  if (hasVideo(ims)) facts.video = true
  if (ims['IMS-Emergency-Indicator'] === emergencyCall) facts.emergency = true
}

function hasVideo(ims: ImsInformation): boolean {
  const components = ims['SDP-Media-Component']
  const session = ims['SDP-Session-Description']
  if (!components && !session) return false
  return (
    (components ?? []).some(({ 'SDP-Media-Name': name }) => isVideo(name ?? '')) ||
    (session ?? []).some(isVideo)
  )
}

function mmsFacts(facts: Mutable<NetworkFacts>, mms: MmsInformation, ccr: Ccr): void {
  const recipients = (mms['Recipient-Address'] ?? []).map(partyOf)
  const leg = delivering.has(mms['Message-Type']) ? 'terminating' : null
  messageFacts(facts, ccr, partyOf(mms['Originator-Address']), recipients, leg)
}

/** A message that somebody else has sent to the charged subscriber is one that arrives. */
function messageFacts(
  facts: Mutable<NetworkFacts>,
  ccr: Ccr,
  originator: string | undefined,
  recipients: readonly (string | undefined)[],
  leg: Leg | null
): void {
  const [first, ...others] = recipients.filter(address => address !== undefined)
  if (first !== undefined) facts.calledParty = first
  if (others.length > 0) facts.otherRecipients = others
  if (originator !== undefined) facts.callingParty = originator
  if (leg !== null) facts.leg = leg
  else if (originator !== undefined && first !== undefined) {
    const own = subscriberOf(ccr)
    if (own !== null && isSame(own, first) && !isSame(own, originator)) facts.leg = 'terminating'
  }
}

function recipientsOf(sms: SmsInformation): readonly (string | undefined)[] {
  return (sms['Recipient-Info'] ?? []).flatMap(info => {
    const named = info['Recipient-Address']
    const addresses = named?.length ? named : info['Recipient-Received-Address']
    return (addresses ?? []).map(partyOf)
  })
}

function subscriberOf(ccr: Ccr): string | null {
  const atCommand = ccr['Subscription-Id']
  const list = atCommand?.length ? atCommand : ccr['Service-Information']?.['Subscription-Id']
  const found = list?.find(id => id['Subscription-Id-Type'] === e164)
  return found?.['Subscription-Id-Data'] ?? null
}

function isSame(a: string, b: string): boolean {
  return digitsOf(a) === digitsOf(b)
}

function digitsOf(address: string): string {
  return address.replace(/^(?:tel:|sips?:)?\+?/i, '').replace(/[@;].*$/, '')
}

/**
 * Address-Type 899 MSISDN is an international number whether or not it has its plus sign (TS 32.299 7.2.10); one
 * that is too short to be one is a service number that was given the wrong type.
 */
function partyOf(address: PartyAddress | undefined): string | undefined {
  const data = address?.['Address-Data']
  const international = address?.['Address-Type'] === msisdn && data !== undefined
  return international && /^[1-9]\d{6,14}$/.test(data) ? `+${data}` : data
}
