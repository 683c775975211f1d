/**
 * A usage record as a file gives it: members with plain names, from a line of JSON or the columns of a CSV file.
 *
 * Everything is checked here, and what is wrong is told by its member. A record that names neither session nor sequence is
 * known by its content alone.
 */
import { createHash } from 'node:crypto'
import type { EpochMs } from '../domain/time.ts'
import { type Units, unitsMax } from '../domain/units.ts'

export interface UsageRecord {
  readonly session: string
  /** From 0, within the session. */
  readonly sequence: number
  readonly msisdn: string | null
  readonly imsi: string | null
  /** Service context, such as `32251`. */
  readonly context: string
  readonly ratingGroup: number | null
  readonly startedAt: EpochMs
  readonly endedAt: EpochMs
  readonly octets: Units | null
  readonly inputOctets: Units | null
  readonly outputOctets: Units | null
  readonly seconds: Units | null
  readonly messages: Units | null
  readonly plmn: string | null
  readonly apn: string | null
  readonly rat: number | null
  readonly calledParty: string | null
  readonly chargingId: string | null
  /** Who made the record. */
  readonly origin: string
}

/** What is wrong with a record: a member and why. */
export class RecordFault extends Error {}

type Members = Readonly<Record<string, unknown>>

const sequenceMax = 4_294_967_295
const textMax = 512
const known = new Set([
  'session',
  'sequence',
  'msisdn',
  'imsi',
  'context',
  'ratingGroup',
  'startedAt',
  'endedAt',
  'octets',
  'inputOctets',
  'outputOctets',
  'seconds',
  'messages',
  'plmn',
  'apn',
  'rat',
  'calledParty',
  'chargingId',
  'origin'
])

/** Throws RecordFault. `now`: nothing can have been used later. */
export function readRecord(members: Members, now: EpochMs): UsageRecord {
  for (const name in members) {
    if (!known.has(name)) throw new RecordFault(`${name}: is no member of a usage record`)
  }
  const startedAt = instantOf(members, 'startedAt')
  if (startedAt === null) throw new RecordFault('startedAt: is required')
  const endedAt = instantOf(members, 'endedAt') ?? startedAt
  if (endedAt < startedAt) throw new RecordFault('endedAt: is before startedAt')
  if (startedAt > now) throw new RecordFault('startedAt: is still to come')
  const msisdn = digitsOf(members, 'msisdn')
  const imsi = digitsOf(members, 'imsi')
  if (msisdn === null && imsi === null) throw new RecordFault('msisdn: or imsi is required')
  const context = textOf(members, 'context')
  if (context === null) throw new RecordFault('context: is required, such as 32251')
  const { session, sequence } = keyOf(members)
  const inputOctets = wholeOf(members, 'inputOctets', unitsMax)
  const outputOctets = wholeOf(members, 'outputOctets', unitsMax)
  const record: UsageRecord = {
    session,
    sequence,
    msisdn,
    imsi,
    context,
    ratingGroup: wholeOf(members, 'ratingGroup', sequenceMax),
    startedAt,
    endedAt,
    octets: octetsOf(wholeOf(members, 'octets', unitsMax), inputOctets, outputOctets),
    inputOctets,
    outputOctets,
    seconds: wholeOf(members, 'seconds', unitsMax),
    messages: wholeOf(members, 'messages', unitsMax),
    plmn: plmnOf(members),
    apn: textOf(members, 'apn'),
    rat: wholeOf(members, 'rat', 255),
    calledParty: textOf(members, 'calledParty'),
    chargingId: textOf(members, 'chargingId'),
    origin: textOf(members, 'origin') ?? ''
  }
  if (record.octets === null && record.seconds === null && record.messages === null) {
    throw new RecordFault('octets: or seconds or messages is required')
  }
  return record
}

/** Of what is charged, whoever says it; the same for the same content in another order of members. */
export function digestOf(record: UsageRecord): string {
  return createHash('sha256')
    .update(JSON.stringify(Object.values(record)))
    .digest('hex')
    .slice(0, 32)
}

