/**
 * The periods of allowances, limits and fees.
 *
 * Months, weeks and days begin at the first instant of their first day, as clocks in the catalogue's time zone show it;
 * a day in `days` is always 86,400 seconds.
 */
import type { EpochMs } from '../domain/time.ts'
import type { Period } from './catalogue.ts'
import { dayAt, firstDay, type LocalSpan, monthAt, startOfDay } from './local-time.ts'

const dayMs = 86_400_000

/** From the first instant up to, not including, the second; `until` null: it never ends. */
export interface PeriodSpan {
  readonly from: EpochMs
  readonly until: EpochMs | null
}

/**
 * The period that contains `now`, of something held since `since`; an earlier `now` counts as `since`.
 * null: the only period is over. The first calendar period starts at `since` and ends with its day, week or month.
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
    case 'calendar-month':
      return clipped(monthAt(at, timeZone), since)
    case 'day':
      return clipped(dayAt(at, timeZone), since)
    case 'week':
      return clipped(weekAt(at, timeZone), since)
    case 'anniversary':
      return clipped(monthFrom(since, at, timeZone), since)
  }
}

function clipped({ from, until }: LocalSpan, since: EpochMs): PeriodSpan {
  return { from: Math.max(since, from), until }
}

/** Weeks begin on Monday (ISO 8601); 1970-01-01 was a Thursday. */
function weekAt(at: EpochMs, timeZone: string): LocalSpan {
  const { index } = dayAt(at, timeZone)
  const monday = index - ((index + 3) % 7)
  return { from: startOfDay(monday, timeZone), until: startOfDay(monday + 7, timeZone) }
}

/**
 * A month from the day of the month of `since` to the same day of the next one. A month that has no such day turns on
 * its last one, and the month after it on the day itself again.
 */
function monthFrom(since: EpochMs, at: EpochMs, timeZone: string): LocalSpan {
  const month = monthAt(since, timeZone).index
  const day = dayAt(since, timeZone).index - firstDay(month)
  const turn = (index: number) =>
    startOfDay(Math.min(firstDay(index) + day, firstDay(index + 1) - 1), timeZone)
  const { index } = monthAt(at, timeZone)
  const own = turn(index)
  return at < own ? { from: turn(index - 1), until: own } : { from: own, until: turn(index + 1) }
}
