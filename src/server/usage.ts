/** The intake of usage records over an open house: the same for a command and for the HTTP API. */
import { createSnapshots } from '../balance/snapshots.ts'
import { createEngine } from '../charging/engine.ts'
import type { Clock } from '../domain/time.ts'
import type { SentUsage, UsageBook, UsageIntake } from '../domain/usage-book.ts'
import { createDryRater } from '../mediation/dry-run.ts'
import { linesOfContent } from '../mediation/files.ts'
import { loadLines, nothingLoaded, type UsageLine } from '../mediation/load.ts'
import type { UsageRecord } from '../mediation/record.ts'
import { replaySuspense } from '../mediation/replay.ts'
import { type Booking, requestOf, subscribersOf } from '../mediation/request.ts'
import type { House } from './compose.ts'

export function createUsageIntake(
  house: House,
  book: UsageBook,
  clock: Clock
): UsageIntake<SentUsage | UsageLine> {
  const booking = (graceMs: number): Booking => ({
    timeZone: house.versions.catalogues().current.timeZone,
    graceMs,
    now: clock.now()
  })
  const options = (graceMs: number) => ({
    book,
    charge: house.service.charge,
    booking: () => booking(graceMs)
  })
  return {
    async load(usages, graceMs) {
      const totals = nothingLoaded()
      const now = clock.now()
      const lines = usages.flatMap(usage => linesOf(usage, now))
      return { refused: await loadLines(lines, options(graceMs), totals), totals }
    },
    dryRun: (usages, graceMs, tell) => dryRun(house, booking(graceMs), usages, tell),
    async suspended(cursor, limit) {
      const items = await book.suspended(cursor ?? '', limit)
      return { items, next: items.length < limit ? null : (items.at(-1)?.digest ?? null) }
    },
    async replay(cursor, graceMs) {
      const totals = nothingLoaded()
      const next = await replaySuspense(cursor ?? '', options(graceMs), clock.now(), totals)
      return { totals, next }
    }
  }
}

/** Of lines that a command has read itself. */
export type Intake = UsageIntake<UsageLine>

/** What the sender could read is read again here; it may be a line that was read before. */
function linesOf(usage: SentUsage | UsageLine, now: number): readonly UsageLine[] {
  if ('read' in usage) return [usage]
  const { file, line, content, reason } = usage
  return reason === null ? linesOfContent(usage, now) : [{ file, line, content, read: reason }]
}

async function dryRun(
  house: House,
  booking: Booking,
  usages: AsyncIterable<readonly (SentUsage | UsageLine)[]>,
  tell: Parameters<UsageIntake['dryRun']>[2]
) {
  const { currency } = house.versions.catalogues().current
  const engine = createEngine(at => house.versions.catalogues(at))
  const rater = createDryRater(engine.decide)
  const snapshots = createSnapshots(house.store)
  let invalid = 0
  for await (const batch of usages) {
    for (const usage of batch) {
      for (const { file, line, read } of linesOf(usage, booking.now)) {
        if (typeof read === 'string') {
          invalid += 1
          tell({ file, line, reason: read })
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
