/** Offers bought, replaced and given up: what is paid, what is given back, and what of the old one goes on. */
import t from 'tap'
import type { Catalogue } from '../../src/rating/catalogue.ts'
import { compileCatalogue } from '../../src/rating/load/compile.ts'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { DAY, EngineDriver, request, start } from '../support/engine-driver.ts'
import { catalogueOf, openWith, sourceOf, standardOffers } from '../support/limits-catalogue.ts'

const MB = 1_000_000
const EUR = 1_000_000
const lines = ['4915100000001', '4915100000002']
/** 1 December, by clocks in Berlin. */
const december = Date.UTC(2026, 10, 30, 23)

const pool = {
  allowance: 'data',
  services: ['internet'],
  amount: '20 MB',
  period: 'calendar-month'
} as const
const minutes = {
  allowance: 'minutes',
  services: ['voice'],
  amount: '100 s',
  period: 'calendar-month',
  sharing: 'line'
} as const

function base(offer: string, more: Partial<OfferFile> = {}): OfferFile {
  return { offer, kind: 'base', name: offer, 'prices-of': 'go', ...more }
}

const pack = { ...base('pack', { fee: '1.00', allowances: [{ ...pool, period: '30 days' }] }) }
const { 'prices-of': _, ...addon } = { ...pack, kind: 'addon' as const }

function open(offers: readonly OfferFile[], bought: string[], topUp = 100 * EUR): EngineDriver {
  return openWith(bought, topUp, catalogueOf([...standardOffers, ...offers]), lines)
}

let keys = 0

function change(driver: EngineDriver, offer: string, replaces: string) {
  const operation = { key: `k${++keys}`, digest: '' }
  return driver.submit({ kind: 'change-offer', accountId: 'a1', offer, replaces, operation })
}

function surf(driver: EngineDriver, octets: number, sessionId = `s;${++keys}`): void {
  driver.charge(request('initial', 0, [{ ask: { octets } }], { sessionId }))
  driver.charge(request('termination', 1, [{ used: { octets } }], { sessionId }))
}

function call(driver: EngineDriver, seconds: number): void {
  const more = { sessionId: `c;${++keys}`, context: '32260' }
  const ask = { ratingGroup: 100, ask: { seconds } }
  driver.charge(request('initial', 0, [ask], more))
  driver.charge(request('termination', 1, [{ ratingGroup: 100, used: { seconds } }], more))
}

const left = (driver: EngineDriver) =>
  driver.account!.buckets.map(({ offer, allowance, available }) => [offer, allowance, available])

t.test('add-ons stack, and what cannot be paid changes nothing', async t => {
  const driver = open([addon], ['go'], 2 * EUR)
  const buy = (offer: string) =>
    driver.submit({ kind: 'subscribe', accountId: 'a1', offer, operation: null })
  t.match(buy('pack'), { kind: 'done' })
  t.match(buy('pack'), { kind: 'done' })
  t.equal(driver.wallet().available, 0)
  t.same(left(driver), [
    ['pack', 'data', 20 * MB],
    ['pack', 'data', 20 * MB]
  ])
  const before = driver.account
  t.match(buy('pack'), { kind: 'refused', reason: 'funds-insufficient' })
  t.equal(driver.account, before)
  surf(driver, 30 * MB)
  t.same(
    left(driver).reduce((sum, [, , available]) => sum + Number(available), 0),
    10 * MB
  )
})

t.test('one of several offers that are required is enough', async t => {
  const { fee: __, ...rest } = addon
  const driver = open([{ ...rest, requires: ['capped', 'go'] }], ['go'])
  const bought = { kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null } as const
  t.match(driver.submit(bought), { kind: 'done' })
  const other = open([{ ...rest, requires: ['capped', 'go'] }], ['metered'])
  t.match(other.submit(bought), { reason: 'offer-conflict' })
})

t.test('an offer is replaced at the instant of the request', async t => {
  const old = base('old', { allowances: [pool] })
  const driver = open([old, base('new', { allowances: [pool] })], ['old'])
  driver.now += DAY
  t.equal(change(driver, 'new', 'old').kind, 'done')
  t.match(driver.movements().slice(-2), [
    { type: 'expiry', amount: -20 * MB, at: start + DAY },
    { type: 'allowance', amount: 20 * MB, at: start + DAY }
  ])
  t.match(driver.account!.subscriptions, [{ offer: 'new' }])
})

