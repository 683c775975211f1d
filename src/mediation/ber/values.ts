/** Values as TS 32.298 codes them. `name` is the member that a RecordFault is about. */
import { type Units, unitsMax } from '../../domain/units.ts'
import { RecordFault } from '../record.ts'
import { type Node, octetsOf } from './tree.ts'

/** INTEGER and ENUMERATED from 0 on. */
export function numberOf(node: Node | undefined, name: string): Units | null {
  if (node === undefined) return null
  const octets = octetsOf(node)
  if (octets.length === 0 || octets.length > 9 || (octets[0] as number) >= 128) {
    throw new RecordFault(`${name}: is no whole number from 0`)
  }
  let value = 0
  for (const octet of octets) value = value * 256 + octet
  if (value > unitsMax) throw new RecordFault(`${name}: is more than can be counted`)
  return value
}

export function textOf(node: Node | undefined): string | null {
  return node === undefined ? null : octetsOf(node).toString()
}

/** TBCD-STRING (TS 29.002): digits in swapped nibbles, filler F at the end. */
export function digitsOf(node: Node | undefined, name: string): string | null {
  return node === undefined ? null : tbcd(octetsOf(node), name)
}

/** ISDN-AddressString: an octet with the nature of the number, then its digits. */
export function addressDigitsOf(node: Node | undefined, name: string): string | null {
  return node === undefined ? null : tbcd(octetsOf(node).subarray(1), name)
}

function tbcd(octets: Buffer, name: string): string {
  let digits = ''
  for (const octet of octets) {
    digits += nibbles[octet & 15]
    digits += nibbles[octet >> 4]
  }
  const filled = digits.replace(/f+$/, '')
  if (/[a-f]/.test(filled)) throw new RecordFault(`${name}: has what is no digit`)
  return filled
}

const nibbles = '0123456789abcdef'

/** TimeStamp: BCD YYMMDDhhmmss, sign, BCD hhmm. */
export function instantOf(node: Node | undefined, name: string): number | null {
  if (node === undefined) return null
  const octets = octetsOf(node)
  const sign = octets[6]
  const text = octets.toString('hex')
  const digits = `${text.slice(0, 12)}${text.slice(14)}`
  if (octets.length !== 9 || (sign !== 0x2b && sign !== 0x2d) || /[a-f]/.test(digits)) {
    throw new RecordFault(`${name}: is no time stamp of nine octets`)
  }
  const at = (place: number) => Number(digits.slice(place, place + 2))
  const local = Date.UTC(2000 + at(0), at(2) - 1, at(4), at(6), at(8), at(10))
  const real = new Date(local)
  const exists = real.getUTCMonth() === at(2) - 1 && real.getUTCDate() === at(4)
  if (!exists || at(6) > 23 || at(8) > 59 || at(10) > 59 || at(12) > 23 || at(14) > 59) {
    throw new RecordFault(`${name}: is a time that does not exist`)
  }
  const offset = (at(12) * 60 + at(14)) * 60_000
  return sign === 0x2b ? local - offset : local + offset
}

/** PLMN-Id: three octets as in TS 24.008. */
export function plmnOf(node: Node | undefined): string | null {
  if (node === undefined) return null
  const [b, a, z, c, y, x] = octetsOf(node).toString('hex')
  const plmn = `${a}${b}${c}${x}${y}${z === 'f' ? '' : z}`
  if (!/^\d{5,6}$/.test(plmn)) throw new RecordFault('plmn: is no PLMN-Id')
  return plmn
}

/** IPAddress, a CHOICE of octets under [0] and [1] and of text under [2] and [3]; as text, to name who has it. */
export function hostOf(address: Node | undefined): string | null {
  if (address === undefined) return null
  const octets = octetsOf(address)
  if (address.tag >= 2) return octets.toString()
  return octets.length === 4 ? octets.join('.') : octets.toString('hex')
}
