/** Retry-After of an answer, RFC 9110 10.2.3. */
import type { EpochMs } from '../domain/time.ts'

/** Milliseconds from `now`, not below 0, for a number of seconds or a date; null: it says neither. */
export function retryAfterMs(header: string | undefined, now: EpochMs): number | null {
  if (header === undefined) return null
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000
  const at = imfDate.test(header) ? Date.parse(header) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(at - now, 0)
}

/** The form of RFC 9110 5.6.7 that senders must use. */
const imfDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
