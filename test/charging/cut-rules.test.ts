/** When the CDR of a session that goes on is cut, and what stands in it: rule by rule. */
import t from 'tap'
import { rerateSession } from '../../src/charging/rerate/rerate.ts'
import type { Catalogue } from '../../src/rating/catalogue.ts'
import type { PartialRecords } from '../../src/rating/partial-records.ts'
import { banded, nightfall } from '../support/banded-catalogue.ts'
import { EngineDriver, HOUR, request, type UsageTemplate } from '../support/engine-driver.ts'

const MB = 1_000_000
const minute = 60_000

function open(policy: Partial<PartialRecords>): EngineDriver {
  const changes = new Set<never>()
  const current: Catalogue = { ...banded, partialRecords: [{ changes, ...policy }] }
  const driver = new EngineDriver({ current, byVersion: new Map() })
  driver.now = nightfall - minute
  const lines = [{ msisdn: '4915100000001' }]
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp: 100 * MB })
  return driver
}

const before = { plmn: '26201', rat: 6, timeZone: '4001' }
const after = { plmn: '310410', rat: 10, timeZone: '8000' }
const used = (octets: number): UsageTemplate[] => [{ ask: { octets: MB }, used: { octets } }]
const causes = (driver: EngineDriver) => driver.cdrs().map(({ cause }) => cause)

t.test('the first cause that holds is told: changes, then volume, time and parts', async t => {
  const all = ['plmn', 'rat', 'time-zone', 'tariff'] as const
  const told: string[] = []
  // Each round leaves out the cause that was told before.
  for (const left of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const driver = open({
      changes: new Set(all.slice(left)),
      ...(left <= 4 ? { volume: MB } : {}),
      ...(left <= 5 ? { time: minute } : {}),
      ...(left <= 6 ? { parts: 1 } : {})
    })
    driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { facts: before }))
    driver.now += 2 * minute
    driver.charge(request('update', 1, used(2 * MB), { facts: after }))
    told.push(causes(driver)[0] ?? 'none')
  }
  t.same(told, [
    'sGSNPLMNIDChange',
    'rATChange',
    'mSTimeZoneChange',
    'partialRecord',
    'volumeLimit',
    'timeLimit',
    'maxChangeCond',
    'none'
  ])
})

t.test('only what the policy names, and the network says twice, is a change', async t => {
  const driver = open({ changes: new Set(['plmn', 'rat', 'time-zone'] as const) })
  const say = (number: number, facts: object) =>
    driver.charge(request(number === 0 ? 'initial' : 'update', number, used(1), { facts }))
  say(0, {})
  say(1, before)
  say(2, {})
  say(3, { rat: 6 })
  t.same(causes(driver), [], 'said first, not said again, and said alike')
  say(4, { rat: 10 })
  t.same(causes(driver), ['rATChange'])
  t.match(driver.cdrs()[0]?.facts, { rat: 6, plmn: '26201' })
})

t.test('a report is never cut, and what comes later of a grant is in a later record', async t => {
  const driver = open({ volume: 2 * MB, changes: new Set(['plmn'] as const) })
  driver.charge(request('initial', 0, [{ ask: { octets: 9 * MB } }], { facts: before }))
  driver.charge(request('update', 1, used(MB), { facts: before }))
  driver.charge(request('update', 2, used(7 * MB), { facts: before }))
  t.match(driver.cdrs(), [{ octets: 8 * MB, cause: 'volumeLimit' }])
  // Granted in this record, reported in the next.
  const silent = [{ ratingGroup: 20, ask: null, used: { octets: 1 } }]
  driver.charge(request('update', 3, silent, { facts: after }))
  t.match(driver.cdrs()[1], { octets: 1, cause: 'sGSNPLMNIDChange', facts: { plmn: '26201' } })
  driver.charge(request('termination', 4, [{ used: { octets: MB } }]))
  t.match(driver.cdrs()[2], { octets: MB, cause: 'normalRelease', amount: 10_000 })
})

t.test('an empty record goes on with the circumstances that hold now', async t => {
  const driver = open({ changes: new Set(['rat'] as const) })
  driver.charge(request('initial', 0, [{ ask: null }], { facts: before }))
  driver.charge(request('update', 1, [{ ask: null }], { facts: { rat: 10 } }))
  driver.charge(request('update', 2, used(MB), { facts: { rat: 10 } }))
  t.same(causes(driver), [])
  driver.charge(request('update', 3, used(MB), { facts: { rat: 6 } }))
  t.match(driver.cdrs(), [{ cause: 'rATChange', facts: { rat: 10 }, octets: 2 * MB }])
})

