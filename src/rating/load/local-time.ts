/** Local times of a catalogue, such as `2027-01-01T00:00:00`. */
import type { EpochMs } from '../../domain/time.ts'
import { localInstant } from '../calendar.ts'

/** The instant at which clocks in the zone show this; null: there is no such day or time. */
export function localTimeAt(text: string, timeZone: string): EpochMs | null {
  const wall = Date.parse(`${text}Z`)
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 19) !== text) return null
  return localInstant(timeZone, wall)
}
