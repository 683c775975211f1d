/** Limits and thresholds: what counts under them, what they hold, and what happens at their end. */
import t from 'tap'
import { compileCatalogue } from '../../src/rating/load/compile.ts'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { type EngineDriver, HOUR, request } from '../support/engine-driver.ts'
import { openWith, sourceOf, standardOffers } from '../support/limits-catalogue.ts'

const MB = 1_000_000
const EUR = 1_000_000
const abroad = { plmn: '310410' }
const month = { period: 'calendar-month' } as const
/** Midnight of 1 December in Berlin. */
const monthTurn = Date.UTC(2026, 10, 30, 23)

const pages = ['limit', 'allowance', 'offer', 'policy'].map(id => ({
  id,
  action: 'redirect' as const,
  redirect: `https://pay.example.com/${id}`,
  retry: 60
}))

/** The catalogue of the limits with more offers, numbers to call, and pages for final units. */
function inForce(offers: readonly OfferFile[], quota: object = {}) {
  const source = sourceOf([...standardOffers, ...offers], quota)
  const named = [{ destination: 'anywhere' }, { destination: 'far' }]
  return compileCatalogue({
    ...source,
    catalogue: {
      ...source.catalogue,
      'final-units': [...(source.catalogue['final-units'] ?? []), ...pages]
    },
    destinations: { other: 'anywhere', destinations: named },
    prefixes: [{ prefix: '33', destination: 'far' }]
  })
}

function surf(driver: EngineDriver, octets: number, facts: object = {}): number {
  const sessionId = `s;${driver.records.length};${driver.now}`
  const more = { sessionId, facts: { plmn: '26201', ...facts } }
  const asked = request('initial', 0, [{ ask: { octets } }], more)
  const granted = driver.charge(asked).units[0]?.granted?.amount ?? 0
  driver.charge(request('termination', 1, [{ used: { octets: granted } }], more))
  return granted
}

function call(driver: EngineDriver, calledParty: string, leg: string, seconds: number): number {
  const sessionId = `c;${driver.records.length};${calledParty};${leg}`
  const more = { sessionId, context: '32260', facts: { calledParty, leg } as never }
  const asked = request('initial', 0, [{ ratingGroup: 100, ask: { seconds } }], more)
  const granted = driver.charge(asked).units[0]?.granted?.amount ?? 0
  driver.charge(request('termination', 1, [{ ratingGroup: 100, used: { seconds: granted } }], more))
  return granted
}

const told = (driver: EngineDriver) =>
  driver.events().map(({ subject, threshold, direction }) => `${subject} ${threshold} ${direction}`)

t.test('usage counts under each limit of its service, zone, destination and leg', async t => {
  const units = { counts: 'units', amount: '10 min', ...month } as const
  const offer: OfferFile = {
    offer: 'many',
    kind: 'base',
    name: 'Many limits',
    limits: [
      { limit: 'calls', services: ['voice'], ...units },
      { limit: 'line', services: ['voice'], sharing: 'line', ...units },
      { limit: 'far', services: ['voice'], destinations: ['far'], ...units },
      { limit: 'in', services: ['voice'], legs: ['terminating'], ...units },
      { limit: 'home', services: ['internet'], zones: ['home'], ...month, amount: '9 MB' },
      { limit: 'world', services: ['internet'], zones: ['world'], ...month, amount: '9 MB' }
    ],
    'prices-of': 'go'
  }
  const driver = openWith(['many'], 100 * EUR, inForce([offer]))
  call(driver, 'tel:+4930', 'originating', 60)
  call(driver, 'tel:+3312', 'originating', 30)
  call(driver, 'tel:+4930', 'terminating', 5)
  surf(driver, MB)
  surf(driver, 2 * MB, abroad)
  const counters = [...driver.account!.counters, ...[...driver.lines.values()][0]!.counters]
  t.same(Object.fromEntries(counters.map(({ limit, used }) => [limit, used])), {
    calls: 95,
    line: 95,
    far: 30,
    in: 5,
    home: MB,
    world: 2 * MB
  })
})

t.test(
  'units count wherever they are drawn from, money whoever pays it, free ones not',
  async t => {
    const offer: OfferFile = {
      offer: 'all',
      kind: 'base',
      name: 'Limits of units and of money',
      allowances: [{ allowance: 'data', services: ['internet'], amount: '2 MB', ...month }],
      limits: [
        { limit: 'units', services: ['internet'], amount: '50 MB', ...month },
        { limit: 'money', services: ['internet', 'sms'], money: '5.00', ...month },
        { limit: 'calls', services: ['voice'], amount: '10 min', ...month }
      ],
      'prices-of': 'go'
    }
    const driver = openWith(['all', 'promo'], 100 * EUR, inForce([offer]))
    surf(driver, 10 * MB)
    t.equal(driver.wallet().available, 100 * EUR, 'the allowance and the gift have paid')
    call(driver, 'tel:112', 'originating', 300)
    t.same(
      driver.account!.counters.map(({ limit, used, reserved }) => [limit, used, reserved]),
      [
        ['units', 10 * MB, 0],
        ['money', 80_000, 0],
        ['calls', 0, 0]
      ],
      '8 MB at 0.01'
    )
  }
)

