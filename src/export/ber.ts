/**
 * BER (ITU-T X.690) as far as charging records need it: tags of context class with definite lengths, IMPLICIT as the
 * modules of TS 32.298 have them. Values are built from the inside out; what is absent is `null` and left out.
 */

/** Octets of an element, or nothing. */
export type Element = Buffer | null

const contextClass = 0x80
const constructedBit = 0x20

/** Identifier octets of a context tag, X.690 8.1.2. */
function identifier(tag: number, constructed: boolean): Buffer {
  const first = contextClass | (constructed ? constructedBit : 0)
  if (tag < 31) return Buffer.of(first | tag)
  return Buffer.concat([Buffer.of(first | 31), base128(BigInt(tag))])
}

/** Seven bits an octet, the highest first. */
function base128(value: bigint): Buffer {
  const octets = [Number(value & 0x7fn)]
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80)
  return Buffer.from(octets)
}

/** Length octets, X.690 8.1.3. */
function lengthOf(octets: number): Buffer {
  if (octets < 128) return Buffer.of(octets)
  const bytes: number[] = []
  for (let rest = octets; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

/** A primitive value under a context tag. */
export function primitive(tag: number, value: Buffer | null): Element {
  if (value === null) return null
  return Buffer.concat([identifier(tag, false), lengthOf(value.length), value])
}

/** A SET, SEQUENCE or explicitly tagged value under a context tag; left out when nothing is in it. */
export function constructed(tag: number, members: readonly Element[]): Element {
  const value = joined(members)
  if (value.length === 0) return null
  return Buffer.concat([identifier(tag, true), lengthOf(value.length), value])
}

/** SEQUENCE under its own tag, as a member of a list. */
export function sequence(members: readonly Element[]): Buffer {
  const value = joined(members)
  return Buffer.concat([Buffer.of(0x30), lengthOf(value.length), value])
}

function joined(members: readonly Element[]): Buffer {
  return Buffer.concat(members.filter(member => member !== null))
}

/** INTEGER and ENUMERATED: two's complement in as few octets as it takes, X.690 8.3. */
export function integer(tag: number, value: number | null | undefined): Element {
  return value == null ? null : primitive(tag, integerOctets(BigInt(value)))
}

function integerOctets(value: bigint): Buffer {
  const octets: number[] = []
  let rest = value
  do {
    octets.unshift(Number(rest & 0xffn))
    rest >>= 8n
  } while (rest !== 0n && rest !== -1n)
  // The highest bit is the sign.
  const negative = (octets[0] ?? 0) >= 128
  if (value >= 0n && negative) octets.unshift(0)
  if (value < 0n && !negative) octets.unshift(0xff)
  return Buffer.from(octets)
}

export function boolean(tag: number, value: boolean | null): Element {
  return value === null ? null : primitive(tag, Buffer.of(value ? 0xff : 0))
}

/** Text of any string type whose characters are those of UTF-8. */
export function text(tag: number, value: string | null | undefined): Element {
  return value == null || value === '' ? null : primitive(tag, Buffer.from(value))
}

/** OBJECT IDENTIFIER under its own tag, X.690 8.19. */
export function objectIdentifier(arcs: readonly bigint[]): Buffer {
  const [first = 0n, second = 0n, ...others] = arcs
  const value = Buffer.concat([first * 40n + second, ...others].map(base128))
  return Buffer.concat([Buffer.of(0x06), lengthOf(value.length), value])
}
