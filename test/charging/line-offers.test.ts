/** Offers of single lines: what holds for whom, what is refused, and the laws over random histories of both kinds. */
import fc from 'fast-check'
import t from 'tap'
import { limits } from '../../src/domain/limits.ts'
import type { AccountRequest } from '../../src/domain/request.ts'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { DAY, EngineDriver, request, start } from '../support/engine-driver.ts'
import { EUR, History, MB, type Step, step } from '../support/history.ts'
import { catalogueOf, standardOffers } from '../support/limits-catalogue.ts'

const data = {
  allowance: 'data',
  services: ['internet'],
  zones: ['home'],
  amount: '10 MB',
  period: 'calendar-month'
}
const extra: readonly OfferFile[] = [
  { offer: 'credit', kind: 'base', name: 'On credit', 'credit-limit': '2.00', 'prices-of': 'go' },
  {
    offer: 'bounded',
    kind: 'base',
    name: 'On credit, with an end',
    'credit-limit': '2.00',
    overdraft: '1.00',
    'prices-of': 'go'
  },
  { offer: 'pack', kind: 'addon', name: 'Pack', allowances: [data] },
  {
    offer: 'gift',
    kind: 'addon',
    name: 'For everybody',
    allowances: [{ ...data, sharing: 'account' }]
  },
  { offer: 'only-go', kind: 'addon', name: 'For go', requires: ['go'], allowances: [data] },
  { offer: 'not-capped', kind: 'addon', name: 'No cap', excludes: ['capped'], allowances: [data] },
  { offer: 'dear', kind: 'addon', name: 'Dear', fee: '1.50', allowances: [data] }
]
const catalogue = catalogueOf([...standardOffers, ...extra])
const inForce = { current: catalogue, byVersion: new Map([[catalogue.version, catalogue]]) }
const [first, second, third] = ['4915100000001', '4915100000002', '4915100000003'] as const

function open(offers: string[], own: readonly string[][], topUp = 10 * EUR): EngineDriver {
  const driver = new EngineDriver(inForce)
  const numbers = [first, second, third]
  const lines = own.map((offers, i) => ({ msisdn: numbers[i]!, offers }))
  const answer = driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers, topUp })
  if (answer.kind !== 'done') throw new Error(answer.detail)
  return driver
}

function buy(driver: EngineDriver, offer: string, lineId: string | null = null): string {
  const bought = { kind: 'subscribe', accountId: 'a1', offer, lineId, operation: null } as const
  return outcome(driver, bought)
}

function outcome(driver: EngineDriver, request: AccountRequest): string {
  const answer = driver.submit(request)
  return answer.kind === 'done' ? 'done' : answer.reason
}

/** Asks for so many megabytes on a line, and says how many are granted. */
function ask(driver: EngineDriver, line: string, megabytes: number, plmn = '26201'): number {
  driver.lineId = line
  const sessionId = `s;${line};${plmn}`
  const usage = { ask: { octets: megabytes * MB } }
  const answer = driver.charge(request('initial', 0, [usage], { sessionId, facts: { plmn } }))
  return (answer.units[0]?.granted?.amount ?? 0) / MB
}

t.test('a grant of a prepaid line ends at zero, one of a line on credit at its limit', async t => {
  const driver = open([], [['go'], ['credit']], EUR)
  t.equal(ask(driver, first, 1_000), 100, '1.00')
  t.equal(ask(driver, second, 1_000), 200, 'minus 2.00')
  t.same(driver.wallet(), { available: -2 * EUR, reserved: 3 * EUR })
  driver.lineId = first
  const used = { used: { octets: 50 * MB }, ask: { octets: MB } }
  const more = driver.charge(request('update', 1, [used], { sessionId: `s;${first};26201` }))
  t.equal(more.units[0]?.outcome, 'credit-limit-reached', 'the 0.50 that it gave back are owed')
  t.equal(driver.wallet().available, -1.5 * EUR)
})

t.test('the credit of a line pays no fee of another line, nor of the account', async t => {
  const driver = open([], [['go'], ['credit']], EUR)
  t.equal(buy(driver, 'dear', first), 'funds-insufficient')
  t.equal(buy(driver, 'dear'), 'funds-insufficient')
  t.equal(buy(driver, 'dear', second), 'done')
  t.equal(driver.wallet().available, -0.5 * EUR)
})