t.test('last units are those of the limit, the allowance, the offer or the policy', async t => {
  const last = (limit: boolean, allowance: boolean, offer: boolean, policy: boolean) => {
    const own: OfferFile = {
      offer: 'own',
      kind: 'base',
      name: 'Own',
      limits: [
        {
          limit: 'data',
          services: ['internet'],
          amount: '1 MB',
          ...month,
          ...(limit ? { 'final-units': 'limit' } : {})
        }
      ],
      allowances: [
        {
          allowance: 'data',
          services: ['internet'],
          amount: '3 MB',
          ...month,
          ...(allowance ? { 'final-units': 'allowance' } : {})
        }
      ],
      ...(offer ? { 'final-units': 'offer' } : {}),
      'prices-of': 'go'
    }
    const quota = policy ? { 'final-units': 'policy' } : {}
    const driver = openWith(['own'], EUR, inForce([own], quota))
    const { units } = driver.charge(request('initial', 0, [{ ask: { octets: 9 * MB } }]))
    t.match(units, [{ granted: { amount: MB } }])
    const { redirect } = units[0]?.conditions?.finalUnits ?? {}
    return redirect?.address.split('/').at(-1) ?? units[0]?.final
  }
  t.equal(last(true, true, true, true), 'limit')
  t.equal(last(false, true, true, true), 'allowance')
  t.equal(last(false, false, true, true), 'offer')
  t.equal(last(false, false, false, true), 'policy')
  t.equal(last(false, false, false, false), 'terminate')
})

t.test('a limit of money has its last units also where a step does not fit any more', async t => {
  const capped = (offer: string, money: string): OfferFile => ({
    offer,
    kind: 'base',
    name: offer,
    limits: [
      { limit: 'abroad', services: ['internet'], money, ...month, 'final-units': 'limit' },
      { limit: 'wide', services: ['internet'], money: '9.00', ...month, 'final-units': 'offer' }
    ],
    'prices-of': 'go'
  })
  const catalogue = inForce([capped('small', '0.05'), capped('large', '5.00')])
  const facts = abroad
  const driver = openWith(['small'], 100 * EUR, catalogue)
  const page = { finalUnits: { redirect: { address: 'https://pay.example.com/limit' } } }
  // 10 kB cost 0.02, so 0.01 of the limit is left.
  const first = driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { facts }))
  t.match(first.units, [{ granted: { amount: 20_000 }, final: 'redirect', conditions: page }])
  const used = { used: { octets: 20_000 } }
  const silent = driver.charge(request('update', 1, [used], { facts }))
  t.match(silent.units, [{ outcome: 'success', granted: null, validity: 60 }])
  const next = driver.charge(request('update', 2, [{ ask: { octets: MB } }], { facts }))
  t.match(next.units, [{ outcome: 'success', granted: null, final: 'redirect', conditions: page }])
  const poor = openWith(['large'], 50_000, catalogue)
  const end = poor.charge(request('initial', 0, [{ ask: { octets: MB } }], { facts }))
  t.match(end.units, [{ granted: { amount: 20_000 }, final: 'terminate' }], 'it is the wallet')
})

t.test('a new period begins with nothing used, and with what is held', async t => {
  const driver = openWith(['capped'], 100 * EUR)
  surf(driver, MB, abroad)
  driver.now = monthTurn - HOUR
  driver.charge(request('initial', 0, [{ ask: { octets: 3 * MB } }], { facts: abroad }))
  t.match(driver.account!.counters, [{ used: 2 * EUR, reserved: 6 * EUR }])
  driver.now = monthTurn
  driver.charge(request('initial', 0, [], { sessionId: 'look' }))
  t.match(driver.account!.counters, [{ used: 0, reserved: 6 * EUR, validFrom: monthTurn }])
  t.equal(surf(driver, 9 * MB, abroad), 2 * MB, 'what the open session leaves of 10.00')
  driver.charge(request('termination', 1, [{ used: { octets: 3 * MB } }], { facts: abroad }))
  t.match(driver.account!.counters, [{ used: 10 * EUR, reserved: 0 }])
})

t.test('a threshold is told once, in the commit that reaches it', async t => {
  const driver = openWith(['capped'], 100 * EUR)
  const facts = abroad
  const ask = { ask: { octets: MB } }
  driver.charge(request('initial', 0, [{ ask: { octets: 5 * MB } }], { facts }))
  t.same(told(driver), [], 'what is held reaches nothing')
  const before = driver.records.length
  driver.charge(request('update', 1, [{ ...ask, used: { octets: 4 * MB } }], { facts }))
  const written = driver.records.slice(before)
  t.same(written.filter(({ kind }) => kind === 'event').length, 1)
  driver.charge(request('update', 2, [{ ...ask, used: { octets: 1 } }], { facts }))
  driver.charge(request('update', 3, [{ ...ask, used: { octets: 1 } }], { facts }))
  t.same(told(driver), ['capped/roaming 80 % up'])
})

