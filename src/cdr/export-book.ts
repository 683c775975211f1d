/**
 * The book of exports.
 *
 * A file is planned in the transaction that moves its stream on, so no CDR is in two files or in none, whoever is
 * killed when. Writing it comes after that, and may be repeated: what belongs to it never changes.
 */
import type { ExportBook, PlannedFile } from '../charging/ports.ts'
import { GyroError } from '../domain/errors.ts'
import { whenAvailable } from './availability.ts'
import type { Database, Row, Session } from './database.ts'
import { recordOf } from './reader.ts'
import * as sql from './sql/export.ts'
import { lastRecorded, recordedCdrs } from './sql/recording.ts'

const rowsMax = 5_000

/** `prepare` makes the schema when that has not been possible yet. Rejects with GYRO_CDR_UNAVAILABLE when the database is away. */
export function createExportBook(database: Database, prepare: () => Promise<void>): ExportBook {
  const inTransaction = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    whenAvailable(database, prepare, () => database.transaction(work), [
      'CDRs cannot be exported from',
      'try again once it is back'
    ])

  return {
    next: ({ stream, format, holder, recordsMax, ageMs, node }) =>
      inTransaction(async session => {
        await session.query(sql.addStream, [stream, format])
        const found = await hold(session, stream, holder)
        if (found['format'] !== format) throw otherFormat(stream, String(found['format']))
        const lastNumber = Number(found['last_number'])
        const begun = (await session.query(sql.unfinished, [stream, lastNumber])).rows[0]
        if (begun !== undefined) return fileOf(begun)
        const first = Number(found['last_recorded']) + 1
        const last = Math.min(await lastOf(session), first + recordsMax - 1)
        if (last < first) return null
        const full = last === first + recordsMax - 1
        if (!full && ageMs > 0 && !(await isOlder(session, first, ageMs))) return null
        const number = lastNumber + 1
        const { name, address } = node
        const values = [stream, number, first, last, name, address]
        const planned = await session.query(sql.plan, values)
        await session.query(sql.moveOn, [stream, number, last])
        return fileOf(planned.rows[0] ?? {})
      }),
    hold: (stream, holder) =>
      inTransaction(async session => {
        await hold(session, stream, holder)
      }),
    finish: (stream, holder, { number, name, octets, sha256, sums }) =>
      inTransaction(async session => {
        await hold(session, stream, holder)
        const values = [stream, number, name, octets, sha256, JSON.stringify(sums)]
        const { count } = await session.query(sql.finish, values)
        if (count !== 1) throw await taken(session, stream)
      }),
    release: (stream, holder) =>
      inTransaction(async session => {
        await session.query(sql.release, [stream, holder])
      }),
    recorded: (after, through, limit) =>
      inTransaction(async session => {
        const rows = Math.min(limit, rowsMax)
        const found = await session.query(recordedCdrs, [after, through, rows])
        return found.rows.map(row => ({
          recorded: Number(row['recorded']),
          recordedAt: Number(row['recorded_ms']),
          cdr: recordOf(row)
        }))
      }),
    last: () => inTransaction(lastOf)
  }
}

async function hold(session: Session, stream: string, holder: string): Promise<Row> {
  const row = (await session.query(sql.hold, [stream, holder])).rows[0]
  if (row === undefined) throw await taken(session, stream)
  return row
}

async function lastOf(session: Session): Promise<number> {
  return Number((await session.query(lastRecorded)).rows[0]?.['last'] ?? 0)
}

async function isOlder(session: Session, recorded: number, ageMs: number): Promise<boolean> {
  const { rows } = await session.query(sql.ageOf, [recorded])
  // A CDR that is gone is no reason to wait: whoever reads the file finds out.
  return Number(rows[0]?.['age_ms'] ?? ageMs) >= ageMs
}

/** As long as the holder writes, its lease moves, and with it what is said here: see cli/patience.ts. */
async function taken(session: Session, stream: string): Promise<GyroError> {
  const { number = null, until = null } = (await session.query(sql.held, [stream])).rows[0] ?? {}
  const what =
    number === null
      ? `holds the stream "${stream}" and has nothing to write now, as a server that exports by itself; ` +
        'leave it to that one, or name another stream'
      : `is writing file ${String(number)} of the stream "${stream}", and holds it until ${String(until)} UTC`
  return new GyroError('GYRO_CONFLICT', `another exporter ${what}`)
}

function otherFormat(stream: string, format: string): GyroError {
  return new GyroError(
    'GYRO_INPUT_INVALID',
    `the stream "${stream}" is of format ${format}; name another stream for another format`
  )
}

function fileOf(row: Row): PlannedFile {
  return {
    number: Number(row['number']),
    first: Number(row['first_recorded']),
    last: Number(row['last_recorded']),
    plannedAt: Number(row['planned_ms']),
    node: { name: String(row['node_name']), address: String(row['node_address']) }
  }
}
