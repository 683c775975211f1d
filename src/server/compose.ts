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
import { Versions } from '../catalogue/versions.ts'
import { createEngine } from '../charging/engine.ts'
import type { Simulator } from '../charging/simulation.ts'
import { GyroError } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import { systemClock, systemRandom, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import { loadSchedule } from '../rating/load/schedule.ts'
import { beginWith, type CatalogueRole } from './begin-catalogue.ts'
import { createSimulator } from './simulator.ts'

export interface House {
  readonly store: Store
  readonly service: ChargingService
  readonly versions: Versions
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
  /** What this process has to say of the catalogue. */
  readonly role: CatalogueRole
  /** Where versions are that the store does not have. */
  readonly archive?: (version: string) => Promise<string | null>
}

/**
 * Opens the store; a server loads its catalogue before. Rejects with GYRO_CATALOGUE_INVALID, or as the store does.
 */
export async function openHouse(options: HouseOptions): Promise<House> {
  const { config, log } = options
  const { folder } = config.catalogue
  // A worker has it from its primary, by way of the store, and a command from the servers that run.
  const schedule = options.role === 'server' ? await loadSchedule(folder) : null
  const store = await openStoreOf(options)
  try {
    const versions = new Versions({
      shelf: store.catalogues,
      clock: systemClock,
      scheduler: systemScheduler,
      logger: log,
      ...(options.archive === undefined ? {} : { archive: options.archive })
    })
    await beginWith(versions, schedule ?? (() => loadSchedule(folder)), { ...options, store })
    const engine = createEngine(at => versions.catalogues(at))
    const journal = options.journal === true ? { journal: await openJournal(options) } : {}
    const service = createChargingService({
      store,
      ...engine,
      fetchVersion: version => versions.fetch(version),
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
      versions,
      simulator: createSimulator({
        versions,
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

/** Rejects as openStore does. */
export async function openStoreOf({
  config,
  log,
  apiAddress
}: Pick<HouseOptions, 'config' | 'log' | 'apiAddress'>): Promise<Store> {
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
