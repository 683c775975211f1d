/**
 * The charging information blocks of a request -> NetworkFacts, in the form that Gy gives them, so that one catalogue
 * rates both and CDRs look alike.
 */
import { isVideo, routingIn } from '../domain/call.ts'
import type { NetworkFacts } from '../domain/facts.ts'
import type {
  ChargingDataRequest,
  ImsChargingInformation,
  PduSessionChargingInformation,
  PlmnId,
  SmsChargingInformation,
  UserLocation
} from './messages.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** RAT types as the numbers of 3GPP-RAT-Type, TS 29.061 16.4.7.2 and TS 29.274 8.17. */
const ratTypes: Readonly<Record<string, number>> = {
  UTRA: 1,
  GERA: 2,
  WLAN: 3,
  TRUSTED_WLAN: 3,
  VIRTUAL: 7,
  EUTRA: 6,
  EUTRA_U: 6,
  NBIOT: 8,
  'LTE-M': 9,
  NR: 10,
  NR_U: 10,
  NR_REDCAP: 10
}

/** RoleOfIMSNode as Role-Of-Node 829. */
const roles: Readonly<Record<string, number>> = { ORIGINATING: 0, TERMINATING: 1, FORWARDING: 0 }

export function factsOf(body: ChargingDataRequest): NetworkFacts {
  const facts: Mutable<NetworkFacts> = {}
  const {
    pDUSessionChargingInformation: session,
    sMSChargingInformation: message,
    iMSChargingInformation: call,
    nEFChargingInformation: exposure
  } = body
  if (session) sessionFacts(facts, session)
  if (message) messageFacts(facts, message)
  if (call) callFacts(facts, call)
  if (exposure) facts.apiName = exposure.aPIName
  const chargingId = body.chargingId ?? session?.chargingId
  // Four octets, as 3GPP-Charging-Id has them.
  if (chargingId !== undefined) facts.chargingId = chargingId.toString(16).padStart(8, '0')
  else if (session?.sMFchargingId) facts.chargingId = session.sMFchargingId
  return facts
}

function sessionFacts(facts: Mutable<NetworkFacts>, session: PduSessionChargingInformation): void {
  const information = session.pduSessionInformation
  placeFacts(facts, session.userLocationinfo, information?.servingCNPlmnId)
  if (session.uetimeZone) facts.timeZone = session.uetimeZone
  equipmentFacts(facts, session.userInformation?.servedPEI)
  // Nobody else has a PDU session without authentication (TS 23.501 5.16.4).
  if (session.userInformation?.unauthenticatedFlag === true) facts.emergency = true
  if (!information) return
  const { dnnId, ratType, pduAddress, networkSlicingInfo, pduSessionID } = information
  if (dnnId) facts.apn = dnnId
  radioFacts(facts, ratType)
  const address = pduAddress?.pduIPv4Address || pduAddress?.pduIPv6AddresswithPrefix
  if (address) facts.address = address
  const { chargingCharacteristics, authorizedQoSInformation } = information
  if (chargingCharacteristics) facts.chargingCharacteristics = chargingCharacteristics
  if (networkSlicingInfo) {
    const { sst, sd } = networkSlicingInfo.sNSSAI
    facts.slice = sd ? `${sst}-${sd}` : String(sst)
  }
  if (pduSessionID !== undefined) facts.pduSession = pduSessionID
  const fiveQi = authorizedQoSInformation?.['5qi']
  if (fiveQi !== undefined) facts.fiveQi = fiveQi
}

