/** Writes messages into one growing buffer, AVP by AVP, in the order that the caller gives. */
import { assert } from '../../domain/errors.ts'
import { commands } from '../dictionary/commands.ts'
import type { CommandName, Dictionary, NamesOf } from '../dictionary/index.ts'
import { addressOctets } from './address.ts'
import { type Avp, avpFlags } from './entries.ts'
import { flags, headerOctets } from './header.ts'
import { ntpOf, timeMax, timeMin } from './values.ts'

/** What a header takes beside the command. */
export interface HeaderFields {
  readonly hopByHop: number
  readonly endToEnd: number
  /** Default: the command's own, 4 for credit control and 0 for peers. */
  readonly application?: number
  /** Default: R and P as the command defines them. Give all flags when giving any. */
  readonly flags?: number
}

type OpaqueNames = {
  [N in keyof Dictionary]: Dictionary[N] extends { readonly opaque: true } ? N : never
}[keyof Dictionary]

export type TextAvp = Avp<
  NamesOf<'UTF8String' | 'DiameterIdentity' | 'DiameterURI' | 'IPFilterRule'>
>
export type NumberAvp = Avp<NamesOf<'Unsigned32' | 'Integer32' | 'Enumerated'>>
export type LongAvp = Avp<NamesOf<'Unsigned64' | 'Integer64'>>
export type OctetsAvp = Avp<NamesOf<'OctetString'> | OpaqueNames>
export type GroupAvp = Avp<Exclude<NamesOf<'Grouped'>, OpaqueNames>>

/** Messages are cut from slabs of this size; a longer one gets its own. */
const slabOctets = 65_536
const depthMax = 32

/**
 * One writer serves a process: `begin`, any AVPs, `finish`. Values that do not fit their AVP are programming errors
 * and fail with GYRO_ASSERTION; the writer may then be used again from `begin`.
 */
export class MessageWriter {
  #bytes = Buffer.allocUnsafeSlow(slabOctets)
  #start = 0
  #at = 0
  #depth = 0
  readonly #open = new Int32Array(depthMax)

  /** Starts a message and drops what was begun and not finished. */
  begin(command: CommandName, header: HeaderFields): this {
    const def = commands[command]
    const own = (def.request ? flags.request : 0) | (def.proxiable ? flags.proxiable : 0)
    return this.beginWith(
      def.code,
      header.flags ?? own,
      header.application ?? def.application,
      header.hopByHop,
      header.endToEnd
    )
  }

  /** The same with every field named, also for commands that the dictionary lacks. */
  beginWith(
    command: number,
    commandFlags: number,
    application: number,
    hopByHop: number,
    endToEnd: number
  ): this {
    this.#at = this.#start
    this.#depth = 0
    this.#reserve(headerOctets)
    const at = this.#at
    this.#put32(at + 4, ((commandFlags << 24) | command) >>> 0)
    this.#put32(at + 8, application)
    this.#put32(at + 12, hopByHop)
    this.#put32(at + 16, endToEnd)
    this.#at = at + headerOctets
    return this
  }

