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
}

/** What is kept here is a function of its key alone, so keeping it changes no result. */
const zones = new Map<string, Zone>()

const nothing = { from: 0, until: 0, index: 0 }

/** The day that an instant falls on; `index` counts days from 1970-01-01. */
export function dayAt(at: EpochMs, timeZone: string): LocalSpan & { readonly index: number } {
  const zone = zones.get(timeZone) ?? openZone(timeZone)
  if (at < zone.day.from || at >= zone.day.until) {
    const index = dayIndex(zone, at)
    zone.day = { from: startOf(zone, index), until: startOf(zone, index + 1), index }
  }
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

function findMonth(zone: Zone, at: EpochMs): LocalSpan & { readonly index: number } {
  const date = new Date(dayIndex(zone, at) * dayMs)
  const index = date.getUTCFullYear() * 12 + date.getUTCMonth()
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
  const zone = { format, day: nothing, month: nothing, monthBefore: nothing }
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
  let before = (index - 1) * dayMs
  let after = (index + 1) * dayMs
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (dayIndex(zone, middle) >= index) after = middle
    else before = middle
  }
  return after
}
