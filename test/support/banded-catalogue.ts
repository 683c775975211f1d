/** The small catalogue with prices that depend on the time: data and calls are cheaper at night. */
import type { Catalogue, PriceRule } from '../../src/rating/catalogue.ts'
import { catalogue, perMegabyte } from './catalogue.ts'

const everyDay = new Set(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'holiday'])
const go = catalogue.offers.get('go')!
const night = new Set(['night'])
const minute = { model: 'per-unit', per: 60, step: 1, minimum: 0, setUp: 0 } as const

const rules: PriceRule[] = [
  {
    ref: 'c0ffee00:go/night',
    service: 'internet',
    match: { zones: new Set(['home']), destinations: null, legs: null },
    bands: night,
    price: { ...perMegabyte, amount: 4_000, step: 50_000 }
  },
  {
    ref: 'c0ffee00:go/voice-night',
    service: 'voice',
    match: { zones: null, destinations: null, legs: null },
    bands: night,
    price: { ...minute, amount: 60_000 }
  },
  {
    ref: 'c0ffee00:go/voice-day',
    service: 'voice',
    match: { zones: null, destinations: null, legs: null },
    price: { ...minute, amount: 120_000 }
  },
  ...go.prices
]

/** Night is from 22:00 to 06:00 in Berlin, every day. Day: 0.01 a MB; night: 0.004. Calls: 0.12, 0.06 a minute. */
export const banded: Catalogue = {
  ...catalogue,
  calendar: {
    timeZone: 'Europe/Berlin',
    holidays: new Set(),
    bands: [{ id: 'night', windows: [{ days: everyDay, from: 22 * 60, until: 30 * 60 }] }]
  },
  offers: new Map([...catalogue.offers, ['go', { ...go, prices: rules }]]),
  rules: new Map([...catalogue.rules, ...rules.map(rule => [rule.ref, rule] as const)])
}

/** 22:00 in Berlin on the day that the tests begin with. */
export const nightfall = Date.UTC(2026, 10, 21, 21, 0, 0)
export const daybreak = Date.UTC(2026, 10, 22, 5, 0, 0)
