import fc from 'fast-check'
import t from 'tap'
import type { Period } from '../../src/rating/catalogue.ts'
import { dayAt, firstDay, monthAt, startOfDay } from '../../src/rating/local-time.ts'
import { periodOf } from '../../src/rating/period.ts'

const hour = 3_600_000
const day = 24 * hour

/** Zones where clocks change at midnight, by half an hour, not at all, or once by a whole day, among usual ones. */
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Asuncion',
  'America/Havana',
  'America/Santiago',
  'Africa/Cairo',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago'
]
const first = Date.UTC(2011, 11, 1)
const last = Date.UTC(2045, 0, 1)

const clocks = new Map(
  zones.map(timeZone => [
    timeZone,
    new Intl.DateTimeFormat('en-CA-u-ca-gregory-nu-latn', { timeZone, dateStyle: 'short' })
  ])
)

/** What a clock shows, asked anew each time: 2026-03-29. */
function dateOf(at: number, zone: string): string {
  return clocks.get(zone)?.format(at) ?? ''
}

const dateOfDay = (index: number) => new Date(index * day).toISOString().slice(0, 10)
const monthOf = (index: number) => dateOfDay(firstDay(index)).slice(0, 7)

/** Many instants, near one another and far apart, and many about the ends of days and months. */
const instant = fc.oneof(
  fc.integer({ min: first, max: last }),
  fc
    .record({
      month: fc.integer({ min: 0, max: 396 }),
      days: fc.constantFrom(0, 0, 0, 1, 7, 29),
      off: fc.oneof(fc.integer({ min: -60, max: 60 }), fc.constantFrom(-1 / 900_000, 1 / 900_000))
    })
    .map(({ month, days, off }) => Date.UTC(2012, month, 1) + days * day + off * 900_000)
    .map(Math.round)
)

t.test('days and months are those that clocks show, whatever was asked before', async t => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(instant, fc.constantFrom(...zones)), { minLength: 1, maxLength: 40 }),
      questions => {
        for (const [at, zone] of questions) {
          const own = dayAt(at, zone)
          const month = monthAt(at, zone)
          const asked = `${new Date(at).toISOString()} ${zone}`
          const date = dateOf(at, zone)
          const isDay = (shown: string) => shown === dateOfDay(own.index)
          const isMonth = (shown: string) => shown.startsWith(monthOf(month.index))
          const inside = (span: { from: number; until: number }) =>
            span.from <= at && at < span.until
          if (!isDay(date) || !isMonth(date)) throw new Error(`${asked}: ${date}`)
          if (!inside(own) || !inside(month)) throw new Error(`${asked}: outside`)
          for (const [span, is] of [[own, isDay] as const, [month, isMonth] as const]) {
            if (!is(dateOf(span.from, zone)) || is(dateOf(span.from - 1, zone))) {
              throw new Error(`${asked}: begins at ${new Date(span.from).toISOString()}`)
            }
            if (!is(dateOf(span.until - 1, zone)) || is(dateOf(span.until, zone))) {
              throw new Error(`${asked}: ends at ${new Date(span.until).toISOString()}`)
            }
          }
        }
      }
    ),
    { numRuns: 40 }
  )
  t.pass('in every zone')
})

t.test('days that are decades apart are not taken for one another', async t => {
  for (const zone of zones) {
    for (const index of [18_000, 18_000 + 4096, 18_000 - 4096, 18_000 + 8192, 18_000]) {
      const start = startOfDay(index, zone)
      t.equal(dateOf(start, zone), dateOfDay(index), `${zone} ${index}`)
      t.ok(dateOf(start - 1, zone) < dateOfDay(index), 'not before')
    }
  }
})

t.test('a day that a zone left out is empty, and the next one begins in its place', async t => {
  const zone = 'Pacific/Apia'
  const leftOut = Date.UTC(2011, 11, 30) / day
  const change = Date.parse('2011-12-30T10:00Z')
  for (const at of [change, change - 1, change + 20 * hour, change + day, change - day]) {
    dayAt(at + 3 * day, zone)
    t.equal(dateOfDay(dayAt(at, zone).index), dateOf(at, zone), new Date(at).toISOString())
  }
  t.equal(startOfDay(leftOut, zone), change)
  t.equal(startOfDay(leftOut + 1, zone), change)
})

t.test('what was worked out for many days and months is not worked out again', async t => {
  const { prototype } = Intl.DateTimeFormat
  const { formatToParts } = prototype
  let formatted = 0
  prototype.formatToParts = function (...args) {
    formatted += 1
    return formatToParts.apply(this, args)
  }
  t.teardown(() => {
    prototype.formatToParts = formatToParts
  })
  const zone = 'America/Denver'
  const now = Date.UTC(2026, 5, 11, 12)
  const periods: Period[] = [
    { kind: 'calendar-month' },
    { kind: 'day' },
    { kind: 'week' },
    { kind: 'anniversary' }
  ]
  // Each has an instant and a day of its own, and no two that follow one another are in one month.
  const lines = Array.from({ length: 600 }, (_, i) => now - (i * 37 * day) / 20 - i * 1_001)
  const shuffled = lines.map((_, i) => lines[(i * 677) % lines.length] ?? 0)
  const ask = () => {
    for (const since of shuffled) {
      for (const period of periods) {
        periodOf(period, since, since, zone)
        periodOf(period, since, now, zone)
      }
    }
  }
  ask()
  t.ok(formatted > 0, 'the first time')
  formatted = 0
  ask()
  t.equal(formatted, 0, 'the second time')
})
