/** What records of TS 32.298 have in common: who used something, and the containers of what was used. */
import { RecordFault } from '../record.ts'
import { member, membersOf, type Node, octetsOf } from './tree.ts'
import { numberOf, textOf } from './values.ts'

/** What one container of a record says. */
export interface Container {
  readonly ratingGroup: number | null
  /** Instants; null: not said. */
  readonly from: number | null
  readonly until: number | null
  readonly octets?: number
  readonly inputOctets?: number
  readonly outputOctets?: number
  readonly seconds?: number
  readonly messages?: number
  readonly rat?: number
}

/** A record with its members by the names of a usage record. */
export interface ReadCdr {
  readonly session: string
  /** recordSequenceNumber; 0: the session has one record. */
  readonly sequence: number
  readonly openedAt: number
  readonly durationMs: number
  readonly circumstances: Readonly<Record<string, unknown>>
  readonly containers: readonly Container[]
}

/** A record may have so many containers, so that each has a number. */
const containersMax = 4_096
const recordsMax = 2 ** 20

/** The members of a usage record for each container, in the order of the record. */
export function usagesOf(cdr: ReadCdr): readonly Readonly<Record<string, unknown>>[] {
  const { session, sequence, openedAt, durationMs, circumstances, containers } = cdr
  if (containers.length > containersMax) {
    throw new RecordFault(`it has more than ${containersMax} containers`)
  }
  if (sequence >= recordsMax) throw new RecordFault(`recordSequenceNumber: is above ${recordsMax}`)
  // A container without a beginning goes on where the one before it was closed.
  const closed = new Map<number | null, number>()
  return containers.map(({ ratingGroup, from, until, ...units }, place) => {
    const startedAt = from ?? closed.get(ratingGroup) ?? openedAt
    const endedAt = Math.max(startedAt, until ?? openedAt + durationMs)
    closed.set(ratingGroup, endedAt)
    return {
      session,
      sequence: sequence * containersMax + place,
      ...circumstances,
      ...units,
      ratingGroup,
      startedAt: new Date(startedAt).toISOString(),
      endedAt: new Date(endedAt).toISOString()
    }
  })
}

/** Uplink and downlink as far as they are there and, where these are not all of it, the total alone. */
export function volumesOf(
  total: number | null,
  uplink: number | null,
  downlink: number | null
): Pick<Container, 'octets' | 'inputOctets' | 'outputOctets'> {
  const known = (uplink ?? 0) + (downlink ?? 0)
  if (total !== null && total !== known) return { octets: total }
  if (uplink === null && downlink === null) return {}
  return { inputOctets: uplink ?? 0, outputOctets: downlink ?? 0 }
}

export function hexOf(chargingId: number): string {
  return chargingId.toString(16).padStart(8, '0')
}

/** The contents of the OBJECT IDENTIFIER of a GyroRecord: see export/extension.ts. */
const gyroRecord = '6981b69da683d1a5babdd79c9f89fa9f85a7cd34'

/** In front of the session of a record that Gyro itself wrote, so that the book knows one that was charged here. */
export const ownPrefix = 'gyro;'

export function ownKeyOf(
  extensions: Node | undefined
): { readonly session: string; readonly sequence: number } | null {
  for (const extension of membersOf(extensions)) {
    const [identifier, ...others] = membersOf(extension)
    if (identifier === undefined || octetsOf(identifier).toString('hex') !== gyroRecord) continue
    const [information] = membersOf(member(others, 2))
    const members = membersOf(information)
    const session = textOf(member(members, 2))
    const number = numberOf(member(members, 3), 'recordNumber')
    if (session !== null && number !== null)
      return { session: `${ownPrefix}${session}`, sequence: number }
  }
  return null
}
