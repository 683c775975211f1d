/**
 * The versions of the catalogue in a process: those of the plan, and any other that a session names.
 *
 * The plan lies in the store, so that all servers and workers on it rate alike. Each looks at it every second; a version
 * that is not loaded is fetched from the store when a decision asks for it.
 */
import type { CatalogueShelf } from '../charging/ports.ts'
import type { Logger } from '../domain/log.ts'
import type { Clock, EpochMs, Scheduler } from '../domain/time.ts'
import type { Catalogue, Catalogues } from '../rating/catalogue.ts'
import { catalogueFromSource } from '../rating/load/load.ts'
import type { Scheduled } from '../rating/load/schedule.ts'
import { decodePlan, encodePlan, entryAt, type Plan, planOf, sameVersions } from './plan.ts'

export interface VersionsOptions {
  readonly shelf: CatalogueShelf
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** Where versions are kept for ever; asked for those that the store does not have. */
  readonly archive?: (version: string) => Promise<string | null>
}

const lookEveryMs = 1_000

interface InForce {
  readonly from: EpochMs
  /** Not included. */
  readonly until: EpochMs
  readonly catalogues: Catalogues
}

/** `keep`, `look` or `publish` must have given it a plan before it is asked for catalogues. */
export class Versions {
  readonly #options: VersionsOptions
  readonly #byVersion = new Map<string, Catalogue>()
  readonly #lost = new Set<string>()
  readonly #fetching = new Map<string, Promise<void>>()
  #plan: Plan | null = null
  /** The plan as it stands in the store. */
  #text = ''
  #inForce: InForce | null = null
  #failing = false
  #stopped = false
  #cancel = () => {}

  constructor(options: VersionsOptions) {
    this.#options = options
  }

  /** What is in force at an instant, now unless given. */
  catalogues(at: EpochMs = this.#options.clock.now()): Catalogues {
    let known = this.#inForce
    if (known === null || at < known.from || at >= known.until) {
      known = this.#inForceAt(at)
      this.#inForce = known
    }
    return known.catalogues
  }

  plan(): Plan {
    if (this.#plan === null) throw new Error('no catalogue is in force')
    return this.#plan
  }

  /** Takes these without telling other servers. */
  keep(versions: readonly Scheduled[]): void {
    this.#add(versions)
    this.#install(planOf(null, entriesOf(versions), this.#options.clock.now(), false))
  }

  /** Puts these in force on all servers; false: they are already. Rejects while the store is away. */
  async publish(versions: readonly Scheduled[], reauthorize: boolean): Promise<boolean> {
    const { clock, shelf } = this.#options
    const found = await shelf.plan()
    const before = found === null ? null : decodePlan(found)
    const next = planOf(before, entriesOf(versions), clock.now(), reauthorize)
    this.#add(versions)
    for (const { catalogue } of versions) {
      this.#lost.delete(catalogue.version)
      await shelf.save(catalogue.version, catalogue.source)
    }
    const changed = !sameVersions(before, next)
    const text = changed || found === null ? encodePlan(next) : found
    if (changed) await shelf.publish(text)
    await this.#take(next)
    this.#text = text
    return changed
  }

  /** Takes the plan of the store; false: there is none. Rejects while the store is away. */
  async look(): Promise<boolean> {
    const found = await this.#options.shelf.plan()
    if (found === null) return false
    if (found !== this.#text) {
      await this.#take(decodePlan(found))
      this.#text = found
    }
    return true
  }

  /** Loads a version that decisions missed. Rejects while the store is away; one that is nowhere is lost from then on. */
  fetch(version: string): Promise<void> {
    const running = this.#fetching.get(version)
    if (running !== undefined) return running
    const work = this.#load(version).finally(() => this.#fetching.delete(version))
    this.#fetching.set(version, work)
    return work
  }

  /** Frees the memory of the other versions: they are loaded again when something needs them. */
  forgetOthers(needed: ReadonlySet<string>): void {
    for (const version of this.#byVersion.keys()) {
      if (!needed.has(version)) this.#byVersion.delete(version)
    }
    this.#lost.clear()
  }

  /** Looks every second from now on, and tells after each look. */
  start(looked: () => void): void {
    const again = () => {
      if (!this.#stopped) this.#cancel = this.#options.scheduler.later(lookEveryMs, run)
    }
    const run = () => {
      this.#lookAgain(looked).then(again, again)
    }
    again()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  async #lookAgain(looked: () => void): Promise<void> {
    try {
      await this.look()
      this.#failing = false
    } catch (error) {
      // What is here goes on. A store that is away is found out by whoever needs it.
      if (!this.#failing) {
        this.#options.logger.warn({ err: error }, 'the plan of catalogue versions cannot be read')
      }
      this.#failing = true
    }
    looked()
  }

  async #load(version: string): Promise<void> {
    if (this.#byVersion.has(version) || this.#lost.has(version)) return
    const { archive, logger, shelf } = this.#options
    const source = (await shelf.load(version)) ?? (await archive?.(version)) ?? null
    try {
      if (source === null) throw new Error('neither the store nor the CDR database has it')
      this.#byVersion.set(version, catalogueFromSource(source))
      logger.info({ version }, 'a catalogue version was loaded from the store')
    } catch (error) {
      this.#lost.add(version)
      logger.error({ alarm: true, err: error, version }, 'a catalogue version is lost')
    }
  }

  /** Versions that are over and lost are left out; the others must be there. */
  async #take(next: Plan): Promise<void> {
    const since = entryAt(next, this.#options.clock.now()).from
    for (const { version } of next.entries) await this.fetch(version)
    const entries = next.entries.filter(
      ({ version, from }) => this.#byVersion.has(version) || from >= since
    )
    const missing = entries.find(({ version }) => !this.#byVersion.has(version))
    if (missing !== undefined) throw new Error(`version ${missing.version} cannot be loaded`)
    this.#install({ ...next, entries })
  }

  #install(plan: Plan): void {
    this.#plan = plan
    this.#inForce = null
  }

  #inForceAt(at: EpochMs): InForce {
    const plan = this.plan()
    const entry = entryAt(plan, at)
    const current = this.#byVersion.get(entry.version)
    if (current === undefined) throw new Error(`version ${entry.version} is not loaded`)
    const next = plan.entries.find(({ from }) => from > entry.from)
    return {
      from: plan.entries[0] === entry ? Number.NEGATIVE_INFINITY : entry.from,
      until: next?.from ?? Number.POSITIVE_INFINITY,
      catalogues: { current, byVersion: this.#byVersion, lost: this.#lost }
    }
  }

  #add(versions: readonly Scheduled[]): void {
    for (const { catalogue } of versions) this.#byVersion.set(catalogue.version, catalogue)
  }
}

function entriesOf(versions: readonly Scheduled[]) {
  return versions.map(({ catalogue, from }) => ({ version: catalogue.version, from }))
}
