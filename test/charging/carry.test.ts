/** What goes on when an offer replaces another one by `carry`: counts of limits, and what was saved. */
import t from 'tap'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { DAY, EngineDriver, request } from '../support/engine-driver.ts'
import { catalogueOf, standardOffers } from '../support/limits-catalogue.ts'

const MB = 1_000_000
const EUR = 1_000_000
const line = '4915100000001'
const abroad = { plmn: '310410' }

const roaming = {
  limit: 'roaming',
  services: ['internet'],
  zones: ['world'],
  money: '20.00',
  period: 'calendar-month',
  passable: true,
  settable: true,
  thresholds: [{ at: '80 %' }, { at: '100 %', status: 'capped', tell: 'both' }]
} as const

const saving = {
  allowance: 'data',
  services: ['internet'],
  zones: ['home'],
  amount: '20 MB',
  period: 'calendar-month'
} as const

const offers: readonly OfferFile[] = [
  { offer: 'roomy', kind: 'base', name: 'Up to 20.00', limits: [roaming], 'prices-of': 'go' },
  {
    offer: 'weekly',
    kind: 'base',
    name: 'Up to 20.00 a week',
    limits: [{ ...roaming, period: 'week' }],
    'prices-of': 'go'
  },
  {
    offer: 'fresh',
    kind: 'base',
    name: 'Counts anew',
    limits: [roaming],
    'on-change': 'reset',
    'prices-of': 'go'
  },
  {
    offer: 'each',
    kind: 'base',
    name: 'For each line',
    limits: [{ ...roaming, sharing: 'line' }],
    'prices-of': 'go'
  },
  {
    offer: 'each-more',
    kind: 'base',
    name: 'For each line, more of it',
    limits: [{ ...roaming, money: '30.00', sharing: 'line' }],
    'prices-of': 'go'
  },
  {
    offer: 'bigger',
    kind: 'base',
    name: '20 MB, 3 MB roll over',
    allowances: [{ ...saving, rollover: { max: '3 MB' } }],
    'prices-of': 'go'
  },
  { offer: 'wasteful', kind: 'base', name: '20 MB', allowances: [saving], 'prices-of': 'go' }
]
const catalogue = catalogueOf([...standardOffers, ...offers])
const inForce = { current: catalogue, byVersion: new Map([[catalogue.version, catalogue]]) }

function open(offer: string, lines = [line]): EngineDriver {
  const driver = new EngineDriver(inForce)
  const opened = lines.map(msisdn => ({ msisdn }))
  const answer = driver.submit({
    kind: 'open-account',
    accountId: 'a1',
    lines: opened,
    offers: [offer],
    topUp: 100 * EUR
  })
  if (answer.kind !== 'done') throw new Error(answer.detail)
  return driver
}

function change(driver: EngineDriver, replaces: string, offer: string): void {
  const operation = { key: `${replaces} ${offer}`, digest: '' }
  const wanted = { kind: 'change-offer', accountId: 'a1', offer, replaces, operation } as const
  const answer = driver.submit(wanted)
  if (answer.kind !== 'done') throw new Error(answer.detail)
}

let sessions = 0

/** A whole session of so many octets. */
function surf(driver: EngineDriver, octets: number, facts = abroad): void {
  const sessionId = `s;${++sessions}`
  driver.charge(request('initial', 0, [{ ask: { octets } }], { sessionId, facts }))
  driver.charge(request('termination', 1, [{ used: { octets } }], { sessionId, facts }))
}

const told = (driver: EngineDriver) =>
  driver.records.flatMap(record => (record.kind === 'event' ? [record.threshold] : []))

t.test('a limit of the same name and period goes on counting', async t => {
  const driver = open('capped')
  surf(driver, 4.5 * MB)
  t.same(told(driver), ['80 %'], '9.00 of 10.00')
  change(driver, 'capped', 'roomy')
  t.match(driver.account!.counters, [
    { offer: 'roomy', used: 9 * EUR, reserved: 0, amount: 20 * EUR, level: 0 }
  ])
  surf(driver, 5 * MB)
  // 9.00 + 10.00 = 19.00 of 20.00.
  t.same(told(driver), ['80 %', '80 %'])
  change(driver, 'roomy', 'capped')
  t.match(driver.account!.counters, [{ used: 19 * EUR, level: 2, status: 'capped' }])
  t.same(told(driver), ['80 %', '80 %'], 'what is reached by the change itself is not told')
  const last = { sessionId: 'last', facts: abroad }
  const asked = request('initial', 0, [{ ask: { octets: MB } }], last)
  t.equal(driver.charge(asked).units[0]?.outcome, 'credit-limit-reached')
})