t.test('an offer of the account holds for every line, an own one for its line', async t => {
  const driver = open(['go'], [['pack'], []])
  buy(driver, 'pack')
  const names = (line: string) => {
    ask(driver, line, 1)
    const { services } = driver.sessions.get(`s;${line};26201`)!
    return services[0]!.grant!.draws.map(({ source }) => source)
  }
  t.same(names(second), ['account'])
  t.same(
    driver.lines.get(second)!.buckets.map(({ allowance }) => allowance),
    []
  )
  t.equal(driver.lines.get(first)!.buckets.length, 1)
  t.match(driver.subscriptions(), [
    { offer: 'go' },
    { offer: 'pack' },
    { offer: 'pack', line: first }
  ])
})

t.test('what an own offer writes to be shared is shared by all lines', async t => {
  const driver = open(['go'], [[], []], 0)
  t.equal(ask(driver, second, 1), 0)
  buy(driver, 'gift', first)
  driver.sessions.clear()
  t.equal(ask(driver, second, 20), 10)
})

t.test('a base offer of its own takes the place of that of the account', async t => {
  const driver = open(['flat'], [['go'], []])
  t.equal(ask(driver, first, 2_000), 1_000, 'all that 10.00 pay: the flat rate is not its own')
  t.equal(ask(driver, second, 2_000), 2_000, 'free')
  driver.lineId = first
  driver.charge(request('termination', 1, [], { sessionId: `s;${first};26201` }))
  t.same(driver.cdrs().at(-1)?.offers, ['go'])
  const [limit] = driver.account!.counters
  t.equal(limit?.used, 0, 'it does not count under the limit of an offer that rests')
})

t.test('one base offer for each line, and one for the account', async t => {
  const driver = open(['go'], [['credit'], []])
  t.equal(buy(driver, 'flat', first), 'offer-conflict')
  t.equal(buy(driver, 'flat'), 'offer-conflict')
  t.equal(buy(driver, 'flat', second), 'done')
  t.equal(buy(driver, 'go', third), 'line-unknown')
  const none = new EngineDriver(inForce)
  const two = [{ msisdn: first, offers: ['go', 'flat'] }]
  const opened = {
    kind: 'open-account',
    accountId: 'a1',
    lines: two,
    offers: [],
    topUp: 0
  } as const
  t.equal(outcome(none, opened), 'offer-conflict')
  const unknown = { ...opened, lines: [{ msisdn: first, offers: ['nothing'] }] }
  t.equal(outcome(none, unknown), 'offer-unknown')
})

t.test('what offers require and exclude is looked for among those of the line', async t => {
  const driver = open(['capped'], [['go'], []])
  t.equal(buy(driver, 'only-go'), 'offer-conflict')
  t.equal(buy(driver, 'only-go', second), 'offer-conflict')
  t.equal(buy(driver, 'only-go', first), 'done')
  t.equal(buy(driver, 'not-capped', second), 'offer-conflict')
  t.equal(buy(driver, 'not-capped', first), 'done', 'its own base offer stands in the place')
  const change = (offer: string, replaces: string, lineId: string | null) => {
    const operation = { key: `${offer} ${replaces}`, digest: '' }
    const wanted = { kind: 'change-offer', accountId: 'a1', offer, replaces, lineId } as const
    return outcome(driver, { ...wanted, operation })
  }
  t.equal(change('flat', 'go', first), 'offer-conflict', 'only-go could not be kept')
  t.equal(change('flat', 'go', null), 'subscription-unknown')
  const own = driver.subscriptions().find(({ offer }) => offer === 'go')!
  const ended = { kind: 'unsubscribe', accountId: 'a1', subscription: own.id } as const
  t.equal(outcome(driver, ended), 'offer-conflict')
  const plain = open(['go'], [['only-go'], ['not-capped']])
  t.equal(buy(plain, 'capped', second), 'offer-conflict')
  t.equal(buy(plain, 'flat', first), 'offer-conflict', 'only-go would be left without go')
  const operation = { key: 'k', digest: '' }
  const base = { kind: 'change-offer', accountId: 'a1', offer: 'flat', replaces: 'go' } as const
  t.equal(outcome(plain, { ...base, operation }), 'offer-conflict', 'as would that of the account')
})

