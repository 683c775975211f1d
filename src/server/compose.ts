/**
 * What the server and the commands are both made of: the store, the catalogue versions and the charging
 * service over them.
 */

import type { HandOver } from '../balance/hand-over.ts'
import { openJournalFolder } from '../balance/journal/folder.ts'
import type { JournalStorage } from '../balance/journal/storage.ts'
import { openStore } from '../balance/open-store.ts'
import { type ChargingService, createChargingService } from '../balance/service.ts'
import { createSnapshots } from '../balance/snapshots.ts'
import type { Store } from '../balance/store.ts'
import { createEngine } from '../charging/engine.ts'
import type { Simulator } from '../charging/simulation.ts'
import { GyroError } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import { systemClock, systemRandom, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Catalogue, Catalogues } from '../rating/catalogue.ts'
import { catalogueFromSource, loadCatalogue } from '../rating/load/load.ts'
import { createSimulator } from './simulator.ts'

export interface House {
  readonly store: Store
  readonly service: ChargingService
  readonly catalogue: Catalogue
  readonly simulator: Simulator
  /** Closes the store. The service must be closed before, or be at rest. */
  close(): Promise<void>
}

export interface HouseOptions {
  readonly config: Config
  readonly log: Logger
  /** `host:port` of the API of this process, for those who find the store locked. */
  readonly apiAddress?: string
  /** Whether requests are served, so that usage must be kept while the store is away; commands do not. */
  readonly journal?: boolean
  /** The other workers of this server. */
  readonly handOver?: HandOver
}

/** Other servers on the store may begin to use a version at any time: those not known here are looked for so often. */
const versionsEveryMs = 5_000

/**
 * Loads the catalogue, then opens the store. Rejects with GYRO_CATALOGUE_INVALID, or as the store does.
 */
export async function openHouse(options: HouseOptions): Promise<House> {
  const { config, log } = options
  const catalogue = await loadCatalogue(config.catalogue.folder)
  const store = await openStoreOf(options)
  try {
    const versions = await keepVersions(store, catalogue, log)
    const engine = createEngine(() => versions.catalogues)
    const journal = options.journal === true ? { journal: await openJournal(options) } : {}
    const service = createChargingService({
      store,
      ...engine,
      clock: systemClock,
      scheduler: systemScheduler,
      random: systemRandom,
      logger: log,
      ...journal,
      ...(options.handOver === undefined ? {} : { handOver: options.handOver })
    })
    return {
      store,
      service,
      catalogue,
      simulator: createSimulator({
        catalogues: () => versions.catalogues,
        snapshots: createSnapshots(store),
        clock: systemClock,
        scheduler: systemScheduler
      }),
      async close() {
        versions.stop()
        await store.close()
      }
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

function openJournal({ config, log }: HouseOptions): Promise<JournalStorage> {
  return openJournalFolder({ folder: config.journal.folder, logger: log, random: systemRandom })
}

async function openStoreOf({ config, log, apiAddress }: HouseOptions): Promise<Store> {
  const { url, partitions, strict, durable } = config.store
  try {
    return await openStore(url, {
      strict,
      durable,
      ...(partitions === null ? {} : { partitions }),
      ...(apiAddress === undefined ? {} : { apiAddress }),
      logger: log,
      clock: systemClock,
      random: systemRandom
    })
  } catch (error) {
    // Such as a folder that is a file, or that belongs to somebody else.
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new GyroError('GYRO_STORE_UNFIT', `GYRO_STORE cannot be used: ${error.message}`, {
      cause: error
    })
  }
}

/** Saves the version in force, and knows every version that a session on this store may name. */
async function keepVersions(
  store: Store,
  current: Catalogue,
  log: Logger
): Promise<{ readonly catalogues: Catalogues; stop(): void }> {
  const byVersion = new Map([[current.version, current]])
  const unreadable = new Set<string>()

  async function load(): Promise<void> {
    for (const [version, source] of await store.loadCatalogues()) {
      if (byVersion.has(version) || unreadable.has(version)) continue
      try {
        byVersion.set(version, catalogueFromSource(source))
      } catch (error) {
        // Usage under it goes to suspense; everything else is served.
        unreadable.add(version)
        log.error({ err: error, version }, 'a catalogue version of the store cannot be read')
      }
    }
  }

  await store.saveCatalogue(current.version, current.source)
  await load()
  let stopped = false
  let cancel = () => {}
  const again = () => {
    if (!stopped) cancel = systemScheduler.later(versionsEveryMs, look)
  }
  const look = () => {
    // A store that is away is found out by whoever needs it.
    load().then(again, again)
  }
  again()
  return {
    catalogues: { current, byVersion },
    stop() {
      stopped = true
      cancel()
    }
  }
}
