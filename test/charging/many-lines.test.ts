/** Offers of their own for many lines: what one line has is nothing to the others, however many there are. */
import fc from 'fast-check'
import t from 'tap'
import type { Account, Subscription } from '../../src/domain/account.ts'
import { limits } from '../../src/domain/limits.ts'
import type { AccountRequest } from '../../src/domain/request.ts'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { DAY, EngineDriver, request } from '../support/engine-driver.ts'
import { EUR, History, lines, MB, type Step, step } from '../support/history.ts'
import { catalogueOf, standardOffers } from '../support/limits-catalogue.ts'

const data = {
  allowance: 'data',
  services: ['internet'],
  zones: ['home'],
  amount: '10 MB',
  period: 'calendar-month'
}
const addon = (offer: string, more: object = {}): OfferFile => ({
  offer,
  kind: 'addon',
  name: offer,
  allowances: [data],
  ...more
})
const letters = [...'abcdefghijk']
const sms = (price: string) => ({ prices: [{ rule: 'sms', service: 'sms', price }] })
const catalogue = catalogueOf([
  ...standardOffers,
  { offer: 'credit', kind: 'base', name: 'On credit', 'credit-limit': '2.00', 'prices-of': 'go' },
  addon('pack'),
  addon('gift', { allowances: [{ ...data, sharing: 'account' }] }),
  addon('rent', { fee: '1.00', 'fee-every': 'calendar-month' }),
  addon('cheap', { allowances: [], ...sms('0.01') }),
  addon('cheaper', { allowances: [], ...sms('0.02') }),
  addon('week', { allowances: [{ ...data, period: '7 days' }] }),
  addon('no-week', { excludes: ['week'] }),
  ...letters.map(letter => addon(letter))
])
const inForce = { current: catalogue, byVersion: new Map([[catalogue.version, catalogue]]) }
const [first, second] = lines as [string, string]

function numberOf(index: number): string {
  return String(4915200000000 + index)
}

interface Opening {
  readonly offers: readonly string[]
  readonly own: readonly (readonly string[])[]
  readonly topUp?: number
  /** Lines beside them that nobody uses. */
  readonly idle?: readonly (readonly string[])[]
}

function open({ offers, own, topUp = 10 * EUR, idle = [] }: Opening): EngineDriver {
  const driver = new EngineDriver(inForce)
  const answer = driver.submit({
    kind: 'open-account',
    accountId: 'a1',
    lines: [
      ...own.map((offers, i) => ({ msisdn: lines[i]!, offers })),
      ...idle.map((offers, i) => ({ msisdn: numberOf(i), offers }))
    ],
    offers,
    topUp
  })
  if (answer.kind !== 'done') throw new Error(answer.detail)
  return driver
}

function outcome(driver: EngineDriver, request: AccountRequest): string {
  const answer = driver.submit(request)
  return answer.kind === 'done' ? 'done' : answer.reason
}

function buy(driver: EngineDriver, offer: string, lineId: string | null = null): string {
  return outcome(driver, { kind: 'subscribe', accountId: 'a1', offer, lineId, operation: null })
}

type OwnStep =
  | Step
  | { do: 'own'; offer: string; of: number }
  | { do: 'change'; offer: string; of: number }
  | { do: 'end'; of: number; nth: number }

const bases = ['go', 'credit', 'plan', 'rolling', 'metered', 'capped']
const ownStep: fc.Arbitrary<OwnStep> = fc.oneof(
  { weight: 4, arbitrary: step },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('own' as const, 'change' as const),
      offer: fc.constantFrom(...bases, 'pack', 'gift', 'promo', 'rent'),
      of: fc.nat(1)
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('end' as const), of: fc.nat(1), nth: fc.nat(4) })
  }
)

function play(history: History, each: OwnStep): void {
  const { driver } = history
  if (each.do !== 'own' && each.do !== 'change' && each.do !== 'end') {
    history.run(each)
    return
  }
  const lineId = lines[each.of]!
  const own = driver.subscriptions().filter(({ line }) => line === lineId)
  if (each.do === 'own') {
    buy(driver, each.offer, lineId)
  } else if (each.do === 'change') {
    history.keys += 1
    const operation = { key: `k${history.keys}`, digest: '' }
    const { offer } = each
    const replaces = own[0]?.id ?? ''
    driver.submit({ kind: 'change-offer', accountId: 'a1', offer, replaces, operation })
  } else {
    const subscription = own[each.nth % own.length]?.id ?? ''
    driver.submit({ kind: 'unsubscribe', accountId: 'a1', subscription })
  }
}

