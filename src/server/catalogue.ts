/** The catalogue of a running server: reloads, what takes effect by its date, and the versions that CDRs name. */
import { createControl } from '../catalogue/control.ts'
import { entryAt } from '../catalogue/plan.ts'
import { createPruner } from '../catalogue/prune.ts'
import { reauthorizeAll } from '../catalogue/reauthorize.ts'
import { watchCatalogue } from '../catalogue/watch.ts'
import type { CatalogueArchive } from '../cdr/catalogues.ts'
import type { CatalogueControl, Reload } from '../charging/ports.ts'
import { systemClock, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { House } from './compose.ts'
import type { Reloading } from './diameter.ts'
import type { OpenParts } from './open-parts.ts'

export interface CatalogueParts {
  readonly config: Config
  readonly reloading: Reloading
  readonly log: Log
  readonly metrics: Metrics
  readonly open: OpenParts
  readonly house: House
  readonly archive: CatalogueArchive
}

export function openCatalogue(parts: CatalogueParts): CatalogueControl {
  const { config, house, log, metrics, open, reloading } = parts
  const { folder, watch } = config.catalogue
  const { versions } = house
  const count = metrics.counters(
    'gyro_catalogue_reloads_total',
    'Times that the catalogue was read again, by what asked for it and what came of it.',
    ['trigger', 'result']
  )
  let failing = 0
  metrics.gauge(
    'gyro_catalogue_failing',
    '1 while the last reload of the catalogue was refused: an alarm.',
    () => failing
  )
  metrics.gauge(
    'gyro_catalogue_effective_seconds',
    'When the running version of the catalogue took effect, in seconds since 1970; 0: ever since.',
    () => entryAt(versions.plan(), systemClock.now()).from / 1_000
  )
  const onReload = ({ trigger, result }: Reload) => {
    count({ trigger, result })
    failing = result === 'refused' || result === 'failed' ? 1 : 0
    changed()
  }
  const control = createControl({ folder, versions, clock: systemClock, logger: log, onReload })
  const reload = (trigger: 'signal' | 'watch') => control.reload(trigger, false)
  const changed = followPlan(parts)
  // What became of it is in the log.
  reloading.onReload(() => void reload('signal').catch(() => {}))
  const stop =
    watch === 0
      ? () => {}
      : watchCatalogue({
          folder,
          quietMs: watch * 1_000,
          clock: systemClock,
          scheduler: systemScheduler,
          changed: () => reload('watch')
        })
  versions.start(changed)
  changed()
  const stopPruning = pruneDaily(parts)
  open.hold('catalogue', () => {
    stop()
    stopPruning()
  })
  return control
}

const dayMs = 86_400_000

function pruneDaily({ archive, house, log }: CatalogueParts): () => void {
  const { service, store, versions } = house
  const prune = createPruner({
    shelf: store.catalogues,
    accounts: service.accounts,
    versions,
    isArchived: async version => (await archive.read(version)) !== null,
    logger: log
  })
  let stopped = false
  let cancel = () => {}
  const again = () => {
    if (!stopped) cancel = systemScheduler.later(dayMs, run)
  }
  const run = () => {
    prune(systemClock.now())
      .catch(error => log.debug({ err: error }, 'old catalogue versions were not looked for'))
      .finally(again)
  }
  again()
  return () => {
    stopped = true
    cancel()
  }
}

/** What follows when the plan, or what is in force by it, is another than when it was called last. */
function followPlan({ archive, config, house, log }: CatalogueParts): () => void {
  const { versions, service, store } = house
  const archived = new Set<string>()
  let running = ''
  let archiving = false

  /** What fails is tried again a second later: the database may be away. */
  async function archiveAll(): Promise<void> {
    const { byVersion } = versions.catalogues()
    for (const [version, { source }] of byVersion) {
      if (archived.has(version)) continue
      await archive.keep(version, source)
      archived.add(version)
    }
  }

  async function reauthorize(version: string, from: number): Promise<void> {
    const task = `${version} ${from}`
    if (!(await store.catalogues.claim(task))) return
    const { accounts } = service
    const ports = { accounts, scheduler: systemScheduler, logger: log }
    const wanted = () => entryAt(versions.plan(), systemClock.now()).version === version
    const sessions = await reauthorizeAll(
      { ...ports, rate: config.catalogue.reauthorizeRate },
      wanted
    )
    log.info({ version, sessions }, 'open sessions were re-authorized for the catalogue')
  }

  return () => {
    if (!archiving) {
      archiving = true
      archiveAll()
        .catch(error => log.debug({ err: error }, 'catalogue versions are not archived yet'))
        .finally(() => {
          archiving = false
        })
    }
    const plan = versions.plan()
    const { version, from } = entryAt(plan, systemClock.now())
    if (version === running) return
    const before = running
    running = version
    if (before === '') return
    log.info({ version, before }, 'another version of the catalogue is in force')
    if (!plan.reauthorize && !config.catalogue.reauthorize) return
    reauthorize(version, from).catch(error =>
      log.warn({ err: error, version }, 'open sessions were not all re-authorized')
    )
  }
}
