/**
 * The one text that a session is kept by: its Session-Id 263 or ChargingDataRef, and for a sub-session (RFC 8506 8.5)
 * `;sub=` and the CC-Sub-Session-Id 419 behind it. RFC 6733 8.8 lets a Session-Id end with anything, so one that ends
 * like that by itself, and has no sub-session, gets `;sub=` alone: no two sessions have one key.
 */
const mark = ';sub='
const marked = /;sub=\d*$/

export interface SessionNames {
  /** Session-Id or ChargingDataRef, as the client says it. */
  readonly sessionId: string
  /** CC-Sub-Session-Id in decimal digits: it has 64 bits. Absent: the session is none. */
  readonly subSessionId?: string
}

/** `sub` in decimal digits without zeros in front. */
export function sessionKey(sessionId: string, sub?: bigint | string): string {
  if (sub !== undefined) return `${sessionId}${mark}${sub}`
  return sessionId.includes(mark) && marked.test(sessionId) ? sessionId + mark : sessionId
}

export function namesOfSession(key: string): SessionNames {
  const at = key.search(marked)
  if (at < 0) return { sessionId: key }
  const sessionId = key.slice(0, at)
  const sub = key.slice(at + mark.length)
  return sub === '' ? { sessionId } : { sessionId, subSessionId: sub }
}
