/** Versions of the catalogue in LMDB. */
import type { CatalogueShelf } from '../../charging/ports.ts'
import type { Environment } from './environment.ts'
import { catalogueKey, claimKey, planKey, rangeOf } from './keys.ts'

export function createEmbeddedShelf(environment: Environment): CatalogueShelf {
  const { state } = environment
  return {
    async save(version, source) {
      environment.transaction(() => state.putSync(catalogueKey(version), source))
    },
    load: async version => state.get(catalogueKey(version)) ?? null,
    async versions() {
      return Array.from(state.getKeys(rangeOf(catalogueKey(''))), key => String(key).slice(1))
    },
    async drop(version) {
      environment.transaction(() => state.removeSync(catalogueKey(version)))
    },
    plan: async () => state.get(planKey) ?? null,
    async publish(plan) {
      environment.transaction(() => state.putSync(planKey, plan))
    },
    claim: async task =>
      environment.transaction(() => {
        const last = state.get(claimKey)
        if (last !== task) state.putSync(claimKey, task)
        return last !== task
      })
  }
}
