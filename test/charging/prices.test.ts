/** Price models in sessions: counting by periods, tables, changes of radio access, currencies and tax. */
import t, { type Test } from 'tap'
import { explainRecord } from '../../src/charging/explain/rerate.ts'
import type { NetworkFacts } from '../../src/domain/facts.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import { DAY, EngineDriver, request, start, type UsageTemplate } from '../support/engine-driver.ts'
import { inForce, type SmallFiles, smallCatalogue } from '../support/small-catalogue.ts'

const MB = 1_000_000
const lines = ['4915100000001', '4915100000002']

async function opened(t: Test, files: SmallFiles, topUp = 100_000_000, offers = ['basic']) {
  const catalogue = await smallCatalogue(t, files)
  const driver = new EngineDriver(inForce(catalogue))
  driver.submit({
    kind: 'open-account',
    accountId: 'a1',
    lines: lines.map(msisdn => ({ msisdn })),
    offers,
    topUp
  })
  return Object.assign(driver, { catalogue })
}

const rule = (terms: string): SmallFiles => ({
  offers: { basic: `prices:\n  - rule: data\n    service: internet\n    ${terms}\n` }
})

/** One session that uses so much in each report. */
function session(
  driver: EngineDriver,
  sessionId: string,
  reports: readonly number[],
  line = lines[0]
) {
  driver.lineId = line ?? ''
  const more = { sessionId }
  driver.charge(request('initial', 0, [{ ask: null }], more))
  for (const [index, octets] of reports.entries()) {
    const last = index === reports.length - 1
    const usage: UsageTemplate = last ? { used: { octets } } : { ask: null, used: { octets } }
    driver.charge(request(last ? 'termination' : 'update', index + 1, [usage], more))
  }
}

const cdrs = (driver: EngineDriver): readonly CdrRecord[] => driver.cdrs()
const amounts = (driver: EngineDriver) => cdrs(driver).map(({ amount }) => amount)
const tiers =
  'tiers: [{ up-to: 10 MB, price: "1.00" }, { price: "0.10" }]\n    per: 1 MB\n    step: 1 MB'

t.test('tiers count over the session, however it is reported', async t => {
  const driver = await opened(t, rule(tiers))
  session(driver, 's;1', [8 * MB, 4 * MB])
  session(driver, 's;2', [12 * MB])
  session(
    driver,
    's;3',
    Array.from({ length: 12 }, () => MB)
  )
  t.same(amounts(driver), [10_200_000, 10_200_000, 10_200_000])
})

t.test('tiers over a month go on in the next session, and begin anew with the month', async t => {
  const driver = await opened(t, rule(`${tiers}\n    over: calendar-month`))
  session(driver, 's;1', [8 * MB])
  session(driver, 's;2', [4 * MB])
  session(driver, 's;3', [4 * MB], lines[1])
  t.same(amounts(driver), [8_000_000, 2_200_000, 4_000_000], 'each line for itself')
  // December begins at 23:00 UTC of 30 November in Berlin.
  driver.now = Date.UTC(2026, 10, 30, 22, 59, 59)
  session(driver, 's;4', [MB])
  driver.now = Date.UTC(2026, 10, 30, 23, 0, 0)
  session(driver, 's;5', [MB])
  t.same(amounts(driver).slice(3), [100_000, 1_000_000])
  const { counts } = driver.lines.get(lines[0] ?? '')!
  t.same(
    counts?.map(({ price, units, held }) => [price, units, held]),
    [['basic/data', MB, 0]],
    'the count of November is gone'
  )
  for (const cdr of cdrs(driver)) {
    t.equal(
      explainRecord(cdr, inForce(driver.catalogue)).agrees,
      true,
      'rated again it is the same'
    )
  }
})

t.test('a count of the account is shared by its lines', async t => {
  const driver = await opened(t, rule(`${tiers}\n    over: calendar-month\n    counted: account`))
  session(driver, 's;1', [8 * MB])
  session(driver, 's;2', [4 * MB], lines[1])
  t.same(amounts(driver), [8_000_000, 2_200_000])
})

