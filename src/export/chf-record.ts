/** CHFRecord (TS 32.298 V16.11.0, CHFChargingDataTypes) of a session or event: over Nchf, and of IMS and messages over Ro. */
import { isIPv4 } from 'node:net'
import type { RecordedCdr } from '../charging/ports.ts'
import type { CdrRecord, ServiceTotals } from '../domain/record.ts'
import { namesOfSession } from '../domain/session-key.ts'
import { boolean, constructed, type Element, integer, primitive, sequence, text } from './ber.ts'
import { extensionIn } from './extension.ts'
import {
  addressIn,
  chargingIdOf,
  closingCauses,
  hexIn,
  numberIn,
  plmnIn,
  secondsBetween,
  timeStampIn,
  timeZoneIn
} from './fields.ts'
import { openingOf, sequenceNumberOf, servicesOf, specificationOf, stopOf } from './services.ts'

/** CHFRecord ::= CHOICE { chargingFunctionRecord [200] ChargingRecord } */
const recordTag = 200
const recordType = 200

/** `nodeId`: the name of the charging function. */
export function chfRecord(recorded: RecordedCdr, nodeId: string, withParts: boolean): Buffer {
  const { cdr } = recorded
  const specification = specificationOf(cdr.context)
  const record = constructed(recordTag, [
    integer(0, recordType),
    text(1, nodeId),
    subscriber(cdr),
    constructed(3, consumer(cdr)),
    constructed(
      5,
      servicesOf(cdr).map((service, index) => unitUsage(service, index + 1, cdr.endedAt))
    ),
    timeStampIn(6, openingOf(cdr)),
    integer(7, secondsBetween(openingOf(cdr), cdr.endedAt)),
    integer(8, sequenceNumberOf(cdr)),
    integer(9, closingCauses[cdr.cause]),
    integer(11, recorded.recorded % 2 ** 32),
    extensionIn(12, recorded, withParts),
    specification === '32255' ? constructed(13, pduSession(cdr)) : null,
    specification === '32274' ? constructed(15, message(cdr)) : null,
    text(16, namesOfSession(cdr.sessionId).sessionId),
    text(17, specification === '' ? cdr.context : specification),
    constructed(22, incomplete(cdr)),
    integer(27, chargingIdOf(cdr.facts.chargingId))
  ])
  return record ?? Buffer.alloc(0)
}

/** SubscriptionID: the IMSI, or else the MSISDN. */
function subscriber({ imsi, msisdn }: CdrRecord): Element {
  if (imsi !== null) return constructed(2, [integer(0, 1), text(1, imsi)])
  return msisdn === null ? null : constructed(2, [integer(0, 0), text(1, msisdn)])
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** NetworkFunctionInformation. */
function consumer({ context, originHost, facts }: CdrRecord): Element[] {
  const specification = specificationOf(context)
  const name = uuid.test(originHost) || isIPv4(originHost) ? '' : originHost
  return [
    integer(0, functionalities[specification] ?? 1),
    uuid.test(originHost) ? text(1, originHost) : null,
    isIPv4(originHost) ? addressIn(2, originHost) : null,
    plmnIn(3, facts.plmn),
    // A NodeAddress is a CHOICE, so its tag is explicit.
    constructed(5, [text(1, name)])
  ]
}

/** NetworkFunctionality by the charging specification: SMF 1, SMSF 3, NEF 8. */
const functionalities: Readonly<Record<string, number>> = { '32255': 1, '32274': 3, '32254': 8 }

/** MultipleUnitUsage with one UsedUnitContainer. */
function unitUsage(service: ServiceTotals, place: number, reportedAt: number): Buffer {
  const data = service.octets > 0 || service.inputOctets > 0 || service.outputOctets > 0
  const container = sequence([
    integer(0, service.serviceIdentifiers[0]),
    service.seconds > 0 ? integer(1, service.seconds) : null,
    timeStampIn(3, reportedAt),
    data ? integer(4, service.octets) : null,
    data ? integer(5, service.inputOctets) : null,
    data ? integer(6, service.outputOctets) : null,
    service.messages > 0 ? integer(7, service.messages) : null,
    integer(9, place),
    // Rated already; and under quota management, which is online charging.
    boolean(10, true),
    integer(13, 0)
  ])
  return sequence([
    integer(0, service.ratingGroup),
    constructed(1, [container]),
    text(2, service.upf)
  ])
}

/** PDUSessionChargingInformation. */
function pduSession(cdr: CdrRecord): Element[] {
  const { facts, msisdn, startedAt } = cdr
  const [, sst, sd] = /^(\d+)(?:-([0-9a-f]{6}))?$/i.exec(facts.slice ?? '') ?? []
  return [
    integer(0, chargingIdOf(facts.chargingId) ?? 0),
    // An InvolvedParty is a CHOICE, so its tag is explicit.
    constructed(1, [msisdn === null ? null : text(1, `tel:+${msisdn}`)]),
    constructed(2, [integer(0, facts.imei === undefined ? null : 0), numberIn(1, facts.imei)]),
    integer(6, facts.pduSession ?? 0),
    sst === undefined ? null : constructed(7, [integer(0, Number(sst)), hexIn(1, sd, 3)]),
    integer(12, facts.rat),
    text(13, facts.apn),
    constructed(14, [addressIn(facts.address?.includes(':') ? 1 : 0, facts.address)]),
    timeZoneIn(16, facts.timeZone),
    timeStampIn(17, startedAt),
    timeStampIn(18, stopOf(cdr)),
    hexIn(20, facts.chargingCharacteristics, 2),
    plmnIn(27, facts.plmn)
  ]
}

/** SMSChargingInformation: the instant alone, which it must have. */
function message({ facts, endedAt }: CdrRecord): Element[] {
  return [integer(6, facts.rat), timeStampIn(8, endedAt)]
}

/** IncompleteCDRIndication: what is known to be lost. */
function incomplete({ cause, flags }: CdrRecord): Element[] {
  const begins = flags.includes('no-session') ? boolean(0, true) : null
  const ends = cause === 'abnormalRelease' ? primitive(2, Buffer.of(0xff)) : null
  return [begins, ends]
}
