/**
 * Days and months as local clocks of a time zone show them.
 *
 * A day begins at the first instant that clocks name by its date. It is found by halving, not by arithmetic with
 * offsets: where clocks change at midnight, that midnight does not exist or comes twice.
 */
import type { EpochMs } from '../domain/time.ts'

const dayMs = 86_400_000

/** From the first instant up to, not including, the second. */
export interface LocalSpan {
  readonly from: EpochMs
  readonly until: EpochMs
}

interface Zone {
  readonly format: Intl.DateTimeFormat
  /** What was asked for last: time moves on slowly, and most questions are about one day and month. */
  day: LocalSpan & { readonly index: number }
  month: LocalSpan & { readonly index: number }
  /** And the month that was asked for before: what ends with a month is asked of that month and the next in turn. */
  monthBefore: LocalSpan & { readonly index: number }
  /**
   * The first instants of days, each in the place that its index has modulo `startsKept`; NaN: none yet. Finding one
   * takes dozens of formatted dates, and the lines of an account may renew on as many days as there are.
   */
  readonly starts: Float64Array
}

/** Eleven years of days for each zone, in 32 KiB; a power of two. */
const startsKept = 4096

/** What is kept here is a function of its key alone, so keeping it changes no result. */
const zones = new Map<string, Zone>()

const nothing = { from: 0, until: 0, index: 0 }

/** The day that an instant falls on; `index` counts days from 1970-01-01. */
export function dayAt(at: EpochMs, timeZone: string): LocalSpan & { readonly index: number } {
  const zone = zones.get(timeZone) ?? openZone(timeZone)
  if (at < zone.day.from || at >= zone.day.until) zone.day = findDay(zone, at)
  return zone.day
}

/** The month that an instant falls in; `index` counts months from January of the year 0. */
export function monthAt(at: EpochMs, timeZone: string): LocalSpan & { readonly index: number } {
  const zone = zones.get(timeZone) ?? openZone(timeZone)
  if (at < zone.month.from || at >= zone.month.until) {
    const { month, monthBefore } = zone
    const known = at >= monthBefore.from && at < monthBefore.until
    zone.month = known ? monthBefore : findMonth(zone, at)
    zone.monthBefore = month
  }
  return zone.month
}

/** Clocks are less than a day from UTC: the date is that of UTC, the one before or the one after. */
function findDay(zone: Zone, at: EpochMs): LocalSpan & { readonly index: number } {
  let index = Math.floor(at / dayMs)
  if (at < startOf(zone, index)) index -= 1
  else if (at >= startOf(zone, index + 1)) index += 1
  return { from: startOf(zone, index), until: startOf(zone, index + 1), index }
}

function findMonth(zone: Zone, at: EpochMs): LocalSpan & { readonly index: number } {
  const date = new Date(at)
  let index = date.getUTCFullYear() * 12 + date.getUTCMonth()
  if (at < startOf(zone, firstDay(index))) index -= 1
  else if (at >= startOf(zone, firstDay(index + 1))) index += 1
  return { from: startOf(zone, firstDay(index)), until: startOf(zone, firstDay(index + 1)), index }
}

/** The first instant of a day, which is counted from 1970-01-01. */
export function startOfDay(index: number, timeZone: string): EpochMs {
  return startOf(zones.get(timeZone) ?? openZone(timeZone), index)
}

/** The first day of a month, counted from 1970-01-01; months are counted from January of the year 0. */
export function firstDay(month: number): number {
  return Date.UTC(Math.floor(month / 12), month % 12, 1) / dayMs
}

function openZone(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric'
  })
  const starts = new Float64Array(startsKept).fill(Number.NaN)
  const zone = { format, day: nothing, month: nothing, monthBefore: nothing, starts }
  zones.set(timeZone, zone)
  return zone
}

function dayIndex({ format }: Zone, at: EpochMs): number {
  let year = 0
  let month = 0
  let day = 0
  for (const part of format.formatToParts(at)) {
    if (part.type === 'year') year = Number(part.value)
    if (part.type === 'month') month = Number(part.value)
    if (part.type === 'day') day = Number(part.value)
  }
  return Date.UTC(year, month - 1, day) / dayMs
}

function startOf(zone: Zone, index: number): EpochMs {
  const place = index & (startsKept - 1)
  const kept = zone.starts[place] ?? Number.NaN
  // Less than a day from its midnight in UTC, it is of this day and none of the others with this place.
  if (Math.abs(kept - index * dayMs) <= dayMs) return kept
  const start = findStart(zone, index)
  zone.starts[place] = start
  return start
}

function findStart(zone: Zone, index: number): EpochMs {
  let before = (index - 1) * dayMs
  let after = (index + 1) * dayMs
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (dayIndex(zone, middle) >= index) after = middle
    else before = middle
  }
  return after
}