t.test('a grant begins where the grants of other sessions end, and nothing stays held', async t => {
  const driver = await opened(t, rule(`${tiers}\n    over: calendar-month`), 11_000_000)
  const ask = [{ ask: { octets: 8 * MB } }]
  const first = driver.charge(request('initial', 0, ask, { sessionId: 's;1' }))
  const second = driver.charge(request('initial', 0, ask, { sessionId: 's;2' }))
  t.equal(first.units[0]?.granted?.amount, 8 * MB)
  t.equal(second.units[0]?.granted?.amount, 8 * MB, '2 MB at 1.00 and 6 MB at 0.10')
  t.equal(driver.account?.wallet.reserved, 10_600_000)
  const end = (sessionId: string, octets: number) =>
    driver.charge(request('termination', 1, [{ used: { octets } }], { sessionId }))
  end('s;2', 8 * MB)
  t.equal(cdrs(driver)[0]?.amount, 8_000_000, 'the first 8 MB that are reported are the first')
  end('s;1', 4 * MB)
  t.equal(cdrs(driver)[1]?.amount, 2_200_000)
  t.match(driver.account?.wallet, { available: 800_000, reserved: 0 })
  t.match(driver.lines.get(lines[0] ?? '')?.counts, [{ units: 12 * MB, held: 0 }])
})

t.test(
  'sessions that count in turns have a part for each turn, and agree when rated again',
  async t => {
    const driver = await opened(t, rule(`${tiers}\n    over: day`))
    const report = (
      type: 'update' | 'termination',
      sessionId: string,
      number: number,
      octets: number
    ) =>
      driver.charge(
        request(type, number, [{ used: { octets }, ...(type === 'update' ? { ask: null } : {}) }], {
          sessionId
        })
      )
    driver.charge(request('initial', 0, [{ ask: null }], { sessionId: 's;1' }))
    driver.charge(request('initial', 0, [{ ask: null }], { sessionId: 's;2' }))
    report('update', 's;1', 1, 2_500_000)
    report('update', 's;1', 2, 2_500_000)
    report('update', 's;2', 1, 4_500_000)
    report('termination', 's;1', 3, 2 * MB)
    report('termination', 's;2', 2, MB)
    const [one, two] = cdrs(driver)
    t.same(
      one?.parts.map(({ before, units, amount }) => [before, units, amount]),
      [
        [0, 5 * MB, 5_000_000],
        [9_500_000, 2 * MB, 200_000]
      ]
    )
    t.same(
      two?.parts.map(({ before, units, amount }) => [before, units, amount]),
      [
        [5 * MB, 4_500_000, 5_000_000],
        [11_500_000, MB, 100_000]
      ]
    )
    for (const cdr of cdrs(driver)) {
      t.equal(explainRecord(cdr, inForce(driver.catalogue)).agrees, true)
      t.equal(cdr.parts[0]?.period, Date.UTC(2026, 10, 20, 23), 'midnight in Berlin')
    }
  }
)

t.test(
  'a grant ends with its period, and what it is used for counts there whenever it is reported',
  async t => {
    const driver = await opened(t, rule('flat: "1.99"\n    over: day'))
    driver.now = Date.UTC(2026, 10, 21, 22, 50, 0)
    const first = driver.charge(request('initial', 0, [{ ask: null }]))
    t.equal(first.units[0]?.validity, 600, 'midnight is in ten minutes')
    driver.now += 20 * 60_000
    driver.charge(request('update', 1, [{ ask: null, used: { octets: MB } }]))
    driver.charge(request('termination', 2, [{ used: { octets: MB } }]))
    const [cdr] = cdrs(driver)
    t.equal(cdr?.amount, 3_980_000, 'two days')
    t.same(
      cdr?.parts.map(({ period, amount }) => [period, amount]),
      [
        [Date.UTC(2026, 10, 20, 23), 1_990_000],
        [Date.UTC(2026, 10, 21, 23), 1_990_000]
      ]
    )
  }
)

t.test('a flat price of a day is paid once, by the first session', async t => {
  const driver = await opened(t, rule('flat: "1.99"\n    over: day'), 2_000_000)
  session(driver, 's;1', [5 * MB, 7 * MB])
  session(driver, 's;2', [9 * MB])
  t.same(amounts(driver), [1_990_000, 0])
  driver.now = start + DAY
  const poor = driver.charge(request('initial', 0, [{ ask: null }], { sessionId: 's;3' }))
  t.equal(poor.units[0]?.outcome, 'credit-limit-reached')
})