t.test('a refund lowers what an allowance has used, and no limit', async t => {
  const offer: OfferFile = {
    offer: 'both',
    kind: 'base',
    name: 'Both',
    allowances: [
      {
        allowance: 'texts',
        services: ['sms'],
        amount: 10,
        ...month,
        thresholds: [{ at: '50 %', tell: 'both' }]
      }
    ],
    limits: [{ limit: 'texts', services: ['sms'], amount: 20, ...month }],
    'prices-of': 'go'
  }
  const driver = openWith(['both'], EUR, inForce([offer]))
  const send = (number: number, messages: number, action: 'refund' | 'direct-debiting') =>
    driver.charge(
      request('event', number, [{ ratingGroup: 200, ask: { messages } }], {
        context: '32274',
        sessionId: 'e',
        event: { action, correlation: null, original: null }
      })
    )
  send(0, 6, 'direct-debiting')
  t.match(driver.account!.buckets, [{ available: 4, level: 1 }])
  send(0, 2, 'refund')
  t.match(driver.account!.buckets, [{ available: 6 }])
  t.match(driver.account!.counters, [{ used: 6 }])
  t.same(told(driver), ['both/texts 50 % up', 'both/texts 50 % down'])
})

t.test(
  'what sessions hold counts as available until it is used, and no debt is made of it',
  async t => {
    const driver = openWith(['flat'], 0)
    const facts = abroad
    const ask = (sessionId: string) =>
      driver.charge(request('initial', 0, [{ ask: { octets: 10 * MB } }], { sessionId, facts }))
    for (const id of ['s;1', 's;2']) ask(id)
    // 20.00 are held by each; the floor is -51.00.
    driver.charge(request('termination', 1, [{ used: { octets: 35 * MB } }], { sessionId: 's;1' }))
    t.same(driver.wallet(), { available: -71 * EUR, reserved: 20 * EUR })
    t.equal(driver.account!.badDebt, 19 * EUR)
    driver.charge(request('termination', 1, [], { sessionId: 's;2' }))
    t.same([driver.wallet().available, driver.account!.badDebt], [-51 * EUR, 19 * EUR])
  }
)

t.test('a line rate bounds octets and time since the grant, or since the beginning', async t => {
  const catalogue = inForce([], { 'line-rate': '1 MB' })
  const driver = openWith(['go'], 100 * EUR, catalogue)
  const suspended = () =>
    driver
      .cdrs()
      .at(-1)!
      .parts.flatMap(({ suspense, units }) => (suspense ? [units] : []))
  driver.charge(request('initial', 0, []))
  driver.now += 100_000
  driver.charge(request('update', 1, [{ used: { octets: 200 * MB } }]))
  driver.charge(request('termination', 2, []))
  t.same(suspended(), [40 * MB], '100 seconds of the session and a minute')
  const more = { sessionId: 'call', context: '32260', facts: { calledParty: '+4930' } }
  driver.charge(request('initial', 0, [{ ratingGroup: 100, ask: { seconds: 600 } }], more))
  driver.now += 50_000
  driver.charge(request('termination', 1, [{ ratingGroup: 100, used: { seconds: 111 } }], more))
  t.same(suspended(), [1], '50 seconds and a minute')
  t.match(
    driver.events().map(({ type, used, amount, unit }) => [type, used, amount, unit]),
    [
      ['implausible', 200 * MB, 160 * MB, 'octets'],
      ['implausible', 111, 110, 'seconds']
    ]
  )
})

t.test('offers that have a limit of one another count under it each for itself', async t => {
  const metered = standardOffers.find(({ offer }) => offer === 'metered')!
  const heir: OfferFile = { offer: 'heir', kind: 'addon', name: 'Heir', limits: metered.limits! }
  const driver = openWith(['metered', 'heir'], 100 * EUR, inForce([heir]))
  t.equal(surf(driver, 5 * MB), 3 * MB)
  const counters = [...driver.account!.counters, ...[...driver.lines.values()][0]!.counters]
  t.same(
    counters.filter(({ used }) => used > 0).map(({ offer, limit, used }) => [offer, limit, used]),
    [
      ['metered', 'weekly', 3 * MB],
      ['heir', 'weekly', 3 * MB],
      ['metered', 'daily', 3 * MB],
      ['heir', 'daily', 3 * MB]
    ]
  )
})

t.test('of several limits the one that leaves least bounds a grant', async t => {
  const data = { services: ['internet'], ...month } as const
  const offer: OfferFile = {
    offer: 'two',
    kind: 'base',
    name: 'Two',
    limits: [
      { limit: 'shared', amount: '2 MB', ...data },
      { limit: 'line', amount: '5 MB', sharing: 'line', ...data },
      { limit: 'money', money: '0.04', ...data },
      { limit: 'more', money: '0.30', ...data }
    ],
    'prices-of': 'go'
  }
  const driver = openWith(['two'], 100 * EUR, inForce([offer]))
  t.equal(surf(driver, 9 * MB), 2 * MB)
  const dear = openWith(['two'], 100 * EUR, inForce([{ ...offer, limits: offer.limits!.slice(1) }]))
  t.equal(surf(dear, 9 * MB), 4 * MB, '0.04 at 0.01 a megabyte')
})
