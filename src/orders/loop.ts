/** Work that is done again and again, with a pause between. */
import type { Scheduler } from '../domain/time.ts'

export interface Loop {
  start(): void
  /** Has it run after so many milliseconds at the latest. */
  wake(delayMs: number): void
  stop(): void
}

/** `work` never rejects; it resolves with the milliseconds until it is to run again. */
export function createLoop(scheduler: Scheduler, work: () => Promise<number>): Loop {
  let cancel: (() => void) | null = null
  let running = false
  let woken: number | null = null
  let stopped = true

  function run(): void {
    cancel = null
    running = true
    void work().then(pause => {
      running = false
      const next = woken === null ? pause : Math.min(pause, woken)
      woken = null
      arm(next)
    })
  }

  function arm(delayMs: number): void {
    if (stopped) return
    cancel?.()
    cancel = scheduler.later(delayMs, run)
  }

  return {
    start() {
      stopped = false
      arm(0)
    },
    wake(delayMs) {
      if (running) woken = delayMs
      else arm(delayMs)
    },
    stop() {
      stopped = true
      cancel?.()
    }
  }
}
