/** What a request of an open session settles, releases and reserves: docs/charging-rules.md §4, claim by claim. */
import t from 'tap'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'
import { catalogueOf, openWith, standardOffers } from '../support/limits-catalogue.ts'

const MB = 1_000_000

/** Data for whom it fits; the lower the priority, the sooner it is drawn. */
function pack(offer: string, megabytes: number, more: object = {}): OfferFile {
  const data = {
    allowance: 'data',
    services: ['internet'],
    amount: `${megabytes} MB`,
    period: '30 days' as const,
    ...more
  }
  return { offer, kind: 'addon', name: offer, allowances: [data] }
}
const packs = catalogueOf([
  ...standardOffers,
  pack('first', 3, { priority: 10 }),
  pack('second', 5, { priority: 20 }),
  pack('third', 1, { priority: 30 }),
  pack('assured', 5, { qos: [1] }),
  pack('at-home', 5, { zones: ['home'] })
])
const ofPacks = (driver: EngineDriver) =>
  driver.account!.buckets.map(({ offer, available, reserved }) => [offer, available, reserved])
const asking = (octets: number) => ({ ask: { octets } })
const using = (octets: number) => ({ used: { octets } })

t.test('what is used of a grant is what was reserved for it first', async t => {
  const driver = openWith(['go', 'first', 'second'], 0, packs)
  driver.charge(request('initial', 0, [asking(4 * MB)]))
  t.same(ofPacks(driver), [
    ['first', 0, 3 * MB],
    ['second', 4 * MB, MB]
  ])
  driver.charge(request('update', 1, [using(3 * MB)]))
  t.same(ofPacks(driver), [
    ['first', 0, 0],
    ['second', 5 * MB, 0]
  ])
})

t.test(
  'usage beyond a grant is drawn from buckets in burn order, then from money, then below zero, and never from what another session holds',
  async t => {
    const driver = openWith(['go', 'first', 'second', 'third'], 140_000, packs)
    driver.charge(request('initial', 0, [asking(4 * MB)]))
    const other = { sessionId: 's;2' }
    const call = { ratingGroup: 100, ask: { seconds: 60 } }
    driver.charge(request('initial', 0, [asking(2 * MB), call], other))
    t.same(driver.wallet(), { available: 50_000, reserved: 90_000 })
    driver.charge(request('update', 1, [using(5 * MB)]))
    t.same(
      ofPacks(driver),
      [
        ['first', 0, 0],
        ['second', MB, 2 * MB],
        ['third', MB, 0]
      ],
      '4 MB were held, 1 MB comes from the second'
    )
    driver.charge(request('update', 2, [using(6 * MB)]))
    t.same(ofPacks(driver), [
      ['first', 0, 0],
      ['second', 0, 2 * MB],
      ['third', 0, 0]
    ])
    t.same(driver.wallet(), { available: 10_000, reserved: 90_000 }, 'and 4 MB from money')
    driver.charge(request('update', 3, [using(2 * MB)]))
    t.same(driver.wallet(), { available: -10_000, reserved: 90_000 }, 'also below zero')
    t.same(ofPacks(driver)[1], ['second', 0, 2 * MB])
    driver.charge(request('termination', 4))
    t.match(driver.cdrs(), [{ octets: 13 * MB, amount: 60_000 }])
  }
)

t.test(
  'a service that is not mentioned, or says nothing of units, keeps its grant; one that reports without an ask holds nothing',
  async t => {
    const driver = EngineDriver.open(['go'], 1_000_000)
    const identified = (id: number, usage: object) => ({ serviceIdentifiers: [id], ...usage })
    const asks = [1, 2, 3].map(id => identified(id, asking(MB)))
    driver.charge(request('initial', 0, asks))
    t.same(driver.wallet(), { available: 970_000, reserved: 30_000 })
    const [only] = driver.charge(request('update', 1, [identified(1, {})])).units
    t.match(only, { outcome: 'success', granted: null })
    t.same(driver.wallet(), { available: 970_000, reserved: 30_000 })
    driver.charge(request('update', 2, [identified(2, using(0))]))
    t.same(driver.wallet(), { available: 980_000, reserved: 20_000 })
    driver.charge(request('update', 3, [identified(3, asking(2 * MB))]))
    t.same(driver.wallet(), { available: 970_000, reserved: 30_000 }, 'anew, not on top')
    driver.charge(request('termination', 4, [identified(1, using(MB))]))
    t.same(driver.wallet(), { available: 990_000, reserved: 0 })
  }
)

t.test('a termination reserves nothing, also where it asks, and releases everything', async t => {
  const driver = EngineDriver.open(['go'], 1_000_000)
  const call = { ratingGroup: 100, ask: { seconds: 60 } }
  driver.charge(request('initial', 0, [asking(MB), call]))
  t.equal(driver.wallet().reserved, 10_000 + 240_000)
  const end = driver.charge(request('termination', 1, [{ ...asking(MB), ...using(MB) }]))
  t.match(end.units, [{ outcome: 'success', granted: null, validity: 0 }])
  t.same(driver.wallet(), { available: 990_000, reserved: 0 })
})