  text(avp: TextAvp, value: string): this {
    const length = value.length
    // UTF-8 takes at most three octets for a UTF-16 unit.
    const at = this.#head(avp, length * 3)
    const bytes = this.#bytes
    let end = at
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit > 0x7f) {
        end = at + bytes.write(value, at, 'utf8')
        break
      }
      bytes[end++] = unit
    }
    return this.#tail(avp, end)
  }

  /** Unsigned32, Integer32 and Enumerated. */
  u32(avp: NumberAvp, value: number): this {
    assert(
      Number.isInteger(value) && value >= -0x80000000 && value <= 0xffffffff,
      `${avp.name} takes an integer of 32 bits`
    )
    const at = this.#head(avp, 4)
    this.#put32(at, value)
    return this.#tail(avp, at + 4)
  }

  /** Unsigned64 and Integer64: a safe integer or a bigint. */
  u64(avp: LongAvp, value: number | bigint): this {
    const at = this.#head(avp, 8)
    if (typeof value === 'number') {
      assert(Number.isSafeInteger(value), `${avp.name} takes a safe integer or a bigint`)
      this.#put32(at, Math.floor(value / 0x100000000))
      this.#put32(at + 4, value)
    } else {
      assert(value >= -(2n ** 63n) && value < 2n ** 64n, `${avp.name} takes 64 bits`)
      this.#bytes.writeBigUInt64BE(BigInt.asUintN(64, value), at)
    }
    return this.#tail(avp, at + 8)
  }

  /** EpochMs from 1968-01-20 to 2104-02-26; fractions of a second are cut. */
  time(avp: Avp<NamesOf<'Time'>>, ms: number): this {
    assert(ms >= timeMin && ms <= timeMax, `${avp.name} takes an instant from 1968 to 2104`)
    const at = this.#head(avp, 4)
    this.#put32(at, ntpOf(ms))
    return this.#tail(avp, at + 4)
  }

  /** IPv4 or IPv6 text, or `family:hex`. */
  address(avp: Avp<NamesOf<'Address'>>, value: string): this {
    const octets = addressOctets(value)
    assert(octets !== null, `${avp.name} takes an IP address or family:hex, not ${value}`)
    return this.#copy(avp, octets)
  }

  /** OctetString, and groups that the dictionary keeps whole: Failed-AVP takes `Fault.avp` as it is. */
  octets(avp: OctetsAvp, value: Uint8Array): this {
    return this.#copy(avp, value)
  }

  /** Complete AVPs, with their headers and padding, as they are. */
  raw(avps: Uint8Array): this {
    this.#reserve(avps.length)
    this.#bytes.set(avps, this.#at)
    this.#at += avps.length
    return this
  }

  /** Begins a group: what follows is inside it, until `close`. */
  open(group: GroupAvp): this {
    assert(this.#depth < depthMax, 'groups are nested too deeply')
    const at = this.#head(group, 0)
    this.#open[this.#depth++] = at - this.#start - (group.vendor === 0 ? 8 : 12)
    this.#at = at
    return this
  }

  close(): this {
    assert(this.#depth > 0, 'no group is open')
    const at = this.#start + (this.#open[--this.#depth] as number)
    this.#putLength(at + 5, this.#at - at)
    return this
  }

  /** The finished message. It is the caller's: the writer does not touch it again. */
  finish(): Buffer {
    assert(this.#depth === 0, 'a group is still open')
    const start = this.#start
    this.#bytes[start] = 1
    this.#putLength(start + 1, this.#at - start)
    this.#start = this.#at
    return this.#bytes.subarray(start, this.#at)
  }

  /** Writes an AVP header and makes room for so many octets of value; returns where the value begins. */
  #head(avp: Avp, room: number): number {
    this.#reserve(room + 16)
    const at = this.#at
    this.#put32(at, avp.code)
    this.#bytes[at + 4] = avp.flags
    if (avp.vendor === 0) return at + 8
    this.#put32(at + 8, avp.vendor)
    return at + 12
  }

  /** Sets the length of the AVP that ends here, and pads it. */
  #tail(avp: Avp, end: number): this {
    const length = end - this.#at
    assert((avp.flags & avpFlags.vendor) === 0 || length >= 12, 'AVP header is short')
    this.#putLength(this.#at + 5, length)
    let at = end
    const next = this.#at + ((length + 3) & ~3)
    while (at < next) this.#bytes[at++] = 0
    this.#at = next
    return this
  }

  #copy(avp: Avp, value: Uint8Array): this {
    const at = this.#head(avp, value.length)
    this.#bytes.set(value, at)
    return this.#tail(avp, at + value.length)
  }

  #put32(at: number, value: number): void {
    const bytes = this.#bytes
    bytes[at] = value >>> 24
    bytes[at + 1] = value >>> 16
    bytes[at + 2] = value >>> 8
    bytes[at + 3] = value
  }

  #putLength(at: number, length: number): void {
    assert(length <= 0xffffff, 'a length exceeds 24 bits')
    const bytes = this.#bytes
    bytes[at] = length >>> 16
    bytes[at + 1] = length >>> 8
    bytes[at + 2] = length
  }

  /** Moves what was begun into a new slab when this one has no room for so many octets. */
  #reserve(octets: number): void {
    if (this.#at + octets <= this.#bytes.length) return
    const begun = this.#bytes.subarray(this.#start, this.#at)
    const size = Math.max(slabOctets, 2 * (begun.length + octets))
    this.#bytes = Buffer.allocUnsafeSlow(size)
    this.#bytes.set(begun)
    this.#start = 0
    this.#at = begun.length
  }
}
