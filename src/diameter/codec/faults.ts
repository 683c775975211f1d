/** What is wrong with a received message, in the form that an answer needs (RFC 6733 §7.1.5, §7.5). */
import { type Avp, avpFlags, avpOf } from './entries.ts'

export interface Fault {
  /** Result-Code of the answer: 3008, 5001, 5004, 5005, 5009, 5011, 5012, 5014 or 5015. */
  readonly resultCode: number
  /**
   * The value of Failed-AVP: one complete AVP, inside headers of the groups that it was found in. The offender as
   * received, or an example of minimum length filled with zeros when it is missing (5005) or its length is broken
   * (5014). null when no AVP is to blame.
   */
  readonly avp: Buffer | null
  /** For Error-Message and the log. */
  readonly message: string
}

/** A group on the way from the message to the offender: its AVP header, as received. */
export interface Parent {
  readonly code: number
  readonly flags: number
  readonly vendor: number
}

/** One encoded AVP. The V bit of `flags` decides whether a vendor is written. */
export function avpBytes(code: number, flags: number, vendor: number, value: Uint8Array): Buffer {
  const head = headOctetsOf(flags)
  const length = head + value.length
  const bytes = Buffer.alloc((length + 3) & ~3)
  writeHead(bytes, 0, { code, flags, vendor }, length)
  bytes.set(value, head)
  return bytes
}

/** The AVP inside its groups, outermost first. */
export function insideOf(parents: readonly Parent[], avp: Buffer): Buffer {
  let at = parents.reduce((sum, { flags }) => sum + headOctetsOf(flags), 0)
  const bytes = Buffer.alloc(at + avp.length)
  bytes.set(avp, at)
  for (let level = parents.length - 1; level >= 0; level--) {
    const parent = parents[level] as Parent
    at -= headOctetsOf(parent.flags)
    writeHead(bytes, at, parent, bytes.length - at)
  }
  return bytes
}

const headOctetsOf = (flags: number): number => (flags & avpFlags.vendor ? 12 : 8)

function writeHead(bytes: Buffer, at: number, { code, flags, vendor }: Parent, length: number) {
  bytes.writeUInt32BE(code, at)
  bytes.writeUInt32BE(((flags << 24) | length) >>> 0, at + 4)
  if (flags & avpFlags.vendor) bytes.writeUInt32BE(vendor, at + 8)
}

/** An example of the AVP: zeros of the least length that its format can have. */
export function exampleOf(entry: Avp): Buffer {
  const value = Buffer.alloc(entry.octets)
  return avpBytes(entry.code, entry.flags, entry.vendor, value)
}

/**
 * The AVP at `start` whose length cannot be right: its header as far as it was received, padded with zeros, and a
 * zero-filled value of the least length for its format.
 */
export function brokenAvp(bytes: Buffer, start: number, end: number): Buffer {
  const head = Buffer.alloc(12)
  bytes.copy(head, 0, start, Math.min(end, start + 12))
  const code = head.readUInt32BE(0)
  const flags = head.readUInt8(4)
  const vendor = flags & avpFlags.vendor ? head.readUInt32BE(8) : 0
  return avpBytes(code, flags, vendor, Buffer.alloc(avpOf(vendor, code)?.octets ?? 0))
}

/** The AVP from `start` to `end` as received, padded. */
export function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.alloc((end - start + 3) & ~3)
  bytes.copy(copy, 0, start, end)
  return copy
}

/** The AVP from `start` to `end` with its padding: in place where the message has that. */
export function paddedAt(bytes: Buffer, start: number, end: number): Buffer {
  const padded = start + ((end - start + 3) & ~3)
  return padded <= bytes.length ? bytes.subarray(start, padded) : copyOf(bytes, start, end)
}

/**
 * A longer offender is shown as its header and a value of the least length, as one of a broken
 * length is: an answer must not be much larger than its request, nor 16 faults than a message.
 */
const shownOctetsMax = 1_024

/** The AVP from `start` to `end` as Failed-AVP shows it: as received, unless it is very long. */
export function shownOf(bytes: Buffer, start: number, end: number): Buffer {
  return end - start > shownOctetsMax ? brokenAvp(bytes, start, end) : copyOf(bytes, start, end)
}
