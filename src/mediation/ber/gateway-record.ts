/** PGWRecord and SGWRecord (TS 32.298, GPRSChargingDataTypes), which share the tags that are read here. */
import { RecordFault } from '../record.ts'
import { type Container, hexOf, ownKeyOf, type ReadCdr, volumesOf } from './containers.ts'
import { member, membersOf, type Node } from './tree.ts'
import { addressDigitsOf, digitsOf, hostOf, instantOf, numberOf, plmnOf, textOf } from './values.ts'

/** The choices of GPRSRecord that are read. */
export const gatewayTags: ReadonlySet<number> = new Set([78, 79])

/** Throws RecordFault. */
export function readGatewayRecord(record: Node): ReadCdr {
  const members = membersOf(record)
  const at = (tag: number) => member(members, tag)
  const openedAt = instantOf(at(13), 'recordOpeningTime')
  if (openedAt === null) throw new RecordFault('recordOpeningTime: is required')
  const chargingId = numberOf(at(5), 'chargingID')
  if (chargingId === null) throw new RecordFault('chargingID: is required')
  const number = numberOf(at(17), 'recordSequenceNumber')
  const node = textOf(at(18)) ?? hostOf(membersOf(at(4))[0]) ?? ''
  // Charging identifiers come again, so the session is also known by its beginning where a record says when that was.
  const begin = instantOf(at(38), 'startTime') ?? (number === null ? openedAt : null)
  const hex = hexOf(chargingId)
  const own = ownKeyOf(at(19))
  const services = membersOf(at(34))
  return {
    session: own?.session ?? `${node};${hex}${begin === null ? '' : `;${stampOf(begin)}`}`,
    sequence: own?.sequence ?? number ?? 0,
    openedAt,
    durationMs: 1_000 * (numberOf(at(14), 'duration') ?? 0),
    circumstances: {
      msisdn: addressDigitsOf(at(22), 'msisdn'),
      imsi: digitsOf(at(3), 'imsi'),
      context: '32251',
      plmn: plmnOf(at(27)),
      apn: textOf(at(7)),
      rat: numberOf(at(30), 'rat'),
      chargingId: hex,
      origin: node
    },
    containers:
      services.length > 0 ? used(services.map(serviceData)) : used(membersOf(at(12)).map(volume))
  }
}

function stampOf(at: number): string {
  return new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)
}

/** ChangeOfServiceCondition. */
function serviceData(element: Node): Container {
  const members = membersOf(element)
  const at = (tag: number) => member(members, tag)
  const seconds = numberOf(at(7), 'timeUsage')
  const rat = numberOf(at(30), 'rat')
  return {
    ratingGroup: numberOf(at(1), 'ratingGroup'),
    from: instantOf(at(5), 'timeOfFirstUsage'),
    until: instantOf(at(6), 'timeOfLastUsage') ?? instantOf(at(14), 'timeOfReport'),
    ...volumesOf(
      null,
      numberOf(at(12), 'datavolumeFBCUplink'),
      numberOf(at(13), 'datavolumeFBCDownlink')
    ),
    ...(seconds === null ? {} : { seconds }),
    ...(rat === null ? {} : { rat })
  }
}

/** ChangeOfCharCondition: the bearer as a whole, up to a change. */
function volume(element: Node): Container {
  const members = membersOf(element)
  const uplink = numberOf(member(members, 3), 'dataVolumeGPRSUplink')
  const downlink = numberOf(member(members, 4), 'dataVolumeGPRSDownlink')
  return {
    ratingGroup: null,
    from: null,
    until: instantOf(member(members, 6), 'changeTime'),
    ...volumesOf(null, uplink, downlink)
  }
}

/** Those with usage: a container may also say only that something changed. */
export function used(containers: readonly Container[]): readonly Container[] {
  return containers.filter(
    ({ octets, inputOctets, seconds, messages }) =>
      (octets ?? inputOctets ?? seconds ?? messages) !== undefined
  )
}
