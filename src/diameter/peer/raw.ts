/**
 * What an answer takes over from a request, read without decoding it.
 *
 * Errors must echo Session-Id and Proxy-Info (RFC 6733 6.2, 7.2) also when the command is unknown
 * or the
 * message is broken; then only the AVPs whose lengths hold are found. Octets are copied as
 * received.
 */

import { shownOf } from '../codec/faults.ts'

export interface Echo {
  /** The whole AVP with its padding; null: there is none. */
  readonly sessionId: Buffer | null
  /** All Proxy-Info AVPs with their padding, in order; null: there are none. */
  readonly proxyInfo: Buffer | null
}

const headerOctets = 20
const sessionIdCode = 263
const routeRecordCode = 282
const proxyInfoCode = 284
const vendorFlag = 0x80

/** Scans the AVPs at the top level of a message; stops at the first one that does not fit. */
export function readEcho(message: Buffer): Echo {
  let sessionId: Buffer | null = null
  forEachAvp(message, (code, at, end) => {
    if (code === sessionIdCode) sessionId ??= message.subarray(at, end)
  })
  const proxyInfo = collect(message, proxyInfoCode, proxyInfoCode)
  return { sessionId, proxyInfo: proxyInfo.length === 0 ? null : proxyInfo }
}

/**
 * The nth AVP (from 0) of the top level with this code and no vendor, as Failed-AVP shows it; or
 * null.
 */
export function findAvp(message: Buffer, code: number, nth = 0): Buffer | null {
  let seen = 0
  let found: Buffer | null = null
  forEachAvp(message, (avpCode, at, end) => {
    if (avpCode === code && seen++ === nth) found = shownOf(message, at, end)
  })
  return found
}

/** All Proxy-Info and Route-Record AVPs with their padding, in the order of arrival. */
export const agentAvps = (message: Buffer): Buffer =>
  collect(message, proxyInfoCode, routeRecordCode)

/** The AVPs of either code, one behind the other; those that are neighbours are taken together. */
function collect(message: Buffer, code: number, other: number): Buffer {
  const runs: Buffer[] = []
  let from = 0
  let to = 0
  forEachAvp(message, (avpCode, at, end) => {
    if (avpCode !== code && avpCode !== other) return
    if (at !== to) {
      if (to > from) runs.push(message.subarray(from, to))
      from = at
    }
    to = end
  })
  if (to > from) runs.push(message.subarray(from, to))
  return Buffer.concat(runs)
}

/** `end` is behind the padding. A message may have thousands of AVPs, so nothing is made of them here. */
function forEachAvp(message: Buffer, visit: (code: number, at: number, end: number) => void): void {
  let at = headerOctets
  while (at + 8 <= message.length) {
    const length = message.readUIntBE(at + 5, 3)
    const end = at + ((length + 3) & ~3)
    if (length < 8 || end > message.length) return
    const vendor = ((message[at + 4] ?? 0) & vendorFlag) !== 0
    if (!vendor) visit(message.readUInt32BE(at), at, end)
    at = end
  }
}

const avpHeaderOctets = 8
const mandatoryFlag = 0x40

/**
 * An AVP of the base protocol with the M bit, padded: for Failed-AVP, which shows AVPs off the
 * usual path.
 */
export function avpOf(code: number, payload: Buffer): Buffer {
  const avp = Buffer.alloc((avpHeaderOctets + payload.length + 3) & ~3)
  avp.writeUInt32BE(code, 0)
  avp.writeUInt32BE(avpHeaderOctets + payload.length, 4)
  avp.writeUInt8(mandatoryFlag, 4)
  payload.copy(avp, avpHeaderOctets)
  return avp
}
