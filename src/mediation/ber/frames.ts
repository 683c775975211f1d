/**
 * The records of a file: behind the headers of TS 32.297 6.1, or one after the other without any. What is no record is told
 * with its place, and reading goes on with the next one that can be recognised. What lies in one that cannot be read is looked at once
 * more, so that no file takes longer than in proportion to its length.
 */
import { BerFault, headAt, type Node, treeAt } from './tree.ts'
import type { Window } from './window.ts'

export interface Frame {
  /** Octets of the file before it. */
  readonly at: number
  /** Of what cannot be read, as many as are kept. */
  readonly octets: Buffer
  /** The record, or what is wrong. */
  readonly read: Node | string
}

/** The length in a CDR header can say no more; it bounds records without headers as well. */
export const recordOctetsMax = 0xffff
const elementOctetsMax = recordOctetsMax + 16
/** A fixed part without the two octets for releases from 10 on. */
const fileHeaderOctets = 52
const ber = 1
/** Identifier octet of a constructed element of context class. */
const choice = 0xa0

interface FileHead {
  readonly headerOctets: number
  readonly octets: number
  readonly records: number
}

export async function* framesOf(window: Window): AsyncGenerator<Frame> {
  await window.fill(elementOctetsMax)
  const first = window.octets
  const head = fileHeadOf(first)
  if (head !== null) await skipFar(window, head.headerOctets)
  let records = 0
  const reading: Reading = { headers: head !== null, found: head === null, floor: 0 }
  while (await hasMore(window, reading.found)) {
    records += 1
    yield await nextFrame(window, reading)
  }
  const short = head === null ? null : shortfall(head, window.offset, records)
  if (head === null || short === null) return
  yield { at: 0, octets: first.subarray(0, Math.min(first.length, head.headerOctets)), read: short }
}

interface Reading {
  /** Records have headers. */
  readonly headers: boolean
  /** The next one stands by its own length: there are no headers, or reading went on there behind a fault. */
  found: boolean
  /** Up to here it was looked for records inside of one that cannot be read. */
  floor: number
}

async function nextFrame(window: Window, reading: Reading): Promise<Frame> {
  const at = window.offset
  const { octets } = window
  const place = reading.found ? bare(octets) : behindHeader(octets)
  reading.found = !reading.headers
  if ('root' in place) {
    const { root, from, until } = place
    window.skip(until)
    return { at: at + from, octets: octets.subarray(from, until), read: root }
  }
  const resume = at < reading.floor ? place.until : place.search
  window.skip(Math.max(1, Math.min(resume, octets.length)))
  reading.floor = Math.max(reading.floor, at + place.until)
  if (place.lost || window.offset < reading.floor) {
    const again = await seek(window, place.lost ? null : reading.floor)
    reading.found = again || !reading.headers
  }
  const kept = Math.min(octets.length, recordOctetsMax, window.offset - at)
  return { at, octets: octets.subarray(0, kept), read: place.fault }
}

/** Whether something follows that is not there to fill up a block. */
async function hasMore(window: Window, found: boolean): Promise<boolean> {
  for (;;) {
    await window.fill(elementOctetsMax)
    if (window.octets.length === 0) return false
    const octets = fillOctets(window.octets, found)
    if (octets === 0) return true
    window.skip(octets)
  }
}

/** TS 32.297 6.1.1: the lengths in it agree, which no record without header has. */
export function fileHeadOf(octets: Buffer): FileHead | null {
  if (octets.length < 50) return null
  const headerOctets = octets.readUInt32BE(4)
  const filter = octets.readUInt16BE(48)
  const extension = 50 + filter
  if (headerOctets < fileHeaderOctets || extension + 2 > octets.length) return null
  const own = octets.readUInt16BE(extension)
  const releases = headerOctets - fileHeaderOctets - filter - own
  if (releases < 0 || releases > 2) return null
  return { headerOctets, octets: octets.readUInt32BE(0), records: octets.readUInt32BE(18) }
}

/** What the header of the file says and is not there; all ones stand for a number that is not known. */
function shortfall(head: FileHead, octets: number, records: number): string | null {
  const known = (value: number) => value !== 0 && value !== 0xffff_ffff
  if (known(head.octets) && octets < head.octets) {
    return `the file ends after ${octets} octets, and has ${head.octets} by its header`
  }
  if (known(head.records) && records < head.records) {
    return `${records} records of this file could be read, and it has ${head.records} by its header`
  }
  return null
}

async function skipFar(window: Window, octets: number): Promise<void> {
  await window.fill(octets)
  window.skip(Math.min(octets, window.octets.length))
}

