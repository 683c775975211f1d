/**
 * Outbox records as rows of COPY in text format. The JSON is parsed once, every member that becomes a column is
 * checked, and a record that no table takes is rejected here with its reason, so that the database rarely has to.
 */
import type { CdrRecord, EventRecord, MovementRecord } from '../domain/record.ts'
import { json, jsonText, optional, text } from './copy-text.ts'
import { faultOfEvent } from './events.ts'
import { faultOfSnapshot, type StagedSnapshot } from './snapshots.ts'

const msPerDay = 86_400_000
/** 9999-12-31: the last day that a four-digit year names. */
const lastInstant = 253_402_300_799_999
const int4Max = 2_147_483_647

export interface Rejected {
  readonly value: string
  readonly reason: string
}

/** Rows of a batch as they are collected. */
export interface StagedRows {
  readonly cdrs: TextChunks
  readonly movements: TextChunks
  /** Ledger entries that the CDRs make. */
  usages: number
  readonly events: EventRecord[]
  readonly snapshots: StagedSnapshot[]
  /** UTC days of the CDRs, counted from 1970-01-01. */
  readonly days: Set<number>
  readonly rejected: Rejected[]
}

/**
 * Rows of one table as pieces of some 32 kB of UTF-8. Text that is built of many parts stays a tree until it is read;
 * turning it into octets early keeps those trees short-lived, which halved the cost of a row.
 */
export interface TextChunks {
  readonly full: Uint8Array[]
  open: string
  rows: number
}

const chunkLength = 32_768

export function stagedRows(): StagedRows {
  return {
    cdrs: chunks(),
    movements: chunks(),
    events: [],
    snapshots: [],
    usages: 0,
    days: new Set(),
    rejected: []
  }
}

function chunks(): TextChunks {
  return { full: [], open: '', rows: 0 }
}

/** All pieces, the open one included. */
export function chunksOf(text: TextChunks): readonly Uint8Array[] {
  closeChunk(text)
  return text.full
}

function closeChunk(text: TextChunks): void {
  if (text.open === '') return
  text.full.push(Buffer.from(text.open))
  text.open = ''
}

/** Adds the row of an outbox record, or its rejection. `ord` is its place in the batch. */
export function stage(rows: StagedRows, value: string, ord: number): void {
  let record: unknown
  try {
    record = JSON.parse(value)
  } catch {
    rows.rejected.push({ value, reason: 'not JSON' })
    return
  }
  const kind =
    typeof record === 'object' && record !== null && 'kind' in record ? record.kind : null
  const reason = stageRecord(rows, kind, record, ord)
  if (reason !== '') rows.rejected.push({ value, reason })
}

/** Why there is no row for it; empty: there is. */
function stageRecord(rows: StagedRows, kind: unknown, record: unknown, ord: number): string {
  if (kind === 'cdr') {
    const cdr = record as CdrRecord
    const fault = faultOfCdr(cdr)
    if (fault !== '') return fault
    rows.days.add(Math.floor(cdr.startedAt / msPerDay))
    const draws = drawsOf(cdr)
    rows.usages += draws.length + (cdr.amount === 0 ? 0 : 1)
    append(rows.cdrs, cdrRow(cdr, ord, draws))
    return ''
  }
  if (kind === 'movement') {
    const movement = record as MovementRecord
    const fault = faultOfMovement(movement)
    if (fault === '') append(rows.movements, movementRow(movement, ord))
    return fault
  }
  if (kind === 'account') {
    const snapshot = record as StagedSnapshot
    const fault = faultOfSnapshot(snapshot)
    if (fault === '') rows.snapshots.push(snapshot)
    return fault
  }
  if (kind !== 'event') return 'unknown kind of record'
  const event = record as EventRecord
  const fault = faultOfEvent(event)
  if (fault === '') rows.events.push(event)
  return fault
}

function append(text: TextChunks, row: string): void {
  text.open += row
  text.rows += 1
  if (text.open.length >= chunkLength) closeChunk(text)
}

const cdrTexts = [
  'sessionId',
  'accountId',
  'lineId',
  'context',
  'originHost',
  'currency',
  'catalogue',
  'cause'
] as const
const cdrIntegers = [
  'record',
  'amount',
  'octets',
  'inputOctets',
  'outputOctets',
  'seconds',
  'messages'
] as const

/** Empty: none. */
function faultOfCdr(record: CdrRecord): string {
  for (const name of cdrTexts) {
    if (typeof record[name] !== 'string') return `${name} is not a text`
  }
  for (const name of cdrIntegers) {
    if (!Number.isSafeInteger(record[name])) return `${name} is not a safe integer`
  }
  if (!isInstant(record.startedAt)) return 'startedAt is not an instant'
  if (!isInstant(record.endedAt)) return 'endedAt is not an instant'
  if (record.openedAt !== undefined && !isInstant(record.openedAt)) {
    return 'openedAt is not an instant'
  }
  if (!Number.isSafeInteger(record.number) || record.number < 0 || record.number > int4Max) {
    return 'number is out of range'
  }
  return faultOfNames(record) || faultOfLists(record)
}

