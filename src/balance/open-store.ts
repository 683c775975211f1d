/** Opens the store that a URL names. What the other kind needs is not loaded: each start would pay for it. */
import { GyroError } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import type { Clock, Random } from '../domain/time.ts'
import { parseRedisUrl, type RedisLocation } from './redis/location.ts'
import type { Store } from './store.ts'

export interface StoreOptions {
  /** Fixed when a store is first used: 1 to 16384; another number than the store has is refused. Default: its own, or 64. */
  readonly partitions?: number
  /** Redis: refuse to run without an append-only file. */
  readonly strict?: boolean
  /** Embedded: answer after the flush to disk, so that a loss of power loses nothing. */
  readonly durable?: boolean
  /** Redis: replicas that confirm a group before it counts; wins over `?wait-replicas=` of the URL. */
  readonly waitReplicas?: number
  /** Embedded: where the API of this process listens, for those who find the store locked. */
  readonly apiAddress?: string
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
}

const usualPartitions = 64
const partitionsMax = 16_384

/**
 * `redis://`, `redis-cluster://`, `redis-sentinel://`, each also with `rediss`, or `embedded:<folder>`. Rejects with
 * GYRO_CONFIG_INVALID, GYRO_STORE_UNAVAILABLE (within five seconds), GYRO_STORE_UNFIT or GYRO_STORE_LOCKED.
 */
export async function openStore(url: string, options: StoreOptions): Promise<Store> {
  const partitions = options.partitions ?? null
  if (partitions !== null && !isPartitions(partitions)) {
    throw new GyroError(
      'GYRO_CONFIG_INVALID',
      `${partitions} partitions are not possible: use 1 to ${partitionsMax}`
    )
  }
  const folder = embeddedFolder(url)
  if (folder !== null) {
    const { openEmbeddedStore } = await import('./embedded/store.ts')
    return openEmbeddedStore({
      folder,
      partitions,
      usualPartitions,
      durable: options.durable ?? false,
      apiAddress: options.apiAddress ?? null,
      clock: options.clock
    })
  }
  const location = locationOf(url)
  const { openRedisStore } = await import('./redis/store.ts')
  return openRedisStore({
    location,
    partitions,
    usualPartitions,
    strict: options.strict ?? false,
    waitReplicas: options.waitReplicas ?? location.waitReplicas,
    logger: options.logger,
    random: options.random
  })
}

/** Throws GYRO_CONFIG_INVALID when no store can have this URL; opens nothing. */
export function checkStoreUrl(url: string): void {
  if (embeddedFolder(url) === null) locationOf(url)
}

function locationOf(url: string): RedisLocation {
  if (!/^rediss?(-cluster|-sentinel)?:\/\//.test(url)) {
    throw new GyroError(
      'GYRO_CONFIG_INVALID',
      `"${url.replace(/\/\/[^@/]*@/, '//***@')}" is not a store: use embedded:<folder>, redis://host:port/db, redis-cluster://host:port,host:port or redis-sentinel://host:port,host:port/master-name/db`
    )
  }
  return parseRedisUrl(url)
}

/** The folder of `embedded:./data/state`; null: the URL names another kind of store. */
export function embeddedFolder(url: string): string | null {
  const match = /^embedded:(.+)$/.exec(url)
  return match?.[1] ?? null
}

function isPartitions(partitions: number): boolean {
  return Number.isInteger(partitions) && partitions >= 1 && partitions <= partitionsMax
}
