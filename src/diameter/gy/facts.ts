/**
 * Service-Information 873 and User-Equipment-Info 458 -> NetworkFacts.
 *
 * Facts only steer the price and enrich the CDR. One that cannot be read is left out: a client that
 * fills
 * in its location wrongly is still to be charged.
 */
import type { NetworkFacts } from '../../domain/facts.ts'
import { callFacts } from './call-facts.ts'
import type { Ccr, EquipmentExtension, EquipmentInfo, Mscc } from './ccr-avps.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const none: NetworkFacts = {}
/** User-Equipment-Info-Type 459: IMEISV. */
const imeisv = 0
/** IMSI-Unauthenticated-Flag 2308. */
const unauthenticated = 1

export function factsOf(ccr: Ccr): NetworkFacts {
  const service = ccr['Service-Information']
  // A change of one of these may be told beside the usage alone (TS 32.299 7.1.9).
  const first = ccr['Multiple-Services-Credit-Control']?.[0]
  const bearer = (first?.['QoS-Information'] ?? first?.['3GPP-RAT-Type']) ? first : undefined
  const equipment =
    ccr['User-Equipment-Info'] ?? service?.['PS-Information']?.['User-Equipment-Info']
  const extension = ccr['User-Equipment-Info-Extension']
  if (!service && !equipment && !extension && !bearer) return none
  const facts: Mutable<NetworkFacts> = {}
  if (service) {
    packetFacts(facts, service)
    callFacts(facts, service, ccr)
  }
  if (bearer) bearerFacts(facts, bearer)
  const imei = equipment ? imeiOf(equipment) : extension && extendedImeiOf(extension)
  if (imei) facts.imei = imei
  return facts
}

function packetFacts(facts: Mutable<NetworkFacts>, service: Ccr['Service-Information']): void {
  const packet = service?.['PS-Information']
  if (!packet) return
  const apn = packet['Called-Station-Id']
  if (apn) facts.apn = apn
  const plmn = packet['3GPP-SGSN-MCC-MNC']
  if (plmn) facts.plmn = plmn
  bearerFacts(facts, packet)
  const chargingId = packet['3GPP-Charging-Id']
  if (chargingId) facts.chargingId = chargingId.toString('hex')
  const location = packet['3GPP-User-Location-Info']
  if (location) facts.location = location.toString('hex')
  const address = packet['PDP-Address']?.[0]
  if (address) facts.address = address
  const timeZone = packet['3GPP-MS-TimeZone']
  if (timeZone) facts.timeZone = timeZone.toString('hex')
  const characteristics = packet['3GPP-Charging-Characteristics']
  if (characteristics) facts.chargingCharacteristics = characteristics
  // Nobody else has a bearer without authentication (TS 23.401 4.3.12).
  if (packet['IMSI-Unauthenticated-Flag'] === unauthenticated) facts.emergency = true
}

/** Of the connection, or of a rating group where the client says it there. */
function bearerFacts(
  facts: Mutable<NetworkFacts>,
  from: Pick<Mscc, 'QoS-Information' | '3GPP-RAT-Type'>
): void {
  const rat = from['3GPP-RAT-Type']
  if (rat?.length === 1) facts.rat = rat.readUInt8(0)
  const qci = from['QoS-Information']?.['QoS-Class-Identifier']
  if (qci !== undefined) facts.qci = qci
}

/** Clients send the digits as text or as 8 octets of BCD, low digit first. */
function imeiOf(equipment: EquipmentInfo): string | null {
  const value = equipment['User-Equipment-Info-Value']
  return equipment['User-Equipment-Info-Type'] === imeisv && value ? digitsOf(value) : null
}

/** RFC 8506 8.53, 8.57: in the same forms. */
function extendedImeiOf(extension: EquipmentExtension): string | null {
  const value = extension['User-Equipment-Info-IMEISV'] ?? extension['User-Equipment-Info-IMEI']
  return value ? digitsOf(value) : null
}

function digitsOf(value: Buffer): string | null {
  const text = value.length === 8 ? swapDigits(value.toString('hex')) : value.toString('latin1')
  const digits = text.replace(/f$/, '')
  return /^\d{14,16}$/.test(digits) ? digits : null
}

function swapDigits(hex: string): string {
  let swapped = ''
  for (let i = 0; i < hex.length; i += 2) swapped += `${hex[i + 1]}${hex[i]}`
  return swapped
}
