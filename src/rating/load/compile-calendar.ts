/** The calendar of a catalogue: bands of time, with every doubtful entry reported. */

import { weekdays } from '../calendar.ts'
import type { Band, BandWindow, Calendar } from '../catalogue.ts'
import type { Path, Report } from './problem.ts'
import type { CalendarFile, CatalogueFile } from './source.ts'

const minutesOfDay = 1440
const everyDay = [...weekdays, 'holiday']

/** The calendar; null: the catalogue has none. */
export function compileCalendar(file: CatalogueFile, report: Report): Calendar | null {
  const { calendar } = file
  if (calendar === undefined) return null
  const at = ['catalogue', 'calendar']
  return {
    timeZone: file['time-zone'],
    holidays: new Set(holidaysOf(calendar, [...at, 'holidays'], report)),
    bands: bandsOf(calendar, [...at, 'bands'], report)
  }
}

function holidaysOf(file: CalendarFile, at: Path, report: Report): readonly string[] {
  const holidays = file.holidays ?? []
  for (const [index, text] of holidays.entries()) {
    if (dayOf(text) === null) report([...at, index], `${text} is not a day of the calendar`)
  }
  return holidays
}

function bandsOf(file: CalendarFile, at: Path, report: Report): readonly Band[] {
  const seen = new Set<string>()
  return file.bands.map(({ band, windows }, index) => {
    if (seen.has(band)) report([...at, index, 'band'], `there are two bands ${band}; join them`)
    seen.add(band)
    return {
      id: band,
      windows: windows.map((window, number) => {
        return windowOf(window, [...at, index, 'windows', number], report)
      })
    }
  })
}

type WindowFile = CalendarFile['bands'][number]['windows'][number]

/** A window that ends no later than it begins ends on the next day. */
function windowOf(
  { days = [], dates, from, until }: WindowFile,
  at: Path,
  report: Report
): BandWindow {
  if (days.length === 0 && dates === undefined) {
    report(at, 'must have days or dates; it would never begin')
  }
  const begin = minutesOf(from)
  const end = minutesOf(until)
  return {
    days: new Set(days.flatMap(day => (day === 'every-day' ? everyDay : [day]))),
    ...(dates === undefined
      ? {}
      : { dates: new Set(dates.flatMap((text, i) => datesIn(text, [...at, 'dates', i], report))) }),
    from: begin,
    until: end > begin ? end : end + minutesOfDay
  }
}

function minutesOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
}

/** A leap year, so that 02-29 is a day of each year. */
const someYear = '2024'
const dayMs = 86_400_000
const daysMax = 366

/** The days of `2026-12-24 to 2026-12-26`, or of `12-30 to 01-02` in each year. */
function datesIn(text: string, at: Path, report: Report): readonly string[] {
  const [first = '', last = first] = text.split(' to ')
  const yearly = first.length === 5
  if (yearly !== (last.length === 5)) {
    report(at, `${text}: give both days with their year, or both without`)
    return []
  }
  const from = dayOf(yearly ? `${someYear}-${first}` : first)
  let until = dayOf(yearly ? `${someYear}-${last}` : last)
  if (from === null || until === null) {
    report(at, `${text} is not a day of the calendar`)
    return []
  }
  if (yearly && until < from) until += daysMax * dayMs
  if (until < from || until - from > daysMax * dayMs) {
    report(at, `${text}: the second day must be the later one, within a year`)
    return []
  }
  const found: string[] = []
  for (let day = from; day <= until; day += dayMs) {
    const date = new Date(day).toISOString().slice(0, 10)
    found.push(yearly ? date.slice(5) : date)
  }
  return found
}

function dayOf(text: string): number | null {
  const day = new Date(`${text}T00:00:00Z`)
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text) return null
  return day.getTime()
}
