/** Re-rating: by what a price is found again, and what stays as it was recorded. */
import t from 'tap'
import { rerateSession } from '../../src/charging/rerate/rerate.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import type { Catalogue, Offer, PriceRule } from '../../src/rating/catalogue.ts'
import { banded, nightfall } from '../support/banded-catalogue.ts'
import { catalogue } from '../support/catalogue.ts'
import { EngineDriver, HOUR, request } from '../support/engine-driver.ts'

const MB = 1_000_000
const EUR = 1_000_000

/** The catalogue under another version, with its prices per unit so many times as high. */
function times(factor: number, from: Catalogue = catalogue, version = 'dddddddd'): Catalogue {
  const offers = new Map<string, Offer>()
  for (const [id, offer] of from.offers) {
    const prices = offer.prices.map((rule): PriceRule => {
      const { price } = rule
      const ref = `${version}${rule.ref.slice(rule.ref.indexOf(':'))}`
      if (price.model !== 'per-unit') return { ...rule, ref }
      const setUp = price.setUp * factor
      return { ...rule, ref, price: { ...price, amount: price.amount * factor, setUp } }
    })
    offers.set(id, { ...offer, prices })
  }
  const rules = [...offers.values()].flatMap(({ prices }) => prices)
  return { ...from, version, offers, rules: new Map(rules.map(rule => [rule.ref, rule])) }
}

const known = (...all: readonly Catalogue[]) => ({
  current: catalogue,
  byVersion: new Map(all.map(each => [each.version, each]))
})

/** Of records as they come from a database, and of nothing else. */
function amounts(cdrs: readonly CdrRecord[], candidate: Catalogue): number[] {
  const stored = cdrs.map(cdr => JSON.parse(JSON.stringify(cdr)) as CdrRecord)
  return rerateSession(stored, candidate, known(catalogue)).map(({ amount }) => amount)
}

const everyDay = banded.calendar!.bands[0]!.windows[0]!.days
const used = (octets: number) => [{ used: { octets } }]
const voice = { context: '32260', facts: { calledParty: 'tel:+4930123456' } }

t.test('the records of one session share a set-up fee, and each event has its own', async t => {
  const driver = EngineDriver.open(['go'], 10 * EUR)
  const seconds = (count: number) => [{ ratingGroup: 100, used: { seconds: count } }]
  driver.charge(request('initial', 0, [{ ratingGroup: 100, ask: null }], voice))
  driver.charge(request('update', 1, seconds(30), voice))
  driver.now += 3 * HOUR
  driver.charge(request('termination', 2, seconds(60), voice))
  // 0.15 and a minute; half a minute more.
  t.same(amounts(driver.cdrs(), catalogue), [240_000, 45_000])
  t.same(amounts(driver.cdrs(), times(2)), [480_000, 90_000])
  const events = EngineDriver.open(['go'], 10 * EUR)
  for (const number of [0, 1]) {
    const ask = { ratingGroup: 100, ask: { seconds: 60 } }
    events.charge(request('event', number, [ask], { ...voice, sessionId: 'e' }))
  }
  t.same(amounts(events.cdrs(), times(2)), [480_000, 480_000])
})

t.test('the version that a price names is that price, also of an offer that is gone', async t => {
  const driver = EngineDriver.open(['go'], 10 * EUR)
  driver.charge(request('termination', 1, used(MB)))
  const without = { ...catalogue, offers: new Map() }
  t.same(amounts(driver.cdrs(), without), [10_000])
})

t.test('another version is asked for the offers that the account had then', async t => {
  const driver = EngineDriver.open(['go'], 10 * EUR)
  driver.charge(request('termination', 1, used(MB), { facts: { plmn: '310410' } }))
  const operation = { key: 'k', digest: '' }
  const change = { kind: 'change-offer', accountId: 'a1', offer: 'post', replaces: 'go' } as const
  t.equal(driver.submit({ ...change, operation }).kind, 'done')
  driver.charge(request('termination', 1, used(MB), { sessionId: 's;2' }))
  const next = times(3)
  const [first, second] = driver.cdrs()
  t.same(amounts([first!], next), [6 * EUR], 'abroad, which only the first offer sells')
  t.same(amounts([second!], next), [30_000])
  t.same(amounts([{ ...first!, offers: ['post'] }], next), [2 * EUR], 'not sold: as recorded')
})

