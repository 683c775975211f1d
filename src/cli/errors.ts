/** Errors of commands: one clear line, and a status that scripts can tell apart. */
import { CommanderError } from 'commander'
import { GyroError } from '../domain/errors.ts'
import { note } from './output.ts'

export const statusFailure = 1
export const statusUsage = 2

/** Prints what a command failed with; the exit status. */
export function reportError(error: unknown): number {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : statusUsage
  if (error instanceof GyroError && error.code !== 'GYRO_ASSERTION') {
    note(`gyro: ${error.message}`)
    return statusFailure
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  note(`gyro: this is a bug; please report it with what follows\n${text}`)
  return statusFailure
}

/** An error in how a command was called. */
export function usage(message: string): CommanderError {
  note(`error: ${message}`)
  return new CommanderError(statusUsage, 'gyro.usage', message)
}
