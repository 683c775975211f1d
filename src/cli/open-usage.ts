/** Opens what usage records are loaded into: the accounts and the book beside the CDRs, or the server that has them. */
import type { SuspendedUsage, UsageEstimate, UsageRefusal } from '../domain/usage-book.ts'
import { linesOfFile } from '../mediation/files.ts'
import type { UsageFormat } from '../mediation/lines.ts'
import { type Loaded, nothingLoaded, type UsageLine } from '../mediation/load.ts'
import { systemClock } from '../ops/clock.ts'
import { createUsageIntake, type Intake } from '../server/usage.ts'
import { clientBeside, setUp } from './open-backend.ts'
import { openBoth } from './open-rerater.ts'

export interface NamedFile {
  readonly file: string
  readonly format: UsageFormat
}

export type Tell = (refused: UsageRefusal) => void

export interface UsageBackend {
  load(files: readonly NamedFile[], tell: Tell): Promise<Loaded>
  dryRun(files: readonly NamedFile[], tell: Tell): Promise<UsageEstimate>
  suspended(): AsyncIterable<SuspendedUsage>
  replay(): Promise<Loaded>
  close(): Promise<void>
}

const batchLines = 1_000

/** `graceMs`: how long a month stays open. */
export async function openUsage(graceMs: number): Promise<UsageBackend> {
  const { config, log } = setUp()
  let opened: Awaited<ReturnType<typeof openBoth>>
  try {
    opened = await openBoth(config, log)
  } catch (error) {
    return backendOver(clientBeside(config, error).usage, graceMs, async () => {})
  }
  const { house, cdr, close } = opened
  return backendOver(createUsageIntake(house, cdr.usages, systemClock), graceMs, close)
}

function backendOver(intake: Intake, graceMs: number, close: () => Promise<void>): UsageBackend {
  return {
    async load(files, tell) {
      const loaded = nothingLoaded()
      for await (const lines of linesOfFiles(files)) {
        const { totals, refused } = await intake.load(lines, graceMs)
        add(loaded, totals)
        for (const one of refused) tell(one)
      }
      return loaded
    },
    dryRun: (files, tell) => intake.dryRun(linesOfFiles(files), graceMs, tell),
    async *suspended() {
      let cursor: string | null = null
      do {
        const page: Awaited<ReturnType<Intake['suspended']>> = await intake.suspended(
          cursor,
          batchLines
        )
        yield* page.items
        cursor = page.next
      } while (cursor !== null)
    },
    async replay() {
      const loaded = nothingLoaded()
      let cursor: string | null = null
      do {
        const step: Awaited<ReturnType<Intake['replay']>> = await intake.replay(cursor, graceMs)
        add(loaded, step.totals)
        cursor = step.next
      } while (cursor !== null)
      return loaded
    },
    close
  }
}

async function* linesOfFiles(files: readonly NamedFile[]): AsyncGenerator<readonly UsageLine[]> {
  for (const { file, format } of files) {
    yield* linesOfFile(file, format, systemClock.now(), batchLines)
  }
}

function add(loaded: Loaded, { charged, duplicates, suspended, closed }: Readonly<Loaded>): void {
  loaded.charged += charged
  loaded.duplicates += duplicates
  loaded.suspended += suspended
  loaded.closed += closed
}
