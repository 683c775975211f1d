/** The Address format: a family of two octets and the address (RFC 6733 §4.3.1). */
import { octetAt } from './values.ts'

const ipv4 = 1
const ipv6 = 2

/** The text of an address value, or null when its length does not suit its family. */
export function addressText(bytes: Buffer, start: number, end: number): string | null {
  const length = end - start - 2
  if (length < 0) return null
  const family = (octetAt(bytes, start) << 8) | octetAt(bytes, start + 1)
  const at = start + 2
  if (family === ipv4) return length === 4 ? ipv4Text(bytes, at) : null
  if (family === ipv6) return length === 16 ? ipv6Text(bytes, at) : null
  return `${family}:${bytes.toString('hex', at, end)}`
}

/** The octets of an address value, or null when the text is none. */
export function addressOctets(value: string): Buffer | null {
  const parts = /^(\d{1,5}):((?:[0-9a-f]{2})*)$/i.exec(value)
  const family = Number(parts?.[1])
  // `family:hex` cannot be taken for an IPv6 address: that has at least two colons.
  if (parts && family <= 0xffff) return withFamily(family, Buffer.from(parts[2] ?? '', 'hex'))
  if (value.includes(':')) {
    const octets = parseIpv6(value)
    return octets && withFamily(ipv6, octets)
  }
  const octets = parseIpv4(value)
  return octets && withFamily(ipv4, octets)
}

function withFamily(family: number, octets: Buffer): Buffer {
  return Buffer.concat([Buffer.from([family >> 8, family & 0xff]), octets])
}

function ipv4Text(bytes: Buffer, at: number): string {
  const first = `${octetAt(bytes, at)}.${octetAt(bytes, at + 1)}`
  return `${first}.${octetAt(bytes, at + 2)}.${octetAt(bytes, at + 3)}`
}

/** The form of RFC 5952: lower case, the longest run of at least two zero groups as `::`. */
function ipv6Text(bytes: Buffer, at: number): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) {
    groups.push((octetAt(bytes, at + i) << 8) | octetAt(bytes, at + i + 1))
  }
  const run = longestZeroRun(groups)
  const hex = groups.map(group => group.toString(16))
  if (run.length < 2) return hex.join(':')
  const head = hex.slice(0, run.start).join(':')
  return `${head}::${hex.slice(run.start + run.length).join(':')}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  const best = { start: 0, length: 0 }
  let start = 0
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue
    if (i - start > best.length) {
      best.start = start
      best.length = i - start
    }
    start = i + 1
  }
  return best
}

function parseIpv4(value: string): Buffer | null {
  const parts = value.split('.')
  if (parts.length !== 4) return null
  const octets = parts.map(part => (/^\d{1,3}$/.test(part) ? Number(part) : 256))
  return octets.some(octet => octet > 255) ? null : Buffer.from(octets)
}

function parseIpv6(value: string): Buffer | null {
  const halves = value.split('::')
  if (halves.length > 2) return null
  const head = parseGroups(halves[0] ?? '')
  const tail = parseGroups(halves[1] ?? '')
  if (!head || !tail) return null
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  return Buffer.from(groups.flatMap(group => [group >> 8, group & 0xff]))
}

/** The 16-bit groups of one side of `::`; the last may be an IPv4 address. */
function parseGroups(side: string): number[] | null {
  if (side === '') return []
  const groups: number[] = []
  const parts = side.split(':')
  for (const [i, part] of parts.entries()) {
    const embedded = i === parts.length - 1 && part.includes('.') ? parseIpv4(part) : null
    if (embedded) groups.push(embedded.readUInt16BE(0), embedded.readUInt16BE(2))
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}
