/**
 * Decodes messages: every AVP is read, and whatever is wrong is listed rather than thrown, so that the caller can
 * answer with the right Result-Code and still see the usage that was reported.
 *
 * What is tolerated: any M bit on a known AVP; reserved flag bits (so 3009 is never raised); known AVPs where the
 * grammar does not name them (`extra`); a missing P bit; Session-Id anywhere; unknown values of Enumerated; text that
 * is not UTF-8; a missing 3GPP member that TS 32.299 calls mandatory; padding that is not zero, or missing after the
 * last AVP of a group. Groups with `opaque` in the dictionary are not looked into.
 */
import { limits } from '../../domain/limits.ts'
import type { CommandName, MessageOf } from '../dictionary/index.ts'
import { resultCodes } from '../dictionary/result-codes.ts'
import { addressText } from './address.ts'
import { budget } from './budget.ts'
import {
  type Avp,
  avp,
  avpFlags,
  avpOf,
  commandShapes,
  kinds,
  none,
  type Shape
} from './entries.ts'
import { brokenAvp, exampleOf, type Fault, shownOf } from './faults.ts'
import { addExtra, addFault, addUnknown, isFaultListFull } from './findings.ts'
import { flags, headerOctets } from './header.ts'
import { type ExtraAvp, reset, state, type UnknownAvp } from './state.ts'
import { i32, i64, octetAt, text, timeOf, u24, u32, u64 } from './values.ts'
import { numberWeight } from './weight.ts'

export type { Fault } from './faults.ts'
export type { ExtraAvp, UnknownAvp } from './state.ts'

export interface Decoded<C extends CommandName> {
  /** The members of the command. With faults, what could be read. */
  readonly avps: MessageOf<C>
  readonly extra: readonly ExtraAvp[]
  readonly unknown: readonly UnknownAvp[]
  /** In the order of detection; the first decides the answer. Empty: the message is good. */
  readonly faults: readonly Fault[]
}

type Target = Record<string, unknown>

/** A count of AVPs that no message reaches. */
const full = 0x1000_0000

/** All that an answer with the E bit must hold (RFC 6733 §7.2). */
const errorRequired: readonly Avp[] = [avp['Result-Code'], avp['Origin-Host'], avp['Origin-Realm']]

/**
 * Reads one whole message as the command that its header names (see `commandOf`). Never throws. OctetString values
 * and opaque groups are views of `message`: copy what outlives it.
 *
 * Result-Codes of faults: 5015 message length; 5011 version; 3008 E bit in a request; 5001 unknown AVP with M bit;
 * 5004 bad Address; 5009 too many of one AVP; 5014 AVP length; 5012 more AVPs or deeper groups than domain/limits.ts
 * allows, or more than `maxOctets` of memory, with those of the message; 5005 missing, which is looked for only while nothing else is wrong.
 */
export function decode<C extends CommandName>(
  command: C,
  message: Buffer,
  maxOctets: number = limits.diameterMessageOctets
): Decoded<C> {
  const shape = commandShapes[command]
  const target = shape.create()
  reset(message, maxOctets)
  if (headerIsSound(message)) {
    const commandFlags = octetAt(message, 4)
    const error = (commandFlags & flags.error) !== 0
    if (error && (commandFlags & flags.request) !== 0) {
      addFault(resultCodes.DIAMETER_INVALID_HDR_BITS, null, 'the E bit is set in a request')
    }
    readGroup(message, headerOctets, message.length, shape, target)
    checkRequired(error ? errorRequired : shape.required, shape, target)
  }
  const result: Decoded<C> = {
    avps: target as MessageOf<C>,
    extra: state.extra ?? none,
    unknown: state.unknown ?? none,
    faults: state.faults ?? none
  }
  reset()
  return result
}

function headerIsSound(bytes: Buffer): boolean {
  const octets = bytes.length
  if (octets < headerOctets || u24(bytes, 1) !== octets || octets % 4 !== 0) {
    const said = octets < 4 ? '' : `, its header says ${u24(bytes, 1)}`
    const what = `a message of ${octets} octets${said}`
    addFault(resultCodes.DIAMETER_INVALID_MESSAGE_LENGTH, null, what)
    return false
  }
  if (octetAt(bytes, 0) === 1) return true
  addFault(resultCodes.DIAMETER_UNSUPPORTED_VERSION, null, `version ${octetAt(bytes, 0)}, not 1`)
  return false
}

/** Reads the AVPs from `from` to `end`. A broken length ends the group, not the message. */
function readGroup(bytes: Buffer, from: number, end: number, shape: Shape, target: Target): void {
  let start = from
  while (start < end) {
    const head = start + 8 <= end ? headOctets(bytes, start) : 8
    const length = start + head <= end ? u24(bytes, start + 5) : 0
    const stop = start + length
    if (length < head || stop > end) {
      badLength(bytes, start, end)
      return
    }
    const vendor = head === 8 ? 0 : u32(bytes, start + 8)
    const code = u32(bytes, start)
    const entry = avpOf(vendor, code)
    if (isTooMuch(entry, length - head)) return
    if (entry === undefined) unknownAvp(bytes, start, stop, code, vendor)
    else readMember(bytes, entry, start, start + head, stop, shape, target)
    start += (length + 3) & ~3
  }
}

function headOctets(bytes: Buffer, start: number): number {
  return (octetAt(bytes, start + 4) & avpFlags.vendor) === 0 ? 8 : 12
}

