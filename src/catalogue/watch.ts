/**
 * Watches a catalogue folder: once its files have changed and then been left alone for a while, they are read again.
 *
 * By looking, not by events of the file system: those are lost on network shares, and where a mounted configuration
 * is replaced as a whole.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Scheduler } from '../domain/time.ts'

export interface WatchOptions {
  readonly folder: string
  /** How long the files must be as they are. */
  readonly quietMs: number
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly changed: () => Promise<unknown>
}

const lookEveryMs = 1_000
const foldersDeep = 4

/** Begins to watch; call the result to stop. What stands there now is taken as read. */
export function watchCatalogue(options: WatchOptions): () => void {
  const { folder, quietMs, clock, scheduler } = options
  let stopped = false
  let cancel = () => {}
  let read: string | null = null
  let seen = ''
  let since = 0

  async function look(): Promise<void> {
    const now = await fingerprint(folder)
    read ??= now
    if (now !== seen) {
      seen = now
      since = clock.monotonic()
    }
    if (seen === read || clock.monotonic() - since < quietMs) return
    read = seen
    // What became of it has been logged; the next change is another try.
    await options.changed().catch(() => {})
  }

  const run = () => {
    const again = () => {
      if (!stopped) cancel = scheduler.later(Math.min(lookEveryMs, quietMs), run)
    }
    look().then(again, again)
  }
  run()
  return () => {
    stopped = true
    cancel()
  }
}

/** Changes with every file that is written, comes or goes. */
async function fingerprint(folder: string, deep = foldersDeep): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const parts = await Promise.all(
    entries.map(async entry => {
      const path = join(folder, entry.name)
      const found = await stat(path).catch(() => null)
      if (found === null) return ''
      if (found.isDirectory()) return deep > 0 ? fingerprint(path, deep - 1) : ''
      return `${path} ${found.size} ${found.mtimeMs} ${found.ino}`
    })
  )
  return parts.toSorted().join('\n')
}
