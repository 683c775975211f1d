/**
 * Bands of time that prices may depend on: weekly windows in the calendar's time zone, with holidays.
 *
 * A window begins and ends at its wall clock time on the day that it is named for. Where clocks go back, a time that
 * comes twice is its first; where they go forward, a time that is skipped is as much later. So every window is one
 * span of real time, and all of them together cut time into spans in which no price changes.
 */
import type { EpochMs } from '../domain/time.ts'
import type { BandWindow, Calendar } from './catalogue.ts'

const dayMs = 86_400_000
const minuteMs = 60_000
/** Windows are laid out so many days ahead; a longer span is cut there, and goes on as the next one. */
const daysAhead = 8

/** A span of time, up to and not including `until`, in which the same bands hold. */
export interface BandSpan {
  readonly from: EpochMs
  readonly until: EpochMs
  readonly bands: ReadonlySet<string>
}

/** What is kept is a function of calendar and instant alone, so keeping it changes no result. */
const known = new WeakMap<Calendar, BandSpan[]>()
const knownMax = 4

/** The bands that hold at an instant, and until when they are the same. */
export function bandsAt(calendar: Calendar, at: EpochMs): BandSpan {
  let spans = known.get(calendar)
  if (spans === undefined) {
    spans = []
    known.set(calendar, spans)
  }
  for (const span of spans) if (at >= span.from && at < span.until) return span
  const span = spanAt(calendar, at)
  if (spans.length >= knownMax) spans.shift()
  spans.push(span)
  return span
}

/** Whether other bands came to hold behind `from`, up to and including `until`. */
export function bandsChanged(calendar: Calendar, from: EpochMs, until: EpochMs): boolean {
  let span = bandsAt(calendar, from)
  while (span.until <= until) {
    const next = bandsAt(calendar, span.until)
    if (!sameSet(next.bands, span.bands)) return true
    span = next
  }
  return false
}

interface WindowSpan {
  readonly band: string
  readonly from: EpochMs
  readonly until: EpochMs
}

function spanAt(calendar: Calendar, at: EpochMs): BandSpan {
  const zone = formatOf(calendar.timeZone)
  const today = Math.floor((at + offsetAt(zone, at)) / dayMs)
  const windows = windowsOf(calendar, zone, today - 1, today + daysAhead)
  const horizon = instantOf(zone, (today + daysAhead) * dayMs)
  const edges = new Set<EpochMs>()
  for (const { from, until } of windows) edges.add(from).add(until)
  const sorted = [...edges].sort((a, b) => a - b)
  const bands = bandsIn(windows, at)
  const from = sorted.findLast(edge => edge <= at) ?? at
  const until = sorted.find(edge => edge > at && !sameSet(bandsIn(windows, edge), bands)) ?? horizon
  return { from, until: Math.min(until, horizon), bands }
}

function windowsOf(
  calendar: Calendar,
  zone: Intl.DateTimeFormat,
  first: number,
  last: number
): readonly WindowSpan[] {
  const found: WindowSpan[] = []
  for (let day = first; day <= last; day++) {
    const name = dayName(calendar, day)
    const date = new Date(day * dayMs).toISOString().slice(0, 10)
    for (const { id, windows } of calendar.bands) {
      for (const window of windows) {
        if (!window.days.has(name) && !hasDate(window, date)) continue
        const from = instantOf(zone, day * dayMs + window.from * minuteMs)
        const until = instantOf(zone, day * dayMs + window.until * minuteMs)
        if (from < until) found.push({ band: id, from, until })
      }
    }
  }
  return found
}

function hasDate({ dates }: BandWindow, date: string): boolean {
  return dates !== undefined && (dates.has(date) || dates.has(date.slice(5)))
}

function bandsIn(windows: readonly WindowSpan[], at: EpochMs): ReadonlySet<string> {
  const bands = new Set<string>()
  for (const window of windows) {
    if (at >= window.from && at < window.until) bands.add(window.band)
  }
  return bands
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size !== b.size) return false
  for (const item of a) if (!b.has(item)) return false
  return true
}

/** Days of the week as a calendar names them, Sunday first, as in Date.getUTCDay. */
export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** A holiday is no weekday. `day` counts local days from 1970-01-01. */
function dayName(calendar: Calendar, day: number): string {
  const date = new Date(day * dayMs)
  if (calendar.holidays.has(date.toISOString().slice(0, 10))) return 'holiday'
  return weekdays[date.getUTCDay()] ?? 'sun'
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric'
    })
    formats.set(timeZone, format)
  }
  return format
}

/** How far local clocks are ahead of UTC, milliseconds. */
function offsetAt(zone: Intl.DateTimeFormat, at: EpochMs): number {
  const parts: Record<string, number> = {}
  for (const { type, value } of zone.formatToParts(at)) parts[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000
}

/** The instant at which clocks in the zone show this, given as if it were UTC. */
export function localInstant(timeZone: string, wall: EpochMs): EpochMs {
  return instantOf(formatOf(timeZone), wall)
}

/** The instant at which local clocks show this, given as if it were UTC. */
function instantOf(zone: Intl.DateTimeFormat, wall: EpochMs): EpochMs {
  const before = offsetAt(zone, wall - dayMs)
  const early = wall - before
  if (offsetAt(zone, early) === before) return early
  const after = offsetAt(zone, wall + dayMs)
  const late = wall - after
  return offsetAt(zone, late) === after ? late : early
}
