/** Values as TS 32.298 codes them. What cannot be coded is null, and its member is left out. */
import { isIP, isIPv4 } from 'node:net'
import type { ClosingCause } from '../domain/record.ts'
import type { EpochMs } from '../domain/time.ts'
import { constructed, type Element, primitive } from './ber.ts'

/** Digits in swapped nibbles with filler F (TBCD-STRING, TS 29.002). */
function tbcd(digits: string): Buffer | null {
  if (!/^\d+$/.test(digits)) return null
  const padded = digits.length % 2 === 0 ? digits : `${digits}f`
  return Buffer.from(padded.replace(/(.)(.)/g, '$2$1'), 'hex')
}

/** IMSI and IMEI. */
export function numberIn(tag: number, digits: string | null | undefined): Element {
  return digits == null ? null : primitive(tag, tbcd(digits))
}

/** ISDN-AddressString: an international number of E.164. */
export function msisdnIn(tag: number, digits: string | null): Element {
  const coded = digits === null ? null : tbcd(digits)
  return coded === null ? null : primitive(tag, Buffer.concat([Buffer.of(0x91), coded]))
}

/** TimeStamp: BCD YYMMDDhhmmss, sign, BCD hhmm. UTC. */
export function timeStampIn(tag: number, at: EpochMs | null): Element {
  if (at === null) return null
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)
  return primitive(tag, Buffer.concat([Buffer.from(digits, 'hex'), Buffer.from('+\0\0', 'latin1')]))
}

/** PLMN-Id: three octets as in TS 24.008, from MCC and MNC digits. */
export function plmnIn(tag: number, plmn: string | undefined): Element {
  const [, a, b, c, x, y, z = 'f'] = /^(\d)(\d)(\d)(\d)(\d)(\d)?$/.exec(plmn ?? '') ?? []
  if (a === undefined) return null
  return primitive(tag, Buffer.from(`${b}${a}${z}${c}${y}${x}`, 'hex'))
}

/** IPBinaryAddress, a CHOICE: four octets under [0] or sixteen under [1]. */
export function address(value: string | undefined): Element {
  const plain = (value ?? '').replace(/\/\d+$/, '')
  if (isIP(plain) === 0) return null
  return isIPv4(plain) ? primitive(0, octetsOfV4(plain)) : primitive(1, octetsOfV6(plain))
}

/** An address under a tag, which is explicit because an address is a CHOICE. */
export function addressIn(tag: number, value: string | undefined): Element {
  return constructed(tag, [address(value)])
}

function octetsOfV4(value: string): Buffer {
  return Buffer.from(value.split('.').map(Number))
}

/** Sixteen octets of an address of either kind; an IPv4 one is mapped. */
export function octetsOfV6(value: string): Buffer {
  if (isIPv4(value))
    return Buffer.concat([Buffer.alloc(10), Buffer.of(255, 255), octetsOfV4(value)])
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(value)
  const last = dotted?.[2] === undefined ? '' : octetsOfV4(dotted[2]).toString('hex')
  const plain = last === '' ? value : `${dotted?.[1]}${last.slice(0, 4)}:${last.slice(4)}`
  const [before = '', after] = plain.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const tail = after === undefined ? [] : groups(after)
  const zeros = 8 - groups(before).length - tail.length
  const all = [...groups(before), ...Array.from({ length: zeros }, () => '0'), ...tail]
  return Buffer.from(all.map(group => group.padStart(4, '0')).join(''), 'hex')
}

export function hexIn(tag: number, value: string | undefined, octets?: number): Element {
  if (value === undefined || !/^([0-9a-f]{2})+$/i.test(value)) return null
  return octets !== undefined && value.length !== 2 * octets
    ? null
    : primitive(tag, Buffer.from(value, 'hex'))
}

/** By the Geographic Location Type of TS 29.061: the flags of TS 29.274 8.21 for CGI, SAI, RAI, TAI, ECGI, and TAI with ECGI. */
const locationFlags: Readonly<Record<string, string>> = {
  '00': '01',
  '01': '02',
  '02': '04',
  '80': '08',
  '81': '10',
  '82': '18'
}

/** User location as GTP has it, from that of Gy, which differs in its first octet. */
export function locationIn(tag: number, value: string | undefined): Element {
  const flags = locationFlags[value?.slice(0, 2) ?? '']
  return flags === undefined ? null : hexIn(tag, `${flags}${value?.slice(2)}`)
}

/** MSTimeZone: two octets, from those of Gy in hexadecimal or from `+01:00` with its summer time as `+1`. */
export function timeZoneIn(tag: number, zone: string | undefined): Element {
  const [, sign, hours, minutes, summer = '0'] =
    /^([+-])(\d\d):(\d\d)(?:\+([012]))?$/.exec(zone ?? '') ?? []
  if (sign === undefined) return hexIn(tag, zone, 2)
  const quarters = String(Number(hours) * 4 + Number(minutes) / 15).padStart(2, '0')
  const swapped = Number.parseInt(`${quarters[1]}${quarters[0]}`, 16)
  return primitive(tag, Buffer.of(swapped | (sign === '-' ? 8 : 0), Number(summer)))
}

/** causeForRecordClosing, TS 32.298 5.1.2.1.6 and 5.1.5.1.4. */
export const closingCauses: Readonly<Record<ClosingCause, number>> = {
  normalRelease: 0,
  partialRecord: 1,
  abnormalRelease: 4,
  volumeLimit: 16,
  timeLimit: 17,
  maxChangeCond: 19,
  managementIntervention: 20,
  rATChange: 22,
  mSTimeZoneChange: 23,
  sGSNPLMNIDChange: 24
}

/** A Charging-Id of four octets in hexadecimal, as a number. */
export function chargingIdOf(value: string | undefined): number | null {
  return value !== undefined && /^[0-9a-f]{1,8}$/i.test(value) ? Number.parseInt(value, 16) : null
}

/** Whole seconds, rounded as a clock of seconds would have it. */
export function secondsBetween(from: EpochMs, to: EpochMs): number {
  return Math.max(0, Math.floor(to / 1_000) - Math.floor(from / 1_000))
}
