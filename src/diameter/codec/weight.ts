/**
 * What a decoded message takes in memory: octets of heap that its values keep, beside the octets of the message
 * itself, which octet strings and unknown AVPs are views of. Both together are held to the limit of a message.
 *
 * Counted while it is read, by these upper bounds for 64-bit V8 without pointer compression (Node 20 to 24), so that a
 * message of many tiny AVPs is refused before it has been made into objects. test/diameter/codec/weight.test.ts holds
 * them against the heap.
 */
import { kinds } from './kinds.ts'

/**
 * The result, and what is only counted when it is there: the list of the last AVP or its fault with the offender
 * (faults.ts), and the fault of what is too much. Less than limits.diameterMessageReserve.
 */
export const messageWeight = 3_072
/** A number that is no small integer. Its place is a slot of its group. */
export const numberWeight = 16
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
export function weightOf(kind: number, members: number): number {
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
    case kinds.time:
      return numberWeight
    default:
      return 0
  }
}

/** What each octet of an AVP adds. */
export function octetWeightOf(kind: number): number {
  if (kind === kinds.text) return textOctetWeight
  return kind === kinds.address ? addressOctetWeight : 0
}
