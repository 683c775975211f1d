/** The database port on a Postgres server. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { GyroError } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import { type Database, messageOf, type Result, type Session, sqlState } from './database.ts'

/** A statement that takes longer is given up with its connection: the server, or the way to it, is gone. */
const statementMs = 15_000
const connectMs = 3_000
const connectionsMax = 4

/** Connects on first use. Throws GYRO_CONFIG_INVALID on what is not an address of Postgres. */
export function openPostgres(url: string, logger: Logger): Database {
  const place = placeOf(url)
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: connectMs,
    query_timeout: statementMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: 'gyro'
  })
  // A lost connection shows in its next use. Without listeners it would end the process.
  const lost = (error: Error) =>
    logger.debug({ place, reason: messageOf(error) }, 'Postgres connection lost')
  pool.on('error', lost)
  pool.on('connect', client => client.on('error', lost))
  let closed: Promise<void> | null = null
  return {
    place,
    single: false,
    async transaction(work) {
      const client = await pool.connect()
      let broken = false
      try {
        await client.query('BEGIN')
        const result = await work(sessionOf(client))
        await client.query('COMMIT')
        return result
      } catch (error) {
        broken = !(await rollback(client, error))
        throw error
      } finally {
        client.release(broken)
      }
    },
    async query(sql, parameters = []) {
      return resultOf(await pool.query(sql, [...parameters]))
    },
    close() {
      closed ??= pool.end()
      return closed
    }
  }
}

/** True when the connection is good for another transaction. */
async function rollback(client: pg.PoolClient, error: unknown): Promise<boolean> {
  // Only an error that the server sent, or our own, leaves a connection that is known to be in order.
  if (sqlState(error) === '' && !(error instanceof GyroError)) return false
  try {
    await client.query('ROLLBACK')
    return true
  } catch {
    return false
  }
}

function sessionOf(client: pg.PoolClient): Session {
  return {
    async query(sql, parameters = [], withinMs = statementMs) {
      // The type of the client does not know that its limit can be given for a statement.
      const config = { text: sql, values: [...parameters], query_timeout: withinMs }
      return resultOf(await client.query<Record<string, unknown>>(config))
    },
    async run(sql) {
      await client.query(sql)
    },
    async copy(target, chunks) {
      await pipeline(Readable.from(chunks), client.query(copyFrom(`COPY ${target} FROM STDIN`)))
    }
  }
}

function resultOf(result: pg.QueryResult<Record<string, unknown>>): Result {
  return { rows: result.rows, count: result.rowCount ?? 0 }
}

function placeOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.pathname.length < 2) {
    throw new GyroError(
      'GYRO_CONFIG_INVALID',
      'the CDR database is not an address such as postgres://user:password@host:5432/database'
    )
  }
  const host = parsed.host || parsed.searchParams.get('host') || 'localhost'
  return `postgres://${host}${parsed.pathname}`
}
