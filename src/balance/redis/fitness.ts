/** Whether a Redis is fit to hold money: nothing may be evicted, and what was answered should survive. */
import { GyroError } from '../../domain/errors.ts'
import type { Logger } from '../../domain/log.ts'
import type { Random } from '../../domain/time.ts'
import { metaKey, storeIdKey } from './keys.ts'
import type { RedisLocation } from './location.ts'
import type { Servers } from './servers.ts'

const format = 1

/** Throws GYRO_STORE_UNFIT. A Redis that does not show its configuration is used with a warning. */
export async function checkFitness(
  servers: Servers,
  location: RedisLocation,
  strict: boolean,
  logger: Logger
): Promise<void> {
  const where = location.shown
  const policies = await readSetting(servers, 'maxmemory-policy')
  const logs = await readSetting(servers, 'appendonly')
  if (policies === null || logs === null) {
    const unknown = `${where} does not show its configuration (CONFIG GET): make sure that its maxmemory-policy is noeviction and that its append-only file is on`
    logger.warn({ store: where }, unknown)
    return
  }
  const policy = policies.find(value => value !== 'noeviction')
  if (policy !== undefined) {
    throw new GyroError(
      'GYRO_STORE_UNFIT',
      `${where} may evict accounts: its maxmemory-policy is ${policy}; set "maxmemory-policy noeviction" in redis.conf`
    )
  }
  if (logs.every(value => value === 'yes')) return
  const message = `${where} has no append-only file and loses what it holds when it ends; set "appendonly yes" and "appendfsync everysec" or "always" in redis.conf`
  if (strict) throw new GyroError('GYRO_STORE_UNFIT', message)
  logger.warn({ store: where }, message)
}

/** The setting of every server; null: CONFIG is not permitted, as on managed services. */
async function readSetting(servers: Servers, name: string): Promise<string[] | null> {
  try {
    const replies = await servers.everywhere('config', ['GET', name])
    const values = replies.map(reply => (Array.isArray(reply) ? String(reply[1] ?? '') : ''))
    return values.includes('') ? null : values
  } catch (error) {
    if (error instanceof Error && /^(ERR unknown|NOPERM|ERR command)/.test(error.message))
      return null
    throw error
  }
}

/**
 * The number of partitions, which is fixed when a store is first used. Throws GYRO_STORE_UNFIT when the
 * configured one, or the format, is another.
 */
export async function initialise(
  servers: Servers,
  location: RedisLocation,
  configured: number | null,
  usual: number
): Promise<number> {
  const read = () => servers.send({ key: metaKey, name: 'get', args: [metaKey] })
  let stored = await read()
  // Read first: a Redis without memory refuses to write what it has already.
  if (stored === null) {
    const meta = JSON.stringify({ format, partitions: configured ?? usual })
    await servers.send({ key: metaKey, name: 'set', args: [metaKey, meta, 'NX'] })
    stored = await read()
  }
  return checkMeta(String(stored), location.shown, configured)
}

function checkMeta(text: string, where: string, configured: number | null): number {
  let meta: { format?: unknown; partitions?: unknown }
  try {
    meta = JSON.parse(text)
  } catch {
    throw new GyroError('GYRO_STORE_UNFIT', `${where} has other data under "${metaKey}": ${text}`)
  }
  if (meta.format !== format || typeof meta.partitions !== 'number') {
    throw new GyroError(
      'GYRO_STORE_UNFIT',
      `${where} has format ${String(meta.format)}, and this program knows ${format}; use the program that wrote it`
    )
  }
  if (configured === null || configured === meta.partitions) return meta.partitions
  throw new GyroError(
    'GYRO_STORE_UNFIT',
    `${where} was initialised with ${meta.partitions} partitions, and ${configured} are configured; the number cannot change, so configure ${meta.partitions}`
  )
}

/** Like the lease, this must not be refused by a Redis without memory, see lease.ts. */
const nameScript = `
redis.pcall('LREM', KEYS[1], 1, '')
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])`

/** The random name of this store, given by whoever opens it first: what lies on disk for it is found by that. */
export async function nameStore(servers: Servers, random: Random): Promise<string> {
  const known = await servers.send({ key: storeIdKey, name: 'get', args: [storeIdKey] })
  if (typeof known === 'string') return known
  const args = [nameScript, 1, storeIdKey, random.hex(16)]
  return String(await servers.send({ key: storeIdKey, name: 'eval', args }))
}
