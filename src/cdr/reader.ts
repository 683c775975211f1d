/** Pages of stored CDRs, newest first. */
import type { CdrReader, Page } from '../charging/ports.ts'
import { GyroError } from '../domain/errors.ts'
import type { CdrFlag, CdrPart, CdrRecord, ClosingCause, ServiceTotals } from '../domain/record.ts'
import { rowsWhenAvailable } from './availability.ts'
import type { Database, Parameter, Row } from './database.ts'
import { cdrsOfSession, listCdrs } from './sql/statements.ts'

/** The key of the last record of a page. */
export interface Position {
  readonly startedAt: string
  readonly sessionId: string
  readonly number: number
}

const pageMax = 1_000

/**
 * `prepare` makes the schema when that has not been possible yet. A page has at most 1,000 records. Rejects with
 * GYRO_CDR_UNAVAILABLE when the database is away and with GYRO_INPUT_INVALID on a cursor that is not one.
 */
export function createReader(database: Database, prepare: () => Promise<void>): CdrReader {
  const read = (text: string, values: readonly Parameter[]): Promise<readonly Row[]> =>
    rowsWhenAvailable(
      database,
      prepare,
      [text, values],
      ['CDRs cannot be read from', 'try again once it is back']
    )

  return {
    async list(accountId, cursor, limit, traceId): Promise<Page<CdrRecord>> {
      const after = cursor === null ? null : parseCursor(cursor)
      const rows = Math.min(Math.max(Math.trunc(limit), 1), pageMax)
      const found = await read(
        listCdrs(accountId !== null, after !== null, traceId !== undefined),
        [
          storable(accountId),
          after?.startedAt ?? null,
          storable(after?.sessionId ?? null),
          after?.number ?? null,
          rows + 1,
          ...(traceId === undefined ? [] : [traceId])
        ]
      )
      const items = found.slice(0, rows).map(recordOf)
      const last = items.at(-1)
      return { items, next: found.length > rows && last ? cursorOf(last) : null }
    },
    async ofSession(sessionId) {
      return (await read(cdrsOfSession, [storable(sessionId), pageMax])).map(recordOf)
    }
  }
}

/** Text as the writer stores it. */
function storable(value: string | null): string | null {
  return value === null ? null : value.replaceAll('\0', '\uFFFD')
}

export function cursorOf(record: CdrRecord): string {
  const key = [record.startedAt, record.sessionId, record.number]
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

export function parseCursor(cursor: string): Position {
  let key: unknown
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    key = null
  }
  const [startedAt, sessionId, number] = Array.isArray(key) ? key : []
  const instant = new Date(typeof startedAt === 'number' ? startedAt : Number.NaN)
  if (
    Number.isNaN(instant.getTime()) ||
    typeof sessionId !== 'string' ||
    !Number.isSafeInteger(number) ||
    Math.abs(number) > 2_147_483_647
  ) {
    throw new GyroError(
      'GYRO_INPUT_INVALID',
      `"${cursor}" is not a cursor; take the one that the page before ended with`
    )
  }
  return { startedAt: instant.toISOString(), sessionId, number }
}

export function recordOf(row: Row): CdrRecord {
  const flags = String(row['flags'])
  const offers = String(row['offers'])
  return {
    kind: 'cdr',
    accountId: String(row['account_id']),
    record: Number(row['account_record']),
    sessionId: String(row['session_id']),
    number: Number(row['record_number']),
    lineId: String(row['line_id']),
    msisdn: textOrNull(row['msisdn']),
    imsi: textOrNull(row['imsi']),
    context: String(row['context']),
    originHost: String(row['origin_host']),
    startedAt: Number(row['started_ms']),
    endedAt: Number(row['ended_ms']),
    amount: Number(row['amount_micros']),
    currency: String(row['currency']),
    catalogue: String(row['catalogue']),
    offers: offers === '' ? [] : offers.split(','),
    cause: String(row['closing_cause']) as ClosingCause,
    flags: flags === '' ? [] : (flags.split(',') as CdrFlag[]),
    octets: Number(row['octets']),
    inputOctets: Number(row['input_octets']),
    outputOctets: Number(row['output_octets']),
    seconds: Number(row['seconds']),
    messages: Number(row['messages']),
    parts: row['parts'] as readonly CdrPart[],
    ...(row['services'] === null ? {} : { services: row['services'] as readonly ServiceTotals[] }),
    facts: row['facts'] as CdrRecord['facts'],
    ...(row['opened_ms'] === null ? {} : { openedAt: Number(row['opened_ms']) }),
    ...(row['information'] === null ? {} : { information: String(row['information']) }),
    ...(row['trace_id'] === null ? {} : { traceId: String(row['trace_id']) })
  }
}

function textOrNull(value: unknown): string | null {
  return value === null ? null : String(value)
}