t.test('what open sessions hold counts as used, and what the subscriber chose stays', async t => {
  const driver = open('capped')
  const choice = { amount: '5.00', beyond: 'period' } as const
  const limit = { kind: 'set-limit', accountId: 'a1', limit: 'roaming', lineId: null } as const
  driver.submit({ ...limit, ...choice })
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { facts: abroad }))
  change(driver, 'capped', 'roomy')
  t.match(
    driver.account!.counters.map(({ offer, own, beyond, used, reserved }) => {
      return [offer, own, beyond, used, reserved]
    }),
    [
      ['capped', 5 * EUR, 'period', 0, 2 * EUR],
      ['roomy', 5 * EUR, 'period', 2 * EUR, 0]
    ]
  )
  driver.charge(request('termination', 1, [{ used: { octets: MB } }], { facts: abroad }))
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  driver.now += 1
  surf(driver, MB)
  t.match(driver.account!.counters, [{ offer: 'roomy', used: 4 * EUR }])
})

t.test('it begins anew under another period, and by reset', async t => {
  for (const offer of ['weekly', 'fresh']) {
    const driver = open('capped')
    surf(driver, 4.5 * MB)
    change(driver, 'capped', offer)
    t.match(driver.account!.counters, [{ offer, used: 0 }])
  }
})

t.test('each line carries its own, when it is next looked at', async t => {
  const other = '4915100000002'
  const driver = open('each', [line, other])
  surf(driver, 4 * MB)
  driver.lineId = other
  surf(driver, 2 * MB)
  change(driver, 'each', 'each-more')
  driver.now += DAY
  surf(driver, MB)
  t.match(driver.lines.get(other)!.counters, [{ offer: 'each-more', used: 6 * EUR }])
  t.match(driver.lines.get(line)!.counters, [{ offer: 'each', used: 8 * EUR }])
  driver.lineId = line
  surf(driver, MB)
  t.match(driver.lines.get(line)!.counters, [{ offer: 'each-more', used: 10 * EUR }])
  driver.now += 40 * DAY
  surf(driver, MB)
  t.match(driver.lines.get(line)!.counters, [{ used: 2 * EUR }], 'a new month')
})

t.test('what was saved goes on where the new allowance saves as well', async t => {
  const saved = () => {
    const driver = open('rolling')
    surf(driver, 5 * MB, { plmn: '26201' })
    driver.now += 12 * DAY
    // 5 MB were left, of which 4 roll over; of these, 0.5 are used.
    surf(driver, MB / 2, { plmn: '26201' })
    return driver
  }
  const buckets = (driver: EngineDriver) =>
    driver.account!.buckets.map(({ offer, available, rolled = false }) => [
      offer,
      available,
      rolled
    ])
  const before = saved()
  t.same(buckets(before), [
    ['rolling', 3.5 * MB, true],
    ['rolling', 10 * MB, false]
  ])
  const until = before.account!.buckets[0]?.validUntil
  change(before, 'rolling', 'bigger')
  t.same(
    buckets(before),
    [
      ['bigger', 3 * MB, true],
      ['bigger', 20 * MB, false]
    ],
    'at most 3 MB; what was used of the saved ones is not taken from the new ones'
  )
  t.equal(before.account!.buckets[0]?.validUntil, until)
  const moved = before.movements().filter(({ target }) => target !== 'wallet')
  const sums = new Map<string, number>()
  for (const { target, amount } of moved) sums.set(target, (sums.get(target) ?? 0) + amount)
  t.equal(sums.get(before.account!.buckets[0]?.id ?? ''), 3 * MB)
  surf(before, 4 * MB, { plmn: '26201' })
  t.same(buckets(before), [
    ['bigger', 0, true],
    ['bigger', 19 * MB, false]
  ])
  const wasted = saved()
  change(wasted, 'rolling', 'wasteful')
  t.same(buckets(wasted), [['wasteful', 20 * MB, false]])
})

t.test('what a line has counted in a month that is over is not carried', async t => {
  const driver = open('each')
  surf(driver, 4 * MB)
  driver.now += 15 * DAY
  change(driver, 'each', 'each-more')
  surf(driver, MB)
  t.match(driver.lines.get(line)!.counters, [{ offer: 'each-more', used: 2 * EUR }])
})
