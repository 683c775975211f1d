import t from 'tap'
import { DAY, type EngineDriver, HOUR, request } from '../support/engine-driver.ts'
import { catalogueOf, limited, openWith, standardOffers } from '../support/limits-catalogue.ts'

const MB = 1_000_000
const metered = standardOffers.find(({ offer }) => offer === 'metered')!
const EUR = 1_000_000
const abroad = { plmn: '310410' }

function events(driver: EngineDriver): string[] {
  return driver.records
    .filter(record => record.kind === 'event')
    .map(event => `${event.subject} ${event.threshold} ${event.direction}`)
}

function put(driver: EngineDriver, limit: string, choice: object, lineId: string | null = null) {
  return driver.submit({ kind: 'set-limit', accountId: 'a1', limit, lineId, ...choice })
}

t.test('data abroad stops at 10.00, with a notice at 80 % and one at 100 %', async t => {
  const driver = openWith(['capped'], 100 * EUR)
  const ask = (number: number, used?: number) =>
    driver.charge(
      request(
        number === 0 ? 'initial' : 'update',
        number,
        [{ ask: { octets: 3 * MB }, ...(used === undefined ? {} : { used: { octets: used } }) }],
        { facts: abroad }
      )
    )
  t.match(ask(0).units, [{ granted: { amount: 3 * MB }, final: null }])
  t.match(driver.account!.counters, [{ used: 0, reserved: 6 * EUR, amount: 10 * EUR }])
  const last = ask(1, 3 * MB)
  t.match(last.units, [{ granted: { amount: 2 * MB }, final: 'terminate' }], 'what fits')
  t.same(events(driver), [])
  const none = ask(2, MB)
  t.match(none.units, [{ granted: { amount: MB }, final: 'terminate' }])
  t.same(events(driver), ['capped/roaming 80 % up'], '8.00 of 10.00')
  t.match(ask(3, MB).units, [{ outcome: 'credit-limit-reached', granted: null }])
  t.match(ask(4).units, [{ outcome: 'credit-limit-reached' }])
  t.same(events(driver), ['capped/roaming 80 % up', 'capped/roaming 100 % up'])
  t.match(driver.account!.counters, [{ used: 10 * EUR, reserved: 0, status: 'capped' }])
  t.equal(driver.wallet().available, 90 * EUR)
  const home = driver.charge(
    request('initial', 0, [{ ask: { octets: MB } }], { sessionId: 's;home' })
  )
  t.match(home.units, [{ granted: { amount: MB } }], 'at home nothing stops')
})

t.test('the last step that does not fit under a limit counts as reached', async t => {
  const driver = openWith(['capped'], 100 * EUR)
  put(driver, 'roaming', { amount: '0.05' })
  const facts = abroad
  const first = driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { facts }))
  t.match(first.units, [{ granted: { amount: 20_000 }, final: 'terminate' }], '0.04 of 0.05')
  const next = driver.charge(
    request('update', 1, [{ ask: { octets: MB }, used: { octets: 20_000 } }], { facts })
  )
  t.match(next.units, [{ outcome: 'credit-limit-reached' }])
  t.same(events(driver), ['capped/roaming 80 % up', 'capped/roaming 100 % up'])
})

t.test('sessions side by side share what a limit leaves', async t => {
  const driver = openWith(['capped'], 100 * EUR)
  const open = (id: number) =>
    driver.charge(
      request('initial', 0, [{ ask: { octets: 2 * MB } }], { sessionId: `s;${id}`, facts: abroad })
    )
  t.match(open(1).units, [{ granted: { amount: 2 * MB } }])
  t.match(open(2).units, [{ granted: { amount: 2 * MB } }])
  t.match(open(3).units, [{ granted: { amount: MB }, final: 'terminate' }])
  t.match(open(4).units, [{ outcome: 'credit-limit-reached' }])
  t.same(events(driver), [], 'nothing was used, so nothing is told')
  driver.charge(request('termination', 1, [{ used: { octets: 0 } }], { sessionId: 's;1' }))
  t.match(open(5).units, [{ granted: { amount: 2 * MB } }], 'what was released may be had')
})

t.test('a limit that is reached is passed by who says so, for the period or for good', async t => {
  const driver = openWith(['capped'], 100 * EUR)
  const use = (id: string, octets: number) => {
    const more = { sessionId: id, facts: abroad }
    const answer = driver.charge(request('initial', 0, [{ ask: { octets } }], more))
    const granted = answer.units[0]?.granted?.amount ?? 0
    driver.charge(request('termination', 1, [{ used: { octets: granted } }], more))
    return granted
  }
  t.equal(use('s;1', 9 * MB), 5 * MB)
  t.equal(use('s;2', MB), 0)
  t.match(put(driver, 'roaming', { beyond: 'period' }), { kind: 'done' })
  t.equal(use('s;3', MB), MB)
  driver.now += 12 * DAY
  t.equal(use('s;4', 9 * MB), 5 * MB, 'a new month begins with the limit')
  t.same(events(driver).slice(2), [
    'capped/roaming 100 % down',
    'capped/roaming 80 % up',
    'capped/roaming 100 % up'
  ])
  put(driver, 'roaming', { beyond: 'always' })
  driver.now += 31 * DAY
  t.equal(use('s;5', 9 * MB), 9 * MB)
  t.match(put(driver, 'roaming', { beyond: 'no' }), { kind: 'done' })
  t.equal(use('s;6', MB), 0)
})

