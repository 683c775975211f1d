/** Add-ons that mark up whatever a subscriber pays: half the price at night, more on a hotspot. */
import t from 'tap'
import { explain } from '../../src/charging/explain/explain.ts'
import { rerateSession } from '../../src/charging/rerate/rerate.ts'
import type { ChargingAnswer } from '../../src/domain/answer.ts'
import { ratTypes } from '../../src/domain/rat-types.ts'
import { analyseCatalogue, analyseDefaults } from '../../src/rating/analyse/analyse.ts'
import type { Catalogue, Catalogues } from '../../src/rating/catalogue.ts'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { nightfall } from '../support/banded-catalogue.ts'
import { EngineDriver, HOUR, request } from '../support/engine-driver.ts'
import { catalogueOf, openWith, standardOffers } from '../support/limits-catalogue.ts'

const MB = 1_000_000
const EUR = 1_000_000
const of = '*'

const offers = (nightly = '-50 %'): readonly OfferFile[] => [
  ...standardOffers,
  {
    offer: 'nightly',
    kind: 'addon',
    name: 'Data for half at night',
    prices: [{ rule: 'half', service: 'internet', times: ['night'], 'mark-up': nightly, of }]
  },
  {
    offer: 'hotspot',
    kind: 'addon',
    name: 'Data costs 20 % more on a hotspot',
    prices: [{ rule: 'more', service: 'internet', apns: ['hotspot'], 'mark-up': '20 %', of }]
  },
  {
    offer: 'surcharged',
    kind: 'base',
    name: 'Data on NR costs half more',
    prices: [{ rule: 'nr', service: 'internet', rats: ['nr'], 'mark-up': '50 %' }],
    'prices-of': 'go'
  },
  {
    offer: 'calls',
    kind: 'base',
    name: 'Calls alone',
    prices: [{ rule: 'voice', service: 'voice', free: true }]
  }
]
const marked = catalogueOf(offers())

function openedAt(now: number, ...names: string[]): EngineDriver {
  return openWith(names, 100 * EUR, marked, undefined, now)
}

/** One session of so much data: its price and its amount. */
function surfs(driver: EngineDriver, octets: number, facts: object = { plmn: '26201' }) {
  const asked = { ask: { octets } }
  const answer = driver.charge(request('initial', 0, [asked], { facts }))
  if (answer.units[0]?.granted == null) return answer.units[0]?.outcome
  driver.charge(request('termination', 1, [{ used: { octets } }], { facts }))
  const parts = driver.cdrs().at(-1)!.parts
  return parts.map(({ price, amount }) => `${price.slice(price.indexOf(':') + 1)} ${amount}`)
}

const night = nightfall + HOUR
const noon = nightfall - 9 * HOUR

t.test('half of what the plan says, whatever that is, and only in its time', async t => {
  t.same(surfs(openedAt(night, 'nightly', 'go'), MB), ['nightly/half+go/home 5000'])
  const abroad = { plmn: '310410' }
  t.same(surfs(openedAt(night, 'nightly', 'go'), MB, abroad), ['nightly/half+go/world 1000000'])
  t.same(surfs(openedAt(noon, 'nightly', 'go'), MB), ['go/home 10000'])
  t.same(surfs(openedAt(night, 'go'), MB), ['go/home 10000'], 'who has not bought it')
  t.same(
    surfs(openedAt(night, 'nightly', 'flat'), MB),
    ['nightly/half+flat/home 0'],
    'free stays so'
  )
})

t.test('it is on what the plan itself marks up', async t => {
  const facts = { plmn: '26201', apn: 'hotspot', rat: ratTypes.nr }
  // 0.01 x 1.5 x 1.2.
  t.same(surfs(openedAt(noon, 'hotspot', 'surcharged'), MB, facts), [
    'hotspot/more+surcharged/nr+go/home 18000'
  ])
})

t.test(
  'of two of them the add-on that is looked at first holds, and they do not add up',
  async t => {
    const facts = { plmn: '26201', apn: 'hotspot' }
    t.same(surfs(openedAt(night, 'nightly', 'hotspot', 'go'), MB, facts), [
      'hotspot/more+go/home 12000'
    ])
    t.same(surfs(openedAt(noon, 'nightly', 'hotspot', 'go'), MB, facts), [
      'hotspot/more+go/home 12000'
    ])
  }
)

t.test('where there is no price there is nothing to mark up', async t => {
  t.equal(surfs(openedAt(night, 'nightly', 'calls'), MB), 'rating-failed')
})

