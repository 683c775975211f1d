/** A server that was killed has its addresses and locks for a moment longer than whoever starts the next one knows. */
import { GyroError } from '../domain/errors.ts'
import { pause, systemClock } from '../ops/clock.ts'

const patienceMs = 2_000
const againMs = 100

/** Opens what another process may just be about to leave; rejects as `open` does when it is still taken after two seconds. */
export async function patiently<T>(open: () => Promise<T>): Promise<T> {
  const end = systemClock.monotonic() + patienceMs
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (!isTaken(error) || systemClock.monotonic() >= end) throw error
      await pause(againMs)
    }
  }
}

function isTaken(error: unknown): boolean {
  if (!(error instanceof GyroError)) return false
  const { cause } = error
  const inUse = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
  return inUse || error.code === 'GYRO_STORE_LOCKED'
}
