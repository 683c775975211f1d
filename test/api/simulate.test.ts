/** Dry runs over HTTP: what they answer, and that they leave no trace. */
import t from 'tap'
import { createApp } from '../../src/api/app.ts'
import { createChargingService } from '../../src/balance/service.ts'
import { createSnapshots } from '../../src/balance/snapshots.ts'
import { createEngine } from '../../src/charging/engine.ts'
import type { ChargingAnswer } from '../../src/domain/answer.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { systemScheduler } from '../../src/ops/clock.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import { createSimulator } from '../../src/server/simulator.ts'
import { request, start } from '../support/engine-driver.ts'
import { createMemoryState, createMemoryStore } from '../support/memory-store.ts'
import { keepLog, testRandom } from '../support/open-test-store.ts'
import {
  memoryCatalogue,
  memoryCdrs,
  noChain,
  noExports,
  noReconciler,
  noUsage
} from './memory-accounts.ts'

const MB = 1_000_000
const demo = await loadCatalogue('conf/catalogue')
const catalogues = { current: demo, byVersion: new Map([[demo.version, demo]]) }

function setUp() {
  const state = createMemoryState()
  const store = createMemoryStore(state)
  const clock = { now: () => start, monotonic: () => performance.now() }
  const service = createChargingService({
    store,
    ...createEngine(() => catalogues),
    clock,
    scheduler: systemScheduler,
    random: testRandom,
    logger: keepLog()
  })
  t.teardown(() => service.close())
  const simulator = createSimulator({
    versions: { catalogues: () => catalogues, fetch: async () => {} },
    snapshots: createSnapshots(store),
    clock,
    scheduler: systemScheduler
  })
  const records: CdrRecord[] = []
  const app = createApp({
    accounts: service.accounts,
    cdrs: memoryCdrs(records),
    exports: noExports,
    chain: noChain,
    retain: async () => [],
    reconciler: noReconciler,
    simulator,
    catalogue: memoryCatalogue(),
    rerate: async () => ({}),
    usage: noUsage,
    log: keepLog(),
    token: null,
    version: '0.0.0',
    readiness: async () => ({ store: { status: 'up' }, cdr: { status: 'up' } }),
    metrics: async () => ({ contentType: 'text/plain', text: '' })
  })
  async function call(path: string, body?: unknown) {
    const init =
      body === undefined
        ? {}
        : {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body)
          }
    const response = await app.request(path, init)
    // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect of it
    return { status: response.status, answer: (await response.json()) as any }
  }
  async function open(id: string, msisdn: string, offers: string[]) {
    const lines = [{ msisdn, imsi: `26201${msisdn.slice(-10)}` }]
    const answer = await service.accounts.submit({
      kind: 'open-account',
      accountId: id,
      lines,
      offers,
      topUp: 20_000_000
    })
    t.equal(answer.kind, 'done')
  }
  const charge = (asked: ChargingRequest) =>
    new Promise<ChargingAnswer>(resolve => service.charge(asked, resolve))
  return { state, records, call, open, charge }
}

/** Every octet that the store holds of an account. */
function stored(state: ReturnType<typeof createMemoryState>, id: string): string {
  const { lines, sessions, sweep, operations, ...rest } = state.accounts.get(id) ?? {
    lines: new Map(),
    sessions: new Map(),
    sweep: new Map(),
    operations: new Map()
  }
  return JSON.stringify([rest, [...lines], [...sessions], [...sweep], [...operations]])
}

t.test('a usage is priced against an offer, with the rules that were tried', async t => {
  const { call, state } = setUp()
  const { status, answer } = await call('/v1/simulate', {
    offers: ['prepaid-go'],
    steps: [{ do: 'use', service: 'data', units: 5 * MB, facts: { plmn: '20801' } }]
  })
  t.equal(status, 200)
  const ref = (rule: string) => `${demo.version}:prepaid-go/${rule}`
  t.match(answer, {
    catalogue: demo.version,
    currency: 'EUR',
    debited: '0.150000',
    before: { wallet: { available: '1000.000000' } },
    after: { wallet: { available: '999.850000', reserved: '0.000000' } },
    steps: [{ do: 'use', used: { unit: 'octets', units: 5 * MB }, debited: '0.150000' }],
    prices: {
      [ref('data-eu')]: { model: 'per-unit', price: '0.030000', per: MB, step: 100_000 }
    }
  })
  const [initial, termination] = answer.steps[0].requests
  t.match(initial.units[0], {
    service: 'internet',
    zone: 'eu',
    rules: [
      { price: ref('data-home'), verdict: 'rejected', because: 'not for zone eu' },
      { price: ref('data-eu'), verdict: 'matched', because: null }
    ],
    grant: { granted: 5 * MB, basis: 'asked', draws: [{ from: 'wallet', amount: '0.150000' }] }
  })
  t.match(termination, { do: 'termination', cdrs: [{ amount: '0.150000', flags: [] }] })
  t.match(termination.units[0].settled, [{ price: ref('data-eu'), amount: '0.150000' }])
  t.equal(state.accounts.size, 0)
  t.equal(state.catalogues.size, 0)
})

