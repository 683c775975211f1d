/** Dates that lie wholly in the past: special days that never come again, and offers that nobody can buy any more. */
import { localInstant } from '../calendar.ts'
import type { BandWindow, Calendar } from '../catalogue.ts'
import { applies } from '../match.ts'
import { covers } from './coverage.ts'
import { type Check, type Discovery, exampleOf, type Subject } from './finding.ts'
import { usageIn } from './in-bands.ts'
import type { Witness } from './witnesses.ts'

const dayMs = 86_400_000
const minuteMs = 60_000

export const pastDates: Check = subject => {
  const { calendar } = subject.catalogue
  if (calendar === null) return []
  const windows = calendar.bands.flatMap(({ id, windows }, band) =>
    windows.flatMap((window, index): readonly Discovery[] => {
      if (window.days.size > 0) return []
      const at = ['catalogue', 'calendar', 'bands', band, 'windows', index, 'dates']
      return pastOf(subject, calendar, window, at, [id], `days of band ${id}`)
    })
  )
  const onHolidays = calendar.bands.filter(band =>
    band.windows.some(({ days }) => days.has('holiday'))
  )
  const holidays = { dates: calendar.holidays, from: 0, until: dayMs / minuteMs }
  const bands = onHolidays.map(({ id }) => id)
  const at = ['catalogue', 'calendar', 'holidays']
  return [...windows, ...pastOf(subject, calendar, holidays, at, bands, 'holidays')]
}

/** Dates of which the last one is over; those of every year never are. The example is on the same day of the year to come. */
function pastOf(
  subject: Subject,
  { timeZone }: Calendar,
  { dates = new Set(), from, until }: Pick<BandWindow, 'dates' | 'from' | 'until'>,
  path: Discovery['path'],
  bands: readonly string[],
  what: string
): readonly Discovery[] {
  const days = [...dates].toSorted()
  const last = days.at(-1)
  if (last === undefined || days.some(date => date.length === 5)) return []
  const { at } = subject.options
  if (localInstant(timeZone, Date.parse(last) + until * minuteMs) > at) return []
  const next = (year: number) =>
    localInstant(timeZone, Date.parse(`${year}${last.slice(4)}`) + from * minuteMs)
  const year = new Date(at).getUTCFullYear()
  const again = next(year) >= at ? next(year) : next(year + 1)
  const message = `all ${what} lie in the past: the last one was ${last}`
  const example = usageIn(subject, new Set(bands), again)
  return [{ code: 'dates-past', severity: 'warning', path, message, example }]
}

/** Those who have such an offer keep it, so this is only to be known. */
export const pastSales: Check = ({ catalogue, witnesses, options: { at } }) =>
  [...catalogue.offers.values()].flatMap((offer): readonly Discovery[] => {
    const until = offer.sale?.until ?? null
    if (until === null || until > at) return []
    const isOf = (one: Witness) =>
      covers(offer, one) || offer.allowances.some(own => applies(own, one.situation))
    const path = ['offers', offer.id, 'sold-until']
    const message = 'lies in the past: nobody can buy the offer any more'
    const used = [...witnesses.values()].flat().find(isOf)
    const example = used === undefined ? null : { ...exampleOf(used, offer.id), at }
    return [{ code: 'sale-over', severity: 'note', path, message, example }]
  })
