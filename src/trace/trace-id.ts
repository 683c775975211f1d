/**
 * The trace id of a session: by it CDRs, log lines and views of one session are found, also beside what other systems
 * have recorded of it. 32 lower-case hexadecimal digits, as trace-id of W3C Trace Context has it.
 *
 * It is the one that the consumer gave with the initial request, else it follows from the key of the session, so that
 * nothing has to be kept for it. The database works it out by itself: cdr/sql/statements.ts has to say the same.
 */
import { hash } from 'node:crypto'

const digits = 32

interface Traced {
  readonly sessionId: string
  /** Absent: the consumer gave none. */
  readonly traceId?: string
}

/** Of a session that nobody gave one for: the first half of SHA-256 of its key in UTF-8, as the database stores that. */
export function derivedTraceId(sessionKey: string): string {
  return hash('sha256', sessionKey.replaceAll('\0', '\uFFFD')).slice(0, digits)
}

/** Of a request, CDR or anything else that names its session. */
export function traceIdOf({ sessionId, traceId }: Traced): string {
  return traceId ?? derivedTraceId(sessionId)
}