t.test('what usage took is told without the fee of a renewal that falls due with it', async t => {
  const { call, open } = setUp()
  const use = { do: 'use', service: 'data', units: 10 * MB }
  const late = { ...use, at: '2026-12-01T01:00:00+01:00' }
  const made = { offers: ['postpaid-10gb'], topUp: '100.00', start: '2026-11-05T12:00:00+01:00' }
  const { answer } = await call('/v1/simulate', { ...made, steps: [late] })
  t.match(answer, { debited: '0.000000', steps: [{ debited: '0.000000' }] })
  t.match(answer.steps[0].requests[0].movements, [{ type: 'fee', amount: '-24.990000' }])
  await open('acme-1', '4915100000001', ['postpaid-10gb'])
  const live = await call('/v1/simulate', { account: 'acme-1', steps: [{ ...use, after: 3e6 }] })
  t.match(live.answer, { debited: '0.000000' })
})

t.test('a scenario of days is played on a live account, and changes nothing there', async t => {
  const { call, open, charge, state } = setUp()
  await open('acme-1', '4915100000001', ['family-20gb'])
  await charge(request('initial', 0, [{ ask: null }], { sessionId: 'pgw;1' }))
  const before = stored(state, 'acme-1')
  const identities = JSON.stringify([...state.identities, ...state.directory])
  const { status, answer } = await call('/v1/simulate', {
    account: 'acme-1',
    steps: [
      {
        do: 'update',
        session: 'pgw;1',
        usages: [{ ratingGroup: 10, used: { octets: MB }, asked: {} }]
      },
      { do: 'use', service: 'voice', units: 61, facts: { calledParty: '+4930123456' } },
      { do: 'subscribe', offer: 'data-5gb', after: 86_400 },
      { do: 'top-up', amount: '5.00' },
      { do: 'block', reason: 'lost' },
      { do: 'look', at: '2027-01-15T00:00:00+01:00' }
    ]
  })
  t.equal(status, 200)
  t.match(answer.steps[0].requests[0], { number: 1, outcome: 'success', debited: '0.000000' })
  t.match(answer.steps[1].requests[1].buckets, [
    { allowance: 'minutes', before: { reserved: 61 }, after: { available: 17_939, reserved: 0 } }
  ])
  // The sweeper has closed pgw;1 by then, and the month is a new one.
  t.equal(answer.steps[2].requests[0].do, 'sweep')
  t.match(answer.steps[5].account, {
    status: 'blocked',
    openSessions: 0,
    wallet: { available: '20.010000' },
    buckets: [{ allowance: 'data', available: 20_000_000_000, reserved: 0 }, {}]
  })
  t.equal(stored(state, 'acme-1'), before)
  t.equal(JSON.stringify([...state.identities, ...state.directory]), identities)
  t.equal((await call('/v1/accounts/acme-1')).answer.status, 'active')
})

t.test('dry runs in the middle of traffic disturb nobody', async t => {
  const { call, open, charge, state } = setUp()
  await open('acme-1', '4915100000001', ['prepaid-go'])
  await open('acme-2', '4915100000002', ['prepaid-go'])
  const still = stored(state, 'acme-2')
  const update = (number: number) =>
    request('update', number, [{ used: { octets: MB }, ask: { octets: MB } }], { sessionId: 's' })
  await charge(request('initial', 0, [{ ask: { octets: MB } }], { sessionId: 's' }))
  const scenario = (account: string) => ({
    account,
    steps: [
      { do: 'use', service: 'data', units: 100 * MB, reports: 50 },
      { do: 'top-up', amount: '1.00' }
    ]
  })
  const updates = Array.from({ length: 100 }, (_, i) => charge(update(i + 1)))
  const runs = Array.from({ length: 10 }, (_, i) =>
    call('/v1/simulate', scenario(i % 2 === 0 ? 'acme-1' : 'acme-2'))
  )
  const answers = await Promise.all(updates)
  t.ok(answers.every(({ outcome, repeated }) => outcome === 'success' && !repeated))
  for (const { status, answer } of await Promise.all(runs)) {
    t.equal(status, 200)
    t.equal(answer.debited, '1.000000')
  }
  const { answer } = await call('/v1/accounts/acme-1')
  t.match(answer.wallet, { available: '18.990000', reserved: '0.010000' })
  t.equal(stored(state, 'acme-2'), still)
})

