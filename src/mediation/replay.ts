/** Suspense: what could not be charged is tried again. */
import type { EpochMs } from '../domain/time.ts'
import { linesOfSuspense } from './files.ts'
import { type Loaded, type LoadOptions, loadLines } from './load.ts'

const pageRows = 1_000

/** Tries every suspended record once; what is charged, or was, leaves the suspense. Rejects as loadLines does. */
export async function replaySuspense(
  options: LoadOptions,
  now: EpochMs,
  loaded: Loaded
): Promise<void> {
  let after = ''
  for (;;) {
    const page = await options.book.suspended(after, pageRows)
    const last = page.at(-1)
    if (last === undefined) return
    const rejected = await loadLines(linesOfSuspense(page, now), options, loaded)
    const still = new Set(rejected.map(({ digest }) => digest))
    await options.book.release(page.map(({ digest }) => digest).filter(one => !still.has(one)))
    after = last.digest
  }
}
