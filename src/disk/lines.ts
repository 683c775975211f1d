/**
 * The lines of a file of records: `checksum length record`, ended by a line feed.
 *
 * The checksum is CRC-32 in eight hexadecimal digits, the length that of the record in octets. Records are JSON,
 * which holds no line feed, so that reading goes on behind a damaged line.
 */
import { crc32 } from 'node:zlib'

export function encodeLine(record: string): string {
  const length = Buffer.byteLength(record)
  return `${crc32(record).toString(16).padStart(8, '0')} ${length} ${record}\n`
}

export interface Scan {
  readonly records: readonly string[]
  /** Octets up to the end of the last line that was looked at. */
  readonly octets: number
  /** Where damaged lines begin. */
  readonly damaged: readonly number[]
}

/** Reads whole lines from the beginning, up to so many good ones. */
export function scanLines(chunk: Buffer, most: number): Scan {
  const records: string[] = []
  const damaged: number[] = []
  let at = 0
  while (records.length < most) {
    const end = chunk.indexOf(0x0a, at)
    if (end < 0) break
    const record = decodeLine(chunk.subarray(at, end))
    if (record === null) damaged.push(at)
    else records.push(record)
    at = end + 1
  }
  return { records, octets: at, damaged }
}

export function countLines(chunk: Buffer): number {
  let lines = 0
  for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) lines++
  return lines
}

function decodeLine(line: Buffer): string | null {
  const head = /^([0-9a-f]{8}) ([0-9]{1,9}) /.exec(line.toString('latin1', 0, 20))
  if (head === null) return null
  const record = line.subarray(head[0].length)
  if (record.length !== Number(head[2])) return null
  return crc32(record) === Number.parseInt(head[1] ?? '', 16) ? record.toString('utf8') : null
}
