/** How many records are asked for at once. */
import type { OutboxEntry } from '../charging/ports.ts'

export interface ReadLimit {
  current(): number
  /** Learns from what a read found; true when it found everything that there was. */
  adapt(entries: ReadonlyMap<number, readonly OutboxEntry[]>, found: number): boolean
}

/**
 * Entries to ask of each partition: so many in all are wanted, be the load in one partition or in all, and never more than
 * `bound` in memory, or one entry a partition.
 */
export function readLimit(partitions: number, wanted: number, bound = 4 * wanted): ReadLimit {
  const least = Math.max(1, Math.floor(wanted / partitions))
  const most = Math.max(least, Math.floor(bound / partitions))
  let limit = least
  return {
    current: () => limit,
    adapt(entries, found) {
      const asked = limit
      let complete = true
      for (const list of entries.values()) if (list.length >= asked) complete = false
      if (found > 2 * wanted) limit = Math.max(least, limit >> 1)
      else if (!complete && found < wanted) limit = Math.min(most, limit * 2)
      return complete
    }
  }
}
