/** The outbox in LMDB: records by partition and number. The lock of the store makes its process the only drain. */
import type { Outbox, OutboxEntry } from '../../charging/ports.ts'
import type { Environment, Table } from './environment.ts'
import { partitionText, rangeOf, splitInstant } from './keys.ts'

export function createEmbeddedOutbox(
  environment: Environment,
  outbox: Table,
  partitions: number
): Outbox {
  return {
    partitions,
    async read(limit) {
      const heads = new Map<number, readonly OutboxEntry[]>()
      if (entryCount(outbox) === 0) return heads
      for (let partition = 0; partition < partitions; partition++) {
        const range = outbox.getRange({ ...rangeOf(partitionText(partition)), limit })
        const entries = Array.from(range, ({ key, value }) => ({ id: key, value }))
        if (entries.length > 0) heads.set(partition, entries)
      }
      return heads
    },
    async acknowledge(entries) {
      environment.transaction(() => {
        for (const ids of entries.values()) for (const id of ids) outbox.removeSync(id)
      })
    },
    async depth() {
      return entryCount(outbox)
    },
    async lease() {
      return true
    }
  }
}

function entryCount(outbox: Table): number {
  const stats: { readonly entryCount?: number } = outbox.getStats()
  return stats.entryCount ?? 0
}

/** The highest number of a record that waits. */
export function lastRecord(outbox: Table, partitions: number): number {
  let last = 0
  for (let partition = 0; partition < partitions; partition++) {
    const prefix = partitionText(partition)
    const { start, end } = rangeOf(prefix)
    for (const key of outbox.getKeys({ start: end, end: start, reverse: true, limit: 1 })) {
      if (key.startsWith(prefix))
        last = Math.max(last, splitInstant(key.slice(prefix.length)).instant)
    }
  }
  return last
}
