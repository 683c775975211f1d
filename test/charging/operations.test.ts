import t from 'tap'
import { DAY, EngineDriver, request } from '../support/engine-driver.ts'
import { catalogueOf, openWith, standardOffers } from '../support/limits-catalogue.ts'

const MB = 1_000_000

t.test('an account is opened once, with its lines, offers and first credit', async t => {
  const driver = EngineDriver.open(['go'], 5_000_000, ['4915100000001', '4915100000002'])
  t.match(driver.account, { id: 'a1', status: 'active', currency: 'EUR', records: 2 })
  t.same([...driver.lines.keys()], ['4915100000001', '4915100000002'])
  t.same(driver.wallet(), { available: 5_000_000, reserved: 0 })
  const again = driver.submit({
    kind: 'open-account',
    accountId: 'a1',
    lines: [],
    offers: [],
    topUp: 1
  })
  t.match(again, { kind: 'refused', reason: 'account-exists' })
})

t.test('what cannot be opened says why', async t => {
  const open = (offers: string[], lines: { msisdn?: string }[] = [{ msisdn: '49151' }]) =>
    new EngineDriver().submit({ kind: 'open-account', accountId: 'x', lines, offers, topUp: 0 })
  t.match(open(['nothing']), { reason: 'offer-unknown', detail: /go, pack/ })
  t.match(open(['go', 'post']), { reason: 'offer-conflict' })
  t.match(open(['go'], [{}]), { reason: 'invalid' })
  t.match(open(['go', 'pack']), { reason: 'funds-insufficient' })
})

t.test('a plan with a fee and a credit limit is opened with an empty wallet', async t => {
  const fee = { offer: 'paid-later', kind: 'base', name: 'Paid later', fee: '9.99' } as const
  const catalogue = catalogueOf([...standardOffers, { ...fee, 'credit-limit': '10.00' }])
  t.equal(openWith(['paid-later'], 0, catalogue).wallet().available, -9_990_000)
  const tight = catalogueOf([...standardOffers, { ...fee, 'credit-limit': '9.98' }])
  t.throws(() => openWith(['paid-later'], 0, tight), /costs 9.990000, and 0.000000 is available/)
})

t.test('a top-up is done once for each key', async t => {
  const driver = EngineDriver.open(['go'], 0)
  const topUp = (key: string, amount: number) =>
    driver.submit({
      kind: 'top-up',
      accountId: 'a1',
      amount,
      operation: { key, digest: String(amount) }
    })
  t.match(topUp('a', 5), { kind: 'done', repeated: false })
  t.match(topUp('a', 5), { kind: 'done', repeated: true })
  t.match(topUp('a', 6), { kind: 'refused', reason: 'key-reused' })
  t.match(topUp('b', 5), { kind: 'done', repeated: false })
  t.equal(driver.wallet().available, 10)
  t.match(topUp('c', Number.MAX_SAFE_INTEGER), { kind: 'refused', reason: 'invalid' })
})

