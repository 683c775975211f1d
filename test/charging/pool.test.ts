/** Pools of granted units, on the engine alone. */
import t from 'tap'
import { peerProfiles } from '../../src/diameter/gy/profiles.ts'
import { catalogue } from '../support/catalogue.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'

const MB = 1_000_000
const pools = new Map([
  ['internet', 1],
  ['voice', 1]
])
const pooled = { ...catalogue, quota: { ...catalogue.quota, pools } }

function open(topUp: number): EngineDriver {
  const driver = new EngineDriver({ current: pooled, byVersion: new Map([['c0ffee00', pooled]]) })
  const lines = [{ msisdn: '4915100000001' }]
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp })
  return driver
}
const both = [
  { ratingGroup: 10, ask: { octets: 10 * MB } },
  { ratingGroup: 11, ask: { octets: 10 * MB } }
]

t.test('RFC 8506 5.1.2, 8.30: grants of a pool name it with the price of a unit', async t => {
  const driver = open(10 * MB)
  const opened = driver.charge(
    request('initial', 0, [
      ...both,
      { ratingGroup: 100, ask: { seconds: 60 } },
      { ratingGroup: 20, ask: null }
    ])
  )
  const references = opened.units.map(unit => unit.conditions?.pool ?? null)
  t.same(references, [
    { id: 1, digits: 1, exponent: -8 },
    { id: 1, digits: 1, exponent: -8 },
    { id: 1, digits: 15, exponent: -4 },
    null
  ])
})

t.test(
  'RFC 8506 5.1.2: no pool for a peer that knows none, nor for units from a bucket',
  async t => {
    const driver = open(10 * MB)
    const simple = driver.charge(
      request('initial', 0, both, { profile: { ...peerProfiles['3gpp'], pools: false } })
    )
    t.same(
      simple.units.map(unit => unit.conditions ?? null),
      [null, null]
    )
    driver.charge(request('termination', 1))
    driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
    const bundled = driver.charge(request('initial', 0, both.slice(0, 1), { sessionId: 's;2' }))
    t.equal(bundled.units[0]?.conditions ?? null, null)
  }
)

t.test(
  'TS 32.299 7.2.175: at POOL_EXHAUSTED one service may have used what was granted for another',
  async t => {
    const driver = open(200_000)
    driver.charge(request('initial', 0, both))
    t.same(driver.wallet(), { available: 0, reserved: 200_000 })
    driver.charge(request('update', 1, [{ ratingGroup: 10, used: { octets: 15 * MB } }]))
    t.same(driver.wallet(), { available: 0, reserved: 50_000 }, 'the other service holds the rest')
    driver.charge(request('update', 2, [{ ratingGroup: 11, used: { octets: 5 * MB } }]))
    t.same(driver.wallet(), { available: 0, reserved: 0 })
    driver.charge(request('termination', 3))
    t.equal(driver.cdrs()[0]?.amount, 200_000)
  }
)

t.test('RFC 8506 5.1.2: both services of a pool may report in one request', async t => {
  const driver = open(200_000)
  driver.charge(request('initial', 0, both))
  driver.charge(
    request('update', 1, [
      { ratingGroup: 10, used: { octets: 18 * MB } },
      { ratingGroup: 11, used: { octets: 2 * MB } }
    ])
  )
  t.same(driver.wallet(), { available: 0, reserved: 0 })
})
