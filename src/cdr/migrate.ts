/** Brings the schema of a database to this version. */
import { readdirSync, readFileSync } from 'node:fs'
import { GyroError } from '../domain/errors.ts'
import { type Database, type Session, sqlState } from './database.ts'

interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

/** Numbered SQL files; each is applied once, in order. A file that was released is never changed. */
function migrations(): readonly Migration[] {
  const folder = new URL('./migrations/', import.meta.url)
  return readdirSync(folder)
    .filter(name => /^\d{6}_[a-z0-9-]+\.sql$/.test(name))
    .sort()
    .map(name => ({
      version: Number(name.slice(0, 6)),
      name,
      sql: readFileSync(new URL(name, folder), 'utf8')
    }))
}

/** Any number that no other program on this database uses for advisory locks. */
const lockNumber = 4753216

/**
 * Applies what is missing, in one transaction. Servers that start together wait for the lock and then find the
 * work done. Rejects with GYRO_STORE_UNFIT when the database is of a newer version, or older than Postgres 13, or has more
 * than its table of migrations says.
 */
export async function migrate(database: Database): Promise<void> {
  const known = migrations()
  const newest = known.at(-1)?.version ?? 0
  await database.transaction(async session => {
    const server = await session.query("SELECT current_setting('server_version_num')::integer AS v")
    if (Number(server.rows[0]?.['v']) < 130_000) {
      throw new GyroError(
        'GYRO_STORE_UNFIT',
        `${database.place} runs a Postgres older than 13; CDRs need Postgres 13 or newer`
      )
    }
    await session.query(`SELECT pg_advisory_xact_lock(${lockNumber})`)
    await session.run(`
      SET LOCAL client_min_messages = warning;
      CREATE TABLE IF NOT EXISTS public.gyro_migration (
        version integer PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now())`)
    const { rows } = await session.query('SELECT version FROM public.gyro_migration')
    const applied = new Set(rows.map(row => Number(row['version'])))
    const present = Math.max(0, ...applied)
    if (present > newest) {
      throw new GyroError(
        'GYRO_STORE_UNFIT',
        `${database.place} has CDR schema version ${present}, this Gyro knows up to ${newest}; ` +
          'run the newer Gyro that migrated it, or use another database'
      )
    }
    for (const migration of known) {
      if (applied.has(migration.version)) continue
      if (migration.version < present) throw untold(database, migration)
      await apply(session, migration).catch((error: unknown) => {
        throw alreadyThere.has(sqlState(error)) ? untold(database, migration, error) : error
      })
    }
  })
}

async function apply(session: Session, { version, name, sql }: Migration): Promise<void> {
  // The row comes first: should the lock not hold (a proxy that swallows it), the key stops the second server.
  await session.query('INSERT INTO public.gyro_migration (version, name) VALUES ($1, $2)', [
    version,
    name
  ])
  await session.run(sql)
}

/** Duplicate column, table, object, function. */
const alreadyThere = new Set(['42701', '42P07', '42710', '42723'])

/** The schema is there, and its row is not: somebody took it out, or restored the one without the other. */
function untold(database: Database, { version, name }: Migration, cause?: unknown): GyroError {
  return new GyroError(
    'GYRO_STORE_UNFIT',
    `${database.place} has what ${name} makes, and gyro_migration has no row of it; put it back if all is there ` +
      `(INSERT INTO public.gyro_migration (version, name) VALUES (${version}, '${name}')), ` +
      'restore the database as a whole, or use another one',
    { cause }
  )
}
