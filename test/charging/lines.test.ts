/** Lines that come to an account, change their numbers, and end. */
import t from 'tap'
import type { AccountAnswer } from '../../src/domain/answer.ts'
import { EngineDriver, request, type UsageTemplate } from '../support/engine-driver.ts'
import { catalogueOf, standardOffers } from '../support/limits-catalogue.ts'

const EUR = 1_000_000
const MB = 1_000_000
const data = { services: ['internet'], period: 'calendar-month' } as const
const catalogue = catalogueOf([
  ...standardOffers,
  {
    offer: 'each',
    kind: 'base',
    name: '5 MB for each line',
    allowances: [{ allowance: 'each', amount: '5 MB', sharing: 'line', ...data }],
    'prices-of': 'go'
  },
  {
    offer: 'own',
    kind: 'addon',
    name: '10 MB for one line',
    fee: '2.00',
    allowances: [{ allowance: 'own', amount: '10 MB', priority: 0, ...data }]
  }
])
const [first, second, third] = ['4915100000001', '4915100000002', '4915100000003']

function opened(topUp: number, msisdns: readonly string[] = [first]): EngineDriver {
  const driver = new EngineDriver(() => ({ current: catalogue, byVersion: new Map() }))
  const lines = msisdns.map(msisdn => ({ msisdn }))
  const whole = { accountId: 'a1', lines, offers: ['each'], topUp }
  t.match(driver.submit({ kind: 'open-account', ...whole }), { kind: 'done' })
  return driver
}

function add(
  driver: EngineDriver,
  lines: readonly { msisdn: string; offers?: string[] }[]
): AccountAnswer {
  const ids = lines.map(({ msisdn }) => msisdn)
  return driver.submit({ kind: 'add-lines', accountId: 'a1', lines, ids, operation: null })
}

function change(driver: EngineDriver, lineId: string, msisdn: string, changes: number) {
  const whole = { accountId: 'a1', lineId, msisdn, changes, operation: null }
  return driver.submit({ kind: 'change-line', ...whole })
}

function end(driver: EngineDriver, lineId: string, besides: string | null): AccountAnswer {
  return driver.submit({ kind: 'end-line', accountId: 'a1', lineId, besides, operation: null })
}

function charge(
  driver: EngineDriver,
  type: 'initial' | 'update' | 'termination',
  number: number,
  msisdn: string,
  usages: UsageTemplate[],
  sessionId = 's;1'
) {
  const subscribers = [{ type: 'msisdn' as const, value: msisdn }]
  return driver.charge(request(type, number, usages, { sessionId, subscribers }))
}

t.test('a line that is added is given what each line has, and buys its own', async t => {
  const driver = opened(10 * EUR)
  driver.now += 86_400_000
  t.match(add(driver, [{ msisdn: second, offers: ['own'] }, { msisdn: third }]), { kind: 'done' })
  t.equal(driver.account?.wallet.available, 8 * EUR)
  t.match(driver.lines.get(second)?.buckets, [{ total: 5 * MB }, { total: 10 * MB }])
  t.match(driver.lines.get(third)?.buckets, [{ total: 5 * MB, available: 5 * MB }])
  t.match(driver.account?.ownOffers, [{ offers: ['own'], lines: 1 }])
  const told = driver.records.filter(record => record.kind === 'account').at(-1)
  t.same(
    told?.lines.map(({ id }) => id),
    [second, third],
    'for the rebuilding of a store'
  )
  driver.lineId = second
  t.match(charge(driver, 'initial', 0, second, [{ ask: { octets: MB } }]), { outcome: 'success' })
})

t.test('lines that cannot all pay are not added at all', async t => {
  const driver = opened(3 * EUR)
  const lines = [second, third].map(msisdn => ({ msisdn, offers: ['own'] }))
  const before = driver.records.length
  t.match(add(driver, lines), { reason: 'funds-insufficient' })
  t.match(add(driver, [{ msisdn: second, offers: ['each', 'go'] }]), { reason: 'offer-conflict' })
  t.match(add(driver, [{ msisdn: first }]), { reason: 'identity-taken', member: 'lines/0' })
  t.equal(driver.lines.size, 1)
  t.equal(driver.account?.wallet.available, 3 * EUR)
  t.equal(driver.records.length, before)
})

