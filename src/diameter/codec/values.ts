/** Reading and writing of values: integers, times and text (RFC 6733 §4.2, §4.3). */

/** Buffer's own fast paths, which its published type leaves out. */
interface Slices {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}

export function octetAt(bytes: Buffer, at: number): number {
  return bytes[at] as number
}

export function u24(bytes: Buffer, at: number): number {
  return (octetAt(bytes, at) << 16) | (octetAt(bytes, at + 1) << 8) | octetAt(bytes, at + 2)
}

export function i32(bytes: Buffer, at: number): number {
  return (octetAt(bytes, at) << 24) | u24(bytes, at + 1)
}

export function u32(bytes: Buffer, at: number): number {
  return i32(bytes, at) >>> 0
}

/** Two halves are cheaper than a BigInt shift, and nearly every counter is a safe number. */
export function u64(bytes: Buffer, at: number): bigint {
  const high = u32(bytes, at)
  const low = u32(bytes, at + 4)
  if (high === 0) return BigInt(low)
  if (high < 0x200000) return BigInt(high * 0x100000000 + low)
  return (BigInt(high) << 32n) | BigInt(low)
}

export function i64(bytes: Buffer, at: number): bigint {
  return BigInt.asIntN(64, u64(bytes, at))
}

/** Seconds from 1900-01-01 (NTP) to 1970-01-01. */
const ntpOffset = 2_208_988_800
const era = 0x100000000

/** The first and the last instant that a Time AVP can hold. */
export const timeMin = (0x80000000 - ntpOffset) * 1000
export const timeMax = (0x7fffffff + era - ntpOffset) * 1000 + 999

/** EpochMs of an NTP time. Without its most significant bit it counts from 2036-02-07 (RFC 6733 §4.3.1). */
export function timeOf(seconds: number): number {
  return (seconds - ntpOffset + (seconds < 0x80000000 ? era : 0)) * 1000
}

/** NTP seconds of an instant; fractions of a second are cut. */
export function ntpOf(ms: number): number {
  return (Math.floor(ms / 1000) + ntpOffset) % era
}

/** Texts of up to so many octets are remembered. */
const knownOctets = 64
const knownMask = 0x7fff
/** By a hash of their octets; a text takes the place of another one with the same. */
const known: string[] = new Array(knownMask + 1).fill('')

/**
 * Text. Octets that are not UTF-8 become U+FFFD rather than a fault: a display name in Latin-1 must not cost the
 * usage that is reported beside it.
 *
 * The same hosts, realms, sessions and subscribers come again and again: a text that was read before is not made
 * anew, which also spares whoever looks it up in a map the hash of it.
 */
export function text(bytes: Buffer, start: number, end: number): string {
  let seen = 0
  let hash = end - start
  for (let at = start; at < end; at++) {
    const octet = octetAt(bytes, at)
    seen |= octet
    hash = (Math.imul(hash, 31) + octet) | 0
  }
  const slices = bytes as unknown as Slices
  if (seen >= 0x80) return slices.utf8Slice(start, end)
  if (end - start > knownOctets) return slices.latin1Slice(start, end)
  const place = (hash ^ (hash >>> 15)) & knownMask
  const found = known[place] as string
  if (isText(found, bytes, start, end)) return found
  const made = slices.latin1Slice(start, end)
  known[place] = made
  return made
}

function isText(text: string, bytes: Buffer, start: number, end: number): boolean {
  const length = end - start
  if (text.length !== length) return false
  for (let at = 0; at < length; at++) {
    if (text.charCodeAt(at) !== octetAt(bytes, start + at)) return false
  }
  return true
}
