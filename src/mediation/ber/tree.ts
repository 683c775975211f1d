/**
 * BER (ITU-T X.690) as gateways write it: any form of length, also the indefinite one, and tags of any number. A record
 * becomes a tree in one pass; what cannot be read is a BerFault that says where.
 */

export interface Node {
  /** The number of a tag of context class; -1 for any other. */
  readonly tag: number
  /** Octets of a primitive element, the members of a constructed one. */
  readonly content: Buffer | readonly Node[]
}

export class BerFault extends Error {
  /** The first octet of the element that cannot be read. */
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** Identifier and length octets of an element. */
export interface Head {
  readonly tag: number
  readonly constructed: boolean
  /** Where the content begins. */
  readonly from: number
  /** Where it ends; -1: at an end-of-contents, X.690 8.1.3.6. */
  readonly until: number
}

const depthMax = 32
/** More octets of a tag or length are no sign of a record. */
const tagOctetsMax = 4
const lengthOctetsMax = 8

/** Throws BerFault when it is not whole before `end`. The content may end behind it. */
export function headAt(buffer: Buffer, at: number, end: number): Head {
  const first = octetAt(buffer, at, end, at)
  let from = at + 1
  let number = first & 0x1f
  if (number === 0x1f) {
    number = 0
    let octet: number
    do {
      if (from - at > tagOctetsMax) throw new BerFault('has a tag that is too long', at)
      octet = octetAt(buffer, from++, end, at)
      number = number * 128 + (octet & 0x7f)
    } while (octet >= 128)
  }
  const constructed = (first & 0x20) !== 0
  const tag = first >> 6 === 2 ? number : -1
  const short = octetAt(buffer, from++, end, at)
  if (short < 128) return { tag, constructed, from, until: from + short }
  if (short === 128) {
    if (!constructed) throw new BerFault('has a value without a length', at)
    return { tag, constructed, from, until: -1 }
  }
  if (short - 128 > lengthOctetsMax) throw new BerFault('has a length that is too long', at)
  let length = 0
  for (let rest = short - 128; rest > 0; rest--) {
    length = length * 256 + octetAt(buffer, from++, end, at)
  }
  return { tag, constructed, from, until: from + length }
}

function octetAt(buffer: Buffer, at: number, end: number, start: number): number {
  if (at >= end) throw new BerFault('ends in its middle', start)
  return buffer[at] as number
}

/** The element at `at` and where it ends. Throws BerFault when it is not whole before `end`. */
export function treeAt(buffer: Buffer, at: number, end: number): { root: Node; next: number } {
  const cursor = { next: at }
  const root = nodeAt(buffer, at, end, cursor, 0)
  return { root, next: cursor.next }
}

function nodeAt(
  buffer: Buffer,
  at: number,
  end: number,
  cursor: { next: number },
  depth: number
): Node {
  const { tag, constructed, from, until } = headAt(buffer, at, end)
  if (until > end) throw new BerFault('ends in its middle', at)
  if (!constructed) {
    cursor.next = until
    return { tag, content: buffer.subarray(from, until) }
  }
  if (depth >= depthMax) throw new BerFault('is nested too deeply', at)
  const content: Node[] = []
  const last = until < 0 ? end : until
  let next = from
  for (;;) {
    if (until >= 0 ? next === until : isEndOfContents(buffer, next, last)) break
    content.push(nodeAt(buffer, next, last, cursor, depth + 1))
    next = cursor.next
  }
  cursor.next = until < 0 ? next + 2 : until
  return { tag, content }
}

function isEndOfContents(buffer: Buffer, at: number, end: number): boolean {
  return at + 1 < end && buffer[at] === 0 && buffer[at + 1] === 0
}

export const noMembers: readonly Node[] = []

/** The members of a constructed element; none of anything else. */
export function membersOf(node: Node | undefined): readonly Node[] {
  return node === undefined || Buffer.isBuffer(node.content) ? noMembers : node.content
}

/** The first member with this tag. */
export function member(members: readonly Node[], tag: number): Node | undefined {
  for (const one of members) if (one.tag === tag) return one
  return undefined
}

/** The octets of a value, also of a string in several segments (X.690 8.7.3). */
export function octetsOf(node: Node): Buffer {
  if (Buffer.isBuffer(node.content)) return node.content
  return Buffer.concat((node.content as readonly Node[]).map(octetsOf))
}