/** What lines have, counted from their documents. */
function counted(driver: EngineDriver): Record<string, number> {
  const sets: Record<string, number> = {}
  for (const { subscriptions = [] } of driver.lines.values()) {
    const set = [...new Set(subscriptions.map(({ offer }) => offer))].sort().join(' ')
    if (set !== '') sets[set] = (sets[set] ?? 0) + 1
  }
  return sets
}

function told({ ownOffers = [] }: Account): Record<string, number> {
  return Object.fromEntries(ownOffers.map(({ offers, lines }) => [offers.join(' '), lines]))
}

/** Without what tells how many lines there are. */
function figures({ account, lines: documents, sessions }: EngineDriver) {
  return {
    account: { ...account, records: 0, ownOffers: [], sweepAt: 0 },
    lines: lines.map(id => documents.get(id)),
    sessions: [...sessions.values()]
  }
}

t.test('among many lines with offers of their own, a line is served as among few', async t => {
  fc.assert(
    fc.property(
      fc.constantFrom('go', 'metered', 'rolling', ''),
      fc.constantFrom(...bases),
      fc.integer({ min: 10 * EUR, max: 40 * EUR }),
      fc.array(ownStep, { maxLength: 30 }),
      (base, own, topUp, steps) => {
        const wanted = { offers: base === '' ? [] : [base], own: [['credit'], [own]], topUp }
        const idle = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? ['pack'] : ['pack', 'a']))
        const histories = [open(wanted), open({ ...wanted, idle })].map(d => new History(d))
        const [few, many] = histories.map(({ driver }) => driver) as [EngineDriver, EngineDriver]
        for (const each of steps) {
          for (const history of histories) {
            play(history, each)
            history.check()
          }
          t.strictSame(figures(many), figures(few))
          t.strictSame(told(many.account!), counted(many))
        }
      }
    ),
    { numRuns: 25 }
  )
})

t.test('fees of many lines are paid in the order of their instants, and none twice', async t => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 0, max: 150 }),
      fc.array(fc.integer({ min: 0, max: 130 }), { maxLength: 6 }),
      (count, funds, days) => {
        const idle = Array.from({ length: count }, () => ['rent'])
        const driver = open({ offers: ['go'], own: [[]], idle, topUp: (count + funds) * EUR })
        const history = new History(driver)
        for (const day of [...days.sort((a, b) => a - b), 130]) {
          driver.now = Math.max(driver.now, driver.account!.createdAt + day * DAY)
          driver.submit({ kind: 'sweep', accountId: 'a1' })
          history.check()
        }
        const fees = driver.movements().filter(({ type }) => type === 'fee')
        t.strictSame(
          fees.map(({ at }) => at),
          fees.map(({ at }) => at).sort((a, b) => a - b)
        )
        t.equal(new Set(fees.map(({ at, reference }) => `${at} ${reference}`)).size, fees.length)
        // 130 days from November, 21: the begin of December, January, February and March.
        t.equal(fees.length, count + Math.min(4 * count, funds))
        t.equal(driver.wallet().available, (count + funds - fees.length) * EUR)
      }
    ),
    { numRuns: 30 }
  )
})

t.test('the account document does not grow with lines that have the same', async t => {
  const wanted = { offers: ['go'], own: [['credit', 'pack']], topUp: EUR }
  const idle = Array.from({ length: 3_000 }, () => ['credit', 'pack'])
  const one = open(wanted).account!
  const many = open({ ...wanted, idle }).account!
  t.strictSame(many.ownOffers, [{ offers: ['credit', 'pack'], lines: 3_001 }])
  t.strictSame({ ...many, records: 0, ownOffers: [] }, { ...one, records: 0, ownOffers: [] })
})

t.test('lines have only so many different sets of offers of their own', async t => {
  const sets = Array.from({ length: limits.ownOfferSetsPerAccount }, (_, i) =>
    letters.filter((_, bit) => ((i + 1) & (1 << bit)) !== 0)
  )
  const driver = open({ offers: ['go'], own: [[], ['k']], idle: sets.slice(0, -1) })
  t.equal(driver.account!.ownOffers?.length, limits.ownOfferSetsPerAccount)
  t.equal(buy(driver, 'pack', first), 'offer-conflict', 'another set')
  t.equal(buy(driver, 'k', first), 'done', 'one that is known')
  t.equal(buy(driver, 'k', second), 'done', 'a second time changes no set')
  t.equal(buy(driver, 'pack'), 'done', 'the account may have more')
  const operation = { key: 'k', digest: '' }
  const change = { kind: 'change-offer', accountId: 'a1', replaces: 'k', operation } as const
  t.equal(outcome(driver, { ...change, offer: 'pack', lineId: first }), 'offer-conflict')
  t.equal(outcome(driver, { ...change, offer: 'a', lineId: first }), 'done')
})

