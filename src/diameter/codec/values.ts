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

/**
 * Text. Octets that are not UTF-8 become U+FFFD rather than a fault: a display name in Latin-1 must not cost the
 * usage that is reported beside it.
 */
export function text(bytes: Buffer, start: number, end: number): string {
  let seen = 0
  for (let at = start; at < end; at++) seen |= octetAt(bytes, at)
  const slices = bytes as unknown as Slices
  return seen < 0x80 ? slices.latin1Slice(start, end) : slices.utf8Slice(start, end)
}
