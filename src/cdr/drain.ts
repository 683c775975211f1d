/**
 * Moves records from the outbox of the store to the CDR writer: read, commit, and only then acknowledge. A crash
 * between the last two delivers again, which the writer's keys make harmless.
 */
import type { Outbox } from '../charging/ports.ts'
import type { Logger } from '../domain/log.ts'
import type { Clock, Scheduler } from '../domain/time.ts'
import { messageOf } from './database.ts'
import { createMover, type MoverOptions, type MoverStats, type Outcome } from './drain-round.ts'
import type { Spill } from './spill/spill.ts'
import type { CdrWriter } from './writer.ts'

export interface DrainOptions {
  readonly outbox: Outbox
  /** See MoverOptions. */
  readonly spill?: Spill | null
  readonly writer: CdrWriter
  /** See MoverOptions. */
  readonly reverse: MoverOptions['reverse']
  readonly scheduler: Scheduler
  readonly clock: Clock
  readonly logger: Logger
  /** Records in one transaction at most; 2,000 unless given. */
  readonly batchMax?: number
}

export interface DrainStats extends MoverStats {
  /** Whether the last try to store records, or to look for some, failed. */
  readonly failing: boolean
}

export interface Drain {
  start(): void
  /**
   * Resolves once every record that is in the outbox now has been moved, or after so many milliseconds, 10,000
   * unless given. Never rejects.
   */
  flush(withinMs?: number): Promise<void>
  /** Resolves when the round at hand has ended. */
  close(): Promise<void>
  stats(): DrainStats
}

/** Milliseconds until the next round. A few records are better left to become more. */
const pauses: Readonly<Record<Outcome, number>> = {
  more: 0,
  some: 250,
  empty: 250,
  elsewhere: 250,
  blocked: 250
}
const backoffMinMs = 100
const backoffMaxMs = 5_000

interface Waiter {
  /** Rounds that had begun: a later one sees all that the waiter waits for. */
  readonly after: number
  readonly done: () => void
}

export function createDrain(options: DrainOptions): Drain {
  const { scheduler, logger } = options
  const mover = createMover({ batchMax: 2_000, spill: null, ...options })
  const waiters = new Set<Waiter>()
  let failing = false
  let backoffMs = backoffMinMs
  let rounds = 0
  let running: Promise<void> | null = null
  let closing = false
  let wake = () => {}

  /** One round; milliseconds until the next. */
  async function step(): Promise<number> {
    rounds += 1
    const round = rounds
    try {
      const outcome = await mover.round(waiters.size === 0)
      if (failing) logger.info({ depth: mover.stats().depth }, 'CDRs are stored again')
      failing = false
      backoffMs = backoffMinMs
      if (outcome === 'some' || outcome === 'empty') release(round)
      return waiters.size > 0 && outcome !== 'blocked' ? 0 : pauses[outcome]
    } catch (error) {
      if (!failing) {
        logger.error(
          { alarm: 'cdr-drain', reason: messageOf(error) },
          'CDRs cannot be stored; they wait in the outbox and are tried again'
        )
      }
      failing = true
      const pause = backoffMs
      backoffMs = Math.min(backoffMs * 2, backoffMaxMs)
      return pause
    }
  }

  function release(round: number): void {
    for (const waiter of waiters) if (waiter.after < round) waiter.done()
  }

  async function run(): Promise<void> {
    while (!closing) {
      const pause = await step()
      if (!closing) await rest(pause)
    }
    release(Number.POSITIVE_INFINITY)
  }

  function rest(pause: number): Promise<void> {
    return new Promise(resolve => {
      if (pause === 0) return scheduler.soon(resolve)
      const cancel = scheduler.later(pause, resolve)
      wake = () => {
        cancel()
        resolve()
      }
    })
  }

  return {
    start() {
      running ??= run()
    },
    flush(withinMs = 10_000) {
      if (closing) return Promise.resolve()
      return new Promise(resolve => {
        const done = () => {
          cancel()
          waiters.delete(waiter)
          resolve()
        }
        const cancel = scheduler.later(withinMs, done)
        const waiter: Waiter = { after: rounds, done }
        waiters.add(waiter)
        running ??= run()
        wake()
      })
    },
    async close() {
      closing = true
      wake()
      await running
    },
    stats: () => ({ ...mover.stats(), failing })
  }
}
