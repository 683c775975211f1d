/** Days that are missing between the days of a band: a special price that stops for a day and goes on. */
import type { EpochMs } from '../../domain/time.ts'
import type { BandWindow } from '../catalogue.ts'
import type { Check, Discovery } from './finding.ts'

const dayMs = 86_400_000
/** A pause that is longer is hardly forgotten. */
const holeMax = 2

export const dateHoles: Check = ({ catalogue }) =>
  (catalogue.calendar?.bands ?? []).flatMap(({ id, windows }, band) =>
    windows.flatMap((window, index): readonly Discovery[] => {
      const missing = holesIn(window)
      const [first] = missing
      if (first === undefined) return []
      const message = `band ${id} holds before and after ${first}, and not on it${missing.length === 1 ? '' : `, nor on ${missing.length - 1} more`}`
      const path = ['catalogue', 'calendar', 'bands', band, 'windows', index, 'dates']
      return [{ code: 'dates-hole', severity: 'warning', path, message, example: null }]
    })
  )

/** Days without the window between two with it, when they are few: of single years, and of every year. */
function holesIn({ dates = new Set() }: BandWindow): readonly string[] {
  const once: EpochMs[] = []
  const yearly: EpochMs[] = []
  for (const text of dates) {
    if (text.length === 5) yearly.push(midnightOf(`${leapYear}-${text}`))
    else once.push(midnightOf(text))
  }
  // After the last day of a year comes the first one of the next year.
  const [first] = yearly.sort(ascending)
  if (first !== undefined) yearly.push(first + 366 * dayMs)
  const single = missingBetween(once.sort(ascending)).map(dateOf)
  const ofYears = missingBetween(yearly).map(day => dateOf(day).slice(5))
  return [...single.filter(date => !dates.has(date.slice(5))), ...ofYears]
}

function missingBetween(days: readonly EpochMs[]): readonly EpochMs[] {
  return days.flatMap((from, index) => {
    const next = days[index + 1] ?? from
    const between = (next - from) / dayMs - 1
    if (between < 1 || between > holeMax) return []
    return Array.from({ length: between }, (_, day) => from + (day + 1) * dayMs)
  })
}

/** Has every day that a year can have. */
const leapYear = 2028

function ascending(a: EpochMs, b: EpochMs): number {
  return a - b
}

function midnightOf(date: string): EpochMs {
  return Date.parse(`${date}T00:00:00Z`)
}

function dateOf(midnight: EpochMs): string {
  return new Date(midnight).toISOString().slice(0, 10)
}
