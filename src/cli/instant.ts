/** Options that are instants. */
import type { EpochMs } from '../domain/time.ts'
import { usage } from './errors.ts'

/** A date is its midnight in UTC, and so is a time without a zone. */
export function instantOf(option: string, text: string): EpochMs {
  const zoned = /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text) ? `${text}Z` : text
  const instant = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(zoned) : Number.NaN
  // 30 February is the second of March to Date.parse.
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number)
  if (Number.isNaN(instant) || new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) {
    throw usage(`${option} must be an instant such as 2026-11-01 or 2026-11-01T12:00:00Z`)
  }
  return instant
}