function keyOf(members: Members): Pick<UsageRecord, 'session' | 'sequence'> {
  const session = textOf(members, 'session')
  const sequence = wholeOf(members, 'sequence', sequenceMax)
  if (session !== null) {
    if (sequence === null) throw new RecordFault('sequence: is required with session')
    return { session, sequence }
  }
  if (sequence !== null) throw new RecordFault('session: is required with sequence')
  const content = [...known].map(name => members[name] ?? null)
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32)
  return { session: `usage:${digest}`, sequence: 0 }
}

function octetsOf(total: Units | null, input: Units | null, output: Units | null): Units | null {
  if (input === null && output === null) return total
  const sum = (input ?? 0) + (output ?? 0)
  if (total !== null && total !== sum) {
    throw new RecordFault('octets: is not the sum of inputOctets and outputOctets')
  }
  if (sum > unitsMax) throw new RecordFault('outputOctets: is more than can be counted')
  return sum
}

function textOf(members: Members, name: string): string | null {
  const value = members[name]
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string' || value.length > textMax || value.includes('\0')) {
    throw new RecordFault(`${name}: must be a text of at most ${textMax} characters`)
  }
  return value
}

function digitsOf(members: Members, name: string): string | null {
  const value = textOf(members, name)
  if (value === null || isDigits(value, 5, 15)) return value
  throw new RecordFault(`${name}: must be 5 to 15 digits without plus`)
}

function plmnOf(members: Members): string | null {
  const value = textOf(members, 'plmn')
  if (value === null || isDigits(value, 5, 6)) return value
  throw new RecordFault('plmn: must be the digits of MCC and MNC, such as 26201')
}

/** A whole number; as text, which is all that CSV has. */
function wholeOf(members: Members, name: string, max: number): number | null {
  const value = members[name]
  if (value === undefined || value === null || value === '') return null
  const number = typeof value === 'string' && isDigits(value, 1, 16) ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max) {
    return number
  }
  throw new RecordFault(`${name}: must be a whole number from 0 to ${max}`)
}

/** Without a regular expression: it is asked for every member of every record. */
function isDigits(text: string, least: number, most: number): boolean {
  const { length } = text
  if (length < least || length > most) return false
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code < zero || code > nine) return false
  }
  return true
}

const zero = 48
const nine = 57
let lastDay = ''
let lastDayAt = Number.NaN

/** NaN: it is no instant with its zone. */
function parseInstant(text: string): EpochMs {
  // Nearly all are UTC with or without milliseconds, and records that follow each other are of one day.
  const { length } = text
  const plain = (length === 20 || length === 24) && text.charCodeAt(length - 1) === 90
  const ms = plain ? timeOfDay(text, length === 24) : Number.NaN
  if (Number.isNaN(ms)) return instant.test(text) ? Date.parse(text) : Number.NaN
  if (!text.startsWith(lastDay) || lastDay === '') {
    lastDay = text.slice(0, 11)
    lastDayAt = instant.test(text) ? Date.parse(`${lastDay}00:00:00Z`) : Number.NaN
  }
  return lastDayAt + ms
}

/** Of `YYYY-MM-DDThh:mm:ss[.mmm]Z`; NaN: it is something else. */
function timeOfDay(text: string, withMs: boolean): number {
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  const separated = text.charCodeAt(13) === colon && text.charCodeAt(16) === colon
  if (!separated || !(hour < 24 && minute < 60 && second < 60)) return Number.NaN
  const whole = hour * 3_600_000 + minute * 60_000 + second * 1_000
  if (!withMs) return whole
  if (text.charCodeAt(19) !== dot) return Number.NaN
  return whole + twoDigits(text, 20) * 10 + (twoDigits(text, 21) % 10)
}

const colon = 58
const dot = 46

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - zero
  const ones = text.charCodeAt(at + 1) - zero
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

function instantOf(members: Members, name: string): EpochMs | null {
  const value = members[name]
  if (value === undefined || value === null || value === '') return null
  const at = typeof value === 'string' ? parseInstant(value) : Number.NaN
  if (Number.isNaN(at) || at < 0) {
    throw new RecordFault(`${name}: must be an instant with its zone, such as 2026-11-21T12:00:00Z`)
  }
  return at
}
