/** One Redis server, alone or with replicas. */
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
  const connection = connect(location, location.nodes[0] ?? { host: '', port: 0 }, logger)
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
