/** The periods in which prices count: days and months by local clocks. */
import type { EpochMs } from '../domain/time.ts'
import { periodOf } from './period.ts'
import type { CountedOver } from './prices/types.ts'

export interface CountingPeriod {
  readonly from: EpochMs
  /** The first instant of the next one. */
  readonly until: EpochMs
}

const dayMs = 86_400_000

/** The period that an instant is in. */
export function countingPeriod({ period, timeZone }: CountedOver, at: EpochMs): CountingPeriod {
  if (period === 'day') return dayAt(timeZone, at)
  const { from, until } = periodOf({ kind: 'calendar-month' }, 0, at, timeZone) ?? {
    from: 0,
    until: null
  }
  return { from, until: until ?? at }
}

interface Zone {
  readonly format: Intl.DateTimeFormat
  /** The day that was asked for last: time moves on slowly. */
  last: CountingPeriod
}

/** What is kept here is a function of its key alone, so keeping it changes no result. */
const zones = new Map<string, Zone>()

function dayAt(timeZone: string, at: EpochMs): CountingPeriod {
  let zone = zones.get(timeZone)
  if (zone === undefined) {
    const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric'
    })
    zone = { format, last: { from: 0, until: 0 } }
    zones.set(timeZone, zone)
  }
  if (at < zone.last.from || at >= zone.last.until) {
    const { format } = zone
    const day = dayNumber(format, at)
    zone.last = { from: dayStart(format, day), until: dayStart(format, day + 1) }
  }
  return zone.last
}

/** Days since 1970-01-01, as local clocks show the instant. */
function dayNumber(format: Intl.DateTimeFormat, at: EpochMs): number {
  const parts: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value)
  const { year = 1970, month = 1, day = 1 } = parts
  return Date.UTC(year, month - 1, day) / dayMs
}

/** The first instant of a day, found by halving: where clocks change at midnight, that does not exist or comes twice. */
function dayStart(format: Intl.DateTimeFormat, day: number): EpochMs {
  let before = day * dayMs - dayMs
  let after = day * dayMs + dayMs
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (dayNumber(format, middle) >= day) after = middle
    else before = middle
  }
  return after
}