t.test(
  'carry takes off what was used for the same services, shared alike, each unit once',
  async t => {
    const split = [
      { ...pool, allowance: 'one', amount: '6 MB' },
      { ...pool, allowance: 'two', amount: '20 MB' },
      { ...minutes, sharing: 'account' as const, amount: '500 s' }
    ]
    const own = { ...pool, sharing: 'line' as const }
    const old = base('old', { allowances: [pool, minutes] })
    const files = [old, base('split', { allowances: split }), base('own', { allowances: [own] })]
    const used = () => {
      const driver = open(files, ['old'])
      surf(driver, 10 * MB)
      call(driver, 40)
      return driver
    }
    const driver = used()
    change(driver, 'split', 'old')
    t.same(left(driver), [
      ['split', 'one', 0],
      ['split', 'two', 16 * MB],
      ['split', 'minutes', 500]
    ])
    const apart = used()
    change(apart, 'own', 'old')
    surf(apart, 0)
    t.match(apart.lines.get(lines[0]!)!.buckets, [{ allowance: 'data', available: 20 * MB }])
  }
)

t.test(
  'prorate gives the share of the period that is left, also to lines, rounded down',
  async t => {
    const old = base('old', { allowances: [pool, minutes] })
    const share = base('share', { allowances: [pool, minutes], 'on-change': 'prorate' })
    const driver = open([old, share], ['old'])
    t.match(driver.account!.buckets, [{ validUntil: december }])
    driver.now = start + 3 * DAY + 1_234_567
    change(driver, 'share', 'old')
    // The first month begins when the offer is bought.
    const seconds = (december - start) / 1_000
    const rest = Math.floor((december - driver.now) / 1_000)
    const part = (units: number) => Math.floor((units * rest) / seconds)
    t.same(left(driver), [['share', 'data', part(20 * MB)]])
    driver.now += 2 * DAY
    surf(driver, 0)
    const [bucket] = driver.lines.get(lines[0]!)!.buckets
    t.match(bucket, { offer: 'share', total: part(100), available: part(100) })
    t.match(driver.movements().at(-1), { type: 'allowance', at: start + 3 * DAY + 1_234_567 })
  }
)

t.test('a limit goes on with its unit alone, and a choice where it may be made', async t => {
  const abroad = { limit: 'roaming', services: ['internet'], period: 'calendar-month' } as const
  const offers = [
    base('fixed', { limits: [{ ...abroad, money: '30.00' }] }),
    base('units', { limits: [{ ...abroad, amount: '30 MB', settable: true }] })
  ]
  for (const [offer, used] of [
    ['fixed', 2 * EUR],
    ['units', 0]
  ] as const) {
    const driver = open(offers, ['capped'])
    const choice = { kind: 'set-limit', accountId: 'a1', limit: 'roaming', lineId: null } as const
    driver.submit({ ...choice, amount: '5.00' })
    const facts = { plmn: '310410' }
    driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { facts }))
    driver.charge(request('termination', 1, [{ used: { octets: MB } }], { facts }))
    change(driver, offer, 'capped')
    t.match(driver.account!.counters, [{ offer, used, own: null }])
  }
})

t.test('what a session held of an old offer and did not use has expired', async t => {
  const files = ['old', 'new'].map(offer => base(offer, { allowances: [pool] }))
  const driver = open(files, ['old'])
  driver.charge(request('initial', 0, [{ ask: { octets: 10 * MB } }]))
  change(driver, 'new', 'old')
  t.match(driver.orders, [{ action: 'reauthorize', cause: 'subscription' }])
  driver.charge(request('termination', 1, [{ used: { octets: 4 * MB } }]))
  t.match(driver.movements().at(-1), { type: 'expiry', amount: -6 * MB })
  t.same(left(driver), [['new', 'data', 10 * MB]], 'all that was held counts as used')
  t.equal(driver.cdrs()[0]?.amount, 0)
})

const fees = (driver: EngineDriver) =>
  driver.movements().flatMap(({ type, amount }) => (type === 'fee' ? [amount] : []))