t.test('silence cuts nothing until the session is closed', async t => {
  const driver = open({ time: minute })
  driver.charge(request('initial', 0, [{ ask: null }]))
  driver.charge(request('update', 1, [{ ask: null, used: { octets: MB } }]))
  const begun = driver.now
  const other = { sessionId: 's;2' }
  driver.now += HOUR
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  driver.charge(request('initial', 0, [], other))
  t.same(causes(driver), [], 'neither a sweep nor another session')
  // Units are valid for an hour: the record is as long as `time` and that, at most.
  driver.charge(request('update', 2, [{ ask: null, used: { octets: MB } }]))
  const [cut] = driver.cdrs()
  t.match(cut, { cause: 'timeLimit', startedAt: begun, endedAt: begun + HOUR, octets: 2 * MB })
  driver.now += 2 * HOUR
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  t.same(
    driver
      .cdrs()
      .map(({ sessionId, cause }) => [sessionId, cause])
      .slice(1),
    [
      ['s;1', 'abnormalRelease'],
      ['s;2', 'abnormalRelease']
    ]
  )
})

t.test('records are numbered in the commits of their requests, from one start', async t => {
  const driver = open({ volume: 1 })
  const startedAt = driver.now
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }]))
  const ends: number[] = []
  for (const number of [1, 2, 3]) {
    driver.now += minute
    const decision = driver.decide(request('update', number, used(MB)))
    const written = decision.changes!.records.filter(({ kind }) => kind === 'cdr')
    t.match(written, [{ number, startedAt, endedAt: driver.now }], 'in one commit')
    t.equal(decision.changes!.sessions.length, 1)
    driver.apply(decision)
    ends.push(driver.now)
  }
  driver.charge(request('termination', 4))
  const cdrs = driver.cdrs()
  t.same(
    cdrs.map(({ openedAt }) => openedAt),
    [undefined, ...ends]
  )
  t.match(cdrs.at(-1), { number: 4, startedAt, cause: 'normalRelease', octets: 0, parts: [] })
})

t.test('each record is rated again by itself', async t => {
  const setUp: PartialRecords[] = [{ changes: new Set(), volume: 1, time: 1 }]
  const driver = open(setUp[0]!)
  const voice = { context: '32260', facts: { calledParty: '+4930' } }
  const go = banded.offers.get('go')!
  const price = {
    model: 'per-unit',
    amount: 90_000,
    per: 60,
    step: 60,
    minimum: 60,
    setUp: 150_000
  }
  const rules = [{ ...go.prices[1]!, ref: 'c0ffee00:go/call', price }] as typeof go.prices
  const current = {
    ...banded,
    offers: new Map([['go', { ...go, prices: rules.map(({ bands: _, ...rule }) => rule) }]]),
    rules: new Map(rules.map(rule => [rule.ref, rule])),
    partialRecords: setUp
  }
  const known = { current, byVersion: new Map() }
  const calls = new EngineDriver(known)
  calls.now = driver.now
  const lines = [{ msisdn: '4915100000001' }]
  calls.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp: 10 * MB })
  const seconds = (count: number) => [{ ratingGroup: 100, ask: null, used: { seconds: count } }]
  calls.charge(request('initial', 0, [{ ratingGroup: 100, ask: null }], voice))
  for (const number of [1, 2, 3]) {
    calls.now += minute
    calls.charge(request('update', number, seconds(50), voice))
  }
  calls.charge(request('termination', 4, [], voice))
  const cdrs = calls.cdrs()
  const amounts = [240_000, 90_000, 90_000, 0]
  t.same(
    cdrs.map(({ amount }) => amount),
    amounts
  )
  t.same(
    cdrs.flatMap(({ parts }) => parts.map(({ before: position }) => position)),
    [0, 50, 100]
  )
  t.same(
    cdrs.map(cdr => rerateSession([cdr], current, known)[0]?.amount),
    amounts
  )
})

t.test('time counts from the last record, as volume and parts do', async t => {
  const driver = open({ time: 10 * minute })
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }]))
  const begun = driver.now
  for (const number of [1, 2, 3, 4, 5]) {
    driver.now += 6 * minute
    driver.charge(request('update', number, used(MB)))
  }
  t.same(
    driver.cdrs().map(({ endedAt }) => (endedAt - begun) / minute),
    [12, 24]
  )
})
