import t from 'tap'
import type { Leg } from '../../src/domain/facts.ts'
import type { Allowance, Offer, PriceRule } from '../../src/rating/catalogue.ts'
import { classify, type Situation } from '../../src/rating/classify.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import { applies, findPrice } from '../../src/rating/match.ts'

const voice = { id: 'voice', unit: 'seconds', destinations: true } as const
const internet = { id: 'internet', unit: 'octets', destinations: false } as const
const call: Situation = {
  service: voice,
  ratingGroup: 100,
  zone: 'home',
  destination: 'germany',
  leg: 'originating',
  emergency: false,
  facts: {},
  identifiers: []
}

const rule = (
  ref: string,
  service: string,
  zones?: string[],
  destinations?: string[]
): PriceRule => ({
  ref,
  service,
  match: {
    zones: zones ? new Set(zones) : null,
    destinations: destinations ? new Set(destinations) : null,
    legs: null
  },
  price: { model: 'free' }
})

const offer = (...prices: PriceRule[]): Offer => ({
  id: 'offer',
  kind: 'base',
  name: 'Offer',
  fee: 0,
  creditLimit: 0,
  allowances: [],
  prices
})

t.test('the first rule that matches is the price, offer by offer', async t => {
  const offers = [
    offer(rule('a', 'internet'), rule('b', 'voice', ['eu']), rule('c', 'voice', [], ['x'])),
    offer(rule('d', 'voice', ['eu', 'home'], ['germany']), rule('e', 'voice')),
    offer(rule('f', 'voice'))
  ]
  t.equal(findPrice(offers, call)?.ref, 'd')
  t.equal(findPrice(offers, { ...call, destination: 'elsewhere' })?.ref, 'e')
  t.equal(findPrice(offers, { ...call, destination: null })?.ref, 'e')
  t.equal(findPrice(offers, { ...call, zone: 'eu' })?.ref, 'b')
  t.equal(findPrice(offers.slice(2), call)?.ref, 'f')
  t.equal(findPrice(offers, { ...call, service: internet, destination: null })?.ref, 'a')
  t.equal(findPrice(offers.slice(1), { ...call, service: internet, destination: null }), null)
  t.equal(findPrice([], call), null)
})

t.test('a rule holds for its legs and in its times alone, without them for all', async t => {
  const of = (ref: string, legs: Leg[] | null, bands?: string[]): PriceRule => {
    const plain = rule(ref, 'voice')
    const match = { ...plain.match, legs: legs === null ? null : new Set(legs) }
    return { ...plain, match, ...(bands === undefined ? {} : { bands: new Set(bands) }) }
  }
  const offers = [
    offer(of('called', ['terminating']), of('night', null, ['night', 'weekend']), of('any', null))
  ]
  const price = (leg: Leg, ...bands: string[]) =>
    findPrice(offers, { ...call, leg }, new Set(bands))?.ref
  t.equal(price('terminating', 'night'), 'called')
  t.equal(price('originating', 'night'), 'night')
  t.equal(price('originating', 'weekend', 'holiday'), 'night', 'one of its times is enough')
  t.equal(price('originating', 'holiday'), 'any')
  t.equal(price('forwarding'), 'any')
})

t.test('what the network leaves open is home, the other destination, originating', async t => {
  const demo = await loadCatalogue('conf/catalogue')
  const { zone, destination, leg } = classify(demo, '32260', 100, {}) ?? {}
  t.same([zone, destination, leg], [demo.homeZone, demo.otherDestination, 'originating'])
  const tree = new Map([
    ['*', rule('any', '')],
    ['262', rule('germany', '')]
  ])
  const table = { id: 'x', columns: ['country' as const], rows: [...tree.values()], tree }
  const tabled = offer({ ...rule('table', 'voice'), table })
  t.equal(findPrice([tabled], call)?.ref, 'any', 'in a table it is what stands beside *')
  t.equal(findPrice([tabled], { ...call, facts: { plmn: '26201' } })?.ref, 'germany')
})

t.test('an allowance applies to its services, unit, zones and destinations', async t => {
  const minutes: Allowance = {
    id: 'minutes',
    services: new Set(['voice']),
    match: { zones: new Set(['home']), destinations: new Set(['germany']), legs: null },
    unit: 'seconds',
    amount: 18_000,
    period: { kind: 'calendar-month' },
    sharing: 'line',
    priority: 100
  }
  t.equal(applies(minutes, call), true)
  t.equal(applies(minutes, { ...call, zone: 'eu' }), false)
  t.equal(applies(minutes, { ...call, destination: 'elsewhere' }), false)
  t.equal(applies(minutes, { ...call, destination: null }), false)
  t.equal(applies(minutes, { ...call, service: internet }), false)
  t.equal(applies({ ...minutes, unit: 'octets' }, call), false)
  const anywhere = { ...minutes, match: { zones: null, destinations: null, legs: null } }
  t.equal(applies(anywhere, { ...call, zone: 'world', destination: null }), true)
})