t.test('an add-on that is over counts until its line is looked at', async t => {
  const driver = open({ offers: ['go'], own: [['week'], ['week']] })
  t.equal(buy(driver, 'no-week'), 'offer-conflict')
  driver.now += 8 * DAY
  t.equal(buy(driver, 'no-week'), 'offer-conflict')
  t.strictSame(told(driver.account!), { week: 2 })
  for (const [index, line] of lines.entries()) {
    driver.lineId = line
    driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { sessionId: `s;${index}` }))
  }
  t.strictSame(told(driver.account!), {})
  t.equal(buy(driver, 'no-week'), 'done')
})

t.test('add-ons of the line come before those of its account', async t => {
  const driver = open({ offers: ['go'], own: [['cheaper'], []] })
  buy(driver, 'cheap')
  const prices = lines.map((value, index) => {
    driver.lineId = value
    const subscribers = [{ type: 'msisdn' as const, value }]
    const usage = { ratingGroup: 200, ask: { messages: 1 } }
    const more = { sessionId: `m;${index}`, context: '32274', subscribers }
    driver.charge(request('event', 0, [usage], more))
    return driver.cdrs().at(-1)?.amount
  })
  t.strictSame(prices, [20_000, 10_000])
})

t.test('an account document that holds offers of its lines is read and used as it is', async t => {
  fc.assert(
    fc.property(
      fc.constantFrom('credit', 'plan', 'rolling', 'metered', 'capped'),
      fc.array(step, { maxLength: 25 }),
      (own, steps) => {
        const now = open({ offers: ['go'], own: [['credit'], [own]], topUp: 20 * EUR })
        const before = open({ offers: ['go'], own: [['credit'], [own]], topUp: 20 * EUR })
        const moved: Subscription[] = []
        for (const { subscriptions = [], ...line } of before.lines.values()) {
          moved.push(...subscriptions)
          before.lines.set(line.id, line)
        }
        const { ownOffers: _sets, ...account } = before.account!
        before.account = { ...account, subscriptions: [...account.subscriptions, ...moved] }
        const histories = [now, before].map(driver => new History(driver))
        for (const each of steps) {
          for (const history of histories) {
            history.run(each)
            history.check()
          }
          t.strictSame(before.wallet(), now.wallet())
        }
        const operation = { key: 'new', digest: '' }
        const wanted = { kind: 'change-offer', accountId: 'a1', lineId: first } as const
        t.equal(
          outcome(before, { ...wanted, offer: 'rolling', replaces: 'credit', operation }),
          'done'
        )
        t.match(before.lines.get(first), { subscriptions: [{ offer: 'rolling', line: first }] })
        t.notOk(before.account!.subscriptions.some(({ line }) => line === first))
      }
    ),
    { numRuns: 25 }
  )
})

t.test(
  'a suspended offer of a line is taken up when the line is served, and not before',
  async t => {
    const driver = open({ offers: ['go'], own: [['plan'], []], topUp: 10 * EUR })
    driver.now += 40 * DAY
    driver.submit({ kind: 'sweep', accountId: 'a1' })
    const own = () => driver.lines.get(first)!.subscriptions![0]!
    t.ok(own().suspendedAt)
    const operation = { key: 'money', digest: '' }
    driver.submit({ kind: 'top-up', accountId: 'a1', amount: 20 * EUR, operation })
    driver.now += 10 * DAY
    t.match(driver.engine.present(driver.account!, [...driver.lines.values()], driver.now), {
      account: { wallet: { available: 20 * EUR } }
    })
    driver.lineId = second
    driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { sessionId: 's;2' }))
    t.ok(own().suspendedAt, 'not by another line')
    driver.now += DAY
    driver.lineId = first
    driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { sessionId: 's;1' }))
    t.match(own(), { since: driver.now, suspendedAt: undefined })
    t.match(driver.events().at(-1), { type: 'resumed', lineId: first })
    t.equal(driver.wallet().available + driver.wallet().reserved, 10 * EUR)
  }
)
