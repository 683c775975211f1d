/** Suspense: what could not be charged is tried again. */
import type { EpochMs } from '../domain/time.ts'
import { linesOfContent } from './files.ts'
import { type Loaded, type LoadOptions, loadLines } from './load.ts'

const pageRows = 1_000

/**
 * Tries the suspended records behind that digest once, a page of them; what is charged, or was, leaves the suspense. Returns
 * where the next page begins; null: there is none. Rejects as loadLines does.
 */
export async function replaySuspense(
  after: string,
  options: LoadOptions,
  now: EpochMs,
  loaded: Loaded
): Promise<string | null> {
  const page = await options.book.suspended(after, pageRows)
  const last = page.at(-1)
  if (last === undefined) return null
  const lines = page.flatMap(usage => linesOfContent(usage, now))
  const rejected = await loadLines(lines, options, loaded)
  const still = new Set(rejected.map(({ digest }) => digest))
  await options.book.release(page.map(({ digest }) => digest).filter(one => !still.has(one)))
  return page.length < pageRows ? null : last.digest
}
