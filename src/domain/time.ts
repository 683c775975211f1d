/** Instants and the clock port. Only ops/clock.ts reads a real clock. */

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number

export interface Clock {
  /** The wall clock. */
  now(): EpochMs
  /** A clock that never goes back, for measuring durations and deadlines; milliseconds from any origin. */
  monotonic(): number
}

/** Turns and timers, injected so that a simulation can order them. */
export interface Scheduler {
  /** Runs the function once the present turn of the event loop has ended. */
  soon(run: () => void): void
  /** Runs the function after so many milliseconds; call the result to cancel. */
  later(delayMs: number, run: () => void): () => void
}

/** Random numbers for identifiers, jitter and versions, injected for the same reason. */
export interface Random {
  /** So many lowercase hexadecimal digits. */
  hex(digits: number): string
  /** From 0 up to, not including, 1. */
  fraction(): number
}

/** The UTC day of an instant as `2026-11-21`: the partition of a CDR. */
export function dayOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10)
}