t.test('reports of one service in one request are added up', async t => {
  const driver = EngineDriver.open(['go'], 1_000_000)
  driver.charge(request('initial', 0, [asking(MB)]))
  driver.charge(request('update', 1, [using(150_000), { ...using(150_000), ...asking(MB) }]))
  t.equal(driver.unrecorded(), 3_000, 'three started steps, not two and two')
  driver.charge(request('termination', 2))
  t.match(driver.cdrs(), [{ octets: 300_000, parts: [{ units: 300_000 }] }])
})

t.test('what was granted is charged, else what is sold; other units are told alone', async t => {
  const amounts = (granted: object, used: object) => {
    const driver = EngineDriver.open(['go'], 1_000_000)
    driver.charge(request('initial', 0, [{ ask: granted }]))
    driver.charge(request('update', 1, [{ used }]))
    driver.charge(request('termination', 2, [{ used }]))
    const [cdr] = driver.cdrs()
    return [cdr?.amount, cdr?.octets, cdr?.seconds]
  }
  const octets = MB
  const money = { amount: 70_000, currency: null }
  const seconds = 9
  t.same(amounts({ octets }, { octets, seconds }), [20_000, 2 * MB, 18])
  t.same(amounts({ octets }, { seconds }), [0, 0, 18], 'nothing of what is sold was used')
  t.same(amounts({ octets }, { octets, money }), [20_000, 2 * MB, 0])
  t.same(amounts({ octets }, { money }), [140_000, 0, 0], 'money, where the units are not said')
  t.same(amounts({ money }, { octets }), [20_000, 2 * MB, 0], 'units, where no money is said')
  t.same(
    amounts({ money }, { octets, money }),
    [70_000 + 10_000, 2 * MB, 0],
    'the second report meets no grant of money'
  )
})

t.test('usage without a grant happened in the circumstances before its report', async t => {
  const home = { plmn: '26201', apn: 'internet', rat: 6, qci: 9 }
  const rule = (name: string, more: object) => ({
    rule: name,
    service: 'internet',
    free: true,
    ...more
  })
  const prices = [
    rule('iot', { apns: ['iot'] }),
    rule('nr', { rats: ['nr'] }),
    rule('assured', { qos: [1] }),
    rule('abroad', { zones: ['world'] }),
    rule('usual', {})
  ]
  const current = catalogueOf([{ offer: 'told', kind: 'base', name: 'Told', prices }])
  const driver = openWith(['told'], 0, current)
  const changes = [{ apn: 'iot' }, { rat: 10 }, { qci: 1 }, { plmn: '310410' }, {}]
  driver.charge(request('initial', 0, [], { facts: home }))
  changes.forEach((change, index) => {
    driver.charge(request('update', index + 1, [using(MB)], { facts: { ...home, ...change } }))
  })
  driver.charge(request('termination', 6))
  t.same(
    driver.cdrs()[0]?.parts.map(({ price }) => price.split('/')[1]),
    ['usual', 'iot', 'nr', 'assured', 'abroad']
  )
})

t.test(
  'usage beyond a grant happened where, and with the QoS with which, it was granted',
  async t => {
    const after = (offer: string, granted: object, then: object) => {
      const driver = openWith(['go', offer], 1_000_000, packs)
      const other = { ...asking(MB), ratingGroup: 11 }
      driver.charge(request('initial', 0, [asking(MB)], { facts: granted }))
      driver.charge(request('update', 1, [other], { facts: then }))
      driver.charge(request('termination', 2, [using(3 * MB)], { facts: then }))
      return driver.cdrs()[0]?.parts.map(({ bucket, units }) => [bucket.split('#')[0], units])
    }
    const home = { plmn: '26201' }
    const abroad = { plmn: '310410' }
    t.same(after('at-home', home, abroad), [['at-home', 3 * MB]])
    const assured = { ...home, qci: 1 }
    t.same(after('assured', assured, { ...home, qci: 9 }), [['assured', 3 * MB]])
  }
)

t.test('an ask that cannot be held with the one before it is unable-to-comply', async t => {
  const driver = EngineDriver.open(['go'], 1_000_000)
  const money = { ask: { money: { amount: 300_000, currency: null } } }
  const { units } = driver.charge(request('initial', 0, [asking(MB), money]))
  t.match(units, [
    { outcome: 'success', granted: { unit: 'octets', amount: MB } },
    { outcome: 'unable-to-comply', granted: null }
  ])
  t.same(driver.wallet(), { available: 990_000, reserved: 10_000 })
  driver.charge(request('termination', 1, [using(MB)]))
  t.same(driver.wallet(), { available: 990_000, reserved: 0 })
})

t.test('asks of one service hold units of buckets and of money beside each other', async t => {
  const driver = EngineDriver.open(['go'], 1_020_000)
  driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
  const { units } = driver.charge(request('initial', 0, [asking(4 * MB), asking(2 * MB)]))
  t.match(units, [{ granted: { amount: 4 * MB } }, { granted: { amount: 2 * MB } }])
  t.match(driver.account!.buckets, [{ available: 0, reserved: 5 * MB }])
  t.same(driver.wallet(), { available: 10_000, reserved: 10_000 })
  driver.charge(request('termination', 1, [using(6 * MB)]))
  t.same(driver.wallet(), { available: 10_000, reserved: 0 })
})
