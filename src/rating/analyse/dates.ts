/** Days that are missing between the days of a band: a special price that stops for a day and goes on. */
import type { EpochMs } from '../../domain/time.ts'
import { localInstant } from '../calendar.ts'
import type { BandWindow } from '../catalogue.ts'
import type { Check, Discovery } from './finding.ts'
import { usageIn } from './in-bands.ts'

const dayMs = 86_400_000
const minuteMs = 60_000
/** A pause that is longer is hardly forgotten. */
const holeMax = 2

export const dateHoles: Check = subject => {
  const { calendar } = subject.catalogue
  if (calendar === null) return []
  return calendar.bands.flatMap(({ id, windows }, band) =>
    windows.flatMap((window, index): readonly Discovery[] => {
      const missing = holesIn(window)
      const [first] = missing
      if (first === undefined) return []
      const message = `band ${id} holds before and after ${first}, and not on it${missing.length === 1 ? '' : `, nor on ${missing.length - 1} more`}`
      const path = ['catalogue', 'calendar', 'bands', band, 'windows', index, 'dates']
      const year = new Date(subject.options.at).getUTCFullYear() + 1
      const day = midnightOf(first.length === 5 ? `${year}-${first}` : first)
      const begin = localInstant(calendar.timeZone, day + window.from * minuteMs)
      const example = usageIn(subject, new Set([id]), begin)
      return [{ code: 'dates-hole', severity: 'warning', path, message, example }]
    })
  )
}

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
