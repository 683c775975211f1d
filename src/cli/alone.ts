/** Commands that a server with embedded stores does not do for others: they need the stores for themselves. */
import { GyroError } from '../domain/errors.ts'

/** Opens what the command works on. Rejects with GYRO_STORE_LOCKED, and what to do, when a process has it. */
export async function alone<T>(command: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof GyroError) || error.code !== 'GYRO_STORE_LOCKED') throw error
    const holder = /process \d+/.exec(error.message)?.[0] ?? 'another process'
    throw new GyroError(
      'GYRO_STORE_LOCKED',
      `"gyro ${command}" needs the embedded stores for itself, and ${holder} has them: stop it first`,
      { cause: error }
    )
  }
}