t.test('the zone is that of the grant, the number the one that was called', async t => {
  const driver = EngineDriver.open(['go'], 100 * EUR)
  driver.charge(request('initial', 0, [{ ask: null }], { facts: { plmn: '310410' } }))
  driver.charge(request('termination', 1, used(MB), { facts: { plmn: '26201' } }))
  t.same(amounts(driver.cdrs(), times(2)), [4 * EUR])
  const calls = EngineDriver.open(['go'], 100 * EUR)
  for (const [number, sessionId] of [
    ['tel:+4930', 'home'],
    ['tel:+3312', 'abroad']
  ] as const) {
    const more = { context: '32260', sessionId, facts: { calledParty: number } }
    calls.charge(request('termination', 1, [{ ratingGroup: 100, used: { seconds: 60 } }], more))
  }
  const go = catalogue.offers.get('go')!
  const [price] = go.prices.filter(({ service }) => service === 'voice')
  const dear = { ...price!.price, amount: 900_000 } as PriceRule['price']
  const far = { ...price!, ref: 'ee:go/far', price: dear }
  const only = { legs: null, zones: null, destinations: new Set(['abroad']) }
  const rules = [
    { ...far, match: only },
    { ...price!, ref: 'ee:go/voice' }
  ]
  const next = {
    ...catalogue,
    version: 'ee',
    offers: new Map([['go', { ...go, prices: rules }]]),
    rules: new Map(rules.map(rule => [rule.ref, rule]))
  }
  t.same(
    calls.cdrs().flatMap(cdr => amounts([cdr], next)),
    [240_000, 1_050_000]
  )
})

t.test('the time is the first at which the recorded price held, in its own record', async t => {
  const night = times(1, banded, 'bbbbbbbb')
  const at = (minutes: number) => nightfall + minutes * 60_000
  const cdr = (startedAt: number, endedAt: number, more: object = {}): CdrRecord => {
    const driver = EngineDriver.open(['go'], EUR)
    driver.charge(request('termination', 1, used(MB)))
    return { ...driver.cdrs()[0]!, startedAt, endedAt, ...more }
  }
  t.same(amounts([cdr(at(-10), at(50))], night), [10_000], 'by its first band, all of it')
  t.same(amounts([cdr(at(0), at(50))], night), [4_000])
  const partial = cdr(at(-10), at(50), { openedAt: at(1) })
  t.same(amounts([partial], night), [4_000], 'a partial record by its own time')
  // Ten in the morning of the second day is no night where it was used, and one by the other calendar.
  const morning = {
    ...night,
    calendar: {
      ...night.calendar!,
      bands: [
        { ...night.calendar!.bands[0]!, windows: [{ days: everyDay, from: 480, until: 720 }] }
      ]
    }
  }
  const second = { openedAt: at(12 * 60), endedAt: at(12 * 60 + 30), startedAt: at(-30) }
  const byDay = { ...cdr(0, 0, second), catalogue: banded.version }
  const recorded = { current: banded, byVersion: new Map() }
  t.equal(rerateSession([byDay], morning, recorded)[0]?.amount, 4_000, 'by its own time there, too')
  // A price of the night, in a session that began by day.
  const driver = new EngineDriver({ current: banded, byVersion: new Map() })
  driver.now = at(-10)
  const lines = [{ msisdn: '4915100000001' }]
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp: EUR })
  driver.charge(request('initial', 0, []))
  driver.now = at(10)
  driver.charge(request('termination', 1, used(MB)))
  const [late] = driver.cdrs()
  t.match(late, { amount: 4_000, startedAt: at(-10) })
  const [rerated] = rerateSession([late!], night, { current: banded, byVersion: new Map() })
  t.match(rerated, { amount: 4_000, parts: [{ price: 'bbbbbbbb:go/night' }] })
})

