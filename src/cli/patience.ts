/** Waiting for another exporter on the same stream. */
import { GyroError } from '../domain/errors.ts'

export interface Patience {
  pause(ms: number): Promise<unknown>
  note(line: string): void
}

/** Longer than an exporter that was killed holds its stream. */
const waitTries = 15
const waitMs = 1_000

/**
 * Tries again as long as the other one moves. What the book says of it has the time until which it holds the stream, and
 * so changes while it writes; of one that holds the stream and has nothing to write it stays the same.
 */
export async function patiently<T>(work: () => Promise<T>, { pause, note }: Patience): Promise<T> {
  let before: string | null = null
  let tries = 0
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const message = conflictOf(error)
      if (message === null) throw error
      if (before === null) note(`waiting: ${message}`)
      tries = message === before ? tries + 1 : 1
      before = message
      if (tries === waitTries) throw error
      await pause(waitMs)
    }
  }
}

function conflictOf(error: unknown): string | null {
  return error instanceof GyroError && error.code === 'GYRO_CONFLICT' ? error.message : null
}