t.test('an add-on is paid from the wallet, drawn before money, and ends', async t => {
  const driver = EngineDriver.open(['go'], 1_500_000)
  const buy = () =>
    driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
  t.match(buy(), { kind: 'done' })
  t.match(buy(), { kind: 'refused', reason: 'funds-insufficient' })
  t.equal(driver.wallet().available, 500_000)
  const answer = driver.charge(request('initial', 0, [{ ask: null }]))
  t.match(answer.units, [{ granted: { amount: 10 * MB } }])
  t.match(driver.account!.buckets, [{ available: 0, reserved: 5 * MB }])
  t.same(driver.wallet(), { available: 450_000, reserved: 50_000 })
  driver.charge(request('termination', 1, [{ used: { octets: 5 * MB + 1 } }]))
  t.match(driver.account!.buckets, [{ available: 0, reserved: 0, total: 5 * MB }])
  t.same(driver.wallet(), { available: 499_000, reserved: 0 })
  t.match(driver.cdrs()[0]?.parts, [
    { bucket: /^pack#/, units: 5 * MB, amount: 0 },
    { price: 'c0ffee00:go/home', units: 1, amount: 1_000 }
  ])
  driver.now += 30 * DAY
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  t.same(driver.account!.buckets, [])
  t.same(
    driver.account!.subscriptions.map(subscription => subscription.offer),
    ['go']
  )
})

t.test(
  'units held over the end of a period are settled from it, and what returns has expired',
  async t => {
    const driver = EngineDriver.open(['go'], 2_000_000)
    driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
    driver.now += 30 * DAY - 1000
    driver.charge(request('initial', 0, [{ ask: { octets: 5 * MB } }]))
    driver.now += 2000
    driver.charge(request('termination', 1, [{ used: { octets: MB } }]))
    t.equal(driver.cdrs()[0]?.amount, 0, 'the grant was made from the bucket')
    t.match(driver.movements().at(-1), { type: 'expiry', amount: -4 * MB })
    t.same(driver.account!.buckets, [])
  }
)

t.test('allowances show from the moment of subscription, those of lines too', async t => {
  const driver = EngineDriver.open(['family'], 0, ['4915100000001', '4915100000002'])
  t.match(driver.account!.buckets, [{ unit: 'octets', available: 20 * MB, reserved: 0 }])
  for (const line of driver.lines.values()) {
    t.match(line.buckets, [{ unit: 'seconds', available: 600, total: 600 }])
  }
  const buckets = [...driver.lines.values()].flatMap(line => line.buckets)
  const ids = [...driver.account!.buckets, ...buckets].map(bucket => bucket.id)
  t.equal(new Set(ids).size, 3, 'each is named by its id alone')
})

t.test('minutes of a line are its own; when they are used up there is no price', async t => {
  const driver = EngineDriver.open(['family'], 0, ['4915100000001', '4915100000002'])
  const call = (type: 'initial' | 'termination', number: number, used = 0) =>
    driver.charge(
      request(
        type,
        number,
        [
          { ratingGroup: 100, ask: { seconds: 1000 }, ...(used ? { used: { seconds: used } } : {}) }
        ],
        { context: '32260', facts: { calledParty: '49301234' } }
      )
    )
  t.match(call('initial', 0).units, [
    { granted: { unit: 'seconds', amount: 600 }, final: 'terminate' }
  ])
  call('termination', 1, 600)
  t.match(driver.lines.get('4915100000001')!.buckets, [{ available: 0, reserved: 0 }])
  t.match(driver.lines.get('4915100000002')!.buckets, [{ available: 600 }])
})

t.test('a bucket that is used up where nothing else may be bought ends the service', async t => {
  const driver = EngineDriver.open(['iot'], 100_000_000)
  const answer = driver.charge(request('initial', 0, [{ ask: null }]))
  t.match(answer.units, [{ granted: { amount: MB }, final: 'terminate' }])
  const used = driver.charge(request('update', 1, [{ ask: null, used: { octets: MB } }]))
  t.match(used.units, [{ outcome: 'credit-limit-reached' }])
  driver.charge(request('termination', 2))
  driver.now = Date.UTC(2026, 11, 1, 12)
  const next = driver.charge(request('initial', 0, [{ ask: null }], { sessionId: 's;2' }))
  t.match(next.units, [{ granted: { amount: MB } }], 'a new month')
  t.equal(driver.wallet().available, 100_000_000)
})

t.test('blocking and unblocking are repeatable', async t => {
  const driver = EngineDriver.open(['go'], 0)
  t.match(driver.submit({ kind: 'block', accountId: 'a1', reason: 'lost' }), { repeated: false })
  t.match(driver.submit({ kind: 'block', accountId: 'a1', reason: 'lost' }), { repeated: true })
  t.match(driver.account, { status: 'blocked', blockReason: 'lost' })
  t.match(driver.submit({ kind: 'unblock', accountId: 'a1' }), { repeated: false })
  t.match(driver.submit({ kind: 'unblock', accountId: 'a1' }), { repeated: true })
  t.match(driver.account, { status: 'active', blockReason: null })
})

t.test('an account that does not exist is said to be unknown', async t => {
  const driver = new EngineDriver()
  t.match(driver.submit({ kind: 'unblock', accountId: 'a1' }), { reason: 'account-unknown' })
  t.match(driver.charge(request('initial', 0)), { outcome: 'user-unknown' })
})