t.test('a fee is given back rounded down and taken rounded up, to the second', async t => {
  const plan = (offer: string, fee: string) => base(offer, { fee, allowances: [pool] })
  const driver = open([plan('a', '10.00'), plan('b', '20.00')], ['a'])
  driver.now = start + DAY + 500
  change(driver, 'b', 'a')
  const whole = BigInt((december - start) / 1_000)
  // The second that has begun is over for what is given back, and is paid of what is taken.
  const rest = BigInt((december - start - DAY) / 1_000)
  const back = (10_000_000n * (rest - 1n)) / whole
  const taken = (20_000_000n * rest + whole - 1n) / whole
  t.same(fees(driver), [-10 * EUR, Number(back), -Number(taken)])
  driver.now = december
  surf(driver, 0)
  t.match(driver.account!.buckets, [{ offer: 'b', validFrom: december }], 'in the same cycle')
})

t.test('where periods differ the new offer begins its own, with the whole fee', async t => {
  const monthly = base('monthly', { fee: '10.00', allowances: [pool] })
  const own = base('own', { fee: '20.00', allowances: [{ ...pool, period: 'anniversary' }] })
  const driver = open([monthly, own], ['monthly'])
  driver.now = start + DAY
  change(driver, 'own', 'monthly')
  t.equal(fees(driver).at(-1), -20 * EUR)
  t.ok((fees(driver)[1] ?? 0) > 0, 'the rest of the old one is given back')
  // 22 December in Berlin.
  t.match(driver.account!.buckets, [{ offer: 'own', validUntil: Date.UTC(2026, 11, 21, 23) }])
})

t.test('a fee that is for no one period is not given back', async t => {
  const mixed = [pool, { ...minutes, period: 'week' as const }]
  const endless = [{ ...pool, period: 'unlimited' as const }]
  for (const allowances of [mixed, endless]) {
    const files = ['a', 'b'].map(offer => base(offer, { fee: '10.00', allowances }))
    const driver = open(files, ['a'])
    driver.now += DAY
    change(driver, 'b', 'a')
    t.same(fees(driver), [-10 * EUR, -10 * EUR])
  }
})

t.test('what is given back is of what was paid, whatever the catalogue says now', async t => {
  const files = (fee: string) => [
    ...standardOffers,
    base('a', { fee, allowances: [pool] }),
    base('b', { allowances: [pool] })
  ]
  const [cheap, dear] = [catalogueOf(files('10.00')), catalogueOf(files('90.00'))]
  const refund = (then: Catalogue) => {
    let current = cheap
    const driver = new EngineDriver(() => ({ current, byVersion: new Map() }))
    const opened = { lines: [{ msisdn: lines[0]! }], offers: ['a'], topUp: 100 * EUR }
    driver.submit({ kind: 'open-account', accountId: 'a1', ...opened })
    current = then
    driver.now += DAY
    change(driver, 'b', 'a')
    return fees(driver).at(-1)
  }
  t.ok((refund(cheap) ?? 0) > 0)
  t.equal(refund(dear), refund(cheap))
})

t.test('ending a subscription gives nothing back', async t => {
  const driver = open([addon], ['go', 'pack'], 2 * EUR)
  const { id = '' } = driver.account!.subscriptions.find(({ offer }) => offer === 'pack') ?? {}
  t.match(driver.submit({ kind: 'unsubscribe', accountId: 'a1', subscription: id }), {
    kind: 'done'
  })
  t.equal(driver.wallet().available, EUR)
  t.same(left(driver), [])
  t.match(driver.movements().at(-1), { type: 'expiry', amount: -20 * MB })
})

t.test('a CDR says overdraft when the largest limit of all lines is passed', async t => {
  const credit = base('credit', { 'credit-limit': '2.00' })
  const inForce = catalogueOf([...standardOffers, credit])
  const driver = new EngineDriver({ current: inForce, byVersion: new Map() })
  const opened = lines.map((msisdn, i) => ({ msisdn, offers: [i === 0 ? 'go' : 'credit'] }))
  driver.submit({ kind: 'open-account', accountId: 'a1', lines: opened, offers: [], topUp: 0 })
  for (const megabytes of [150, 50, 1]) {
    const used = [{ used: { octets: megabytes * MB } }]
    driver.charge(request('termination', 1, used, { sessionId: `s;${megabytes}` }))
  }
  t.same(
    driver.cdrs().map(({ flags }) => flags),
    [['no-session'], ['no-session'], ['no-session', 'overdraft']],
    '-1.50, -2.00, -2.01'
  )
})

