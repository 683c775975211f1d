/**
 * One file of records that wait: it is appended to by the process that made it, read from the front, and removed once
 * all of it is done with. How far that is stands in a file beside it (`.done`), so that a restart does not begin anew.
 */
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Logger } from '../domain/log.ts'
import { countLines, scanLines } from './lines.ts'

const chunkOctets = 1_048_576

/** What the log says of segments, by what they are for. */
export interface SegmentWords {
  /** Alarms are named `<alarm>-damaged` and `<alarm>-unwritable`. */
  readonly alarm: string
  readonly damaged: string
  readonly torn: string
  readonly unwritable: string
}

export interface SegmentLog {
  readonly words: SegmentWords
  readonly logger: Logger
}

export interface Segment {
  readonly path: string
  /** Octets that are known to be written whole. */
  size: number
  /** Octets that are done with. */
  position: number
  /** Lines between the two. */
  records: number
  /** Damaged lines were met: the file is kept for people to look at. */
  damaged: boolean
  /** Damage before this place has been told of. */
  told: number
}

/** Lines that were read from the position on: up to `next` they are done with once their records are. */
export interface LastRead {
  readonly segment: Segment
  readonly next: number
  readonly lines: number
}

/** What was read is done with. */
export function passOver({ segment, next, lines }: LastRead): void {
  segment.position = next
  segment.records = Math.max(0, segment.records - lines)
}

export function newSegment(path: string): Segment {
  return { path, size: 0, position: 0, records: 0, damaged: false, told: 0 }
}

/**
 * A file that another process left. With `sampled`, its records are counted in its beginning only, and what that comes to in
 * all is taken for their number. Rejects when it cannot be read.
 */
export async function findSegment(path: string, sampled = false): Promise<Segment> {
  const { size } = await stat(path)
  const done = await readFile(progressOf(path), 'utf8').catch(() => '0')
  const position = Math.min(Number.parseInt(done, 10) || 0, size)
  const handle = await open(path, 'r')
  let records = 0
  try {
    for (let at = position; at < size; at += chunkOctets) {
      const length = Math.min(chunkOctets, size - at)
      records += countLines(await readChunk(handle, at, length))
      if (!sampled) continue
      records = Math.ceil((records * (size - position)) / length)
      break
    }
  } finally {
    await handle.close()
  }
  return { ...newSegment(path), size, position, records }
}

export interface SegmentRead {
  readonly records: readonly string[]
  /** The position behind them. */
  readonly next: number
  /** Lines behind the position, good or damaged. */
  readonly lines: number
  /** Damaged ones that had not been told of. */
  readonly damaged: number
}

/** The next records of a segment, read in chunks of `atOnce` octets. A last line without its end was being written when its process died. */
export async function readSegment(
  segment: Segment,
  most: number,
  log: SegmentLog,
  atOnce = chunkOctets
): Promise<SegmentRead> {
  const { path, position, size } = segment
  const handle = await open(path, 'r')
  try {
    for (let octets = atOnce; ; octets *= 2) {
      const length = Math.min(octets, size - position)
      const chunk = await readChunk(handle, position, length)
      const { records, octets: read, damaged } = scanLines(chunk, most)
      if (read === 0 && position + length < size) continue
      const told = damaged.filter(offset => tellDamage(segment, position + offset, log))
      const torn = read === 0 && length > 0
      if (torn) tellTorn(segment, log)
      const next = torn ? size : position + read
      const lines = records.length + damaged.length
      return { records, next, lines, damaged: told.length }
    }
  } finally {
    await handle.close()
  }
}

function tellDamage(segment: Segment, offset: number, { words, logger }: SegmentLog): boolean {
  segment.damaged = true
  if (offset < segment.told) return false
  segment.told = offset + 1
  logger.error({ alarm: `${words.alarm}-damaged`, file: segment.path, offset }, words.damaged)
  return true
}

function tellTorn({ path, position }: Segment, { words, logger }: SegmentLog): void {
  logger.warn({ file: path, offset: position }, words.torn)
}

async function readChunk(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

function progressOf(path: string): string {
  return `${path}.done`
}

function draftOf(path: string): string {
  return `${path}.draft`
}

/** Notes how far the segment is done with: the note appears whole or not at all. */
export async function saveProgress({ path, position }: Segment): Promise<void> {
  const draft = draftOf(path)
  await writeFile(draft, String(position))
  await rename(draft, progressOf(path))
}

/** Removes a segment that is done with; one with damage is put beside the folders of processes instead. */
export async function removeSegment({ path, damaged }: Segment): Promise<void> {
  await rm(draftOf(path), { force: true })
  await rm(progressOf(path), { force: true })
  if (!damaged) {
    await rm(path, { force: true })
    return
  }
  const folder = dirname(path)
  await rename(path, join(dirname(folder), `${basename(folder)}-${basename(path)}.damaged`))
}