t.test('a session goes on under the numbers that it began with', async t => {
  const driver = opened(10 * EUR)
  charge(driver, 'initial', 0, first, [{ ask: { octets: MB } }])
  driver.now += 1_000
  t.match(change(driver, first, third, 0), { kind: 'done', repeated: false })
  t.match(change(driver, first, third, 1), { kind: 'done', repeated: true })
  t.match(change(driver, first, second, 0), { reason: 'line-changed' })
  const going = [{ ask: { octets: MB }, used: { octets: MB } }]
  t.match(charge(driver, 'update', 1, first, going), { units: [{ granted: { amount: MB } }] })
  t.match(charge(driver, 'initial', 0, first, going, 's;2'), { outcome: 'user-unknown' })
  t.match(charge(driver, 'initial', 0, third, [{ ask: { octets: MB } }], 's;3'), {
    outcome: 'success'
  })
  charge(driver, 'termination', 2, first, [{ used: { octets: MB } }])
  charge(driver, 'termination', 1, third, [{ used: { octets: MB } }], 's;3')
  t.same(
    driver.cdrs().map(cdr => [cdr.sessionId, cdr.octets, cdr.msisdn]),
    [
      ['s;2', MB, third],
      ['s;1', 2 * MB, first],
      ['s;3', MB, third]
    ],
    'and what a refused request reports is charged'
  )
})

t.test('a line that has ended is granted nothing, and what it used is charged', async t => {
  const driver = opened(10 * EUR, [first, second])
  driver.submit({
    kind: 'subscribe',
    accountId: 'a1',
    offer: 'own',
    lineId: second,
    operation: null
  })
  driver.lineId = second
  charge(driver, 'initial', 0, second, [{ ask: { octets: 2 * MB } }])
  t.match(end(driver, second, null), { reason: 'line-last' }, 'unless another is known to go on')
  t.match(end(driver, second, second), { reason: 'line-changed' })
  t.match(end(driver, second, first), { kind: 'done', repeated: false })
  t.match(end(driver, second, first), { kind: 'done', repeated: true })
  t.match(end(driver, first, second), { reason: 'line-changed' })
  t.match(driver.orders.at(-1), { action: 'abort', cause: 'line', lineId: second })
  const ended = driver.lines.get(second)
  t.equal(ended?.subscriptions, undefined)
  t.equal(driver.account?.ownOffers, undefined)
  t.match(ended?.buckets, [{ available: 0, reserved: 2 * MB, ended: true }])
  t.match(charge(driver, 'update', 1, second, [{ ask: {}, used: { octets: MB } }]), {
    outcome: 'success',
    units: [{ outcome: 'service-denied' }]
  })
  t.match(charge(driver, 'initial', 0, second, [{ ask: {} }], 's;2'), { outcome: 'user-unknown' })
  charge(driver, 'termination', 2, second, [{ used: { octets: MB } }])
  t.match(
    driver.cdrs().map(({ octets, amount, msisdn }) => ({ octets, amount, msisdn })),
    [{ octets: 2 * MB, amount: 10_000, msisdn: second }],
    'what was held is paid by its allowance, the rest by the wallet'
  )
  t.same(driver.lines.get(second)?.buckets, [])
  for (const bucket of ['own', 'each']) {
    const moved = driver.movements().filter(({ target }) => target.includes(`/${bucket}/`))
    const used = driver.cdrs()[0]!.parts.filter(part => part.bucket.includes(`/${bucket}/`))
    const ofSecond = moved.filter(({ target }) => bucket === 'own' || target.endsWith(second))
    const sum = ofSecond.reduce((total, { amount }) => total + amount, 0)
    t.equal(
      sum,
      used.reduce((total, { units }) => total + units, 0),
      `${bucket} is given, used and expired`
    )
  }
  driver.now += 40 * 86_400_000
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  t.match(driver.submit({ kind: 'set-limit', accountId: 'a1', limit: 'x', lineId: second }), {
    reason: 'line-unknown'
  })
})

t.test('an account keeps one line', async t => {
  const driver = opened(10 * EUR, [first, second])
  t.match(end(driver, first, second), { kind: 'done' })
  t.match(end(driver, second, first), { reason: 'line-changed' })
  t.match(end(driver, second, null), { reason: 'line-last' })
})