function readMember(
  bytes: Buffer,
  entry: Avp,
  start: number,
  at: number,
  stop: number,
  shape: Shape,
  target: Target
): void {
  const value =
    entry.shape === null
      ? readValue(bytes, entry, start, at, stop)
      : readInner(bytes, entry, entry.shape, start, at, stop)
  if (value === undefined) return
  const slot = shape.slots[entry.id] as number
  if (slot === 0) addExtra(entry, value)
  else if (!shape.put(target, slot, value) && !isFaultListFull()) {
    const what = `${entry.name} occurs more than once`
    addFault(resultCodes.DIAMETER_AVP_OCCURS_TOO_MANY_TIMES, shownOf(bytes, start, stop), what)
  }
}

function readInner(
  bytes: Buffer,
  entry: Avp,
  shape: Shape,
  start: number,
  at: number,
  stop: number
): Target | undefined {
  if (state.depth === limits.diameterDepth) {
    const what = `groups are nested deeper than ${limits.diameterDepth}`
    addFault(resultCodes.DIAMETER_UNABLE_TO_COMPLY, null, what)
    return undefined
  }
  const target = shape.create()
  state.around[state.depth] = entry
  state.aroundAt[state.depth] = start
  state.depth++
  readGroup(bytes, at, stop, shape, target)
  checkRequired(shape.required, shape, target)
  state.depth--
  return target
}

/** The value, or undefined when it is at fault. */
function readValue(bytes: Buffer, entry: Avp, start: number, at: number, stop: number): unknown {
  switch (entry.kind) {
    case kinds.text:
      return text(bytes, at, stop)
    case kinds.octets:
      return bytes.subarray(at, stop)
    case kinds.address:
      return readAddress(bytes, entry, start, at, stop)
    default:
      return stop - at === entry.octets
        ? readNumber(bytes, entry.kind, at)
        : badSize(bytes, entry, start, stop)
  }
}

function readNumber(bytes: Buffer, kind: number, at: number): number | bigint {
  switch (kind) {
    case kinds.u32:
      return readU32(bytes, at)
    case kinds.i32:
      return i32(bytes, at)
    case kinds.u64:
      return u64(bytes, at)
    case kinds.time:
      return timeOf(u32(bytes, at))
    default:
      return i64(bytes, at)
  }
}

/** What is no small integer of the engine is a number of its own in memory. */
function readU32(bytes: Buffer, at: number): number {
  const value = u32(bytes, at)
  if (value > 0x7fff_ffff) budget.weight += numberWeight
  return value
}

function readAddress(
  bytes: Buffer,
  entry: Avp,
  start: number,
  at: number,
  stop: number
): string | undefined {
  if (stop - at < 2) return badSize(bytes, entry, start, stop)
  const value = addressText(bytes, at, stop)
  if (value !== null) return value
  const what = `${entry.name} has ${stop - at - 2} octets, which does not suit its address family`
  addFault(resultCodes.DIAMETER_INVALID_AVP_VALUE, shownOf(bytes, start, stop), what)
  return undefined
}

function checkRequired(required: readonly Avp[], shape: Shape, target: Target): void {
  if (state.faults !== null || (required === shape.required && shape.complete(target))) return
  for (const entry of required) {
    if (!isAbsent(target, entry.name)) continue
    const other = shape.instead[entry.name]
    if (other !== undefined && !isAbsent(target, other)) continue
    addFault(resultCodes.DIAMETER_MISSING_AVP, exampleOf(entry), `${entry.name} is missing`)
  }
}

function isAbsent(target: Target, name: string): boolean {
  const value = target[name]
  return value === undefined || value === none
}

function unknownAvp(
  bytes: Buffer,
  start: number,
  stop: number,
  code: number,
  vendor: number
): void {
  if ((octetAt(bytes, start + 4) & avpFlags.mandatory) === 0) {
    addUnknown(start, stop, code, vendor)
    return
  }
  if (isFaultListFull()) return
  const what = `AVP ${code} of vendor ${vendor} is not known`
  addFault(resultCodes.DIAMETER_AVP_UNSUPPORTED, shownOf(bytes, start, stop), what)
}

function badSize(bytes: Buffer, entry: Avp, start: number, stop: number): undefined {
  if (isFaultListFull()) return
  const what = `${entry.name} has a length of ${stop - start}`
  addFault(resultCodes.DIAMETER_INVALID_AVP_LENGTH, shownOf(bytes, start, stop), what)
}

function badLength(bytes: Buffer, start: number, end: number): void {
  const left = end - start
  const said = left < 8 ? 'no whole header' : `a length of ${u24(bytes, start + 5)}`
  const what = `an AVP has ${said} where ${left} octets are left`
  addFault(resultCodes.DIAMETER_INVALID_AVP_LENGTH, brokenAvp(bytes, start, end), what)
}

/** Counts one more AVP; once it is too much, nothing behind it is read at any depth. */
function isTooMuch(entry: Avp | undefined, octets: number): boolean {
  if (entry !== undefined) budget.weight += entry.weight + entry.octetWeight * octets
  if (++budget.count <= limits.diameterAvps && budget.weight <= budget.most) return false
  if (budget.count < full) {
    const what =
      budget.count > limits.diameterAvps
        ? `more than ${limits.diameterAvps} AVPs`
        : `more than ${budget.most} octets of memory as received and decoded`
    addFault(resultCodes.DIAMETER_UNABLE_TO_COMPLY, null, what)
    budget.count = full
  }
  return true
}
