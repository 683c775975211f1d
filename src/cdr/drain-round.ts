/** One round of the drain: read what waits, store it, acknowledge it. */
import type { Outbox, OutboxEntry } from '../charging/ports.ts'
import type { Clock, EpochMs } from '../domain/time.ts'
import type { Reversal } from './conflicts.ts'
import { inTurn } from './in-turn.ts'
import { readLimit } from './read-limit.ts'
import type { Spill } from './spill/spill.ts'
import type { WriteCounts } from './staged.ts'
import type { CdrWriter } from './writer.ts'

/**
 * `more` waits already; `some`: what there was has been moved; `elsewhere`: another process drains; `blocked`: another one
 * has spilled records that come first.
 */
export type Outcome = 'more' | 'some' | 'empty' | 'elsewhere' | 'blocked'

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
  /** Not all that waited has been moved, as far as is known. */
  readonly behind: boolean
}

/** Short, so that CDRs are visible in time also when the process that drained was killed. */
const leaseMs = 3_000
/** Between two counts of the whole outbox. */
const countMs = 1_000
/** A round that takes longer waits for a database that does not get on. */
const lateMs = 1_000
/** Batches that a round of the outbox is to have under load, so that one is made ready beside another, and at most. */
const batchesWanted = 2
const batchesBound = 4
/** Batches of spilled records in one round. */
const spilledBatches = 4

export interface MoverOptions {
  readonly outbox: Outbox
  /** Records that went to disk meanwhile; null: none ever do. */
  readonly spill: Spill | null
  readonly writer: CdrWriter
  readonly clock: Clock
  /** Gives back what a CDR took; once, however often it is asked. Rejects when it must be asked again. */
  readonly reverse: (reversal: Reversal) => Promise<void>
  /** Records in one transaction at most. */
  readonly batchMax: number
}

export function createMover(options: MoverOptions): Mover {
  const { outbox, spill, writer, clock, batchMax } = options
  const storing = createStoring(options)
  const limit = readLimit(outbox.partitions, batchesWanted * batchMax, batchesBound * batchMax)
  const holdsLease = leaseHolder(options)
  let depth = 0
  let countedAt = Number.NEGATIVE_INFINITY
  /** Whether the last round left records, or failed: then the outbox must be asked how many wait. */
  let behind = true
  /** The same, as far as this process is who moves records. */
  let late = true
  let roundAt = Number.POSITIVE_INFINITY

  async function count(): Promise<void> {
    if (clock.monotonic() - countedAt < countMs) return
    countedAt = clock.monotonic()
    depth = await outbox.depth()
  }

  async function moveOutbox(): Promise<Outcome> {
    const entries = await outbox.read(limit.current())
    // What others spilled before this was read is marked by now, and comes first.
    if (spill !== null && entries.size > 0 && (await spill.turn()) !== 'none') return 'blocked'
    const batches = batchesOf(entries, batchMax)
    const found = batches.reduce((sum, batch) => sum + batch.values.length, 0)
    const complete = limit.adapt(entries, found)
    if (complete) depth = found
    await inTurn(batches, async ({ values, ids }, earlier) => {
      await storing.store(values, earlier, () => outbox.acknowledge(ids))
      depth = Math.max(0, depth - values.length)
    })
    if (!complete) return 'more'
    behind = false
    if (found > 0) return 'some'
    storing.succeeded()
    return 'empty'
  }

  async function round(withLease: boolean): Promise<Outcome> {
    // Counted first, so that it is known while the database is away.
    if (behind) await count()
    behind = true
    await writer.prepare()
    // Whoever has spilled delivers that, also without the lease.
    const spilled =
      spill?.outstanding() === true ? await moveSpilled(spill, options, storing) : null
    if (spilled !== null) return spilled
    if (withLease && !(await holdsLease())) return 'elsewhere'
    return moveOutbox()
  }

  return {
    async round(withLease) {
      roundAt = clock.monotonic()
      let outcome: Outcome = 'more'
      try {
        outcome = await round(withLease)
      } finally {
        roundAt = Number.POSITIVE_INFINITY
        late = outcome === 'more' || outcome === 'blocked'
      }
      return outcome
    },
    stats: () => ({
      depth,
      ...storing.stats(),
      behind: late || clock.monotonic() - roundAt > lateMs
    })
  }
}

/** Some batches of what is on disk; null: nothing is. */
async function moveSpilled(
  disk: Spill,
  { writer, batchMax }: MoverOptions,
  storing: ReturnType<typeof createStoring>
): Promise<Outcome | null> {
  // Whoever only waits for others must see, too, that the database is away.
  await writer.ping()
  const turn = await disk.turn()
  if (turn === 'elsewhere') return 'blocked'
  if (turn === 'none') return null
  for (let batch = 0; batch < spilledBatches; batch++) {
    const records = await disk.read(batchMax)
    if (records.length === 0) break
    await storing.store(records, undefined, () => disk.advance())
  }
  return 'more'
}

/** Stores records, has the account take back what was debited in vain, and only then says so. */
function createStoring({ writer, reverse, clock }: MoverOptions) {
  const total = { written: 0, rejected: 0, duplicates: 0, conflicts: 0 }
  let lastSuccessAt: EpochMs | null = null
  return {
    async store(
      values: readonly string[],
      earlier: Promise<boolean> | undefined,
      done: () => Promise<void>
    ): Promise<void> {
      const result = await writer.write(values, earlier)
      // A record that is not acknowledged is delivered again, conflicts again and is reversed then.
      for (const reversal of result.reversals) await reverse(reversal)
      await done()
      total.written += result.written
      total.rejected += result.rejected
      total.duplicates += result.duplicates
      total.conflicts += result.conflicts
      lastSuccessAt = clock.now()
    },
    succeeded(): void {
      lastSuccessAt = clock.now()
    },
    stats: () => ({ ...total, lastSuccessAt })
  }
}

/** Whether this process holds the lease, asking no more often than needed. */
function leaseHolder({ outbox, clock }: MoverOptions): () => Promise<boolean> {
  let leasedUntil = Number.NEGATIVE_INFINITY
  return async () => {
    const asked = clock.monotonic()
    if (asked < leasedUntil - leaseMs / 2) return true
    leasedUntil = Number.NEGATIVE_INFINITY
    if (!(await outbox.lease(leaseMs))) return false
    leasedUntil = asked + leaseMs
    return true
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
