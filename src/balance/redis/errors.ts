/** Errors of Redis in the words of the store port. */
import { GyroError } from '../../domain/errors.ts'

/** Replies that refuse a command before it changed anything; the first word of the message. */
export function replyCode(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const end = error.message.indexOf(' ')
  return end < 0 ? error.message : error.message.slice(0, end)
}

/** The store did not answer, or refused: what was sent may or may not have been applied. */
export function unavailable(cause: unknown): GyroError {
  if (cause instanceof GyroError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new GyroError('GYRO_STORE_UNAVAILABLE', `Redis is not available: ${reason}`, { cause })
}
