/** Opens what usage records are loaded into: the accounts, and the book beside the CDRs. */
import { createSnapshots } from '../balance/snapshots.ts'
import { createEngine } from '../charging/engine.ts'
import type { SuspendedUsage } from '../domain/usage-book.ts'
import { createDryRater, type DryRun } from '../mediation/dry-run.ts'
import { linesOfFile } from '../mediation/files.ts'
import type { UsageFormat } from '../mediation/lines.ts'
import { type Loaded, loadLines, nothingLoaded } from '../mediation/load.ts'
import type { UsageRecord } from '../mediation/record.ts'
import { replaySuspense } from '../mediation/replay.ts'
import { type Booking, requestOf, subscribersOf } from '../mediation/request.ts'
import { systemClock } from '../ops/clock.ts'
import type { House } from '../server/compose.ts'
import { setUp } from './open-backend.ts'
import { openBoth } from './open-rerater.ts'

export interface NamedFile {
  readonly file: string
  readonly format: UsageFormat
}

export type Tell = (place: { file: string; line: number }, reason: string) => void

export interface UsageBackend {
  load(files: readonly NamedFile[], tell: Tell): Promise<Loaded>
  dryRun(
    files: readonly NamedFile[],
    tell: Tell
  ): Promise<DryRun & { readonly invalid: number; readonly currency: string }>
  suspended(): AsyncIterable<SuspendedUsage>
  replay(): Promise<Loaded>
  close(): Promise<void>
}

const batchLines = 1_000

/** `graceMs`: how long a month stays open. */
export async function openUsage(graceMs: number): Promise<UsageBackend> {
  const { config, log } = setUp()
  const { house, cdr, close } = await openBoth(config, log)
  const booking = (): Booking => ({
    timeZone: house.versions.catalogues().current.timeZone,
    graceMs,
    now: systemClock.now()
  })
  const options = { book: cdr.usages, charge: house.service.charge, booking }
  return {
    async load(files, tell) {
      const loaded = nothingLoaded()
      for (const { file, format } of files) {
        for await (const lines of linesOfFile(file, format, systemClock.now(), batchLines)) {
          const rejected = await loadLines(lines, options, loaded)
          for (const usage of rejected) tell(usage, usage.reason)
        }
      }
      return loaded
    },
    dryRun: (files, tell) => dryRun(house, booking(), files, tell),
    async *suspended() {
      let after = ''
      for (;;) {
        const page = await cdr.usages.suspended(after, batchLines)
        yield* page
        const last = page.at(-1)
        if (last === undefined) return
        after = last.digest
      }
    },
    async replay() {
      const loaded = nothingLoaded()
      await replaySuspense(options, systemClock.now(), loaded)
      return loaded
    },
    close
  }
}

async function dryRun(
  house: House,
  booking: Booking,
  files: readonly NamedFile[],
  tell: Tell
): Promise<DryRun & { readonly invalid: number; readonly currency: string }> {
  const { currency } = house.versions.catalogues().current
  const engine = createEngine(at => house.versions.catalogues(at))
  const rater = createDryRater(engine.decide)
  const snapshots = createSnapshots(house.store)
  let invalid = 0
  for (const { file, format } of files) {
    for await (const lines of linesOfFile(file, format, booking.now, batchLines)) {
      for (const line of lines) {
        const { read } = line
        if (typeof read === 'string') {
          invalid += 1
          tell(line, read)
          continue
        }
        const name = nameOf(read)
        if (!rater.knows(name)) rater.learn(name, await snapshots.subscriber(subscribersOf(read)))
        rater.rate(name, requestOf(read, booking), booking.now)
      }
    }
  }
  return { ...rater.totals, invalid, currency }
}

function nameOf({ msisdn, imsi }: UsageRecord): string {
  return `${msisdn ?? ''} ${imsi ?? ''}`
}
