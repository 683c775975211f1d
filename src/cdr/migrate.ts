/** Brings the schema of a database to this version. */
import { readdirSync, readFileSync } from 'node:fs'
import { GyroError } from '../domain/errors.ts'
import type { Database } from './database.ts'

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
 * work done. Rejects with GYRO_STORE_UNFIT when the database is of a newer version, or older than Postgres 13.
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
    const result = await session.query('SELECT max(version) AS v FROM public.gyro_migration')
    const present = Number(result.rows[0]?.['v'] ?? 0)
    if (present > newest) {
      throw new GyroError(
        'GYRO_STORE_UNFIT',
        `${database.place} has CDR schema version ${present}, this Gyro knows up to ${newest}; ` +
          'run the newer Gyro that migrated it, or use another database'
      )
    }
    for (const migration of known) {
      if (migration.version <= present) continue
      // The row comes first: should the lock not hold (a proxy that swallows it), the key stops the second server.
      await session.query('INSERT INTO public.gyro_migration (version, name) VALUES ($1, $2)', [
        migration.version,
        migration.name
      ])
      await session.run(migration.sql)
    }
  })
}
