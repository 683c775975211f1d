/** The demo catalogue, each amount worked out by hand from the published price table. */
import t from 'tap'
import type { NetworkFacts } from '../../src/domain/facts.ts'
import { parseMoney } from '../../src/domain/money.ts'
import type { Allowance } from '../../src/rating/catalogue.ts'
import { classify } from '../../src/rating/classify.ts'
import { catalogueFromSource, compileCatalogue, loadCatalogue } from '../../src/rating/load/load.ts'
import { applies, findPrice, isListedFree } from '../../src/rating/match.ts'
import { chargeFor } from '../../src/rating/price.ts'

const demo = await loadCatalogue('conf/catalogue')
const home = { plmn: '26201' }
const eu = { plmn: '20801' }
const world = { plmn: '310410' }
const german = { calledParty: 'tel:+491701234567' }
const french = { calledParty: 'tel:+33123456789' }

function situationOf(group: number, facts: NetworkFacts) {
  const situation = classify(demo, '32251', group, facts)
  if (situation === null) throw new Error(`rating group ${group} has no service`)
  return situation
}

function offerOf(id: string) {
  const offer = demo.offers.get(id)
  if (offer === undefined) throw new Error(`there is no offer ${id}`)
  return offer
}

function priceOf(offer: string, group: number, facts: NetworkFacts) {
  return findPrice([offerOf(offer)], situationOf(group, facts))
}

function cost(offer: string, group: number, facts: NetworkFacts, units: number): number | null {
  const rule = priceOf(offer, group, facts)
  return rule === null ? null : chargeFor(rule.price, units)
}

type Row = readonly [group: number, facts: NetworkFacts, units: number, price: string]

const prepaid: readonly Row[] = [
  [10, home, 0, '0'],
  [10, home, 1, '0.001'],
  [10, home, 100_000, '0.001'],
  [10, home, 100_001, '0.002'],
  [10, home, 10_000_000, '0.10'],
  [10, home, 1_000_000_000, '10'],
  [10, { plmn: '26202' }, 1_000_000, '0.01'],
  [10, {}, 1_000_000, '0.01'],
  [10, eu, 1, '0.003'],
  [10, eu, 100_001, '0.006'],
  [10, eu, 10_000_000, '0.30'],
  [10, world, 1, '0.02'],
  [10, world, 10_000, '0.02'],
  [10, world, 10_001, '0.04'],
  [10, world, 1_000_000, '2.00'],
  [20, home, 5_000_000_000, '0'],
  [20, eu, 5_000_000_000, '0'],
  [20, world, 10_001, '0.04'],
  [100, german, 1, '0.09'],
  [100, german, 60, '0.09'],
  [100, german, 61, '0.0915'],
  [100, german, 90, '0.135'],
  [100, german, 600, '0.90'],
  [100, { calledParty: '01701234567' }, 61, '0.0915'],
  [100, { ...german, ...eu }, 61, '0.0915'],
  [100, french, 1, '0.44'],
  [100, french, 60, '0.44'],
  [100, french, 61, '0.73'],
  [100, french, 180, '1.02'],
  [200, german, 1, '0.07'],
  [200, german, 3, '0.21'],
  [200, french, 1, '0.19'],
  [200, french, 3, '0.57']
]

t.test('the prices of prepaid-go', async t => {
  for (const [group, facts, units, price] of prepaid) {
    const name = `${units} of rating group ${group}, ${JSON.stringify(facts)}`
    t.equal(cost('prepaid-go', group, facts, units), parseMoney(price), name)
  }
  t.match(offerOf('prepaid-go'), { kind: 'base', fee: 0, creditLimit: 0, allowances: [] })
})

t.test('data-5gb is an add-on of 4.99, for 30 days at home and in the EU', async t => {
  const offer = offerOf('data-5gb')
  t.match(offer, { kind: 'addon', fee: 4_990_000, creditLimit: 0, prices: [] })
  const [data] = offer.allowances as [Allowance]
  t.match(data, {
    unit: 'octets',
    amount: 5_000_000_000,
    period: { kind: 'days', days: 30, renews: false },
    sharing: 'account'
  })
  t.equal(applies(data, situationOf(10, home)), true)
  t.equal(applies(data, situationOf(10, eu)), true)
  t.equal(applies(data, situationOf(10, world)), false)
  t.equal(applies(data, situationOf(20, home)), false, 'what is free anyway is not drawn from it')
  t.equal(applies(data, situationOf(100, german)), false)
})

