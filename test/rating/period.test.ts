import fc from 'fast-check'
import t from 'tap'
import type { Period } from '../../src/rating/catalogue.ts'
import { periodOf } from '../../src/rating/period.ts'

const month: Period = { kind: 'calendar-month' }
const at = (text: string): number => {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new Error(text)
  return ms
}
const hour = 3_600_000
const day = 24 * hour

/** [zone, an instant within the month, its first instant, the first of the next month] */
const months: readonly (readonly [string, string, string, string])[] = [
  ['UTC', '2026-02-14T00:00Z', '2026-02-01T00:00Z', '2026-03-01T00:00Z'],
  ['UTC', '2028-02-29T23:59:59.999Z', '2028-02-01T00:00Z', '2028-03-01T00:00Z'],
  ['UTC', '2100-02-28T23:59Z', '2100-02-01T00:00Z', '2100-03-01T00:00Z'],
  ['UTC', '2026-12-31T23:59:59.999Z', '2026-12-01T00:00Z', '2027-01-01T00:00Z'],
  // Clocks go forward on 29 March and back on 25 October 2026.
  ['Europe/Berlin', '2026-03-29T01:00Z', '2026-03-01T00:00+01:00', '2026-04-01T00:00+02:00'],
  ['Europe/Berlin', '2026-10-25T01:30Z', '2026-10-01T00:00+02:00', '2026-11-01T00:00+01:00'],
  ['Europe/Berlin', '2026-12-31T22:59Z', '2026-12-01T00:00+01:00', '2027-01-01T00:00+01:00'],
  ['Europe/Berlin', '2026-12-31T23:00Z', '2027-01-01T00:00+01:00', '2027-02-01T00:00+01:00'],
  ['Europe/Berlin', '2028-02-29T12:00Z', '2028-02-01T00:00+01:00', '2028-03-01T00:00+01:00'],
  // 8 March and 1 November 2026.
  ['America/New_York', '2026-03-08T07:00Z', '2026-03-01T00:00-05:00', '2026-04-01T00:00-04:00'],
  ['America/New_York', '2026-11-01T05:30Z', '2026-11-01T00:00-04:00', '2026-12-01T00:00-05:00'],
  ['America/New_York', '2027-01-01T04:59Z', '2026-12-01T00:00-05:00', '2027-01-01T00:00-05:00'],
  ['Asia/Kathmandu', '2026-06-30T18:14Z', '2026-06-01T00:00+05:45', '2026-07-01T00:00+05:45'],
  ['Asia/Kathmandu', '2026-06-30T18:15Z', '2026-07-01T00:00+05:45', '2026-08-01T00:00+05:45'],
  ['Asia/Kathmandu', '2028-02-29T18:14Z', '2028-02-01T00:00+05:45', '2028-03-01T00:00+05:45'],
  // Midnight of the first did not exist here: clocks went from 23:59 to 01:00.
  ['America/Asuncion', '2023-10-15T00:00Z', '2023-10-01T04:00Z', '2023-11-01T03:00Z'],
  // And it came twice here: at 01:00 clocks went back to 00:00.
  ['America/Havana', '2020-11-15T00:00Z', '2020-11-01T04:00Z', '2020-12-01T05:00Z']
]

t.test('calendar months begin and end as clocks of their zone do', async t => {
  for (const [zone, within, from, until] of months) {
    const span = { from: at(from), until: at(until) }
    const long = at('2015-05-05T00:00Z')
    t.same(periodOf(month, long, at(within), zone), span, `${zone} ${within}`)
    t.same(periodOf(month, long, span.from, zone), span, 'its first instant')
    t.same(periodOf(month, long, span.until - 1, zone), span, 'its last')
    t.equal(periodOf(month, long, span.until, zone)?.from, span.until, 'the next one follows')
    t.equal(periodOf(month, long, span.from - 1, zone)?.until, span.from, 'the one before')
  }
})

t.test('the lengths of months with a change of clocks', async t => {
  const length = (zone: string, within: string) => {
    const span = periodOf(month, 0, at(within), zone)
    return ((span?.until ?? 0) - (span?.from ?? 0)) / hour
  }
  t.equal(length('Europe/Berlin', '2026-03-10T00:00Z'), 31 * 24 - 1)
  t.equal(length('Europe/Berlin', '2026-10-10T00:00Z'), 31 * 24 + 1)
  t.equal(length('America/New_York', '2026-03-10T00:00Z'), 31 * 24 - 1)
  t.equal(length('America/New_York', '2026-11-10T00:00Z'), 30 * 24 + 1)
  t.equal(length('Asia/Kathmandu', '2026-03-10T00:00Z'), 31 * 24)
})

t.test('the first month starts when the offer is bought and ends with the month', async t => {
  const since = at('2026-11-21T04:00Z')
  const until = at('2026-12-01T00:00+01:00')
  t.same(periodOf(month, since, since, 'Europe/Berlin'), { from: since, until })
  t.same(periodOf(month, since, since - day, 'Europe/Berlin'), { from: since, until })
  t.equal(periodOf(month, since, until, 'Europe/Berlin')?.from, until)
})

t.test('days are of 86,400 seconds, also where clocks change', async t => {
  const since = at('2026-03-28T12:00+01:00')
  const once: Period = { kind: 'days', days: 30, renews: false }
  const span = { from: since, until: since + 30 * day }
  t.same(periodOf(once, since, since, 'Europe/Berlin'), span)
  t.same(periodOf(once, since, span.until - 1, 'Europe/Berlin'), span)
  t.equal(periodOf(once, since, span.until, 'Europe/Berlin'), null, 'over')
  const again: Period = { ...once, renews: true }
  const second = { from: span.until, until: since + 60 * day }
  t.same(periodOf(again, since, span.until, 'Europe/Berlin'), second)
})

t.test('an unlimited period never ends', async t => {
  t.same(periodOf({ kind: 'unlimited' }, 5, 1e15, 'UTC'), { from: 5, until: null })
})

t.test('a period contains its instant, and periods follow without gaps', async t => {
  const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'UTC')
  const period = fc.oneof(
    fc.constant(month),
    fc.record({
      kind: fc.constant('days' as const),
      days: fc.integer({ min: 1, max: 400 }),
      renews: fc.constant(true)
    })
  )
  const instant = fc.integer({ min: at('2000-01-01T00:00Z'), max: at('2090-01-01T00:00Z') })
  fc.assert(
    fc.property(period, instant, instant, zone, (period, a, b, zone) => {
      const since = Math.min(a, b)
      const now = Math.max(a, b)
      const span = periodOf(period, since, now, zone)
      if (!span?.until || span.from > now || span.until <= now) return false
      return periodOf(period, since, span.until, zone)?.from === span.until
    }),
    { numRuns: 300 }
  )
  t.pass('for every period and zone')
})
