import t from 'tap'
import { bandsAt } from '../../src/rating/calendar.ts'
import type { BandWindow, Calendar } from '../../src/rating/catalogue.ts'

const everyDay = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'holiday']

function calendarOf(
  bands: Record<string, [days: string[], from: number, until: number][]>,
  holidays: string[] = [],
  timeZone = 'Europe/Berlin'
): Calendar {
  const windowOf = ([days, from, until]: [string[], number, number]): BandWindow => ({
    days: new Set(days),
    from,
    until
  })
  return {
    timeZone,
    holidays: new Set(holidays),
    bands: Object.entries(bands).map(([id, windows]) => ({ id, windows: windows.map(windowOf) }))
  }
}
const night = calendarOf({ night: [[everyDay, 22 * 60, 30 * 60]] })
const at = (text: string) => Date.parse(text)
const bands = (calendar: Calendar, text: string) => [...bandsAt(calendar, at(text)).bands]

t.test('a window over midnight holds to its end, to the millisecond', async t => {
  t.same(bands(night, '2026-11-21T21:59:59.999+01:00'), [])
  t.same(bands(night, '2026-11-21T22:00:00.000+01:00'), ['night'])
  t.same(bands(night, '2026-11-22T05:59:59.999+01:00'), ['night'])
  t.same(bands(night, '2026-11-22T06:00:00.000+01:00'), [])
  t.match(bandsAt(night, at('2026-11-21T13:00:00+01:00')), {
    from: at('2026-11-21T06:00:00+01:00'),
    until: at('2026-11-21T22:00:00+01:00')
  })
})

t.test('a span goes on over windows that change nothing', async t => {
  const calendar = calendarOf({
    cheap: [
      [['sat', 'sun'], 0, 1440],
      [['fri'], 20 * 60, 1440]
    ]
  })
  const span = bandsAt(calendar, at('2026-11-20T21:00:00+01:00'))
  t.same([...span.bands], ['cheap'])
  t.equal(span.until, at('2026-11-23T00:00:00+01:00'))
})

t.test('a holiday is no weekday, and ends at midnight', async t => {
  const calendar = calendarOf(
    { peak: [[['mon', 'tue', 'wed', 'thu', 'fri'], 0, 1440]], rest: [[['holiday'], 0, 1440]] },
    ['2026-12-25']
  )
  t.same(bands(calendar, '2026-12-24T23:59:00+01:00'), ['peak'])
  t.same(bands(calendar, '2026-12-25T12:00:00+01:00'), ['rest'])
  t.same(bands(calendar, '2026-12-26T00:00:00+01:00'), [])
})

t.test(
  'where clocks go forward, a window is an hour shorter and a skipped time is later',
  async t => {
    const begin = at('2026-03-28T22:00:00+01:00')
    t.match(bandsAt(night, begin), { from: begin, until: at('2026-03-29T06:00:00+02:00') })
    const skipped = calendarOf({ gap: [[everyDay, 150, 240]] })
    t.match(bandsAt(skipped, at('2026-03-29T03:45:00+02:00')), {
      from: at('2026-03-29T03:30:00+02:00'),
      until: at('2026-03-29T04:00:00+02:00')
    })
  }
)

t.test('where clocks go back, a time that comes twice is its first', async t => {
  const twice = calendarOf({ late: [[everyDay, 150, 240]] })
  const span = bandsAt(twice, at('2026-10-25T02:30:00+02:00'))
  t.same([...span.bands], ['late'])
  t.equal(span.from, at('2026-10-25T02:30:00+02:00'))
  t.equal(span.until, at('2026-10-25T04:00:00+01:00'), 'two and a half hours')
})

t.test('spans of any instant join without a gap, in any zone', async t => {
  for (const zone of ['Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Pacific/Apia']) {
    const calendar = calendarOf({ night: [[everyDay, 22 * 60, 30 * 60]] }, [], zone)
    let now = at('2026-02-27T03:12:00Z')
    for (let step = 0; step < 60; step++) {
      const span = bandsAt(calendar, now)
      t.ok(span.from <= now && now < span.until)
      const next = bandsAt(calendar, span.until)
      t.not(
        [...span.bands].join(),
        [...next.bands].join(),
        `${zone} ${new Date(now).toISOString()}`
      )
      now = span.until
    }
  }
})

t.test('a calendar in which nothing holds for long still answers', async t => {
  const rare = calendarOf({ never: [[['holiday'], 0, 60]] })
  const span = bandsAt(rare, at('2026-11-21T13:00:00+01:00'))
  t.same([...span.bands], [])
  t.equal(span.until, at('2026-11-29T00:00:00+01:00'), 'cut after eight days')
})
