/** Requests encoded once and patched in place, so that the generator takes little of the machine. */
import { encode } from '../diameter/codec/encode.ts'
import { systemClock } from '../ops/clock.ts'

const marks = {
  session: 'gen;0000000000',
  msisdn: '999000000000000',
  number: 0x7a7a7a7a,
  endToEnd: 0x6b6b6b6b,
  used: 0x0102030405060708n
}

export interface Template {
  readonly bytes: Buffer
  readonly session: number
  readonly msisdn: number
  readonly number: number
  readonly used: number
}

export const sessionDigits = 10

/**
 * A CCR of the given CC-Request-Type for one rating group, with the circumstances that a PGW sends. The MSISDN has so
 * many digits, 5 to 15.
 */
export function template(type: 1 | 2 | 3, host: string, digits: number): Template {
  const msisdn = marks.msisdn.slice(0, digits)
  const bytes = Buffer.from(
    encode('CCR', { flags: 0xc0, hopByHop: 0, endToEnd: marks.endToEnd }, {
      'Session-Id': `${host};${marks.session}`,
      'Origin-Host': host,
      'Origin-Realm': 'bench.example',
      'Destination-Realm': 'gyro.example',
      'Auth-Application-Id': 4,
      'Service-Context-Id': '32251@3gpp.org',
      'CC-Request-Type': type,
      'CC-Request-Number': marks.number,
      'Event-Timestamp': systemClock.now(),
      'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }],
      'Multiple-Services-Credit-Control': [
        {
          ...(type === 3 ? {} : { 'Requested-Service-Unit': {} }),
          ...(type === 1 ? {} : { 'Used-Service-Unit': [{ 'CC-Total-Octets': marks.used }] }),
          'Rating-Group': 10
        }
      ],
      'Service-Information': {
        'PS-Information': {
          '3GPP-Charging-Id': Buffer.from([0, 0, 0, 1]),
          '3GPP-PDP-Type': 0,
          'PDP-Address': ['10.0.0.1'],
          'SGSN-Address': ['10.1.2.3'],
          'GGSN-Address': ['10.4.5.6'],
          'Called-Station-Id': 'internet',
          '3GPP-SGSN-MCC-MNC': '26201',
          '3GPP-User-Location-Info': Buffer.from('8262f2101234' + '62f21000abcd01', 'hex'),
          '3GPP-RAT-Type': Buffer.from([6])
        }
      }
    } as never)
  )
  const used = Buffer.alloc(8)
  used.writeBigUInt64BE(marks.used)
  const number = Buffer.alloc(4)
  number.writeUInt32BE(marks.number)
  return {
    bytes,
    session: bytes.indexOf(marks.session) + 4,
    msisdn: bytes.indexOf(msisdn),
    number: bytes.indexOf(number),
    used: bytes.indexOf(used)
  }
}

/** Writes a number as exactly so many decimal digits. */
export function putDigits(bytes: Buffer, at: number, digits: number, value: number): void {
  let rest = value
  for (let index = digits - 1; index >= 0; index--) {
    bytes[at + index] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
}

/** Result-Code of an answer and the octets of its first grant, read without decoding the rest. */
export function readAnswer(bytes: Buffer): { code: number; granted: number } {
  let code = 0
  let granted = 0
  eachAvp(bytes, 20, bytes.length, (avp, from, to) => {
    if (avp === 268) code = bytes.readUInt32BE(from)
    else if (avp === 456) granted = grantedIn(bytes, from, to)
  })
  return { code, granted }
}

function grantedIn(bytes: Buffer, begin: number, end: number): number {
  let granted = 0
  eachAvp(bytes, begin, end, (avp, from, to) => {
    if (avp !== 431) return
    eachAvp(bytes, from, to, (unit, at) => {
      if (unit === 421) granted = bytes.readUInt32BE(at) * 4294967296 + bytes.readUInt32BE(at + 4)
    })
  })
  return granted
}

function eachAvp(
  bytes: Buffer,
  begin: number,
  end: number,
  see: (code: number, from: number, to: number) => void
): void {
  let at = begin
  while (at + 8 <= end) {
    const flagsAndLength = bytes.readUInt32BE(at + 4)
    const length = flagsAndLength & 0xffffff
    see(bytes.readUInt32BE(at), at + (flagsAndLength & 0x80000000 ? 12 : 8), at + length)
    if (length < 8) return
    at += (length + 3) & ~3
  }
}
