/** A journal in memory that outlives the services that write to it, for the simulation and for tests of the service. */
import type { JournalStorage } from '../../src/balance/journal/storage.ts'

export interface JournalState {
  /** What each process has kept and not replayed, and whether it lives. */
  readonly queues: { readonly records: string[]; readonly alive: () => boolean }[]
  readonly letters: string[]
}

export function createJournalState(): JournalState {
  return { queues: [], letters: [] }
}

/** Records of all processes that wait to be replayed. */
export function journaled(state: JournalState): number {
  return state.queues.reduce((sum, { records }) => sum + records.length, 0)
}

export interface MemoryJournalOptions {
  readonly alive: () => boolean
  /** Runs the function when the disk has done its work. */
  readonly written: (run: () => void) => void
  /** A planted bug: nothing is kept. */
  readonly forgetful?: boolean
}

export function createMemoryJournal(
  state: JournalState,
  { alive, forgetful, written }: MemoryJournalOptions
): JournalStorage {
  const records: string[] = []
  state.queues.push({ records, alive })
  let read = 0
  return {
    append(record, done) {
      written(() => {
        // Also a process that died meanwhile may have written it.
        if (forgetful !== true) records.push(record)
        if (alive()) done(true)
      })
    },
    async read(most) {
      read = Math.min(most, records.length)
      return records.slice(0, read)
    },
    async advance() {
      records.splice(0, read)
      read = 0
    },
    async bury(letters) {
      state.letters.push(...letters)
    },
    async adopt() {
      for (const queue of state.queues) {
        if (!queue.alive()) records.push(...queue.records.splice(0))
      }
    },
    stats: () => ({
      records: records.length,
      octets: records.reduce((sum, record) => sum + record.length, 0),
      failing: false,
      corrupt: 0
    }),
    async close() {}
  }
}