/** Blocks of gateways are filled up with zeros or ones: how many stand here. */
function fillOctets(octets: Buffer, found: boolean): number {
  const fill = octets[0]
  if (fill !== 0 && fill !== 0xff) return 0
  let count = 1
  while (count < octets.length && octets[count] === fill) count += 1
  if (found || count === octets.length) return count
  if (count < 4) return 0
  // The last zero may belong to the length of what follows.
  return fill === 0 ? count - 1 : count
}

type Place =
  | { readonly root: Node; readonly from: number; readonly until: number }
  | {
      readonly fault: string
      /** Where it ends, as far as that is known. */
      readonly until: number
      /** From where on another record may begin. */
      readonly search: number
      /** It is not known where the next one begins. */
      readonly lost: boolean
    }

/** A record without a header. */
function bare(octets: Buffer): Place {
  const end = Math.min(octets.length, elementOctetsMax)
  try {
    if (((octets[0] as number) & 0xe0) !== choice) throw new BerFault('is no record', 0)
    const { until } = headAt(octets, 0, end)
    if (until > end) {
      throw new BerFault(until > elementOctetsMax ? tooLong : 'ends in its middle', 0)
    }
    return inside(octets, 0, until < 0 ? end : until, until < 0)
  } catch (error) {
    if (!(error instanceof BerFault)) throw error
    return { fault: error.message, until: 1, search: 1, lost: true }
  }
}

const tooLong = `is longer than ${recordOctetsMax} octets`

/** The element from `from`, up to `until` or, when that is only a bound, to its own end. */
function inside(octets: Buffer, from: number, until: number, bound: boolean): Place {
  try {
    const { root, next } = treeAt(octets, from, until)
    if (next === until || bound) return { root, from, until: next }
    return { fault: 'is followed by something else', until, search: next, lost: false }
  } catch (error) {
    if (!(error instanceof BerFault)) throw error
    const reached = Math.max(from + 1, error.at)
    return {
      fault: error.message,
      until: bound ? reached : until,
      search: Math.min(from + 1, bound ? reached : until),
      lost: bound
    }
  }
}

/** A record behind a CDR header, TS 32.297 6.1.2. */
function behindHeader(octets: Buffer): Place {
  const from = octets.length > 2 && (octets[2] as number) >> 5 === 7 ? 5 : 4
  if (octets.length <= from) return fault('ends in its middle', octets.length, 1)
  const until = from + octets.readUInt16BE(0)
  if (until > octets.length) return fault('ends in its middle', from + 1, from + 1)
  if ((octets[3] as number) >> 5 !== ber) {
    return { ...fault('is not in BER', until, until), lost: !headerAt(octets, until) }
  }
  const place = inside(octets, from, until, false)
  // A header whose length is wrong is not followed by another.
  return 'root' in place || headerAt(octets, until) ? place : { ...place, lost: true }
}

function fault(message: string, until: number, search: number) {
  return { fault: message, until, search, lost: true }
}

/** Whether the end of the file, or the header of a record in BER, is there. */
function headerAt(octets: Buffer, at: number): boolean {
  if (at >= octets.length) return true
  const from = at + ((octets[at + 2] ?? 0) >> 5 === 7 ? 5 : 4)
  return (octets[at + 3] ?? 0) >> 5 === ber && ((octets[from] ?? 0) & 0xe0) === choice
}

/**
 * Skips to the next octets that a record of ours begins with, at most to `limit`, an offset; false when there are none before
 * it.
 */
async function seek(window: Window, limit: number | null): Promise<boolean> {
  for (;;) {
    await window.fill(elementOctetsMax)
    const { octets } = window
    const end = limit === null ? octets.length : Math.min(octets.length, limit - window.offset)
    const next = recordIn(octets, end)
    if (next >= 0) {
      window.skip(next)
      return true
    }
    if (limit !== null && end < octets.length) {
      window.skip(end)
      return false
    }
    // The first octets of a record may be the last ones here.
    const whole = octets.length < elementOctetsMax
    window.skip(whole ? octets.length : octets.length - 16)
    if (whole) return false
  }
}

/** The first place before `end` that looks like the beginning of a record; -1: there is none. */
function recordIn(octets: Buffer, end: number): number {
  for (let at = octets.indexOf(0xbf); at >= 0 && at < end; at = octets.indexOf(0xbf, at + 1)) {
    if (beginsRecord(octets, at)) return at
  }
  return -1
}

/** The tag of a PGWRecord, SGWRecord or CHFRecord, a length, and the tag of recordType, which is the first member. */
function beginsRecord(octets: Buffer, at: number): boolean {
  const second = octets[at + 1]
  let next = at + 2
  if (second === 0x81 && octets[next] === 0x48) next += 1
  else if (second !== 0x4e && second !== 0x4f) return false
  const length = octets[next] ?? 0
  next += 1 + (length > 0x80 ? length & 0x7f : 0)
  return length <= 0x83 && octets[next] === 0x80 && (octets[next + 1] ?? 0) - 1 <= 1
}