t.test(
  'family-20gb shares data, gives minutes to each line, and has the prices of prepaid-go',
  async t => {
    const offer = offerOf('family-20gb')
    t.match(offer, { kind: 'base', fee: 0, creditLimit: 0 })
    const [data, minutes] = offer.allowances as [Allowance, Allowance]
    const period = { kind: 'calendar-month' }
    t.match(data, { unit: 'octets', amount: 20_000_000_000, period, sharing: 'account' })
    t.match(minutes, { unit: 'seconds', amount: 18_000, period, sharing: 'line' })
    t.equal(applies(data, situationOf(10, home)), true)
    t.equal(applies(data, situationOf(10, world)), false)
    t.equal(applies(minutes, situationOf(100, german)), true)
    t.equal(applies(minutes, situationOf(100, french)), false)
    for (const [group, facts, units, price] of prepaid) {
      t.equal(cost('family-20gb', group, facts, units), parseMoney(price))
    }
    t.equal(
      priceOf('family-20gb', 10, home),
      priceOf('prepaid-go', 10, home),
      'an inherited rule is the same rule, with the ref of its origin'
    )
  }
)

t.test('postpaid-flat has a credit limit and free data at home', async t => {
  t.match(offerOf('postpaid-flat'), { kind: 'base', fee: 0, creditLimit: 50_000_000 })
  t.same(priceOf('postpaid-flat', 10, home)?.price, { model: 'free' })
  for (const [group, facts, units, price] of prepaid) {
    const free = group === 10 && facts.plmn !== eu.plmn && facts.plmn !== world.plmn
    t.equal(cost('postpaid-flat', group, facts, units), free ? 0 : parseMoney(price))
  }
})

t.test('iot-1mb has a megabyte a month, then nothing', async t => {
  const offer = offerOf('iot-1mb')
  t.match(offer, { kind: 'base', fee: 0, creditLimit: 0 })
  const [data] = offer.allowances as [Allowance]
  t.match(data, { unit: 'octets', amount: 1_000_000, period: { kind: 'calendar-month' } })
  for (const where of [home, eu, world]) {
    t.equal(applies(data, situationOf(10, where)), true)
    t.same(priceOf('iot-1mb', 10, where)?.price, { model: 'blocked' })
  }
  t.equal(priceOf('iot-1mb', 20, home), null)
  t.equal(priceOf('iot-1mb', 100, german), null)
  t.equal(priceOf('iot-1mb', 200, german), null)
})

t.test('the house values', async t => {
  t.match(demo, {
    currency: 'EUR',
    timeZone: 'Europe/Berlin',
    countryCode: '49',
    homeZone: 'home',
    otherZone: 'world',
    otherDestination: 'elsewhere'
  })
  t.same([...demo.emergencyNumbers], ['112', '110'])
  for (const offer of ['data-5gb', 'family-20gb', 'iot-1mb', 'postpaid-flat', 'prepaid-go']) {
    t.ok(demo.offers.has(offer), offer)
  }
  t.same(demo.quota, {
    validity: 3600,
    tcc: 7200,
    rateAfter: 60,
    target: 300,
    threshold: 20,
    sizes: {
      octets: { initial: 10_000_000, min: 1_000_000, max: 1_000_000_000 },
      seconds: { initial: 60, min: 30, max: 3600 },
      messages: { initial: 1, min: 1, max: 100 }
    }
  })
})

t.test('a catalogue is compiled again from its source, with the same version and refs', async t => {
  const again = catalogueFromSource(demo.source)
  t.same(again, demo)
  t.match(demo.version, /^[0-9a-f]{12}$/)
  t.ok([...demo.rules.keys()].every(ref => ref.startsWith(`${demo.version}:`)))
  t.ok(demo.rules.has(`${demo.version}:prepaid-go/voice-germany`))
  const source = JSON.parse(demo.source)
  const reversed = compileCatalogue({ ...source, offers: source.offers.toReversed() })
  t.equal(reversed.version, demo.version, 'the order of files does not matter')
  const other = { ...source, catalogue: { ...source.catalogue, currency: 'CHF' } }
  t.not(compileCatalogue(other).version, demo.version)
})

t.test('rating group 20 is free for everybody at home and in the EU', async t => {
  for (const [plmn, free] of [
    ['26201', true],
    ['20801', true],
    ['310410', false]
  ] as const) {
    const situation = classify(demo, '32251', 20, { plmn })
    t.equal(situation !== null && isListedFree(demo.free, situation), free, plmn)
    const other = classify(demo, '32251', 10, { plmn })
    t.equal(other !== null && isListedFree(demo.free, other), false)
  }
})