t.test('a grant spans the switch to it, and both sides are rated exactly', async t => {
  const driver = openedAt(nightfall - 600_000, 'nightly', 'go')
  const first = driver.charge(request('initial', 0, [{ ask: { octets: 4 * MB } }]))
  t.match(first.units, [{ granted: { amount: 4 * MB }, conditions: { tariffChange: nightfall } }])
  driver.now = nightfall + 600_000
  const used = { octets: 3 * MB }
  const usage = request('termination', 1, [{ used }])
  const [only] = usage.usages
  driver.charge({
    ...usage,
    usages: [{ ...only!, after: { ...only!.used!, octets: 2 * MB } }]
  })
  // 1 MB at 0.01 before it, 2 MB at 0.005 behind it.
  t.match(driver.cdrs()[0], {
    amount: 20_000,
    parts: [
      { price: /:go\/home$/, amount: 10_000 },
      { price: /:nightly\/half\+go\/home$/, amount: 10_000 }
    ]
  })
})

t.test('whether tax is in it is as in the price that it is on', async t => {
  const taxed = (tax?: 'inclusive' | 'exclusive') => {
    const own = offers().map(offer => ({
      ...offer,
      ...(offer.offer === 'nightly' ? { tax: 'inclusive' as const } : {}),
      ...(offer.offer === 'go' && tax !== undefined ? { tax } : {})
    }))
    const driver = openWith(['nightly', 'go'], EUR, catalogueOf(own), undefined, night)
    t.same(surfs(driver, MB), ['nightly/half+go/home 5000'])
    return driver.cdrs()[0]?.parts[0]?.tax
  }
  t.equal(taxed('exclusive'), 'exclusive')
  t.equal(taxed('inclusive'), 'inclusive')
  t.equal(taxed(), undefined)
})

t.test('its count goes over all reports of a session, and over versions', async t => {
  const other = catalogueOf(offers('-20 %'))
  const known = new Map([marked, other].map(each => [each.version, each]))
  let current: Catalogue = marked
  const driver = new EngineDriver((): Catalogues => ({ current, byVersion: known }))
  driver.now = night
  driver.submit({
    kind: 'open-account',
    accountId: 'a1',
    lines: [{ msisdn: '4915100000001' }],
    offers: ['nightly', 'go'],
    topUp: EUR
  })
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }]))
  for (let number = 1; number <= 3; number++) {
    driver.charge(request('update', number, [{ ask: { octets: MB }, used: { octets: 150_000 } }]))
  }
  // 450 kB are five started steps of 100 kB: 0.005, and half of it.
  t.equal(driver.unrecorded(), 2_500)
  current = other
  driver.charge(request('update', 4, [{ ask: { octets: MB }, used: { octets: 50_000 } }]))
  t.equal(driver.unrecorded(), 2_500, 'granted by the version before: the fifth step is paid')
  driver.charge(request('termination', 5, [{ used: { octets: MB } }]))
  const cdr = driver.cdrs()[0]!
  t.match(
    cdr.parts.map(({ price, amount }) => [price, amount]),
    [
      [`${marked.version}:nightly/half+go/home`, 2_500],
      [`${other.version}:nightly/half+go/home`, 8_000]
    ],
    '1 MB at 0.008'
  )
  const catalogues = { current, byVersion: known }
  const again = (candidate: Catalogue) => rerateSession([cdr], candidate, catalogues)
  t.match(again(other), [{ amount: 4_000 + 8_000 }])
  t.match(again(marked), [{ amount: 2_500 + 5_000 }])
})

t.test('an explanation names the mark-up and what it is on', async t => {
  const driver = openedAt(night, 'nightly', 'go')
  const asked = request('initial', 0, [{ ask: { octets: MB } }])
  const state = { ...driver.stateFor(asked), nextDue: 0 }
  const decision = driver.engine.decide(state, asked, driver.now)
  const catalogues = { current: marked, byVersion: new Map([[marked.version, marked]]) }
  const told = explain(state, asked, decision, catalogues, driver.now)
  t.match((decision.answer as ChargingAnswer).units, [{ outcome: 'success' }])
  t.match(told.units[0]?.rules, [
    { price: `${marked.version}:nightly/half+go/home`, obstacle: null }
  ])
})

t.test('the analyser knows that it takes nothing from the rules behind it', async t => {
  const own = { rule: 'own', service: 'internet', apns: ['hotspot'], free: true } as const
  const mixed = offers().map(offer =>
    offer.offer === 'hotspot' ? { ...offer, prices: [...offer.prices!, own] } : offer
  )
  const options = { ...analyseDefaults, roundingPercent: 1_000_000 }
  const codes = analyseCatalogue(catalogueOf(mixed), options).filter(
    ({ severity }) => severity === 'error'
  )
  t.same(codes, [])
})

t.test('only an add-on has one', async t => {
  const prices = [{ rule: 'half', service: 'internet', 'mark-up': '-50 %', of }]
  t.throws(
    () => catalogueOf([...standardOffers, { offer: 'x', kind: 'base', name: 'X', prices }]),
    /of: only an add-on marks up any price; name a rule, or leave of out/
  )
})
