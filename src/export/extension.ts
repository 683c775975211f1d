/**
 * What 3GPP's records have no member for, above all the price, as a ManagementExtension (TS 32.298 5.1.1): an
 * identifier of our own and
 *
 *     GyroRecord ::= SEQUENCE { recorded [0] INTEGER, accountId [1] UTF8String, sessionId [2] UTF8String,
 *       recordNumber [3] INTEGER, amountMicros [4] INTEGER, currency [5] UTF8String, flags [6] UTF8String OPTIONAL,
 *       parts [7] SEQUENCE OF GyroPart OPTIONAL,
 *       partsLeftOut [8] INTEGER OPTIONAL, -- where the record would be longer than a file can hold
 *       subSessionId [9] UTF8String OPTIONAL,
 *       traceId [10] OCTET STRING (SIZE (16)) }
 *     GyroPart ::= SEQUENCE { ratingGroup [0] INTEGER, unit [1] UTF8String, units [2] INTEGER, amountMicros [3] INTEGER,
 *       price [4] UTF8String OPTIONAL, bucket [5] UTF8String OPTIONAL, zone [6] UTF8String OPTIONAL,
 *       suspense [7] BOOLEAN OPTIONAL }
 *
 * with IMPLICIT TAGS.
 */
import type { RecordedCdr } from '../charging/ports.ts'
import type { CdrPart } from '../domain/record.ts'
import { namesOfSession } from '../domain/session-key.ts'
import { traceIdOf } from '../trace/trace-id.ts'
import {
  boolean,
  constructed,
  type Element,
  integer,
  objectIdentifier,
  primitive,
  sequence,
  text
} from './ber.ts'

/** Below 2.25, whose arcs are UUIDs (ITU-T X.667): nobody has to be asked for one. */
export const extensionArcs = [2n, 25n, 0x5b1d4c0e_8a57_4f6b_9c3e_27d1f0a9e6b4n] as const
const identifier = objectIdentifier(extensionArcs)

/** ManagementExtensions with this one in it. */
export function extensionIn(
  tag: number,
  { recorded, cdr }: RecordedCdr,
  withParts: boolean
): Element {
  const { sessionId, subSessionId } = namesOfSession(cdr.sessionId)
  const content = sequence([
    integer(0, recorded),
    text(1, cdr.accountId),
    text(2, sessionId),
    integer(3, cdr.number),
    integer(4, cdr.amount),
    text(5, cdr.currency),
    text(6, cdr.flags.join(',')),
    withParts ? constructed(7, cdr.parts.map(partOf)) : integer(8, cdr.parts.length),
    subSessionId === undefined ? null : text(9, subSessionId),
    primitive(10, Buffer.from(traceIdOf(cdr), 'hex'))
  ])
  return constructed(tag, [sequence([identifier, constructed(2, [content])])])
}

function partOf(part: CdrPart): Buffer {
  return sequence([
    integer(0, part.ratingGroup),
    text(1, part.unit),
    integer(2, part.units),
    integer(3, part.amount),
    text(4, part.price),
    text(5, part.bucket),
    text(6, part.zone),
    part.suspense ? boolean(7, true) : null
  ])
}
