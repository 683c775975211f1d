/**
 * The periods of allowances.
 *
 * A calendar month runs from the first instant of its first day to that of the next month's, as clocks in
 * the catalogue's time zone show it; a day in `days` is always 86,400 seconds.
 */
import type { EpochMs } from '../domain/time.ts'
import type { Period } from './catalogue.ts'

const dayMs = 86_400_000

/** From the first instant up to, not including, the second; `until` null: it never ends. */
export interface PeriodSpan {
  readonly from: EpochMs
  readonly until: EpochMs | null
}

/**
 * The period that contains `now`, of an allowance held since `since`; an earlier `now` counts as `since`.
 * null: the only period is over. The first calendar month starts at `since` and ends with the month.
 */
export function periodOf(
  period: Period,
  since: EpochMs,
  now: EpochMs,
  timeZone: string
): PeriodSpan | null {
  const at = Math.max(now, since)
  switch (period.kind) {
    case 'unlimited':
      return { from: since, until: null }
    case 'days': {
      const length = period.days * dayMs
      const past = Math.floor((at - since) / length)
      if (past > 0 && !period.renews) return null
      const from = since + past * length
      return { from, until: from + length }
    }
    case 'calendar-month': {
      const month = monthOf(at, timeZone)
      return { from: Math.max(since, month.from), until: month.until }
    }
  }
}

interface Zone {
  readonly format: Intl.DateTimeFormat
  /** The month that was asked for last: time moves on slowly, and most questions are about one month. */
  last: Month
}

interface Month {
  readonly from: EpochMs
  readonly until: EpochMs
}

/** What is kept here is a function of its key alone, so keeping it changes no result. */
const zones = new Map<string, Zone>()

function monthOf(at: EpochMs, timeZone: string): Month {
  const zone = zones.get(timeZone) ?? openZone(timeZone)
  if (at < zone.last.from || at >= zone.last.until) {
    const index = monthIndex(zone.format, at)
    zone.last = { from: monthStart(zone.format, index), until: monthStart(zone.format, index + 1) }
  }
  return zone.last
}

function openZone(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    timeZone,
    year: 'numeric',
    month: 'numeric'
  })
  const zone = { format, last: { from: 0, until: 0 } }
  zones.set(timeZone, zone)
  return zone
}

/** Months since the year 0, as local clocks show the instant. */
function monthIndex(format: Intl.DateTimeFormat, at: EpochMs): number {
  let year = 0
  let month = 0
  for (const part of format.formatToParts(at)) {
    if (part.type === 'year') year = Number(part.value)
    if (part.type === 'month') month = Number(part.value)
  }
  return year * 12 + month - 1
}

/**
 * The first instant of a month. Found by halving, not by arithmetic with offsets: where clocks change at
 * midnight of the first, that midnight does not exist or comes twice.
 */
function monthStart(format: Intl.DateTimeFormat, index: number): EpochMs {
  const utc = Date.UTC(Math.floor(index / 12), index % 12, 1)
  let before = utc - dayMs
  let after = utc + dayMs
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (monthIndex(format, middle) >= index) after = middle
    else before = middle
  }
  return after
}
