/** Dry runs that need no store: those of made-up accounts. */
import { detailOfRefusal } from '../api/problem.ts'
import { simulation } from '../api/simulate.ts'
import type { SimulationJson } from '../api/simulation-views.ts'
import type { Simulator } from '../charging/simulation.ts'
import { GyroError, VersionUnknown } from '../domain/errors.ts'
import { systemClock, systemScheduler } from '../ops/clock.ts'
import { loadConfig } from '../ops/config.ts'
import { loadSchedule } from '../rating/load/schedule.ts'
import { createSimulator, type VersionSource } from '../server/simulator.ts'
import type { SimulatorBackend } from './backend.ts'
import { configFile } from './options.ts'

/** Over the catalogue of the configuration alone; no store is opened. */
export async function openCatalogueSimulator(): Promise<Pick<SimulatorBackend, 'simulate'>> {
  const config = loadConfig(process.env, configFile())
  const schedule = await loadSchedule(config.catalogue.folder)
  const simulator = createSimulator({
    versions: versionsOf(schedule),
    snapshots: { account: async () => null, session: async () => null },
    clock: systemClock,
    scheduler: systemScheduler
  })
  return { simulate: body => simulateLocally(simulator, body) }
}

/** Every version that the folder has, at its time. */
function versionsOf(schedule: Awaited<ReturnType<typeof loadSchedule>>): VersionSource {
  const byVersion = new Map(schedule.map(({ catalogue }) => [catalogue.version, catalogue]))
  return {
    catalogues(at = systemClock.now()) {
      const { catalogue } = schedule.findLast(({ from }) => from <= at) ?? schedule[0]
      return { current: catalogue, byVersion }
    },
    fetch: version => Promise.reject(new VersionUnknown(version))
  }
}

/** Plays a body of POST /v1/simulate in this process; what its problem would be is an error for people. */
export async function simulateLocally(
  simulator: Simulator,
  body: unknown
): Promise<SimulationJson> {
  try {
    return await simulation(simulator, body)
  } catch (error) {
    const detail = detailOfRefusal(error)
    throw detail === null ? error : new GyroError('GYRO_INPUT_INVALID', detail)
  }
}
