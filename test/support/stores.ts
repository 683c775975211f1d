/** A Redis and a Postgres of their own for servers and commands of a test. */
import { createDatabase } from './postgres.ts'
import { emptyRedis } from './redis.ts'

/** The settings that name them; both are gone after the test. */
export async function openStores(t: { teardown(run: () => Promise<void>): void }) {
  const redis = await emptyRedis()
  const database = await createDatabase()
  t.teardown(async () => {
    await redis.stop()
    await database.drop()
  })
  return { GYRO_STORE: redis.url, GYRO_CDR: database.url }
}
