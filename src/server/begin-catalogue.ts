/** Which catalogue a process begins with: that of its folder, or what the servers on the store have in force. */
import type { Store } from '../balance/store.ts'
import { decodePlan, entryAt } from '../catalogue/plan.ts'
import type { Versions } from '../catalogue/versions.ts'
import type { Logger } from '../domain/log.ts'
import { systemClock } from '../ops/clock.ts'
import type { Scheduled } from '../rating/load/schedule.ts'

/** `server`: puts its folder in force. `worker`: takes what the server has. `command`: changes nothing. */
export type CatalogueRole = 'server' | 'worker' | 'command'

export interface BeginOptions {
  readonly role: CatalogueRole
  readonly store: Store
  readonly log: Logger
}

type Schedule = readonly Scheduled[]

/** Servers name what is in their folder; for others `schedule` reads it, and is called only where it is needed. */
export async function beginWith(
  versions: Versions,
  schedule: Schedule | (() => Promise<Schedule>),
  options: BeginOptions
): Promise<void> {
  if (typeof schedule === 'function') {
    const decided = options.role === 'worker' || (await serversRun(options.store))
    if (!decided || !(await versions.look())) versions.keep(await schedule())
    return
  }
  if (!(await othersDecide(schedule, options)) || !(await versions.look())) {
    await versions.publish(schedule, false)
  }
}

async function serversRun(store: Store): Promise<boolean> {
  const nodes = await store.exchange.nodes()
  return nodes.some(({ hosts }) => hosts !== null)
}

/**
 * While other servers run on the store, what they have in force holds: for commands always, and for a server that
 * comes back with a folder that was in force before them, which an operator has forgotten rather than wanted back.
 */
async function othersDecide(schedule: Schedule, { store, log }: BeginOptions): Promise<boolean> {
  if (!(await serversRun(store))) return false
  const text = await store.catalogues.plan()
  if (text === null) return false
  const now = systemClock.now()
  const plan = decodePlan(text)
  const since = entryAt(plan, now).from
  const mine = schedule.findLast(({ from }) => from <= now)?.catalogue.version ?? ''
  const planned = plan.entries.some(({ version, from }) => from >= since && version === mine)
  if (planned || !(await store.catalogues.versions()).includes(mine)) return false
  const message = 'the folder has a former catalogue: that of the other servers is in force'
  log.warn({ alarm: true, folder: mine }, `${message}; reload it here to put it back in force`)
  return true
}