/** Empty: none. */
function faultOfNames({ imsi, msisdn, traceId }: CdrRecord): string {
  if (!isTextOrNull(msisdn)) return 'msisdn is neither a text nor null'
  if (!isTextOrNull(imsi)) return 'imsi is neither a text nor null'
  return traceId === undefined || isTraceId(traceId) ? '' : 'traceId is no trace id'
}

/** Empty: none. */
function faultOfLists(record: CdrRecord): string {
  if (!Array.isArray(record.flags) || !record.flags.every(isWord)) return 'flags are not words'
  if (!Array.isArray(record.offers) || !record.offers.every(isOfferId)) {
    return 'offers are not ids of offers'
  }
  if (!Array.isArray(record.parts)) return 'parts is not a list'
  if (record.services !== undefined && !Array.isArray(record.services)) {
    return 'services is not a list'
  }
  if (typeof record.facts !== 'object' || record.facts === null) return 'facts is not an object'
  const { information } = record
  if (information === undefined) return ''
  return typeof information === 'string' && isObject(information)
    ? ''
    : 'information is not a JSON object in a text'
}

function isObject(text: string): boolean {
  try {
    return text.startsWith('{') && typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}

/** Empty: none. */
function faultOfMovement(record: MovementRecord): string {
  for (const name of ['accountId', 'type', 'target', 'unit', 'reference'] as const) {
    if (typeof record[name] !== 'string') return `${name} is not a text`
  }
  if (!Number.isSafeInteger(record.record)) return 'record is not a safe integer'
  if (!Number.isSafeInteger(record.amount)) return 'amount is not a safe integer'
  return isInstant(record.at) ? '' : 'at is not an instant'
}

/** What a CDR took from a bucket, in all: an entry of the ledger. */
interface Draw {
  readonly line: number
  readonly bucket: string
  readonly unit: string
  units: number
}

const noDraws: readonly Draw[] = []

/** By bucket, without those that took nothing in the end. */
function drawsOf(record: CdrRecord): readonly Draw[] {
  let draws: Draw[] | null = null
  for (const { bucket, unit, units } of record.parts) {
    if (typeof bucket !== 'string' || bucket === '') continue
    draws ??= []
    const drawn = draws.find(other => other.bucket === bucket)
    if (drawn === undefined) draws.push({ line: draws.length + 1, bucket, unit, units })
    else drawn.units += units
  }
  return draws === null ? noDraws : draws.filter(({ units }) => units !== 0)
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string'
}

function isInstant(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= lastInstant
}

function isTraceId(value: unknown): boolean {
  return typeof value === 'string' && /^[\da-f]{32}$/.test(value)
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z-]+$/.test(value)
}

/** Identifiers of the catalogue hold nothing that an array would have to escape. */
function isOfferId(value: unknown): boolean {
  return typeof value === 'string' && /^[\w.-]+$/.test(value)
}

/** In quotes, because `null` is an identifier, too. */
function ids(values: readonly string[]): string {
  return values.length === 0 ? '{}' : `{"${values.join('","')}"}`
}

/** The columns of sql/statements.ts, in their order. */
function cdrRow(record: CdrRecord, ord: number, draws: readonly Draw[]): string {
  return `${ord}\t${text(record.sessionId)}\t${record.number}\t${record.startedAt}\t${record.endedAt}\t${text(record.accountId)}\t${record.record}\t${text(record.lineId)}\t${optional(record.msisdn)}\t${optional(record.imsi)}\t${text(record.context)}\t${text(record.originHost)}\t${record.amount}\t${text(record.currency)}\t${text(record.cause)}\t{${record.flags.join(',')}}\t${record.octets}\t${record.inputOctets}\t${record.outputOctets}\t${record.seconds}\t${record.messages}\t${json(record.parts)}\t${record.services === undefined ? '\\N' : json(record.services)}\t${json(record.facts)}\t${text(record.catalogue)}\t${ids(record.offers)}\t${record.information === undefined ? '\\N' : jsonText(record.information)}\t${draws.length === 0 ? '\\N' : json(draws)}\t${record.openedAt ?? '\\N'}\t${record.traceId ?? '\\N'}\n`
}

function movementRow(record: MovementRecord, ord: number): string {
  return `${ord}\t${text(record.accountId)}\t${record.record}\t${record.at}\t${text(record.type)}\t${record.amount}\t${text(record.target)}\t${text(record.unit)}\t${text(record.reference)}\n`
}
