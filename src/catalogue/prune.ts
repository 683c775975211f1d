/**
 * Drops versions that nobody needs any more from the store; the CDR database keeps them.
 *
 * Needed are those of the plan, those that an open session names, and for as long as receipts are kept those that one
 * named. So a version goes when it was in no open session at two looks, far enough from each other.
 */
import type { Accounts, CatalogueShelf } from '../charging/ports.ts'
import type { Logger } from '../domain/log.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Versions } from './versions.ts'

export interface PruneOptions {
  readonly shelf: CatalogueShelf
  readonly accounts: Pick<Accounts, 'allSessions'>
  readonly versions: Versions
  /** Whether the CDR database has the version for certain. */
  readonly isArchived: (version: string) => Promise<boolean>
  readonly logger: Logger
}

/** Longer than receipts of closed sessions are kept. */
const unnamedMs = 27 * 3_600_000
const sessionsPerPage = 256

/** Looks once and drops what it may; it remembers what it saw for the next look. Rejects while the store is away. */
export function createPruner(options: PruneOptions): (now: EpochMs) => Promise<void> {
  const { shelf, versions, logger } = options
  /** Since when no open session was seen to name them. */
  let unnamed = new Map<string, EpochMs>()

  return async now => {
    const planned = new Set(versions.plan().entries.map(({ version }) => version))
    const candidates = (await shelf.versions()).filter(version => !planned.has(version))
    const named = candidates.length === 0 ? candidates : await namedBySessions(options, candidates)
    const next = new Map<string, EpochMs>()
    for (const version of candidates) {
      if (named.includes(version)) continue
      const since = unnamed.get(version) ?? now
      next.set(version, since)
      if (now - since < unnamedMs || !(await options.isArchived(version))) continue
      await shelf.drop(version)
      next.delete(version)
      logger.info({ version }, 'a catalogue version that nothing names was dropped from the store')
    }
    unnamed = next
    versions.forgetOthers(new Set([...planned, ...named]))
  }
}

/** Prices, positions, parts and stored answers name a version as the beginning of a reference. */
async function namedBySessions(
  { accounts }: PruneOptions,
  candidates: readonly string[]
): Promise<readonly string[]> {
  const named = new Set<string>()
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Accounts['allSessions']>> = await accounts.allSessions(
      cursor,
      sessionsPerPage
    )
    for (const session of page.items) {
      const text = JSON.stringify(session)
      for (const version of candidates) if (text.includes(`${version}:`)) named.add(version)
    }
    cursor = page.next
  } while (cursor !== null && named.size < candidates.length)
  return [...named]
}
