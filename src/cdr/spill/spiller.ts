/**
 * Moves records from the outbox of the store to disk while more wait there than it shall hold: read, fsync, and only then
 * acknowledge. Works beside the drain and without the CDR database.
 */
import type { Outbox } from '../../charging/ports.ts'
import type { Logger } from '../../domain/log.ts'
import type { Backlog, SpillBoard } from '../../domain/spill.ts'
import type { Clock, EpochMs, Scheduler } from '../../domain/time.ts'
import { messageOf } from '../database.ts'
import type { DrainStats } from '../drain.ts'
import { readLimit } from '../read-limit.ts'
import type { Spill } from './spill.ts'

export interface SpillerOptions {
  readonly outbox: Outbox
  readonly board: SpillBoard
  readonly spill: Spill
  readonly drain: () => Pick<DrainStats, 'behind' | 'failing'>
  /** Records in the outbox above which they are spilled, down to half of that. */
  readonly recordsMax: number
  /** Share of the store's memory above which they are spilled, from 0 to 1. */
  readonly memoryMax: number
  readonly scheduler: Scheduler
  readonly clock: Clock
  readonly logger: Logger
}

export interface Spiller {
  start(): void
  /** Resolves when what is being spilled is on disk. */
  close(): Promise<void>
  stats(): BacklogStats
}

/** Zeros while nothing waits longer than usual. */
export interface BacklogStats {
  /** Memory of the store that the outbox takes. */
  readonly octets: number
  readonly oldestAt: EpochMs | null
  /** More waits than the store shall hold. */
  readonly pressed: boolean
}

const tickMs = 500
const leaseMs = 3_000
/** Records that are written to disk at once, about. */
const batchMax = 500
/** With the database there, fewer than this are no backlog that memory is short of. */
const fewRecords = 20_000
/** Memory goes down by so much before spilling ends. */
const memoryStep = 0.05

const none: BacklogStats = { octets: 0, oldestAt: null, pressed: false }

/** Moves some records, about so many at once; false: nothing could be spilled, or nothing is left. */
export function createSpillMove(
  { outbox, spill }: Pick<SpillerOptions, 'outbox' | 'spill'>,
  atOnce = batchMax
): () => Promise<boolean> {
  const limit = readLimit(outbox.partitions, atOnce)
  return async () => {
    const entries = await outbox.read(limit.current())
    const values: string[] = []
    const ids = new Map<number, string[]>()
    for (const [partition, list] of entries) {
      const taken: string[] = []
      for (const { id, value } of list) {
        taken.push(id)
        values.push(value)
      }
      ids.set(partition, taken)
    }
    limit.adapt(entries, values.length)
    if (values.length === 0 || !(await spill.keep(values))) return false
    await outbox.acknowledge(ids)
    return true
  }
}

function createBounds({ recordsMax, memoryMax, drain, spill }: SpillerOptions) {
  return {
    isPressed({ records, memory }: Backlog): boolean {
      if (records === 0) return false
      if (records > recordsMax) return true
      const away = drain().failing || spill.outstanding()
      return memory > memoryMax && (away || records > fewRecords)
    },
    isRelieved({ records, memory }: Backlog): boolean {
      return records <= recordsMax / 2 && (records === 0 || memory < memoryMax - memoryStep)
    }
  }
}

export function createSpiller(options: SpillerOptions): Spiller {
  const { board, scheduler, clock, logger } = options
  const spillSome = createSpillMove(options)
  const { isPressed, isRelieved } = createBounds(options)
  let seen = none
  let failing = false
  let told = false
  let closing = false
  let cancel = () => {}
  let running: Promise<void> = Promise.resolve()

  async function look(): Promise<Backlog> {
    const backlog = await board.backlog()
    const { octets, oldestAt } = backlog
    seen = { ...seen, octets, oldestAt }
    return backlog
  }

  async function tick(): Promise<void> {
    if (!options.drain().behind) {
      seen = none
      told = false
      return
    }
    const backlog = await look()
    if (!isPressed(backlog)) {
      seen = { ...seen, pressed: false }
      return
    }
    tell(backlog)
    if (await board.lease(leaseMs)) await relieve()
  }

  function tell({ records, octets, memory }: Backlog): void {
    if (!told) {
      const used = Math.round(memory * 100)
      logger.error(
        { alarm: 'cdr-backlog', records, octets, memoryPercent: used },
        'more records wait for the CDR database than the store shall hold: they are spilled to disk'
      )
    }
    told = true
    seen = { ...seen, pressed: true }
  }

  async function relieve(): Promise<void> {
    let lookedAt = clock.monotonic()
    while (!closing) {
      if (!(await spillSome())) return
      if (clock.monotonic() - lookedAt < tickMs) continue
      lookedAt = clock.monotonic()
      if (isRelieved(await look()) || !(await board.lease(leaseMs))) return
    }
  }

  async function run(): Promise<void> {
    try {
      await tick()
      failing = false
    } catch (error) {
      if (!failing) {
        logger.warn({ reason: messageOf(error) }, 'the outbox cannot be looked at, and is again')
      }
      failing = true
    }
  }

  function plan(): void {
    cancel = scheduler.later(tickMs, () => {
      running = run().then(() => {
        if (!closing) plan()
      })
    })
  }

  return {
    start: plan,
    async close() {
      closing = true
      cancel()
      await running
    },
    stats: () => seen
  }
}
