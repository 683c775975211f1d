/** Reading the catalogue again: by the API, by a signal, or because its files have changed. */
import type { CatalogueControl, Reload, ReloadTrigger } from '../charging/ports.ts'
import type { Logger } from '../domain/log.ts'
import type { Clock, EpochMs } from '../domain/time.ts'
import type { Catalogue } from '../rating/catalogue.ts'
import { textOf } from '../rating/load/load.ts'
import { type ReadSchedule, readSchedule } from '../rating/load/schedule.ts'
import { entryAt } from './plan.ts'
import type { Versions } from './versions.ts'

export interface ControlOptions {
  readonly folder: string
  readonly versions: Versions
  readonly clock: Clock
  readonly logger: Logger
  /** Every reload, when it is over. */
  readonly onReload: (reload: Reload) => void
}

/** As many as fit a line of a log that people read. */
const problemsLogged = 20

type Read = ReadSchedule

export function createControl(options: ControlOptions): CatalogueControl {
  const { folder, versions, clock, logger } = options
  let last: Reload = done(clock.now(), 'start', 'changed')
  let running: Promise<unknown> = Promise.resolve()

  async function reload(trigger: ReloadTrigger, reauthorize: boolean): Promise<Reload> {
    const before = versions.catalogues().current
    const read = refuseCurrency(await readSchedule(folder), before)
    if (read.versions === null) {
      const { findings: problems } = read
      const shown = problems.slice(0, problemsLogged).map(textOf)
      const fields = { alarm: true, trigger, folder, problems: shown, count: problems.length }
      logger.error(fields, 'the catalogue was not reloaded: it is wrong, the running version stays')
      return { ...done(clock.now(), trigger, 'refused'), problems }
    }
    const changed = await versions.publish(read.versions, reauthorize)
    const { current } = versions.catalogues()
    const withdrawn = [...before.offers.keys()].filter(id => !current.offers.has(id))
    const { entries } = versions.plan()
    const coming = entries.filter(({ from }) => from > clock.now()).map(describe)
    const fields = { trigger, folder, version: current.version, before: before.version, coming }
    logger.info(fields, changed ? 'the catalogue was reloaded' : 'the catalogue is as it was')
    if (withdrawn.length > 0) {
      logger.warn({ withdrawn }, 'offers are gone: accounts that have them have no price now')
    }
    return { ...done(clock.now(), trigger, changed ? 'changed' : 'unchanged'), withdrawn }
  }

  async function attempt(trigger: ReloadTrigger, reauthorize: boolean): Promise<Reload> {
    try {
      last = await reload(trigger, reauthorize)
    } catch (error) {
      last = done(clock.now(), trigger, 'failed')
      logger.error({ alarm: true, trigger, err: error }, 'the catalogue was not reloaded')
      options.onReload(last)
      throw error
    }
    options.onReload(last)
    return last
  }

  return {
    status() {
      const now = clock.now()
      const plan = versions.plan()
      const shown = ({ version, from }: { version: string; from: EpochMs }) => ({
        version,
        effectiveFrom: from === 0 ? null : from
      })
      return {
        folder,
        running: shown(entryAt(plan, now)),
        coming: plan.entries.filter(({ from }) => from > now).map(shown),
        lastReload: last
      }
    },
    reload(trigger, reauthorize) {
      // One after the other: each compares with what the one before it has left.
      const next = running.then(() => attempt(trigger, reauthorize))
      running = next.catch(() => {})
      return next
    }
  }
}

/** Accounts hold money of the running version's currency. */
function refuseCurrency(read: Read, before: Catalogue): Read {
  if (read.versions === null) return read
  const [{ catalogue, place }] = read.versions
  if (catalogue.currency === before.currency) return read
  const message = `is ${catalogue.currency}, and accounts hold ${before.currency}; a reload cannot change it`
  return { versions: null, findings: [{ ...place(['catalogue', 'currency']), message }] }
}

function done(at: EpochMs, trigger: ReloadTrigger, result: Reload['result']): Reload {
  return { at, trigger, result, problems: [], withdrawn: [] }
}

function describe({ version, from }: { version: string; from: EpochMs }) {
  return { version, from: new Date(from).toISOString() }
}
