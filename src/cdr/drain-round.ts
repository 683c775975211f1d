/** One round of the drain: read what waits, store it, acknowledge it. */
import type { Outbox, OutboxEntry } from '../charging/ports.ts'
import type { Clock, EpochMs } from '../domain/time.ts'
import type { Reversal } from './conflicts.ts'
import type { CdrWriter, WriteCounts } from './writer.ts'

/** `more` waits already; `some`: what there was has been moved; `elsewhere`: another process drains. */
export type Outcome = 'more' | 'some' | 'empty' | 'elsewhere'

export interface Mover {
  /** Without a lease when this process must see its records stored before it ends. */
  round(withLease: boolean): Promise<Outcome>
  stats(): MoverStats
}

/** Counted since the start of the process. */
export interface MoverStats extends WriteCounts {
  /** Records waiting in the outbox when it was last looked at. */
  readonly depth: number
  /** When records were last moved or the outbox was last found empty; null: not yet. */
  readonly lastSuccessAt: EpochMs | null
}

/** Short, so that CDRs are visible in time also when the process that drained was killed. */
const leaseMs = 3_000
/** Between two counts of the whole outbox. */
const countMs = 1_000

export interface MoverOptions {
  readonly outbox: Outbox
  readonly writer: CdrWriter
  readonly clock: Clock
  /** Gives back what a CDR took; once, however often it is asked. Rejects when it must be asked again. */
  readonly reverse: (reversal: Reversal) => Promise<void>
  /** Records in one transaction at most. */
  readonly batchMax: number
}

export function createMover(options: MoverOptions): Mover {
  const { outbox, writer, clock, reverse, batchMax } = options
  const total = { written: 0, rejected: 0, duplicates: 0, conflicts: 0 }
  const limit = readLimit(outbox.partitions, batchMax)
  let depth = 0
  let countedAt = Number.NEGATIVE_INFINITY
  let leasedUntil = Number.NEGATIVE_INFINITY
  let lastSuccessAt: EpochMs | null = null
  /** Whether the last round left records, or failed: then the outbox must be asked how many wait. */
  let behind = true

  async function holdsLease(): Promise<boolean> {
    const asked = clock.monotonic()
    if (asked < leasedUntil - leaseMs / 2) return true
    leasedUntil = Number.NEGATIVE_INFINITY
    if (!(await outbox.lease(leaseMs))) return false
    leasedUntil = asked + leaseMs
    return true
  }

  async function count(): Promise<void> {
    if (clock.monotonic() - countedAt < countMs) return
    countedAt = clock.monotonic()
    depth = await outbox.depth()
  }

  async function move(batch: Batch): Promise<void> {
    const result = await writer.write(batch.values)
    // A record that is not acknowledged is delivered again, conflicts again and is reversed then.
    for (const reversal of result.reversals) await reverse(reversal)
    await outbox.acknowledge(batch.ids)
    total.written += result.written
    total.rejected += result.rejected
    total.duplicates += result.duplicates
    total.conflicts += result.conflicts
    depth = Math.max(0, depth - batch.values.length)
    lastSuccessAt = clock.now()
  }

  return {
    async round(withLease) {
      // Counted first, so that it is known while the database is away.
      if (behind) await count()
      behind = true
      await writer.prepare()
      if (withLease && !(await holdsLease())) return 'elsewhere'
      const entries = await outbox.read(limit.current())
      const batches = batchesOf(entries, batchMax)
      const found = batches.reduce((sum, batch) => sum + batch.values.length, 0)
      const complete = limit.adapt(entries, found)
      if (complete) depth = found
      for (const batch of batches) await move(batch)
      if (!complete) return 'more'
      behind = false
      if (found > 0) return 'some'
      lastSuccessAt = clock.now()
      return 'empty'
    },
    stats: () => ({ depth, ...total, lastSuccessAt })
  }
}

interface Batch {
  readonly values: string[]
  /** Entries by partition, to acknowledge. */
  readonly ids: Map<number, string[]>
}

function batchesOf(
  entries: ReadonlyMap<number, readonly OutboxEntry[]>,
  batchMax: number
): readonly Batch[] {
  const batches: Batch[] = []
  let batch: Batch = { values: [], ids: new Map() }
  for (const [partition, list] of entries) {
    let ids: string[] | null = null
    for (const entry of list) {
      if (batch.values.length === batchMax) {
        batches.push(batch)
        batch = { values: [], ids: new Map() }
        ids = null
      }
      if (ids === null) {
        ids = []
        batch.ids.set(partition, ids)
      }
      batch.values.push(entry.value)
      ids.push(entry.id)
    }
  }
  if (batch.values.length > 0) batches.push(batch)
  return batches
}

interface ReadLimit {
  current(): number
  /** Learns from what a read found; true when it found everything that there was. */
  adapt(entries: ReadonlyMap<number, readonly OutboxEntry[]>, found: number): boolean
}

/**
 * Entries to ask of each partition: what fills a batch, be the load in one partition or in all, and never more than
 * four batches in memory, or one entry a partition.
 */
function readLimit(partitions: number, batchMax: number): ReadLimit {
  const least = Math.max(1, Math.floor(batchMax / partitions))
  const most = Math.max(least, Math.floor((4 * batchMax) / partitions))
  let limit = least
  return {
    current: () => limit,
    adapt(entries, found) {
      const asked = limit
      let complete = true
      for (const list of entries.values()) if (list.length >= asked) complete = false
      if (found > 2 * batchMax) limit = Math.max(least, limit >> 1)
      else if (!complete && found < batchMax) limit = Math.min(most, limit * 2)
      return complete
    }
  }
}