t.test('a subscriber chooses an amount where the offer lets him', async t => {
  const driver = openWith(['capped'], 100 * EUR)
  t.match(put(driver, 'roaming', { amount: '2.00' }), { kind: 'done' })
  const facts = abroad
  t.match(driver.charge(request('initial', 0, [{ ask: { octets: 9 * MB } }], { facts })).units, [
    { granted: { amount: MB } }
  ])
  driver.charge(request('termination', 1, [{ used: { octets: MB } }]))
  t.same(events(driver), ['capped/roaming 80 % up', 'capped/roaming 100 % up'])
  put(driver, 'roaming', { amount: null })
  t.same(events(driver).slice(2), ['capped/roaming 100 % down'], '2.00 of 10.00 again')
  t.match(put(driver, 'roaming', { amount: '0' }), { kind: 'done' })
  t.match(
    driver.charge(request('initial', 0, [{ ask: null }], { facts, sessionId: 's;2' })).units,
    [{ outcome: 'service-denied' }],
    'nothing at all is a restriction of the service'
  )
  t.match(put(driver, 'roaming', { amount: 'much' }), { reason: 'invalid' })
  t.match(put(driver, 'nothing', { amount: '1' }), { reason: 'limit-unknown', detail: /roaming/ })
  const metered = openWith(['metered'], EUR)
  t.match(put(metered, 'weekly', { amount: '1 MB' }), { reason: 'offer-conflict' })
  t.match(put(metered, 'weekly', { beyond: 'always' }), { reason: 'offer-conflict' })
  t.match(put(metered, 'daily', { amount: '1 MB' }, '49999'), { reason: 'line-unknown' })
})

t.test('clients of open sessions ask anew when a limit has changed', async t => {
  const driver = openWith(['capped'], 100 * EUR)
  driver.charge(request('initial', 0, [{ ask: null }], { facts: abroad }))
  put(driver, 'roaming', { beyond: 'always' })
  t.match(driver.orders, [{ action: 'reauthorize', cause: 'limit', sessionId: null }])
})

t.test('each line has its day, and all of them their week, in the zone of the tariff', async t => {
  const lines = ['4915100000001', '4915100000002']
  const driver = openWith(['metered'], 100 * EUR, limited, lines)
  const use = (line: string, id: string, octets: number) => {
    driver.lineId = line
    const more = { sessionId: id }
    const answer = driver.charge(request('initial', 0, [{ ask: { octets } }], more))
    const granted = answer.units[0]?.granted?.amount ?? 0
    driver.charge(request('termination', 1, [{ used: { octets: granted } }], more))
    return granted
  }
  t.equal(use(lines[0]!, 's;1', 5 * MB), 3 * MB)
  t.equal(use(lines[0]!, 's;2', 5 * MB), 0)
  t.equal(use(lines[1]!, 's;3', 5 * MB), 3 * MB)
  driver.now = Date.UTC(2026, 10, 21, 22, 59, 59)
  t.equal(use(lines[0]!, 's;4', MB), 0)
  driver.now = Date.UTC(2026, 10, 21, 23, 0, 0)
  t.equal(use(lines[0]!, 's;5', MB), MB, 'midnight in Berlin')
  t.match(driver.account!.counters[0], { limit: 'weekly', used: 7 * MB })
  driver.now = Date.UTC(2026, 10, 22, 23, 0, 0)
  t.equal(use(lines[0]!, 's;6', MB), MB)
  t.match(driver.account!.counters[0], { limit: 'weekly', used: MB }, 'Monday in Berlin')
})

t.test('a limit without an amount begins when the subscriber chooses one', async t => {
  const driver = openWith(['metered'], 100 * EUR)
  const send = (number: number) =>
    driver.charge(
      request('event', number, [{ ratingGroup: 200, ask: { messages: 1 } }], {
        context: '32274',
        sessionId: `e;${number}`
      })
    ).units[0]?.outcome
  t.equal(send(1), 'success')
  t.match(put(driver, 'own', { amount: 2 }), { kind: 'done' })
  t.equal(send(2), 'success')
  t.equal(send(3), 'credit-limit-reached')
})

t.test('what is used beyond a grant counts in full', async t => {
  const driver = openWith(['capped'], 100 * EUR)
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { facts: abroad }))
  driver.charge(request('termination', 1, [{ used: { octets: 8 * MB } }]))
  t.match(driver.account!.counters, [{ used: 16 * EUR, reserved: 0 }])
  t.equal(driver.wallet().available, 84 * EUR)
})

