import t from 'tap'
import type { Bucket } from '../../src/domain/account.ts'
import { DAY, type EngineDriver, HOUR, request } from '../support/engine-driver.ts'
import { limited, openWith } from '../support/limits-catalogue.ts'

const MB = 1_000_000
const EUR = 1_000_000
const berlin = (month: number, day: number, hour = 0) => Date.UTC(2026, month - 1, day, hour - 1)

function session(driver: EngineDriver, id: string, used: number, more: object = {}) {
  driver.charge(request('initial', 0, [{ ask: { octets: used } }], { sessionId: id, ...more }))
  driver.charge(request('termination', 1, [{ used: { octets: used } }], { sessionId: id, ...more }))
  return driver.cdrs().at(-1)!
}

function events(driver: EngineDriver): string[] {
  return driver.records
    .filter(record => record.kind === 'event')
    .map(event => `${event.type} ${event.subject} ${event.threshold} ${event.direction}`)
}

const held = (buckets: readonly Bucket[] = []) =>
  buckets.map(({ available, rolled }) => `${rolled === true ? 'rolled ' : ''}${available}`)

t.test('what is left rolls over once, up to its most, and is used first', async t => {
  const driver = openWith(['rolling'], EUR)
  session(driver, 's;1', 3 * MB)
  t.same(held(driver.account!.buckets), [`${7 * MB}`])
  driver.now = berlin(12, 1)
  session(driver, 's;2', 0)
  t.same(held(driver.account!.buckets), [`rolled ${4 * MB}`, `${10 * MB}`])
  t.same(
    driver
      .movements()
      .slice(2)
      .map(({ type, amount }) => `${type} ${amount}`),
    [`rollover ${-4 * MB}`, `rollover ${4 * MB}`, `expiry ${-3 * MB}`, `allowance ${10 * MB}`]
  )
  session(driver, 's;3', 5 * MB)
  t.same(held(driver.account!.buckets), ['rolled 0', `${9 * MB}`])
  driver.now = berlin(12, 31, 12)
  t.same(held(driver.account!.buckets), ['rolled 0', `${9 * MB}`])
  driver.now = Date.UTC(2027, 0, 5)
  session(driver, 's;4', 0)
  t.same(held(driver.account!.buckets), [`rolled ${4 * MB}`, `${10 * MB}`], 'never more than once')
  driver.now = Date.UTC(2027, 6, 5)
  session(driver, 's;5', 0)
  t.same(held(driver.account!.buckets), [`rolled ${4 * MB}`, `${10 * MB}`], 'after months')
})

t.test('thresholds of an allowance are told up and down, once each', async t => {
  const driver = openWith(['rolling'], EUR)
  session(driver, 's;1', 4 * MB)
  t.same(events(driver), [])
  session(driver, 's;2', MB)
  t.same(events(driver), ['threshold rolling/data 50 % up'])
  session(driver, 's;3', 6 * MB)
  t.same(events(driver).slice(1), ['threshold rolling/data 10 MB up'])
  t.match(driver.account!.buckets, [{ level: 2, status: 'used-up' }])
  driver.now = berlin(12, 2)
  session(driver, 's;4', MB)
  t.same(events(driver).slice(2), ['threshold rolling/data 10 MB down'])
})

t.test('after an allowance that stops, nothing else pays', async t => {
  const driver = openWith(['stopping'], 10 * EUR)
  const first = driver.charge(request('initial', 0, [{ ask: { octets: 3 * MB } }]))
  t.match(first.units, [
    { granted: { amount: MB }, final: 'redirect', conditions: { finalUnits: { retry: 300 } } }
  ])
  const next = driver.charge(
    request('update', 1, [{ ask: { octets: MB }, used: { octets: MB + 5 } }])
  )
  t.match(next.units, [{ outcome: 'success', granted: null, final: 'redirect', validity: 300 }])
  driver.charge(request('termination', 2))
  t.match(driver.cdrs()[0], { amount: 0, flags: ['suspense'] })
  t.equal(driver.wallet().available, 10 * EUR)
  driver.now = berlin(12, 20, 23)
  t.match(
    driver.charge(request('initial', 0, [{ ask: null }], { sessionId: 's;2' })).units,
    [{ granted: null }],
    'the 20th is too early'
  )
  driver.now = berlin(12, 21)
  t.match(
    driver.charge(request('initial', 0, [{ ask: null }], { sessionId: 's;3' })).units,
    [{ granted: { amount: MB } }],
    'the month turns on the 21st'
  )
})