/** On one wallet with nothing in it: which of the lines gets how many megabytes, one after the other. */
function granted(driver: EngineDriver): readonly number[] {
  return lines.map(lineId => {
    driver.lineId = lineId
    const asked = request('initial', 0, [{ ask: { octets: 900 * MB } }], { sessionId: lineId })
    return (driver.charge(asked).units[0]?.granted?.amount ?? 0) / MB
  })
}

function apart(offers: string[], own: readonly string[][], files: readonly OfferFile[]) {
  const current = catalogueOf([...standardOffers, ...files])
  const driver = new EngineDriver({ current, byVersion: new Map() })
  const opened = lines.map((msisdn, i) => ({ msisdn, offers: own[i] ?? [] }))
  driver.submit({ kind: 'open-account', accountId: 'a1', lines: opened, offers, topUp: 0 })
  return driver
}

const texts = [{ allowance: 'sms', services: ['sms'], amount: 10, period: '30 days' }] as const
const extra = (offer: string, more: Partial<OfferFile>): OfferFile => ({
  offer,
  kind: 'addon',
  name: offer,
  allowances: texts,
  ...more
})
const credits = [
  base('credit', { 'credit-limit': '2.00' }),
  base('small', { 'credit-limit': '0.50' }),
  extra('fair', { fee: '0.50' }),
  extra('dear', { fee: '0.60' })
]

t.test('each line has the credit of its own offers and of those of the account', async t => {
  t.same(granted(apart(['credit'], [['go'], []], credits)), [0, 200], 'its base offer has none')
  t.same(granted(apart(['small'], [[], ['credit']], credits)), [50, 150])
  const driver = apart(['small'], [[], ['credit']], credits)
  const buy = (offer: string, lineId: string | null) =>
    driver.submit({ kind: 'subscribe', accountId: 'a1', offer, lineId, operation: null }).kind
  t.equal(buy('dear', null), 'refused', '0.60 for the account')
  t.equal(buy('dear', lines[0] ?? ''), 'refused', 'or for a line without more credit')
  t.equal(buy('fair', null), 'done')
  t.equal(buy('dear', lines[1] ?? ''), 'done', 'down to -1.10')
  t.equal(driver.wallet().available, -1_100_000)
})

t.test('an own offer is replaced for its line alone', async t => {
  const driver = apart(['go'], [['credit'], ['credit']], credits)
  const operation = { key: `k${++keys}`, digest: '' }
  const wanted = {
    kind: 'change-offer',
    accountId: 'a1',
    offer: 'flat',
    replaces: 'credit'
  } as const
  t.equal(driver.submit({ ...wanted, lineId: lines[0] ?? '', operation }).kind, 'done')
  t.match(driver.subscriptions(), [
    { offer: 'go' },
    { offer: 'flat', line: lines[0] },
    { offer: 'credit', line: lines[1] }
  ])
})

t.test('an add-on ends with the last of its allowances, and one that renews does not', async t => {
  const sized = (allowance: string, period: string, more: object = {}) =>
    ({ allowance, services: ['internet'], amount: '1 MB', period, ...more }) as const
  const driver = open(
    [
      extra('two', { allowances: [sized('short', '10 days'), sized('long', '30 days')] }),
      extra('again', {
        allowances: [sized('a', '10 days', { renews: true }), sized('b', '5 days')]
      })
    ],
    ['go', 'two', 'again']
  )
  const offers = (days: number) => {
    driver.now = start + days * DAY
    driver.submit({ kind: 'sweep', accountId: 'a1' })
    return driver.account!.subscriptions.map(({ offer }) => offer)
  }
  t.same(offers(11), ['go', 'two', 'again'])
  t.same(offers(30), ['go', 'again'])
  t.same(offers(300), ['go', 'again'])
})

t.test('what was used of an allowance for other services is not taken off', async t => {
  const video = { ...pool, allowance: 'video', services: ['video'] }
  const files = [base('old', { allowances: [pool] }), base('new', { allowances: [video, pool] })]
  const source = sourceOf([...standardOffers, ...files])
  const { services } = source.services
  const more = { service: 'video', unit: 'octets', 'rating-groups': [12] } as const
  const current = compileCatalogue({
    ...source,
    services: { ...source.services, services: [...services, more] }
  })
  const driver = openWith(['old'], EUR, current)
  surf(driver, 8 * MB)
  change(driver, 'new', 'old')
  t.same(left(driver), [
    ['new', 'video', 20 * MB],
    ['new', 'data', 12 * MB]
  ])
})
