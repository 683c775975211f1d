/**
 * What a decoded message takes in memory: octets of heap that its values keep, beside the octets of the message
 * itself, which octet strings and unknown AVPs are views of.
 *
 * Counted while it is read, by these upper bounds for 64-bit V8 without pointer compression (Node 20 to 24), so that a
 * message of many tiny AVPs is refused before it has been made into objects. test/diameter/codec/weight.test.ts holds
 * them against the heap.
 */
import { kinds } from './kinds.ts'

/** The result, the lists in it, and the state of one decoding. */
export const messageWeight = 512
/** A member's place: its slot is in the object, so this is what a number takes that is no small integer. */
const valueWeight = 16
/** A share in a list: one of its own, or the room that a list which grows from one to two makes for seventeen. */
const listWeight = 72
const objectWeight = 24
const slotWeight = 8
/** A Buffer that views the message. */
const viewWeight = 120
/** A string's header and rounding; an address is put together from some, or is hexadecimal. */
const stringWeight = 32
const addressWeight = 224

/** Beside the value of a known AVP where the grammar does not name it, and of an unknown one. */
export const extraWeight = 80
export const unknownWeight = 216
/** Beside the octets of the offender, the text and the entry of a fault. */
export const faultWeight = 512

/** A text of one octet a character that has one character of more is kept with two octets for each. */
const textOctetWeight = 2
const addressOctetWeight = 2

/** What one value takes, without the octets of a text. */
export function weightOf(kind: number, members: number, repeated: boolean): number {
  const list = repeated ? listWeight : 0
  return valueWeight + list + sizeOf(kind, members)
}

/** What each octet of an AVP adds. */
export function octetWeightOf(kind: number): number {
  if (kind === kinds.text) return textOctetWeight
  return kind === kinds.address ? addressOctetWeight : 0
}

function sizeOf(kind: number, members: number): number {
  switch (kind) {
    case kinds.group:
      return objectWeight + slotWeight * members
    case kinds.octets:
      return viewWeight
    case kinds.text:
      return stringWeight
    case kinds.address:
      return addressWeight
    case kinds.u64:
    case kinds.i64:
      return objectWeight
    default:
      return 0
  }
}
