/** Stores of their own for tests, gone after them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase } from './postgres.ts'
import { emptyRedis, startCluster, startRedis } from './redis.ts'

interface Test {
  teardown(run: () => Promise<void>): void
}

/** The address of one of each kind, by where it keeps things. */
export async function startStores(t: Test): Promise<Readonly<Record<string, string>>> {
  const folder = mkdtempSync(join(tmpdir(), 'gyro-stores-'))
  const redis = await startRedis()
  const cluster = await startCluster()
  t.teardown(async () => {
    rmSync(folder, { recursive: true, force: true })
    await redis.stop()
    await cluster.stop()
  })
  return {
    'in Redis': redis.url,
    'in a cluster': cluster.url,
    'in LMDB': `embedded:${folder}/state`
  }
}

/** The settings of servers and commands that name a Redis and a Postgres. */
export async function openStores(t: Test) {
  const redis = await emptyRedis()
  const database = await createDatabase()
  t.teardown(async () => {
    await redis.stop()
    await database.drop()
  })
  return { GYRO_STORE: redis.url, GYRO_CDR: database.url }
}