t.test('a new version of the catalogue goes on counting the month', async t => {
  const before = await smallCatalogue(t, rule(`${tiers}\n    over: calendar-month`))
  const dearer = tiers.replace('0.10', '0.20')
  const after = await smallCatalogue(t, rule(`${dearer}\n    over: calendar-month`))
  let catalogues = inForce(before)
  const driver = new EngineDriver(() => catalogues)
  const offers = ['basic']
  const opening = { lines: [{ msisdn: lines[0] ?? '' }], offers, topUp: 100_000_000 }
  driver.submit({ kind: 'open-account', accountId: 'a1', ...opening })
  driver.charge(request('initial', 0, [{ ask: null }]))
  catalogues = inForce(after, before)
  driver.charge(request('update', 1, [{ ask: null, used: { octets: 11 * MB } }]))
  driver.charge(request('termination', 2, [{ used: { octets: MB } }]))
  t.same(
    cdrs(driver)[0]?.parts.map(({ price, before, amount }) => [price.slice(0, 12), before, amount]),
    [
      [before.version, 0, 10_100_000],
      [after.version, 11 * MB, 200_000]
    ],
    'what was granted before is rated by the version of its grant'
  )
})

t.test('volume tiers give nothing back', async t => {
  const driver = await opened(t, rule(`${tiers.replace('0.10', '0.80')}\n    tiering: volume`))
  session(driver, 's;1', [10 * MB, MB, MB, 2 * MB])
  t.same(amounts(driver), [11_200_000], '14 MB at 0.80; at 11 MB nothing was added')
})

t.test('a table decides by where the session is, before and after the change', async t => {
  const driver = await opened(t, {
    offers: { basic: 'prices:\n  - rule: roaming\n    table: roaming\n' },
    tables: {
      roaming:
        'country,service,price,per,step\n262,internet,0.01,1 MB,1 MB\n208,internet,0.03,1 MB,1 MB\n*,internet,blocked,,\n'
    }
  })
  driver.charge(request('initial', 0, [{ ask: null }]))
  const facts = { plmn: '20801' }
  driver.charge(request('update', 1, [{ ask: null, used: { octets: 2 * MB } }], { facts }))
  driver.charge(request('termination', 2, [{ used: { octets: 3 * MB } }], { facts }))
  const parts = cdrs(driver)[0]?.parts ?? []
  t.same(
    parts.map(({ price, amount }) => [price.slice(price.indexOf(':') + 1), amount]),
    [
      ['basic/roaming@262/internet', 20_000],
      ['basic/roaming@208/internet', 90_000]
    ]
  )
  const away = request('initial', 0, [{ ask: null }], {
    sessionId: 's;2',
    facts: { plmn: '310410' }
  })
  t.equal(driver.charge(away).units[0]?.outcome, 'service-denied')
})

const byAccess: SmallFiles = {
  offers: {
    basic: `prices:
  - rule: fast
    service: internet
    rats: [nr]
    price: "0.02"
    per: 1 MB
    step: 1 MB
  - rule: assured
    service: internet
    qos: [1, 2]
    price: "0.05"
    per: 1 MB
    step: 1 MB
  - rule: data
    service: internet
    price: "0.01"
    per: 1 MB
    step: 1 MB
`
  }
}

t.test(
  'usage that comes with a change of radio access or QoS belongs to what was before',
  async t => {
    const driver = await opened(t, byAccess)
    const at = (facts: NetworkFacts) => ({ facts: { plmn: '26201', ...facts } })
    const used = (mb: number) => [{ ask: null, used: { octets: mb * MB } }]
    driver.charge(request('initial', 0, [{ ask: null }], at({ rat: 6, qci: 9 })))
    driver.charge(request('update', 1, used(1), at({ rat: 10, qci: 9 })))
    driver.charge(request('update', 2, used(2), at({ rat: 6, qci: 1 })))
    driver.charge(request('termination', 3, [{ used: { octets: 3 * MB } }], at({ rat: 6, qci: 9 })))
    t.same(
      cdrs(driver)[0]?.parts.map(({ price, units }) => [
        price.slice(price.indexOf('/') + 1),
        units
      ]),
      [
        ['data', MB],
        ['fast', 2 * MB],
        ['assured', 3 * MB]
      ]
    )
  }
)

