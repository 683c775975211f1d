/**
 * Cuts a stream of octets into Diameter messages. It knows only version and length (RFC 6733 §3).
 *
 * A message that lies in one chunk is handed on without a copy. The head of an unfinished one is copied once, into a
 * buffer of the length that its header says, so that fragments of any size cost linear time.
 */
import type { Fault } from './codec/faults.ts'
import { type Header, headerOctets, readHeader } from './codec/header.ts'

/** Why a stream cannot be read on; with it the Result-Code that RFC 6733 §7.1.5 has for it. */
export interface FramingFault extends Fault {
  /** 5011 for another version than 1; 5015 for a length below 20, not a multiple of 4, or above the limit. */
  readonly resultCode: 5011 | 5015
  readonly avp: null
  /** The header, to answer it before disconnecting. */
  readonly header: Header
}

export interface FramerOptions {
  /** The longest message that is taken. */
  readonly maxOctets: number
  /** One whole message; a view of a chunk, valid while its bytes are. */
  onMessage(message: Buffer): void
  /** Called once; whatever follows is dropped. */
  onError(fault: FramingFault): void
}

export interface Framer {
  push(chunk: Buffer): void
  /** Octets of an unfinished message. */
  pending(): number
}

export function createFramer(options: FramerOptions): Framer {
  // The unfinished message: first in a buffer for its header, then in one of its own length.
  let partial: Buffer | null = null
  let filled = 0
  let failed = false

  function fail(fault: FramingFault): void {
    failed = true
    partial = null
    filled = 0
    options.onError(fault)
  }

  /** Adds octets of the chunk to the unfinished message, up to `size`; returns how many. */
  function fill(chunk: Buffer, at: number, size: number): number {
    const taken = Math.min(size - filled, chunk.length - at)
    if (partial === null || partial.length < size) {
      const larger = Buffer.allocUnsafe(size)
      partial?.copy(larger, 0, 0, filled)
      partial = larger
    }
    chunk.copy(partial, filled, at, at + taken)
    filled += taken
    return taken
  }

  /** Completes the unfinished message as far as the chunk goes; returns where the rest of the chunk begins. */
  function resume(chunk: Buffer): number {
    let at = 0
    if (filled < headerOctets) at = fill(chunk, 0, headerOctets)
    if (partial === null || filled < headerOctets) return at
    const fault = faultOf(partial, 0, options.maxOctets)
    if (fault) {
      fail(fault)
      return chunk.length
    }
    const length = partial.readUIntBE(1, 3)
    at += fill(chunk, at, length)
    if (filled < length) return at
    const message = partial
    partial = null
    filled = 0
    options.onMessage(message)
    return at
  }

  /** Hands on the messages that lie whole in the chunk; returns where the rest begins. */
  function cut(chunk: Buffer, from: number): number {
    let at = from
    while (chunk.length - at >= headerOctets) {
      const fault = faultOf(chunk, at, options.maxOctets)
      if (fault) {
        fail(fault)
        return chunk.length
      }
      const end = at + chunk.readUIntBE(at + 1, 3)
      if (end > chunk.length) break
      options.onMessage(chunk.subarray(at, end))
      at = end
    }
    return at
  }

  function push(chunk: Buffer): void {
    if (failed) return
    const at = cut(chunk, filled > 0 ? resume(chunk) : 0)
    if (at === chunk.length) return
    const whole = chunk.length - at >= headerOctets
    fill(chunk, at, whole ? chunk.readUIntBE(at + 1, 3) : headerOctets)
  }

  return { push, pending: () => filled }
}

function faultOf(bytes: Buffer, at: number, maxOctets: number): FramingFault | null {
  const version = bytes.readUInt8(at)
  const length = bytes.readUIntBE(at + 1, 3)
  if (version !== 1) {
    const message = `version ${version} of Diameter is not supported, only 1`
    return { resultCode: 5011, avp: null, message, header: readHeader(bytes, at) }
  }
  if (length >= headerOctets && length % 4 === 0 && length <= maxOctets) return null
  const message = `a message length of ${length} is not a multiple of 4 from 20 to ${maxOctets}`
  return { resultCode: 5015, avp: null, message, header: readHeader(bytes, at) }
}
