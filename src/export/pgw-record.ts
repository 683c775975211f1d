/**
 * PGWRecord (TS 32.298 V16.11.0, GPRSChargingDataTypes) of a session over Gy. A P-GW writes this record of what it
 * knows; here it says what Gy told. What Gy does not tell and the record must have is all zeros.
 */
import type { RecordedCdr } from '../charging/ports.ts'
import type { CdrRecord, ServiceTotals } from '../domain/record.ts'
import { constructed, integer, primitive, sequence, text } from './ber.ts'
import { extensionIn } from './extension.ts'
import {
  address,
  addressIn,
  chargingIdOf,
  closingCauses,
  hexIn,
  locationIn,
  msisdnIn,
  numberIn,
  plmnIn,
  secondsBetween,
  timeStampIn,
  timeZoneIn
} from './fields.ts'
import { openingOf, sequenceNumberOf, servicesOf, stopOf } from './services.ts'

/** GPRSRecord ::= CHOICE { … pGWRecord [79] … } */
const recordTag = 79
const recordType = 85
const nowhere = '0.0.0.0'

/** `nodeId`: who writes the record; its first 20 characters. */
export function pgwRecord(recorded: RecordedCdr, nodeId: string, withParts: boolean): Buffer {
  const { cdr } = recorded
  const { facts } = cdr
  const record = constructed(recordTag, [
    integer(0, recordType),
    numberIn(3, cdr.imsi),
    addressIn(4, nowhere),
    integer(5, chargingIdOf(facts.chargingId) ?? 0),
    constructed(6, [address(nowhere)]),
    text(7, facts.apn),
    constructed(9, [addressIn(0, facts.address)]),
    timeStampIn(13, openingOf(cdr)),
    integer(14, secondsBetween(openingOf(cdr), cdr.endedAt)),
    integer(15, closingCauses[cdr.cause]),
    integer(17, sequenceNumberOf(cdr)),
    text(18, nodeId.slice(0, 20)),
    extensionIn(19, recorded, withParts),
    integer(20, recorded.recorded % 2 ** 32),
    msisdnIn(22, cdr.msisdn),
    hexIn(23, facts.chargingCharacteristics, 2) ?? hexIn(23, '0000'),
    plmnIn(27, facts.plmn),
    numberIn(29, facts.imei),
    integer(30, facts.rat),
    timeZoneIn(31, facts.timeZone),
    locationIn(32, facts.location),
    constructed(
      34,
      servicesOf(cdr).map((service, index) => serviceData(service, index + 1, cdr))
    ),
    constructed(35, [servingNodeType(facts.rat)]),
    timeStampIn(38, cdr.startedAt),
    timeStampIn(39, stopOf(cdr))
  ])
  return record ?? Buffer.alloc(0)
}

/** ServiceConditionChange, a BIT STRING: pDPContextRelease is bit 4, recordClosure bit 24. */
const contextRelease = Buffer.of(3, 0x08)
const recordClosure = Buffer.of(7, 0, 0, 0, 0x80)

/** ChangeOfServiceCondition. */
function serviceData(service: ServiceTotals, place: number, { cause, endedAt }: CdrRecord): Buffer {
  const released = cause === 'normalRelease' || cause === 'abnormalRelease'
  return sequence([
    integer(1, service.ratingGroup),
    integer(4, place),
    service.seconds > 0 ? integer(7, service.seconds) : null,
    primitive(8, released ? contextRelease : recordClosure),
    integer(12, service.inputOctets),
    integer(13, service.outputOctets + withoutDirection(service)),
    timeStampIn(14, endedAt),
    integer(17, service.serviceIdentifiers[0])
  ])
}

/** Octets reported as a total alone; the record has none, and counts them as downlink. */
function withoutDirection({ octets, inputOctets, outputOctets }: ServiceTotals): number {
  return Math.max(0, octets - inputOctets - outputOctets)
}

/** ENUMERATED under its own tag, by the RAT: SGSN for UTRAN and GERAN, ePDG for WLAN, else the S-GW over GTP. */
function servingNodeType(rat: number | undefined): Buffer {
  const sgsn = rat === 1 || rat === 2
  return Buffer.of(0x0a, 1, sgsn ? 0 : rat === 3 ? 3 : 2)
}