t.test(
  'a price over a day or a month counts as it is written, also in the own offer of a line',
  async t => {
    const counted = (offer: string, over: object): OfferFile => ({
      offer,
      kind: 'base',
      name: 'Two messages at 0.10, then 0.01',
      prices: [
        {
          rule: 'sms',
          service: 'sms',
          tiers: [{ 'up-to': 2, price: '0.10' }, { price: '0.01' }],
          ...over
        }
      ]
    })
    const current = catalogueOf([
      counted('by-line', { over: 'day' }),
      counted('by-account', { over: 'calendar-month', counted: 'account' })
    ])
    for (const [offer, other, nextDay] of [
      ['by-line', 200_000, 100_000],
      ['by-account', 20_000, 10_000]
    ] as const) {
      const driver = new EngineDriver({ current, byVersion: new Map([[current.version, current]]) })
      const lines = [first, second].map(msisdn => ({ msisdn, offers: [offer] }))
      driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: [], topUp: EUR })
      let sent = 0
      const send = (line: string, count: number) => {
        driver.lineId = line
        const sessionId = `sms;${sent++}`
        const usage = { ratingGroup: 200, ask: { messages: count } }
        const subscribers = [{ type: 'msisdn' as const, value: line }]
        const more = { sessionId, context: '32274', subscribers }
        driver.charge(request('event', 0, [usage], more))
        return driver.cdrs().at(-1)?.amount
      }
      t.equal(send(first, 2), 200_000, `${offer}: the first two`)
      t.equal(send(first, 1), 10_000, `${offer}: the third of the line`)
      t.equal(send(second, 2), other, `${offer}: two of the other line`)
      driver.now += DAY
      t.equal(send(first, 1), nextDay, `${offer}: the next day`)
    }
  }
)

t.test('limits of an own offer are the line’s', async t => {
  const driver = open(['go'], [['capped'], []], 100 * EUR)
  t.equal(ask(driver, first, 100, '310410'), 5, '10.00 at 2.00 a megabyte')
  t.equal(ask(driver, second, 10, '310410'), 10)
  t.equal(driver.account!.counters.length, 0)
  t.match(driver.lines.get(first)!.counters, [{ limit: 'roaming', reserved: 10 * EUR }])
  const choice = { kind: 'set-limit', accountId: 'a1', limit: 'roaming', amount: '4.00' } as const
  t.equal(outcome(driver, { ...choice, lineId: first }), 'done')
  t.equal(outcome(driver, { ...choice, lineId: second }), 'limit-unknown')
})

t.test('the fee of an own offer is due in its own time, and suspends it alone', async t => {
  const driver = open(['go'], [['plan'], []])
  t.equal(driver.wallet().available, 0)
  driver.now += 40 * DAY
  t.equal(ask(driver, second, 1), 0)
  t.match(driver.subscriptions(), [{ offer: 'go' }, { offer: 'plan', line: first }])
  t.ok(driver.subscriptions()[1]?.suspendedAt)
  t.match(driver.events().at(-1), { type: 'suspended', lineId: first })
  t.equal(ask(driver, first, 1), 0, 'and the offer of the account does not take its place')
  const operation = { key: 'k', digest: '' }
  driver.submit({ kind: 'top-up', accountId: 'a1', amount: 10 * EUR, operation })
  driver.now += 1
  driver.sessions.clear()
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  t.ok(driver.subscriptions()[1]?.suspendedAt, 'it waits until its line is served')
  t.equal(ask(driver, first, 200), 100)
  t.match(driver.subscriptions()[1], { line: first, since: driver.now, suspendedAt: undefined })
})

t.test('bad debt is what is beyond the lowest floor of all lines', async t => {
  const overuse = (own: string[][]) => {
    const driver = open([], own, 0)
    driver.lineId = second
    driver.charge(request('initial', 0, [{ ask: null }]))
    driver.charge(request('update', 1, [{ used: { octets: 1_000 * MB } }]))
    return [driver.wallet().available, driver.account!.badDebt]
  }
  // 10.00 are used. The floor is -2.00 - 1.00.
  t.same(overuse([['bounded'], ['bounded']]), [-3 * EUR, 7 * EUR])
  t.same(overuse([['go'], ['bounded']]), [-10 * EUR, 0], 'go has no floor')
})

t.test('lines have only so many offers that give to all lines', async t => {
  const driver = open(['go'], [[], []])
  for (let i = 0; i < limits.sharingSubscriptionsPerAccount; i++) {
    if (buy(driver, 'gift', first) !== 'done') throw new Error(`the ${i}th was refused`)
  }
  t.equal(buy(driver, 'gift', second), 'offer-conflict')
  t.equal(buy(driver, 'gift'), 'done', 'the account may have more')
  t.equal(buy(driver, 'pack', second), 'done', 'and a line may have others')
})

