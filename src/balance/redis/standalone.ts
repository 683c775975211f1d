/** One Redis server, alone or with replicas; the master of Sentinels is always one, too. */
import type { Logger } from '../../domain/log.ts'
import { connect } from './connection.ts'
import type { RedisLocation } from './location.ts'
import type { Servers } from './servers.ts'

/** Resolves when the server answers; rejects with GYRO_STORE_UNAVAILABLE after the time. */
export async function connectStandalone(
  location: RedisLocation,
  withinMs: number,
  logger: Logger
): Promise<Servers> {
  const node = location.master === null ? location.nodes[0] : null
  const connection = connect(location, node ?? null, logger)
  try {
    await connection.ready(withinMs)
  } catch (error) {
    connection.close()
    throw error
  }
  return {
    cluster: false,
    sendAll: calls => connection.sendAll(calls),
    send: call => connection.send(call),
    everywhere: async (name, args) => [await connection.send({ name, args })],
    close: () => connection.close()
  }
}