t.test('fair use: the flat goes on, and its status says that it is throttled', async t => {
  const driver = openWith(['flat'], 0)
  const use = (id: string, octets: number) =>
    driver.charge(request('termination', 1, [{ used: { octets } }], { sessionId: id }))
  driver.charge(request('initial', 0, [{ ask: null }], { sessionId: 's;1' }))
  use('s;1', 20 * MB)
  t.same(events(driver), ['flat/fair-use 80 % up'])
  t.match(driver.account!.counters, [{ used: 20 * MB, status: '' }])
  driver.charge(request('initial', 0, [{ ask: { octets: 30 * MB } }], { sessionId: 's;2' }))
  use('s;2', 30 * MB)
  t.same(events(driver).slice(1), ['flat/fair-use 100 % up'])
  t.match(driver.account!.counters, [{ used: 50 * MB, status: 'throttled' }])
  t.equal(driver.wallet().available, 0)
  driver.now += 10 * DAY
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  t.same(events(driver).slice(2), ['flat/fair-use 100 % down'], 'told when the month turns')
  t.match(driver.account!.counters, [{ used: 0, status: '' }])
  t.match(driver.events().at(-1), { at: monthTurn })
})

const monthTurn = Date.UTC(2026, 10, 30, 23, 0, 0)

t.test('usage that a session holds over the turn counts in the new period', async t => {
  const driver = openWith(['capped'], 100 * EUR)
  driver.now = monthTurn - HOUR / 2
  driver.charge(request('initial', 0, [{ ask: { octets: 2 * MB } }], { facts: abroad }))
  driver.now = monthTurn + HOUR / 2
  driver.charge(
    request('update', 1, [{ ask: { octets: 3 * MB }, used: { octets: 2 * MB } }], { facts: abroad })
  )
  t.match(driver.account!.counters, [{ used: 4 * EUR, reserved: 6 * EUR }])
})

t.test('beyond the overdraft it is bad debt', async t => {
  const driver = openWith(['flat'], 0)
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { facts: abroad }))
  driver.charge(request('termination', 1, [{ used: { octets: 30 * MB } }]))
  t.equal(driver.wallet().available, -51 * EUR)
  t.equal(driver.account!.badDebt, 9 * EUR)
  t.match(driver.movements().at(-1), { type: 'write-off', amount: 9 * EUR, target: 'wallet' })
  t.equal(driver.cdrs()[0]?.amount, 60 * EUR, 'the record has all of it')
})

t.test('more than a line can carry goes to suspense, and is told', async t => {
  const bound = catalogueOf(standardOffers, { 'line-rate': '1 MB' })
  const driver = openWith(['go'], 100 * EUR, bound)
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }]))
  driver.now += 40_000
  driver.charge(request('update', 1, [{ ask: { octets: MB }, used: { octets: 100 * MB } }]))
  t.equal(driver.wallet().available + driver.wallet().reserved, 99 * EUR, '100 s at 1 MB a second')
  driver.now += 1_000
  driver.charge(request('termination', 2, [{ used: { octets: 1_000 * MB } }]))
  t.match(driver.cdrs()[0], {
    amount: 1_610_000,
    flags: ['suspense'],
    parts: [
      { units: 161 * MB, suspense: false },
      { units: 939 * MB, amount: 0, suspense: true }
    ]
  })
  t.match(
    driver.records.filter(record => record.kind === 'event'),
    [{ type: 'implausible', used: 1_000 * MB, amount: 61 * MB, unit: 'octets' }]
  )
})

t.test('an offer that takes its prices of another one takes its limits as well', async t => {
  const heir = { offer: 'heir', kind: 'base', name: 'Heir', 'prices-of': 'metered' } as const
  const daily = { ...metered.limits![0]!, amount: '5 MB' }
  const own = { ...heir, offer: 'own', limits: [daily] }
  const grandchild = { ...heir, offer: 'grandchild', 'prices-of': 'own' }
  const catalogue = catalogueOf([...standardOffers, heir, own, grandchild])
  const granted = (offer: string) => {
    const driver = openWith([offer], 100 * EUR, catalogue)
    const { units } = driver.charge(request('initial', 0, [{ ask: { octets: 10 * MB } }]))
    const counters = driver.account!.counters.concat(
      ...[...driver.lines.values()].map(each => each.counters)
    )
    return [
      units[0]!.granted!.amount,
      counters
        .filter(each => each.reserved > 0)
        .map(each => `${each.offer}/${each.limit} ${each.reserved}`)
        .sort()
    ]
  }
  t.same(granted('heir'), [3 * MB, ['heir/daily 3000000', 'heir/weekly 3000000']])
  t.same(
    granted('own'),
    [5 * MB, ['own/daily 5000000', 'own/weekly 5000000']],
    'its own of that name'
  )
  t.same(
    granted('grandchild'),
    [5 * MB, ['grandchild/daily 5000000', 'grandchild/weekly 5000000']],
    'the nearest of that name'
  )
})