t.test(
  'usage beyond a grant happened as the grant was made, also when another service has told of a change',
  async t => {
    const driver = await opened(t, {
      offers: {
        basic: `allowances:
  - allowance: slow
    services: [internet]
    rats: [eutra]
    amount: 5 MB
    period: calendar-month
${byAccess.offers['basic']}`
      }
    })
    const at = (rat: number) => ({ facts: { plmn: '26201', rat } })
    const ask = { ask: { octets: MB } }
    const other = { ...ask, serviceIdentifiers: [7] }
    driver.charge(request('initial', 0, [ask, other], at(6)))
    driver.charge(request('update', 1, [other], at(10)))
    driver.charge(request('termination', 2, [{ used: { octets: 3 * MB } }], at(10)))
    const parts = cdrs(driver)[0]?.parts.filter(
      ({ serviceIdentifiers }) => serviceIdentifiers.length === 0
    )
    t.match(parts, [{ bucket: /slow/, units: 3 * MB, price: '' }])
  }
)

t.test('an account has the currency of its base offer, and no offer in another', async t => {
  const offers = {
    basic: 'prices:\n  - rule: data\n    service: internet\n    free: true\n',
    dollars:
      'currency: USD\nprices:\n  - rule: data\n    service: internet\n    price: "0.02"\n    per: 1 MB\n    step: 1 MB\n',
    extra:
      'kind: addon\ncurrency: USD\nprices:\n  - rule: more\n    service: voice\n    free: true\n'
  }
  const driver = await opened(t, { offers }, 1_000_000, ['dollars'])
  t.equal(driver.account?.currency, 'USD')
  session(driver, 's;1', [MB])
  t.match(cdrs(driver), [{ amount: 20_000, currency: 'USD' }])
  const buy = { kind: 'subscribe', accountId: 'a1', offer: 'extra', operation: null } as const
  t.match(driver.submit(buy), { kind: 'done' })
  const euros = await opened(t, { offers }, 1_000_000, ['basic'])
  t.equal(euros.account?.currency, 'EUR')
  t.match(euros.submit(buy), {
    kind: 'refused',
    reason: 'offer-conflict',
    detail: 'extra has its prices in USD, the account is in EUR'
  })
})

t.test('an offer whose currency was changed pays for nothing', async t => {
  const driver = await opened(t, rule('price: "0.01"\n    per: 1 MB\n    step: 1 MB'))
  const changed = { ...driver.catalogue, currency: 'USD' }
  const other = new EngineDriver(inForce(changed))
  other.account = driver.account
  for (const [id, line] of driver.lines) other.lines.set(id, line)
  const answer = other.charge(request('initial', 0, [{ ask: null }]))
  t.equal(answer.units[0]?.outcome, 'rating-failed')
})

t.test('a CDR says whether its amounts have their tax in them', async t => {
  const files = rule('price: "0.01"\n    per: 1 MB\n    step: 1 MB')
  const driver = await opened(t, { ...files, settings: 'tax: exclusive\n' })
  session(driver, 's;1', [MB])
  t.match(cdrs(driver)[0]?.parts, [{ amount: 10_000, tax: 'exclusive' }])
  const silent = await opened(t, files)
  session(silent, 's;1', [MB])
  t.notOk('tax' in (cdrs(silent)[0]?.parts[0] ?? {}))
})

t.test('a grant across a switch between prices that are not by units reserves both', async t => {
  const band = `calendar:
  bands:
    - band: night
      windows:
        - { days: [every-day], from: "22:00", until: "06:00" }
`
  const driver = await opened(t, {
    settings: band,
    offers: {
      basic: `prices:
  - rule: night
    service: internet
    times: [night]
    tiers: [{ up-to: 5 MB, price: "2.00" }, { price: "0.10" }]
    per: 1 MB
    step: 1 MB
  - rule: day
    service: internet
    ${tiers}
`
    }
  })
  driver.now = Date.UTC(2026, 10, 21, 20, 50, 0)
  const answer = driver.charge(request('initial', 0, [{ ask: { octets: 10 * MB } }]))
  t.ok(answer.units[0]?.conditions?.tariffChange)
  t.equal(driver.account?.wallet.reserved, 10_000_000 + 10_500_000 + 3_000_000)
})
