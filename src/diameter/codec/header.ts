/** The header of a Diameter message (RFC 6733 §3). */

export const headerOctets = 20

/** Command flags. */
export const flags = { request: 0x80, proxiable: 0x40, error: 0x20, retransmitted: 0x10 } as const

export interface Header {
  /** 1, unless the peer speaks something else. */
  readonly version: number
  /** Octets of the whole message, as the header says. */
  readonly length: number
  /** `flags` combined; reserved bits as received. */
  readonly flags: number
  /** Command code. */
  readonly command: number
  /** Application id. */
  readonly application: number
  readonly hopByHop: number
  readonly endToEnd: number
}

/** Reads the header at `offset`; there must be 20 octets. */
export function readHeader(bytes: Buffer, offset = 0): Header {
  const length = bytes.readUInt32BE(offset)
  const command = bytes.readUInt32BE(offset + 4)
  return {
    version: length >>> 24,
    length: length & 0xffffff,
    flags: command >>> 24,
    command: command & 0xffffff,
    application: bytes.readUInt32BE(offset + 8),
    hopByHop: bytes.readUInt32BE(offset + 12),
    endToEnd: bytes.readUInt32BE(offset + 16)
  }
}

/** Whether the header is that of a request. */
export function isRequest(header: Header): boolean {
  return (header.flags & flags.request) !== 0
}
