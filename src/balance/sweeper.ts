/**
 * Closes sessions whose supervision time is over, on accounts that nobody uses meanwhile.
 *
 * Any number of servers may sweep one store: who comes second finds nothing due, or loses a race.
 */
import type { Logger } from '../domain/log.ts'
import type { Clock, Scheduler } from '../domain/time.ts'
import type { Store } from './store.ts'

const sweepEveryMs = 1_000
const dropEveryMs = 600_000
const hourMs = 3_600_000
/** Accounts swept at the same time. */
const accountsPerStep = 256

export interface SweeperOptions {
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
  readonly receiptHours: number
  /** Sweeps one account; true: something was written. */
  readonly sweepAccount: (accountId: string) => Promise<boolean>
}

export interface Sweeper {
  /** Sweeps until nothing is due; the number of sweeps that wrote something. */
  sweep(): Promise<number>
  /** Sweeps every second, and drops old receipts. */
  start(): void
  stop(): void
}

export function createSweeper(options: SweeperOptions): Sweeper {
  const { store, clock, scheduler, logger } = options
  const timers = new Set<() => void>()
  let stopped = false

  async function sweep(): Promise<number> {
    let swept = 0
    for (;;) {
      const due = await store.dueAccounts(clock.now(), accountsPerStep)
      if (due.length === 0) return swept
      const results = await Promise.all(due.map(options.sweepAccount))
      const wrote = results.filter(result => result).length
      swept += wrote
      // Nothing was written: others sweep the same accounts, or the store is away. The next round will see.
      if (wrote === 0 || stopped) return swept
    }
  }

  async function dropReceipts(): Promise<void> {
    await store.dropReceipts(Math.floor(clock.now() / hourMs) - options.receiptHours - 1)
  }

  function every(periodMs: number, name: string, work: () => Promise<unknown>): void {
    if (stopped) return
    const cancel = scheduler.later(periodMs, () => {
      timers.delete(cancel)
      work()
        .catch((error: unknown) => logger.warn({ error: String(error) }, `${name} failed`))
        .then(
          () => every(periodMs, name, work),
          () => undefined
        )
    })
    timers.add(cancel)
  }

  return {
    sweep,
    start() {
      stopped = false
      every(sweepEveryMs, 'sweeping sessions', sweep)
      every(dropEveryMs, 'dropping receipts', dropReceipts)
    },
    stop() {
      stopped = true
      for (const cancel of timers) cancel()
      timers.clear()
    }
  }
}