t.test('a refund gives back the same share of its debit, without fractions', async t => {
  const driver = EngineDriver.open(['go'], EUR)
  const sms = (number: number, messages: number, action: 'refund' | 'direct-debiting') =>
    driver.charge(
      request('event', number, [{ ratingGroup: 200, ask: { messages } }], {
        context: '32274',
        sessionId: 'e',
        event: { action, correlation: null, original: null }
      })
    )
  sms(0, 3, 'direct-debiting')
  sms(0, 1, 'refund')
  t.same(amounts(driver.cdrs(), times(2)), [420_000, -140_000])
  const [, refund] = driver.cdrs()
  const [part] = refund!.parts
  const third = { ...refund!, amount: -23_333, parts: [{ ...part!, amount: -23_333 }] }
  // 23,333 of 70,000; of 105,000 that would be 34,999.5.
  t.same(amounts([third], times(1.5)), [-34_999])
})

t.test('what no catalogue decides stays as it is recorded', async t => {
  const driver = EngineDriver.open(['go', 'pack'], 10 * EUR)
  driver.charge(request('termination', 1, used(2 * MB), { sessionId: 'allowance' }))
  const call = [{ ratingGroup: 100, used: { seconds: 60 } }]
  const emergency = { sessionId: 'call', context: '32260', facts: { calledParty: 'tel:112' } }
  driver.charge(request('termination', 1, call, emergency))
  const stated = [{ used: { money: { amount: 30_000, currency: 'EUR' } } }]
  driver.charge(request('termination', 1, stated, { sessionId: 'stated' }))
  const refund = { action: 'refund', correlation: null, original: null } as const
  const sum = [{ ask: { money: { amount: 20_000, currency: 'EUR' } } }]
  driver.charge(request('event', 0, sum, { sessionId: 'sum', event: refund }))
  const recorded = [0, 0, 30_000, -20_000]
  t.same(
    driver.cdrs().map(({ amount }) => amount),
    recorded
  )
  for (const [index, cdr] of driver.cdrs().entries()) {
    const [rerated] = rerateSession([cdr], times(2), known())
    t.match(rerated, { amount: recorded[index], parts: [{ price: null, unpriced: false }] })
  }
  const [usage] = request('update', 1, used(MB)).usages
  const offline = { ...usage!, used: null, offline: usage!.used! }
  const begun = { sessionId: 'offline' }
  driver.charge(request('initial', 0, [], begun))
  driver.charge({ ...request('update', 1, [], begun), usages: [offline] })
  driver.charge(request('termination', 2, [], begun))
  const [unmanaged] = rerateSession(driver.cdrs().slice(-1), times(2), known())
  t.match(unmanaged, { amount: 0, parts: [{ part: { units: MB }, price: null, unpriced: false }] })
  const foreign = { ...times(2), currency: 'USD' }
  driver.charge(request('termination', 1, used(8 * MB), { sessionId: 'paid' }))
  t.same(amounts(driver.cdrs().slice(-1), foreign), [driver.cdrs().at(-1)?.amount])
})

t.test('an adjustment takes the wallet below zero', async t => {
  const driver = EngineDriver.open(['go'], 5)
  const adjust = (key: string, amount: number) =>
    driver.submit({ kind: 'adjust', accountId: 'a1', amount, operation: { key, digest: '' } })
  t.equal(adjust('a', -20).kind, 'done')
  t.equal(driver.wallet().available, -15)
  t.equal(adjust('b', 100).kind, 'done')
  t.equal(driver.wallet().available, 85)
  t.match(driver.movements().slice(-2), [
    { type: 'adjustment', amount: -20, target: 'wallet' },
    { type: 'adjustment', amount: 100 }
  ])
})
