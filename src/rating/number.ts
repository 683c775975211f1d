/**
 * Called numbers: what was dialled or addressed, brought to one form before a prefix is looked for.
 *
 * Networks send `tel:` (RFC 3966) and SIP URIs (RFC 3261 §19.1), or bare digits in any of the ways people
 * dial. A service number such as 150 must never be read as the country code 1, so a number is international
 * only where its form says so: a plus, 00, a phone context, or more digits than any service number has.
 */

/** Bare digits without any prefix are international from this length on. */
const internationalDigits = 10

/** A number as digits; `*` and `#` stay, because service numbers may have them. */
export interface Dialled {
  /** International without plus or 00 when `international`, otherwise as dialled. */
  readonly digits: string
  readonly international: boolean
}

/** Emergency service URN (RFC 5031 §4.2), alone or with a sub-service such as `.police`. */
export function isEmergencyUrn(address: string): boolean {
  const first = address.charCodeAt(0)
  if (first !== 0x75 && first !== 0x55) return false
  const text = address.toLowerCase()
  return text === 'urn:service:sos' || text.startsWith('urn:service:sos.')
}

/** Reads a called address. null: it is not a number, such as `sip:alice@example.org`. */
export function parseDialled(address: string, countryCode: string): Dialled | null {
  const start = schemeLength(address)
  const end = numberEnd(address, start)
  const plus = address.charCodeAt(start) === 0x2b
  const digits = readDigits(address, plus ? start + 1 : start, end)
  if (digits === null || digits === '') return null
  if (plus) return { digits, international: true }
  return fromDialled(digits, end < address.length ? phoneContext(address, end) : '', countryCode)
}

/** Digits without separators. null: there is something else. Mostly one slice and nothing is copied twice. */
function readDigits(address: string, start: number, end: number): string | null {
  let digits = ''
  let from = start
  for (let i = start; i < end; i++) {
    const code = address.charCodeAt(i)
    if (isDigit(code) || code === 0x2a || code === 0x23) continue
    if (!isSeparator(code)) return null
    digits += address.slice(from, i)
    from = i + 1
  }
  return from === start ? address.slice(start, end) : digits + address.slice(from, end)
}

function fromDialled(digits: string, context: string, countryCode: string): Dialled {
  if (digits.startsWith('00')) return { digits: digits.slice(2), international: true }
  const country = context === '' ? countryCode : context
  if (digits.length > 1 && digits.startsWith('0')) {
    return { digits: country + digits.slice(1), international: true }
  }
  if (digits.length < internationalDigits) return { digits, international: false }
  // With a context the number belongs to that country, though it does not begin with its code.
  return { digits: context + digits, international: true }
}

/** The country code in `;phone-context=+49` (RFC 3966 §5.1.5); empty when there is none. */
function phoneContext(address: string, from: number): string {
  const name = ';phone-context=+'
  const at = address.toLowerCase().indexOf(name, from)
  if (at < 0) return ''
  let end = at + name.length
  while (end < address.length && isDigit(address.charCodeAt(end))) end++
  return address.slice(at + name.length, end)
}

function schemeLength(address: string): number {
  const first = address.charCodeAt(0)
  if (first === 0x2b || isDigit(first)) return 0
  if (address.charCodeAt(3) === 0x3a) {
    const scheme = address.slice(0, 3).toLowerCase()
    if (scheme === 'tel' || scheme === 'sip') return 4
  }
  if (address.charCodeAt(4) === 0x3a && address.slice(0, 4).toLowerCase() === 'sips') return 5
  return 0
}

function numberEnd(address: string, start: number): number {
  for (let i = start; i < address.length; i++) {
    const code = address.charCodeAt(i)
    // Parameters, the host of a SIP URI, a password, or headers.
    if (code === 0x3b || code === 0x40 || code === 0x3a || code === 0x3f) return i
  }
  return address.length
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** Visual separators of RFC 3966 §5.1.1, and the space that people type. */
function isSeparator(code: number): boolean {
  return code === 0x2d || code === 0x2e || code === 0x28 || code === 0x29 || code === 0x20
}
