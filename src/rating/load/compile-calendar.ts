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
    const day = new Date(`${text}T00:00:00Z`)
    if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text) {
      report([...at, index], `${text} is not a day of the calendar`)
    }
  }
  return holidays
}

function bandsOf(file: CalendarFile, at: Path, report: Report): readonly Band[] {
  const seen = new Set<string>()
  return file.bands.map(({ band, windows }, index) => {
    if (seen.has(band)) report([...at, index, 'band'], `there are two bands ${band}; join them`)
    seen.add(band)
    return { id: band, windows: windows.map(windowOf) }
  })
}

type WindowFile = CalendarFile['bands'][number]['windows'][number]

/** A window that ends no later than it begins ends on the next day. */
function windowOf({ days, from, until }: WindowFile): BandWindow {
  const begin = minutesOf(from)
  const end = minutesOf(until)
  return {
    days: new Set(days.flatMap(day => (day === 'every-day' ? everyDay : [day]))),
    from: begin,
    until: end > begin ? end : end + minutesOfDay
  }
}

function minutesOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
}