t.test('what a scenario cannot be is said member by member', async t => {
  const { call } = setUp()
  async function refused(body: object, ...members: string[]) {
    const { status, answer } = await call('/v1/simulate', body)
    t.equal(status, 400, JSON.stringify(answer))
    t.same(
      answer.errors?.map((error: { member: string }) => error.member),
      members
    )
  }
  const use = { do: 'use', service: 'data', units: 1 }
  await refused({ offers: ['prepaid-go'] }, 'steps')
  await refused({ steps: [use] }, 'offers')
  await refused(
    { account: 'a', offers: ['prepaid-go'], topUp: '1', steps: [use] },
    'offers',
    'topUp'
  )
  const offers = ['prepaid-go']
  await refused({ offers, steps: [{ do: 'use', units: 1 }] }, 'steps/0/service')
  await refused({ offers, steps: [{ do: 'use', service: 'data' }] }, 'steps/0/units')
  await refused({ offers, steps: [{ ...use, offer: 'x' }] }, 'steps/0/offer')
  await refused({ offers, steps: [{ ...use, at: '2026-13-01T00:00:00Z' }] }, 'steps/0/at')
  await refused({ offers, steps: [{ ...use, at: 'tomorrow' }] }, 'steps/0/at')
  await refused({ offers, start: 'now', steps: [use] }, 'start')
  await refused({ offers, steps: [{ ...use, units: 0 }] }, 'steps/0/units')
  await refused({ offers, steps: [{ do: 'top-up', amount: '-1' }] }, 'steps/0/amount')
  await refused({ offers, steps: [{ do: 'explode' }] }, 'steps/0/do')
  await refused({ offers, steps: [{ ...use, facts: { rat: '5g' } }] }, 'steps/0/facts/rat')
  await refused({ offers, steps: [{ ...use, facts: { rat: 256 } }] }, 'steps/0/facts/rat')
  t.equal(
    (await call('/v1/simulate', { offers, steps: [{ ...use, facts: { rat: 'nr' } }] })).status,
    200
  )
  const unknown = await call('/v1/simulate', { account: 'nobody', steps: [use] })
  t.equal(unknown.status, 404)
  const offer = await call('/v1/simulate', { offers: ['none'], steps: [use] })
  t.match(offer, { status: 400, answer: { detail: /no offer "none".*prepaid-go/ } })
  const service = await call('/v1/simulate', { offers, steps: [{ ...use, service: 'fax' }] })
  t.match(service, { status: 400, answer: { detail: /steps\/0: there is no service fax/ } })
})

t.test('a session is explained while it is open and when it is over', async t => {
  const { call, open, charge, records, state } = setUp()
  await open('acme-1', '4915100000001', ['prepaid-go'])
  await charge(request('initial', 0, [{ ask: null }], { sessionId: 'pgw;1' }))
  await charge(
    request('update', 1, [{ ask: null, used: { octets: 5 * MB } }], { sessionId: 'pgw;1' })
  )
  t.match(await call('/v1/explain?session=pgw;1'), {
    status: 200,
    answer: {
      open: {
        session: { accountId: 'acme-1', amount: '0.050000' },
        agrees: true,
        prices: [{ units: 5 * MB, amount: '0.050000', rerated: '0.050000' }]
      },
      cdrs: []
    }
  })
  await charge(request('termination', 2, [{ used: { octets: MB } }], { sessionId: 'pgw;1' }))
  const written = [...state.outbox.values()].flat().map(({ value }) => JSON.parse(value))
  records.push(...written.filter(record => record.kind === 'cdr'))
  t.match(await call('/v1/explain?session=pgw;1'), {
    status: 200,
    answer: {
      open: null,
      cdrs: [
        {
          cdr: { amount: '0.060000' },
          agrees: true,
          prices: [{ terms: { price: '0.010000' }, before: 0, units: 6 * MB, rerated: '0.060000' }]
        }
      ]
    }
  })
  t.equal((await call('/v1/explain?session=none')).status, 404)
  t.equal((await call('/v1/explain')).status, 400)
})