function messageFacts(facts: Mutable<NetworkFacts>, message: SmsChargingInformation): void {
  placeFacts(facts, message.userLocationinfo, undefined)
  radioFacts(facts, message.rATType)
  equipmentFacts(facts, message.userEquipmentInfo)
  if (message.uetimeZone) facts.timeZone = message.uetimeZone
  const [called, ...others] = recipientsOf(message)
  if (called) facts.calledParty = called
  if (others.length > 0) facts.otherRecipients = others
  // SMMessageType: what is delivered is charged to who receives it.
  if (message.sMMessageType === 'DELIVERY') facts.leg = 'terminating'
  const origin = message.originatorInfo
  const from = origin?.originatorReceivedAddress ?? origin?.originatorOtherAddress
  const calling = partyOf(origin?.originatorGPSI, from)
  if (calling) facts.callingParty = calling
}

function recipientsOf({ recipientInfo = [] }: SmsChargingInformation): readonly string[] {
  const recipients: string[] = []
  for (const recipient of recipientInfo) {
    const to = recipient.recipientReceivedAddress ?? recipient.recipientOtherAddress
    const party = partyOf(recipient.recipientGPSI, to)
    if (party) recipients.push(party)
  }
  return recipients
}

function callFacts(facts: Mutable<NetworkFacts>, call: ImsChargingInformation): void {
  placeFacts(facts, call.userLocationInfo, undefined)
  if (call.ueTimeZone) facts.timeZone = call.ueTimeZone
  if (call.calledPartyAddress) facts.calledParty = call.calledPartyAddress
  const [calling] = call.callingPartyAddresses ?? []
  if (calling) facts.callingParty = calling
  const role = roles[call.roleOfNode ?? '']
  if (role !== undefined) facts.roleOfNode = role
  const routing = call.numberPortabilityRoutinginformation || routingIn(call.calledPartyAddress)
  if (routing) facts.routingNumber = routing
  if (hasVideo(call)) facts.video = true
  if (call.imsEmergencyIndication === true) facts.emergency = true
  if (call.roleOfNode === 'FORWARDING') facts.leg = 'forwarding'
}

function hasVideo({ sdpMediaComponent, sdpSessionDescription }: ImsChargingInformation): boolean {
  const media = sdpMediaComponent ?? []
  return (
    media.some(({ sDPMediaName: name }) => isVideo(name ?? '')) ||
    (sdpSessionDescription ?? []).some(isVideo)
  )
}

/** The serving network is that of the core, or else that of the area in which the user is. */
function placeFacts(
  facts: Mutable<NetworkFacts>,
  location: UserLocation | undefined,
  serving: PlmnId | undefined
): void {
  const area = location?.nrLocation ?? location?.eutraLocation
  const tai = area?.tai ?? location?.n3gaLocation?.n3gppTai
  const plmn = serving ?? tai?.plmnId
  if (plmn) facts.plmn = plmn.mcc + plmn.mnc
  if (!tai) return
  const place = `tai-${tai.plmnId.mcc}${tai.plmnId.mnc}-${tai.tac}`
  const cell = area?.ncgi?.nrCellId ?? area?.ecgi?.eutraCellId
  facts.location = cell ? `${place}-cell-${cell}` : place
}

function radioFacts(facts: Mutable<NetworkFacts>, ratType: string | undefined): void {
  const rat = ratTypes[ratType ?? '']
  if (rat !== undefined) facts.rat = rat
}

/** PEI: `imei-…` or `imeisv-…`. */
function equipmentFacts(facts: Mutable<NetworkFacts>, pei: string | undefined): void {
  const imei = /^imei(?:sv)?-(\d{14,16})$/.exec(pei ?? '')?.[1]
  if (imei) facts.imei = imei
}

/** A GPSI is an international number; so is an address of type MSISDN, with or without its plus sign. */
function partyOf(
  gpsi: string | undefined,
  address: { readonly sMaddressType?: string; readonly sMaddressData?: string } | undefined
): string | undefined {
  const number = /^msisdn-(\d{5,15})$/.exec(gpsi ?? '')?.[1]
  const data = address?.sMaddressData
  if (!data) return number && `+${number}`
  const international = address.sMaddressType === 'MSISDN' && /^\d+$/.test(data)
  return international ? `+${data}` : data
}
