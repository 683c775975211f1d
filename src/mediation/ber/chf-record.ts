/** CHFRecord (TS 32.298, CHFChargingDataTypes). */
import { RecordFault } from '../record.ts'
import { type Container, hexOf, ownKeyOf, type ReadCdr, volumesOf } from './containers.ts'
import { used } from './gateway-record.ts'
import { member, membersOf, type Node, octetsOf } from './tree.ts'
import { instantOf, numberOf, plmnOf, textOf } from './values.ts'

/** The choice of CHFRecord. */
export const chfTag = 200

const e164 = 0
const imsiType = 1

/** Throws RecordFault. */
export function readChfRecord(record: Node): ReadCdr {
  const members = membersOf(record)
  const at = (tag: number) => member(members, tag)
  const openedAt = instantOf(at(6), 'recordOpeningTime')
  if (openedAt === null) throw new RecordFault('recordOpeningTime: is required')
  const number = numberOf(at(8), 'recordSequenceNumber')
  const node = textOf(at(1)) ?? ''
  const chargingId = numberOf(at(27) ?? member(membersOf(at(13)), 0), 'chargingID')
  const own = ownKeyOf(at(12))
  return {
    session: own?.session ?? `${node};${sessionOf(textOf(at(16)), chargingId, openedAt, number)}`,
    sequence: own?.sequence ?? number ?? 0,
    openedAt,
    durationMs: 1_000 * (numberOf(at(7), 'duration') ?? 0),
    circumstances: {
      ...subscriberOf(members),
      ...networkOf(members),
      chargingId: chargingId === null ? null : hexOf(chargingId),
      origin: node
    },
    containers: used(membersOf(at(5)).flatMap(unitUsage))
  }
}

/** The charging session as its CHF names it, or the PDU session by its charging identifier. */
function sessionOf(
  named: string | null,
  chargingId: number | null,
  openedAt: number,
  number: number | null
): string {
  if (named !== null && named !== '') return named
  if (chargingId === null) {
    throw new RecordFault('chargingSessionIdentifier: or chargingID is required')
  }
  return number === null ? `${hexOf(chargingId)};${openedAt}` : hexOf(chargingId)
}

/** SubscriptionID, and the GPSI of the PDU session. */
function subscriberOf(members: readonly Node[]) {
  const subscription = membersOf(member(members, 2))
  const type = numberOf(member(subscription, 0), 'subscriptionIDType')
  const data = textOf(member(subscription, 1)) ?? ''
  const [gpsi] = membersOf(member(membersOf(member(members, 13)), 1))
  const msisdn = /^(?:\+|tel:\+?|msisdn-)?(\d+)$/i
  const user = msisdn.exec(textOf(gpsi) ?? '')?.[1] ?? null
  return {
    msisdn: type === e164 ? (msisdn.exec(data)?.[1] ?? data) : user,
    imsi: type === imsiType ? data.replace(/^imsi-/i, '') : null
  }
}

/** What the information of the service says of the network, or else the consumer. */
function networkOf(members: readonly Node[]) {
  const pduSession = membersOf(member(members, 13))
  const message = membersOf(member(members, 15))
  const specification = textOf(member(members, 17)) ?? ''
  const plmn = member(pduSession, 27) ?? member(membersOf(member(members, 3)), 3)
  return {
    context:
      /^(?:TS )?(\d{2})\.?(\d{3})/.exec(specification)?.slice(1).join('') ??
      (message.length > 0 ? '32274' : '32255'),
    plmn: plmnOf(plmn),
    apn: textOf(member(pduSession, 13)),
    rat: numberOf(member(pduSession, 12) ?? member(message, 6), 'rat')
  }
}

/** MultipleUnitUsage. */
function unitUsage(element: Node): readonly Container[] {
  const members = membersOf(element)
  const ratingGroup = numberOf(member(members, 0), 'ratingGroup')
  return membersOf(member(members, 1)).map(container => usedUnits(container, ratingGroup))
}

/** UsedUnitContainer. */
function usedUnits(element: Node, ratingGroup: number | null): Container {
  const members = membersOf(element)
  const at = (tag: number) => member(members, tag)
  const session = membersOf(at(11))
  const seconds = numberOf(at(1), 'time')
  const messages = numberOf(at(7), 'serviceSpecificUnits')
  const rat = numberOf(member(session, 7), 'rat')
  return {
    ratingGroup,
    from: instantOf(member(session, 2), 'timeOfFirstUsage'),
    until: instantOf(member(session, 3) ?? at(3) ?? eventTime(at(8)), 'triggerTimeStamp'),
    ...volumesOf(
      numberOf(at(4), 'dataTotalVolume'),
      numberOf(at(5), 'dataVolumeUplink'),
      numberOf(at(6), 'dataVolumeDownlink')
    ),
    ...(seconds === null ? {} : { seconds }),
    ...(messages === null ? {} : { messages }),
    ...(rat === null ? {} : { rat })
  }
}

/** One time stamp, or the last of a list of them. */
function eventTime(node: Node | undefined): Node | undefined {
  return membersOf(node).at(-1) ?? (node && octetsOf(node).length > 0 ? node : undefined)
}
