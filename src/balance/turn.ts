/** What is gathered in one turn of the event loop is worked off at its end, once. */
import type { Scheduler } from '../domain/time.ts'

export interface Turn {
  /** Asks for a run at the end of this turn; within a run, for another one after it. */
  again(): void
  /** Asks for a run unless one is under way, which will see what was gathered. */
  gather(): void
}

/** `run` works off what was gathered. */
export function createTurn(scheduler: Scheduler, run: () => void): Turn {
  let scheduled = false
  let running = false

  function go(): void {
    scheduled = false
    running = true
    run()
    running = false
  }

  function again(): void {
    if (scheduled) return
    scheduled = true
    scheduler.soon(go)
  }

  return {
    again,
    gather() {
      if (!running) again()
    }
  }
}
