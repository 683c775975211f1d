/**
 * HTTP/2 frames as a load generator needs them (RFC 9113, RFC 7541): requests are bytes that were prepared once, and of
 * answers nothing is read but the status. A whole client costs more than the server that it is to measure.
 */

export const frameOctets = 9
export const types = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8
} as const
export const flags = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
export const windowMax = 0x7fff_ffff
export const windowDefault = 65_535

export function frame(type: number, flag: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(frameOctets + payload.length)
  bytes.writeUIntBE(payload.length, 0, 3)
  bytes[3] = type
  bytes[4] = flag
  bytes.writeUInt32BE(stream, 5)
  bytes.set(payload, frameOctets)
  return bytes
}

export function windowUpdate(stream: number, octets: number): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(octets)
  return frame(types.windowUpdate, 0, stream, payload)
}

/** No dynamic table for answers, no pushes, and windows that never fill. */
export function opening(): Buffer {
  const settings: readonly (readonly [number, number])[] = [
    [1, 0],
    [2, 0],
    [4, windowMax]
  ]
  const payload = Buffer.alloc(settings.length * 6)
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, index * 6)
    payload.writeUInt32BE(value, index * 6 + 2)
  }
  return Buffer.concat([
    Buffer.from(preface),
    frame(types.settings, 0, 0, payload),
    windowUpdate(0, windowMax - windowDefault)
  ])
}

/** A string without Huffman coding, of up to 126 octets. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)])
}

export interface HeaderBlocks {
  /** The first on a connection: leaves authority, content type and user agent in the server's table. */
  readonly first: Buffer
  /** The others, which name them by their indexes. */
  readonly next: Buffer
}

/** Static indexes, RFC 7541 appendix A; a set bit 0x40 also adds to the dynamic table, which begins at 62. */
export function headerBlocks(authority: string, path: string, bodyOctets: number): HeaderBlocks {
  const start = Buffer.from([0x83, 0x86])
  const pathField = Buffer.concat([Buffer.from([0x04]), text(path)])
  const length = Buffer.concat([Buffer.from([0x0f, 28 - 15]), text(String(bodyOctets))])
  const added = Buffer.concat([Buffer.from([0x40 | 1]), text(authority)])
  const type = Buffer.concat([Buffer.from([0x40 | 31]), text('application/json')])
  const agent = Buffer.concat([Buffer.from([0x40]), text('user-agent'), text('SMF-bench')])
  return {
    first: Buffer.concat([start, added, pathField, type, agent, length]),
    next: Buffer.concat([start, known(64), pathField, known(63), known(62), length])
  }
}

function known(index: number): Buffer {
  return Buffer.from([0x80 | index])
}

/** Statuses of the static table by their indexes from 8. */
const indexed = [200, 204, 206, 304, 400, 404, 500]

/** The status of an answer's header block, which comes first in it (RFC 9113 8.3). */
export function statusOf(block: Uint8Array, from: number): number {
  let at = from
  // Dynamic table size updates.
  while (((block[at] ?? 0) & 0xe0) === 0x20) at++
  const first = block[at] ?? 0
  if (first & 0x80) return indexed[(first & 0x7f) - 8] ?? 0
  const length = block[at + 1] ?? 0
  if (length & 0x80) return huffmanDigits(block, at + 2, length & 0x7f)
  return Number(Buffer.from(block.subarray(at + 2, at + 2 + length)).toString('latin1'))
}

/** Three digits in Huffman code: 0 to 2 have five bits, the others six. */
function huffmanDigits(block: Uint8Array, from: number, octets: number): number {
  let bits = 0
  for (let index = 0; index < octets; index++) bits = (bits << 8) | (block[from + index] ?? 0)
  let left = octets * 8
  let number = 0
  for (let digit = 0; digit < 3; digit++) {
    const five = (bits >> (left - 5)) & 31
    if (five < 3) {
      number = number * 10 + five
      left -= 5
    } else {
      const six = (bits >> (left - 6)) & 63
      number = number * 10 + six - 22
      left -= 6
    }
  }
  return number
}
