/** Tariff switches within a session, on the engine alone. */
import t from 'tap'
import { peerProfiles } from '../../src/diameter/gy/profiles.ts'
import { banded, daybreak, nightfall } from '../support/banded-catalogue.ts'
import { EngineDriver, request, type UsageTemplate } from '../support/engine-driver.ts'

const MB = 1_000_000
const minute = 60_000

function open(topUp: number, at: number): EngineDriver {
  const catalogues = { current: banded, byVersion: new Map([[banded.version, banded]]) }
  const driver = new EngineDriver(catalogues)
  driver.now = at
  const lines = [{ msisdn: '4915100000001' }]
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp })
  return driver
}
const ofOctets = (octets: number) => ({
  octets,
  inputOctets: null,
  outputOctets: null,
  seconds: null,
  messages: null
})
/** A request whose usage fell before, after, or on both sides of the switch. */
function report(type: 'update' | 'termination', number: number, sides: number[], ask = true) {
  const [before = 0, after = 0, straddling = 0] = sides
  const usage: UsageTemplate = {
    used: { octets: before + after + straddling },
    ...(ask ? { ask: null } : {})
  }
  const made = request(type, number, [usage])
  return {
    ...made,
    usages: made.usages.map(each => ({
      ...each,
      after: ofOctets(after),
      straddling: ofOctets(straddling)
    }))
  }
}

t.test('RFC 8506 5.1.1: a grant before a switch says when, and covers the dearer side', async t => {
  const driver = open(100 * MB, nightfall - 10 * minute)
  const opened = driver.charge(request('initial', 0, [{ ask: null }]))
  t.match(opened.units, [
    { granted: { amount: 10 * MB }, validity: 3600, conditions: { tariffChange: nightfall } }
  ])
  t.equal(driver.wallet().reserved, 100_000 + 1_000 + 200, 'the dear side and a step of each')
  driver.now = nightfall + minute
  driver.charge(report('termination', 1, [4 * MB, 5 * MB], false))
  t.match(driver.cdrs(), [
    {
      amount: 60_000,
      parts: [
        { price: 'c0ffee00:go/home', units: 4 * MB, amount: 40_000, before: 0 },
        { price: 'c0ffee00:go/night', units: 5 * MB, amount: 20_000, before: 0 }
      ]
    }
  ])
  t.same(driver.wallet(), { available: 100 * MB - 60_000, reserved: 0 })
})

t.test('RFC 8506 5.1.1: the dearer side is covered also when it is the later one', async t => {
  const driver = open(100 * MB, daybreak - 10 * minute)
  driver.charge(request('initial', 0, [{ ask: null }]))
  t.equal(driver.wallet().reserved, 100_000 + 1_000 + 200)
  driver.now = daybreak + minute
  driver.charge(report('termination', 1, [0, 10 * MB], false))
  t.equal(driver.cdrs()[0]?.amount, 100_000)
})

t.test(
  'RFC 8506 8.27: usage without a side came before the switch; straddling usage costs less',
  async t => {
    const silent = open(100 * MB, nightfall - minute)
    silent.charge(request('initial', 0, [{ ask: null }]))
    silent.now = nightfall + minute
    silent.charge(request('termination', 1, [{ used: { octets: MB } }]))
    t.equal(silent.cdrs()[0]?.amount, 10_000)
    const night = open(100 * MB, nightfall - minute)
    night.charge(request('initial', 0, [{ ask: null }]))
    night.charge(report('termination', 1, [0, 0, MB], false))
    t.equal(night.cdrs()[0]?.amount, 4_000)
    const day = open(100 * MB, daybreak - minute)
    day.charge(request('initial', 0, [{ ask: null }]))
    day.charge(report('termination', 1, [0, 0, MB], false))
    t.equal(day.cdrs()[0]?.amount, 4_000)
  }
)

