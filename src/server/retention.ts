/** Retention over the stores of this process: the CDR database, and the store, which knows the open sessions. */
import type { Accounts } from '../charging/ports.ts'
import type { Retain, RetentionBook } from '../charging/retention.ts'
import { type Clock, dayOf } from '../domain/time.ts'
import type { Config } from '../ops/config.ts'

const dayMs = 86_400_000

export function createRetain(
  accounts: Accounts,
  book: RetentionBook,
  clock: Clock,
  { export: { folder, stream } }: Config
): Retain {
  const streams = folder === null ? [] : [stream]
  return async ({ keepDays, dryRun, unexported }) => {
    const before = dayOf(clock.now() - keepDays * dayMs)
    const openSessions = await countByDay(accounts, before)
    return book.retain({ before, dryRun, unexported, streams, openSessions })
  }
}

/** Open sessions by the day on which they began, of those before that day. */
async function countByDay(accounts: Accounts, before: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Accounts['allSessions']>> = await accounts.allSessions(
      cursor,
      1_000
    )
    for (const { startedAt } of page.items) {
      const day = dayOf(startedAt)
      if (day < before) counts.set(day, (counts.get(day) ?? 0) + 1)
    }
    cursor = page.next
  } while (cursor !== null)
  return counts
}
