/** Instants as text: a busy server answers several requests in the same millisecond, so the last text is kept. */
import type { EpochMs } from '../domain/time.ts'

let lastMs = Number.NaN
let lastText = ''

/** RFC 3339, in UTC, with milliseconds. */
export function instantText(ms: EpochMs): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString()
    lastMs = ms
  }
  return lastText
}