type OwnStep =
  | Step
  | { do: 'own'; offer: string; of: number }
  | { do: 'change'; offer: string; of: number }
  | { do: 'end'; of: number }

const bases = ['go', 'credit', 'plan', 'rolling', 'metered', 'capped']
const ownStep: fc.Arbitrary<OwnStep> = fc.oneof(
  { weight: 4, arbitrary: step },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('own' as const, 'change' as const),
      offer: fc.constantFrom(...bases, 'pack', 'gift', 'promo'),
      of: fc.nat(1)
    })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), of: fc.nat(9) }) }
)

function play(history: History, each: OwnStep): void {
  const { driver } = history
  const subscriptions = driver.subscriptions()
  if (each.do === 'own') {
    buy(driver, each.offer, [first, second][each.of]!)
  } else if (each.do === 'change') {
    const own = subscriptions.find(({ line }) => line === [first, second][each.of])
    history.keys += 1
    const operation = { key: `k${history.keys}`, digest: '' }
    const { offer } = each
    if (own === undefined) return
    driver.submit({ kind: 'change-offer', accountId: 'a1', offer, replaces: own.id, operation })
  } else if (each.do === 'end') {
    const own = subscriptions[each.of % subscriptions.length]
    if (own === undefined) return
    driver.submit({ kind: 'unsubscribe', accountId: 'a1', subscription: own.id })
  } else {
    history.run(each)
  }
}

t.test('both kinds of line in one account: everything adds up after every step', async t => {
  fc.assert(
    fc.property(
      fc.constantFrom('go', 'metered', 'rolling', ''),
      fc.constantFrom(...bases),
      fc.integer({ min: 10 * EUR, max: 40 * EUR }),
      fc.array(ownStep, { maxLength: 40 }),
      (account, own, funds, steps) => {
        const driver = open(account === '' ? [] : [account], [['credit'], [own]], funds)
        const history = new History(driver)
        for (const each of steps) {
          play(history, each)
          history.check()
        }
        driver.now += 100 * DAY
        driver.submit({ kind: 'sweep', accountId: 'a1' })
        history.check()
        t.equal(driver.wallet().reserved, 0)
      }
    ),
    { numRuns: 80 }
  )
})

t.test('side by side, no grant of a prepaid line spends credit', async t => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5 * EUR }),
      fc.array(
        fc.record({
          of: fc.nat(5),
          ask: fc.integer({ min: 1, max: 300 }),
          share: fc.integer({ min: 0, max: 100 })
        }),
        { minLength: 1, maxLength: 40 }
      ),
      (funds, steps) => {
        const driver = open([], [['go'], ['credit']], funds)
        const granted = new Map<string, number>()
        steps.forEach(({ of, ask, share }, index) => {
          const id = `s;${of}`
          const prepaid = of % 2 === 0
          driver.lineId = prepaid ? first : second
          const known = granted.get(id)
          const used = Math.floor(((known ?? 0) * share) / 100)
          const usage = { ask: { octets: ask * MB } }
          const answer = driver.charge(
            known === undefined
              ? request('initial', index, [usage], { sessionId: id })
              : request('update', index, [{ ...usage, used: { octets: used } }], { sessionId: id })
          )
          const units = answer.units[0]?.granted?.amount ?? 0
          granted.set(id, units)
          const { available } = driver.wallet()
          if (units > 0) t.ok(available >= (prepaid ? 0 : -2 * EUR))
        })
        t.ok(driver.wallet().available >= -2 * EUR)
      }
    ),
    { numRuns: 60 }
  )
})

t.test('time may be looked at as often as anybody likes', async t => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 200 * DAY }), { maxLength: 8 }),
      fc.constantFrom('plan', 'metered', 'rolling'),
      fc.integer({ min: 10 * EUR, max: 60 * EUR }),
      (instants, own, funds) => {
        const opened = () => open(['rolling'], [['credit'], [own]], funds)
        const often = opened()
        for (const at of [...instants].sort((a, b) => a - b)) {
          often.now = start + at
          often.submit({ kind: 'sweep', accountId: 'a1' })
        }
        const once = opened()
        for (const driver of [often, once]) {
          driver.now = start + 200 * DAY
          ask(driver, second, 1)
        }
        // Each look that finds a period over tells what the account is then.
        t.same({ ...often.account, records: 0 }, { ...once.account, records: 0 })
      }
    ),
    { numRuns: 40 }
  )
})