t.test('RFC 8506 5.1.1: usage beyond a grant has the price of its side', async t => {
  const driver = open(100 * MB, nightfall - minute)
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }]))
  driver.charge(report('termination', 1, [2 * MB, 3 * MB], false))
  t.match(driver.cdrs(), [
    {
      amount: 32_000,
      parts: [
        { price: 'c0ffee00:go/home', units: 2 * MB },
        { price: 'c0ffee00:go/night', units: 3 * MB }
      ]
    }
  ])
})

t.test(
  'TS 32.299 6.3.7: for a peer without tariff switch the grant ends at the switch',
  async t => {
    const driver = open(100 * MB, nightfall - 10 * minute)
    const simple = { profile: peerProfiles.open5gs }
    const opened = driver.charge(request('initial', 0, [{ ask: null }], simple))
    t.match(opened.units, [{ validity: 600, conditions: null }])
    t.equal(driver.wallet().reserved, 100_000, 'the price before it, exactly')
    driver.now = nightfall
    const used = { ask: null, used: { octets: 3 * MB } }
    const next = driver.charge(request('update', 1, [used], simple))
    t.match(next.units, [{ validity: 3600 }])
    t.same(driver.wallet(), { available: 99_964_000, reserved: 6_000 }, 'at the price of the night')
  }
)

t.test('TS 32.299 6.3.7: no second switch falls into a grant', async t => {
  const twice = {
    ...banded,
    quota: { ...banded.quota, validity: 12 * 3600, tcc: 24 * 3600 }
  }
  const driver = new EngineDriver({ current: twice, byVersion: new Map([[twice.version, twice]]) })
  driver.now = nightfall - minute
  const lines = [{ msisdn: '4915100000001' }]
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp: MB })
  const opened = driver.charge(request('initial', 0, [{ ask: null }]))
  t.match(opened.units, [{ validity: 8 * 3600 + 60, conditions: { tariffChange: nightfall } }])
})

t.test(
  'TS 32.299 6.3.7: a wallet that cannot cover both sides gets units up to the switch',
  async t => {
    const driver = open(50_000, nightfall - 10 * minute)
    const opened = driver.charge(request('initial', 0, [{ ask: null }]))
    t.match(opened.units, [{ granted: { amount: 5 * MB }, validity: 600, final: 'terminate' }])
    t.same(driver.wallet(), { available: 0, reserved: 50_000 })
  }
)

t.test('RFC 8506 5.1.1: time is split by the clock, without a word from the client', async t => {
  const driver = open(100 * MB, nightfall - minute)
  const call = (type: 'initial' | 'termination', number: number, usage: UsageTemplate) =>
    request(type, number, [{ ratingGroup: 100, ...usage }], {
      context: '32260',
      profile: peerProfiles.kamailio,
      facts: { calledParty: 'tel:+49301234567' }
    })
  const opened = driver.charge(call('initial', 0, { ask: { seconds: 300 } }))
  t.match(opened.units, [{ granted: { unit: 'seconds', amount: 300 }, validity: 3600 }])
  t.equal(opened.units[0]?.conditions ?? null, null, 'no Tariff-Time-Change for time')
  driver.now = nightfall + 2 * minute
  driver.charge(call('termination', 1, { used: { seconds: 180 } }))
  t.match(driver.cdrs(), [
    {
      amount: 240_000,
      parts: [
        { price: 'c0ffee00:go/voice-day', units: 60, amount: 120_000 },
        { price: 'c0ffee00:go/voice-night', units: 120, amount: 120_000 }
      ]
    }
  ])
})

t.test('a call that ends before the switch is not touched by it', async t => {
  const driver = open(100 * MB, nightfall - 10 * minute)
  const more = { context: '32260', facts: { calledParty: 'tel:+49301234567' } }
  driver.charge(request('initial', 0, [{ ratingGroup: 100, ask: { seconds: 60 } }], more))
  t.equal(driver.wallet().reserved, 120_000)
  driver.now += minute
  driver.charge(request('termination', 1, [{ ratingGroup: 100, used: { seconds: 60 } }], more))
  t.equal(driver.cdrs()[0]?.amount, 120_000)
})
