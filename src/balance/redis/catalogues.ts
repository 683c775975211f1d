/** Versions of the catalogue in Redis. */
import type { CatalogueShelf } from '../../charging/ports.ts'
import { cataloguesKey, claimKey, planKey } from './keys.ts'
import type { Ask } from './servers.ts'

export function createRedisShelf(ask: Ask): CatalogueShelf {
  async function one(key: string, name: string, ...args: string[]): Promise<unknown> {
    const [reply] = await ask([{ key, name, args: [key, ...args] }])
    return reply
  }
  return {
    async save(version, source) {
      // A version is named by its content. A Redis without memory refuses to write what it has already.
      if ((await one(cataloguesKey, 'hexists', version)) === 1) return
      await one(cataloguesKey, 'hset', version, source)
    },
    load: async version => textOrNull(await one(cataloguesKey, 'hget', version)),
    async versions() {
      const reply = await one(cataloguesKey, 'hkeys')
      return Array.isArray(reply) ? reply : []
    },
    async drop(version) {
      await one(cataloguesKey, 'hdel', version)
    },
    plan: async () => textOrNull(await one(planKey, 'get')),
    async publish(plan) {
      await one(planKey, 'set', plan)
    },
    claim: async task => (await one(claimKey, 'getset', task)) !== task
  }
}

function textOrNull(reply: unknown): string | null {
  return typeof reply === 'string' ? reply : null
}
