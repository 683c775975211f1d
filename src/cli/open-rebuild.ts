/** What a rebuild works on: the CDR database that is configured, and a store. */
import type { Store } from '../balance/store.ts'
import { createWholeAccounts } from '../balance/whole-accounts.ts'
import { openCdr } from '../cdr/open-cdr.ts'
import { salvageSpills } from '../cdr/spill/salvage.ts'
import type { Reconciler } from '../charging/reconciliation.ts'
import { systemClock, systemRandom, systemScheduler } from '../ops/clock.ts'
import { openStoreOf } from '../server/compose.ts'
import { hasSpilled } from '../server/open-reconciler.ts'
import { createRebuilder, type Rebuilder } from '../server/rebuilder.ts'
import { createReconciler } from '../server/reconciler.ts'
import { setUp } from './open-backend.ts'

interface RebuildBackend {
  readonly store: Store
  readonly rebuilder: Rebuilder
  readonly reconciler: Reconciler
  /** Stores what servers of the lost store have spilled on this machine; how many records. Then the store has its name. */
  salvage(): Promise<number>
  close(): Promise<void>
}

/** `url`: the store; null: the one that is configured. Rejects with GYRO_STORE_LOCKED beside a server with embedded stores. */
export async function openRebuild(url: string | null): Promise<RebuildBackend> {
  const { config, log } = setUp()
  const chosen = { ...config, store: { ...config.store, url: url ?? config.store.url } }
  const cdr = await openCdr(config.cdr.url, {
    logger: log,
    clock: systemClock,
    scheduler: systemScheduler
  })
  try {
    await cdr.ping()
    const store = await openStoreOf({ config: chosen, log })
    const { snapshots, ledger } = cdr
    const ports = { clock: systemClock, random: systemRandom, scheduler: systemScheduler }
    const accounts = createWholeAccounts(store)
    return {
      store,
      rebuilder: createRebuilder({ snapshots, ledger, ...ports }),
      reconciler: createReconciler({
        accounts,
        ledger,
        scheduler: systemScheduler,
        spilled: () => hasSpilled(store)
      }),
      async salvage() {
        const { storeId, records } = await salvageSpills(config.spill.folder, cdr.writer, log)
        if (storeId !== null) await store.spills?.inherit(storeId)
        return records
      },
      async close() {
        await store.close()
        await cdr.close()
      }
    }
  } catch (error) {
    await cdr.close()
    throw error
  }
}