t.test('promotional money pays for what it is for, before the wallet', async t => {
  const driver = openWith(['go', 'promo'], 10 * EUR)
  t.match(driver.account!.buckets, [{ unit: 'money', total: 5 * EUR }])
  const asked = driver.charge(request('initial', 0, [{ ask: { octets: 600 * MB } }]))
  t.match(asked.units, [{ granted: { amount: 600 * MB }, final: null }])
  t.match(driver.account!.buckets, [{ available: 0, reserved: 5 * EUR }])
  t.same(driver.wallet(), { available: 9 * EUR, reserved: EUR })
  driver.charge(request('update', 1, [{ ask: { octets: 200 * MB }, used: { octets: 400 * MB } }]))
  t.match(driver.account!.buckets, [{ available: 0, reserved: EUR }], '4.00 are paid')
  driver.charge(request('termination', 2, [{ used: { octets: 150 * MB } }]))
  t.same(driver.wallet(), { available: 9_500_000, reserved: 0 })
  t.match(driver.cdrs()[0], {
    amount: 500_000,
    parts: [
      { price: /go\/home$/, units: 550 * MB, amount: 5_500_000 },
      { bucket: /^promo#/, unit: 'money', units: 5 * EUR, amount: -5 * EUR }
    ]
  })
  const world = session(driver, 's;2', MB, { facts: { plmn: '310410' } })
  t.equal(world.amount, 2 * EUR, 'not abroad')
})

t.test(
  'promotional money pays also when the wallet is empty, and comes back with a refund',
  async t => {
    const driver = openWith(['go', 'promo'], 0)
    const sms = (number: number, event?: object) =>
      driver.charge(
        request('event', number, [{ ratingGroup: 200, ask: { messages: 2 } }], {
          context: '32274',
          sessionId: 'e;1',
          ...event
        })
      )
    t.match(sms(1).units, [{ outcome: 'success' }])
    t.match(driver.account!.buckets, [{ available: 4_860_000 }])
    t.equal(driver.cdrs()[0]?.amount, 0)
    const refund = { event: { action: 'refund' as const, correlation: null, original: null } }
    t.match(sms(2, refund).units, [{ outcome: 'success', granted: { amount: 2 } }])
    t.match(driver.account!.buckets, [{ available: 5 * EUR }])
    t.same(driver.wallet(), { available: 0, reserved: 0 }, 'it does not become real money')
    t.equal(driver.cdrs()[1]?.amount, 0)
    const some = (number: number) =>
      driver.charge(
        request('event', number, [{ ratingGroup: 200, ask: { messages: 1 } }], {
          context: '32274',
          sessionId: 'e;2',
          ...(number > 1 ? refund : {})
        })
      ).units[0]?.outcome
    driver.submit({
      kind: 'top-up',
      accountId: 'a1',
      amount: EUR,
      operation: { key: 'k', digest: '' }
    })
    t.equal(some(1), 'success')
    t.match(driver.account!.buckets, [{ available: 4_930_000 }])
    t.equal(some(2), 'success')
    t.match(driver.account!.buckets, [{ available: 5 * EUR }])
    t.equal(some(3), 'unable-to-comply')
    t.same(driver.wallet(), { available: EUR, reserved: 0 })
  }
)

t.test('an allowance of the night is drawn at night alone', async t => {
  const driver = openWith(['go', 'nights'], 10 * EUR)
  driver.now = berlin(11, 21, 21) + HOUR / 2
  const day = driver.charge(request('initial', 0, [{ ask: { octets: MB } }]))
  t.match(day.units, [{ granted: { amount: MB }, validity: 1800 }], 'until 22:00')
  driver.now = berlin(11, 21, 22)
  driver.charge(request('update', 1, [{ ask: { octets: 2 * MB }, used: { octets: MB } }]))
  t.match(driver.account!.buckets, [{ available: 98 * MB, reserved: 2 * MB }])
  driver.charge(request('termination', 2, [{ used: { octets: 3 * MB } }]))
  t.equal(driver.cdrs()[0]?.amount, 10_000, '1 MB of the evening')
  driver.now = berlin(11, 22, 5) + HOUR / 2
  driver.charge(request('initial', 0, [{ ask: { octets: 2 * MB } }], { sessionId: 's;2' }))
  driver.now = berlin(11, 22, 6)
  driver.charge(request('termination', 1, [{ used: { octets: 3 * MB } }], { sessionId: 's;2' }))
  t.equal(driver.cdrs()[1]?.amount, 10_000, 'beyond the grant it is day')
})

t.test('a fee is due on the day of the month, and without it the offer waits', async t => {
  const driver = openWith(['plan'], 25 * EUR)
  t.equal(driver.wallet().available, 15 * EUR)
  driver.now = berlin(12, 20, 23)
  t.match(session(driver, 's;1', 100 * MB), { amount: 0 })
  driver.now = berlin(12, 21)
  t.match(session(driver, 's;2', 100 * MB), { amount: 0 }, 'a new month')
  t.equal(driver.wallet().available, 5 * EUR)
  driver.now = Date.UTC(2027, 5, 1)
  const refused = driver.charge(request('initial', 0, [{ ask: null }], { sessionId: 's;3' }))
  t.match(refused.units, [{ outcome: 'credit-limit-reached' }])
  t.equal(driver.wallet().available, 5 * EUR, 'months of silence owe nothing')
  t.same(events(driver), ['suspended plan  up'])
  t.match(driver.account!.subscriptions, [{ suspendedAt: Date.UTC(2027, 0, 20, 23) }])
  driver.charge(request('termination', 1, [], { sessionId: 's;3' }))
  driver.now += DAY
  const topUp = { kind: 'top-up', accountId: 'a1', amount: 7 * EUR } as const
  driver.submit({ ...topUp, operation: { key: 'k', digest: '' } })
  driver.now += HOUR
  t.match(session(driver, 's;4', 100 * MB), { amount: 0 })
  t.equal(driver.wallet().available, 2 * EUR)
  t.same(events(driver).slice(1), ['resumed plan  down'])
  t.match(driver.account!.subscriptions, [
    { since: Date.UTC(2027, 5, 2), paidUntil: Date.UTC(2027, 6, 1, 22) }
  ])
})

t.test('the minutes of a line follow the fee of the account', async t => {
  const driver = openWith(['plan'], 15 * EUR)
  const line = () => driver.lines.get('4915100000001')!
  const call = (id: string) => {
    const more = { context: '32260', sessionId: id, facts: { calledParty: '+4930' } }
    const answer = driver.charge(request('initial', 0, [{ ratingGroup: 100, ask: null }], more))
    driver.charge(request('termination', 1, [], more))
    return answer.units[0]?.outcome
  }
  t.equal(call('s;1'), 'success')
  driver.now = berlin(12, 21)
  t.equal(call('s;2'), 'credit-limit-reached')
  t.equal(call('s;3'), 'credit-limit-reached')
  t.equal(driver.movements().filter(({ unit }) => unit === 'seconds').length, 2, 'given, expired')
  const topUp = { kind: 'top-up', accountId: 'a1', amount: 10 * EUR } as const
  driver.submit({ ...topUp, operation: { key: 'k', digest: '' } })
  t.equal(call('s;4'), 'success')
  t.same(held(line().buckets), ['6000'])
  driver.now += 20 * DAY
  t.equal(call('s;5'), 'success')
  t.same(held(line().buckets), ['6000'], 'given once')
})

t.test('what rolls over has its own time', async t => {
  const driver = openWith(['plan'], 95 * EUR, limited)
  const line = () => driver.lines.get('4915100000001')!
  driver.now = berlin(12, 22)
  session(driver, 's;1', MB)
  t.same(held(line().buckets), ['rolled 6000', '6000'])
  driver.now = berlin(12, 31)
  session(driver, 's;2', MB)
  t.same(held(line().buckets), ['6000'], 'ten days')
})

t.test(
  'a line that nobody looked at while the offer was suspended is given one new period',
  async t => {
    const driver = openWith(['plan'], 10 * EUR)
    driver.now += 40 * DAY
    for (const key of ['a', 'b']) {
      const topUp = { kind: 'top-up', accountId: 'a1', amount: 5 * EUR } as const
      driver.submit({ ...topUp, operation: { key, digest: '' } })
    }
    session(driver, 's;1', 0)
    const line = driver.lines.get('4915100000001')!
    t.same(held(line.buckets), ['6000'])
    t.same(
      driver
        .movements()
        .filter(({ unit }) => unit === 'seconds')
        .map(({ type, amount }) => `${type} ${amount}`),
      ['allowance 6000', 'allowance 6000', 'expiry -6000']
    )
  }
)
