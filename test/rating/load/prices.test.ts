/** Prices, tables and conditions as they are written: what they are compiled to, and what is refused where. */
import t, { type Test } from 'tap'
import { GyroError } from '../../../src/domain/errors.ts'
import type { NetworkFacts } from '../../../src/domain/facts.ts'
import { unitsMax } from '../../../src/domain/units.ts'
import { bandsAt } from '../../../src/rating/calendar.ts'
import type { Catalogue, PriceRule } from '../../../src/rating/catalogue.ts'
import { classify } from '../../../src/rating/classify.ts'
import { explainPrice } from '../../../src/rating/explain.ts'
import { catalogueFromSource, loadCatalogue } from '../../../src/rating/load/load.ts'
import { findPrice } from '../../../src/rating/match.ts'
import { chargeFor } from '../../../src/rating/price.ts'
import { type SmallFiles, smallCatalogue, smallFolder } from '../../support/small-catalogue.ts'

const MB = 1_000_000

async function problemsOf(t: Test, files: SmallFiles): Promise<string[]> {
  try {
    await loadCatalogue(smallFolder(t, files))
    return []
  } catch (error) {
    if (!(error instanceof GyroError) || error.code !== 'GYRO_CATALOGUE_INVALID') throw error
    return error.message
      .split('\n')
      .slice(1)
      .map(line => line.trim())
  }
}

const soleRule = (rule: string): SmallFiles => ({
  offers: { basic: `prices:\n  - rule: r\n    service: internet\n${indented(rule)}` }
})

function indented(text: string): string {
  return text
    .split('\n')
    .map(line => `    ${line}\n`)
    .join('')
}

async function priceOf(t: Test, rule: string) {
  const catalogue = await smallCatalogue(t, soleRule(rule))
  return catalogue.rules.get(`${catalogue.version}:basic/r`)?.price
}

function ruleFor(
  catalogue: Catalogue,
  offers: readonly string[],
  group: number,
  facts: NetworkFacts,
  identifiers?: readonly number[]
): PriceRule | null {
  const situation = classify(catalogue, '32251', group, facts, identifiers)
  if (situation === null) return null
  return findPrice(
    offers.map(id => catalogue.offers.get(id)!),
    situation
  )
}

const nameOf = (rule: PriceRule | null) => rule?.ref.slice(rule.ref.indexOf(':') + 1) ?? null

t.test('every model is read as it is written', async t => {
  const counting = { per: MB, step: 100_000, minimum: 0, setUp: 0 }
  const tiers = [
    { upTo: 1_000 * MB, amount: 10_000 },
    { upTo: unitsMax, amount: 5_000 }
  ]
  const written =
    'tiers: [{ up-to: 1 GB, price: "0.01" }, { price: "0.005" }]\nper: 1 MB\nstep: 100 kB'
  t.same(await priceOf(t, written), { model: 'graduated', tiers, ...counting })
  t.same(await priceOf(t, `${written}\ntiering: volume`), { model: 'volume', tiers, ...counting })
  t.same(await priceOf(t, 'flat: "1.99"\nover: day'), {
    model: 'flat',
    amount: 1_990_000,
    over: { period: 'day', timeZone: 'Europe/Berlin', by: 'line' }
  })
  t.same(
    await priceOf(
      t,
      'package: { size: 1 GB, price: "5.00" }\nover: calendar-month\ncounted: account'
    ),
    {
      model: 'package',
      amount: 5_000_000,
      size: 1_000 * MB,
      over: { period: 'calendar-month', timeZone: 'Europe/Berlin', by: 'account' }
    }
  )
  t.same(
    await priceOf(t, 'stairs: [{ up-to: 1 GB, price: "5.00" }, { price: "9.00" }]\nover: session'),
    {
      model: 'stairs',
      stairs: [
        { upTo: 1_000 * MB, total: 5_000_000 },
        { upTo: unitsMax, total: 9_000_000 }
      ]
    }
  )
})

t.test('intervals are a minimum and a step', async t => {
  const calls = (terms: string): SmallFiles => ({
    offers: {
      basic: `prices:\n  - rule: r\n    service: voice\n    price: "0.09"\n    per: 60 s\n    ${terms}\n`
    }
  })
  const catalogue = await smallCatalogue(t, calls('intervals: "30/6"'))
  t.match(catalogue.rules.get(`${catalogue.version}:basic/r`)?.price, { minimum: 30, step: 6 })
  t.match(await problemsOf(t, calls('intervals: "30/6"\n    step: 6 s')), [
    /^offers\/basic.yaml:10:5: prices\[0\].step: is said by intervals; remove it$/
  ])
})

const mistakes: readonly (readonly [string, RegExp])[] = [
  [
    'tiers: [{ up-to: 2 GB, price: "1.00" }, { up-to: 1 GB, price: "2.00" }, { price: "3.00" }]\nper: 1 MB\nstep: 1 MB',
    /basic.yaml:7:54: prices\[0\].tiers\[1\].up-to: 1 GB is not above where the one before ends/
  ],
  [
    'tiers: [{ up-to: 1 GB, price: "1.00" }, { up-to: 2 GB, price: "2.00" }]\nper: 1 MB\nstep: 1 MB',
    /tiers\[1\].up-to: nothing says what more than 2 GB costs; add an entry without up-to/
  ],
  [
    'tiers: [{ price: "1.00" }, { price: "2.00" }]\nper: 1 MB\nstep: 1 MB',
    /tiers\[0\]: lacks the key up-to; only the last one is without an end/
  ],
  ['tiers: [{ price: "1.00" }]\nper: 1 MB\nstep: 1 MB', /tiers: must/],
  [
    'tiers: [{ up-to: 1 GB, price: "0.00" }, { price: "0.00" }]\nper: 1 MB\nstep: 1 MB',
    /tiers: all cost nothing; write free: true/
  ],
  [
    'stairs: [{ up-to: 1 GB, price: "9.00" }, { price: "5.00" }]',
    /stairs\[1\].price: 5.00 is less than the stair before; a total never falls/
  ],
  ['flat: "0.00"', /flat: is zero; write free: true/],
  ['flat: "1.00"\nper: 1 MB', /prices\[0\].per: goes with price, tiers only; remove it/],
  ['flat: "1.00"\ncounted: line', /counted: goes with over: day/],
  ['flat: "1.00"\npackage: { size: 1 MB, price: "1.00" }', /it has flat and package/],
  ['package: { size: 0 MB, price: "1.00" }', /package.size: 0 MB must be at least 1/],
  [
    'price: "0.01"\nper: 1 MB\nintervals: "60/1"',
    /intervals: are seconds, and this is counted in octets/
  ],
  ['mark-up: "-100 %"', /mark-up: takes the whole price away; write free: true/],
  ['mark-up: "20"', /mark-up: "20" must be a percentage in quotes/],
  ['mark-up: "20 %"\nof: nowhere', /of: there is no rule basic\/nowhere; name one of this offer/],
  ['mark-up: "20 %"', /mark-up: no rule for its service comes after it; name one with of/],
  ['table: nowhere', /table: there is no table nowhere/],
  ['rats: [lte]\nfree: true', /rats\[0\]: "lte" must be one of utran, geran, wlan/],
  ['slices: ["1-1"]\nfree: true', /slices\[0\]: "1-1" must be a slice as sst or sst-sd/]
]

for (const [rule, problem] of mistakes) {
  t.test(`${JSON.stringify(rule)} is refused`, async t => {
    const problems = await problemsOf(t, soleRule(rule))
    t.ok(
      problems.some(line => problem.test(line)),
      problems.join('\n')
    )
  })
}

t.test('a rule without a service is refused unless its table has one', async t => {
  const offers = { basic: 'prices:\n  - rule: r\n    free: true\n' }
  t.match(await problemsOf(t, { offers }), [/prices\[0\]: lacks the key service; add it/])
})

const roaming: SmallFiles = {
  offers: {
    basic: `prices:
  - rule: roaming
    zones: [eu, world]
    table: roaming
  - rule: home
    service: internet
    price: "0.01"
    per: 1 MB
    step: 100 kB
`
  },
  tables: {
    roaming: `country,service,price,per,step,minimum,set-up
208,internet,0.03,1 MB,100 kB,,
208,*,blocked,,,,
222 228,internet,0.05,1 MB,100 kB,,
310,voice,0.99,60 s,60 s,60 s,0.15
*,internet,2.00,1 MB,10 kB,,
*,voice,free,,,,
`
  }
}

t.test('a table is one rule; the row that fits most closely is the price', async t => {
  const catalogue = await smallCatalogue(t, roaming)
  const at = (group: number, plmn: string) => {
    const rule = ruleFor(catalogue, ['basic'], group, { plmn, calledParty: '+49301234567' })
    return [nameOf(rule), rule?.row?.line]
  }
  t.same(at(10, '20801'), ['basic/roaming@208/internet', 2])
  t.same(at(100, '20801'), ['basic/roaming@208/*', 3], 'the country goes before the service')
  t.same(at(10, '22801'), ['basic/roaming@222+228/internet', 4], 'two countries share a row')
  t.same(at(10, '310410'), ['basic/roaming@*/internet', 6])
  t.same(at(100, '310410'), ['basic/roaming@310/voice', 5])
  t.same(at(100, '40401'), ['basic/roaming@*/voice', 7])
  t.same(at(10, '26201'), ['basic/home', undefined], 'the zones of the rule hold for all rows')
  const row = catalogue.rules.get(`${catalogue.version}:basic/roaming@310/voice`)
  t.equal(chargeFor(row!.price, 61), 150_000 + 2 * 990_000)
  const again = catalogueFromSource(catalogue.source)
  t.equal(again.version, catalogue.version)
  t.same([...again.rules.keys()], [...catalogue.rules.keys()])
})

t.test('an explanation names the row, or that there is none', async t => {
  const catalogue = await smallCatalogue(t, {
    ...roaming,
    tables: { roaming: 'country,service,price,per,step\n208,internet,0.03,1 MB,100 kB\n' }
  })
  const tried = (plmn: string) =>
    explainPrice([catalogue.offers.get('basic')!], classify(catalogue, '', 10, { plmn })!).map(
      ({ rule, obstacle }) => [nameOf(rule), obstacle, rule.row?.line]
    )
  t.same(tried('20801'), [['basic/roaming@208/internet', null, 2]])
  t.same(tried('22201'), [
    ['basic/roaming', 'row', undefined],
    ['basic/home', null, undefined]
  ])
})

const tableMistakes: readonly (readonly [string, RegExp])[] = [
  ['country,service,cost\n208,internet,1\n', /tables\/roaming.csv:1:17: .*cost.*: is not a column/],
  ['price\n1.00\n', /tables\/roaming.csv:1:1: .*must have a column price, and one of country/],
  [
    'country,service,price,per,step\n208,internet,0.03,1 MB\n',
    /tables\/roaming.csv:2:1: row: a row has 5 columns/
  ],
  [
    'country,service,price,per,step\n20,internet,0.03,1 MB,1 MB\n',
    /roaming.csv:2:1: country: 20 must be an MCC/
  ],
  [
    'country,service,price,per,step\n208,intranet,0.03,1 MB,1 MB\n',
    /roaming.csv:2:5: service: there is no service intranet/
  ],
  [
    'country,service,price,per,step\n208,internet,0.03,1 MB,1 MB\n208,internet,0.04,1 MB,1 MB\n',
    /roaming.csv:3:1: country: 208, internet stands here a second time/
  ],
  [
    'country,service,price,per,step\n208,internet,0.03,60 s,1 MB\n',
    /roaming.csv:2:19: per: "60 s" is not an amount of octets/
  ],
  [
    'country,service,price,per,step\n208,*,0.03,1 MB,1 MB\n',
    /service: a price needs services that are all counted in one unit/
  ],
  ['country,service,price,per,step\n,internet,0.03,1 MB,1 MB\n', /country: is empty; write \*/]
]

for (const [table, problem] of tableMistakes) {
  t.test(`the table ${JSON.stringify(table)} is refused`, async t => {
    const problems = await problemsOf(t, { ...roaming, tables: { roaming: table } })
    t.ok(
      problems.some(line => problem.test(line)),
      problems.join('\n')
    )
  })
}

t.test('a file beside the tables is not passed over', async t => {
  const folder = smallFolder(t, roaming)
  const { writeFileSync } = await import('node:fs')
  writeFileSync(`${folder}/tables/more.yaml`, 'a: 1\n')
  await t.rejects(
    loadCatalogue(folder),
    /tables\/more.yaml:1:1: file: is not a file of a catalogue/
  )
})

t.test('a mark-up is on a rule by name, or on what would be the price without it', async t => {
  const catalogue = await smallCatalogue(t, {
    offers: {
      basic: `prices:
  - rule: france
    service: internet
    zones: [eu]
    rats: [nr]
    mark-up: "20 %"
    of: home
  - rule: abroad
    service: internet
    zones: [eu, world]
    mark-up: "50 %"
  - rule: world
    service: internet
    zones: [world]
    table: world
  - rule: home
    service: internet
    price: "0.01"
    per: 1 MB
    step: 100 kB
`
    },
    tables: { world: 'country,price,per,step\n310,2.00,1 MB,10 kB\n311,blocked,,\n' }
  })
  const at = (plmn: string, rat = 6) => ruleFor(catalogue, ['basic'], 10, { plmn, rat })
  t.equal(nameOf(at('20801', 10)), 'basic/france+basic/home')
  t.equal(chargeFor(at('20801', 10)!.price, MB), 12_000)
  t.equal(nameOf(at('20801')), 'basic/abroad+basic/home')
  t.equal(chargeFor(at('20801')!.price, MB), 15_000)
  t.equal(nameOf(at('310410')), 'basic/abroad+basic/world@310')
  t.equal(chargeFor(at('310410')!.price, MB), 3_000_000)
  t.equal(at('31101')?.price.model, 'blocked', 'what is blocked stays so')
  t.equal(nameOf(at('40401')), 'basic/abroad+basic/home', 'the table has no row')
  t.equal(nameOf(at('26201')), 'basic/home')
  for (const rule of [at('20801'), at('310410')]) t.equal(catalogue.rules.get(rule!.ref), rule)
})

t.test(
  'rules are tried by priority, then in their order, also those that are inherited',
  async t => {
    const price = 'service: internet\n    free: true\n'
    const catalogue = await smallCatalogue(t, {
      offers: {
        basic: `prices:\n  - rule: a\n    ${price}  - rule: b\n    priority: 50\n    ${price}prices-of: special\n`,
        special: `prices:\n  - rule: first\n    priority: 1\n    zones: [eu]\n    ${price}`
      }
    })
    t.equal(nameOf(ruleFor(catalogue, ['basic'], 10, { plmn: '20801' })), 'special/first')
    t.equal(nameOf(ruleFor(catalogue, ['basic'], 10, { plmn: '26201' })), 'basic/b')
  }
)

t.test(
  'rules want an access point, slice, radio access, QoS, service identifier or charging characteristics',
  async t => {
    const conditions: readonly (readonly [string, NetworkFacts, NetworkFacts, number[]])[] = [
      [
        'apns: [ims, IoT.example]',
        { apn: 'iot.EXAMPLE.mnc001.mcc262.gprs' },
        { apn: 'internet' },
        []
      ],
      ['slices: ["1"]', { slice: '1-00000A' }, { slice: '2-00000a' }, []],
      ['slices: ["1-00000A"]', { slice: '1-00000a' }, { slice: '1' }, []],
      ['rats: [nr, lte-m]', { rat: 10 }, { rat: 6 }, []],
      ['qos: [1, 5]', { qci: 5 }, { qci: 9 }, []],
      ['qos: [1, 5]', { fiveQi: 1 }, {}, []],
      [
        'charging-characteristics: ["08FF"]',
        { chargingCharacteristics: '08ff' },
        { chargingCharacteristics: '0800' },
        []
      ]
    ]
    for (const [condition, fits, other] of conditions) {
      const rule = `  - rule: r\n    service: internet\n    ${condition}\n    free: true\n`
      const rest = '  - rule: rest\n    service: internet\n    blocked: true\n'
      const catalogue = await smallCatalogue(t, { offers: { basic: `prices:\n${rule}${rest}` } })
      t.equal(nameOf(ruleFor(catalogue, ['basic'], 10, fits)), 'basic/r', condition)
      t.equal(nameOf(ruleFor(catalogue, ['basic'], 10, other)), 'basic/rest', condition)
      t.equal(nameOf(ruleFor(catalogue, ['basic'], 10, {})), 'basic/rest', condition)
    }
    const catalogue = await smallCatalogue(t, soleRule('service-identifiers: [7, 8]\nfree: true'))
    t.equal(nameOf(ruleFor(catalogue, ['basic'], 10, {}, [1, 8])), 'basic/r')
    t.equal(ruleFor(catalogue, ['basic'], 10, {}, [1]), null)
    const [tried] = explainPrice([catalogue.offers.get('basic')!], classify(catalogue, '', 10, {})!)
    t.equal(tried?.obstacle, 'identifier')
  }
)

t.test('a band may be for single days, of one year or of each', async t => {
  const calendar = `calendar:
  bands:
    - band: special
      windows:
        - { dates: ["2026-12-24 to 2026-12-26", "12-31"], from: "00:00", until: "24:00" }
    - band: turn
      windows:
        - { dates: ["12-30 to 01-02"], from: "08:00", until: "12:00" }
`
  const catalogue = await smallCatalogue(t, { ...soleRule('free: true'), settings: calendar })
  const bands = (at: string) => [...bandsAt(catalogue.calendar!, Date.parse(at)).bands]
  t.same(bands('2026-12-24T12:00:00Z'), ['special'])
  t.same(bands('2026-12-23T23:00:00Z'), ['special'], 'by local clocks')
  t.same(bands('2026-12-26T23:00:00Z'), [])
  t.same(bands('2027-12-25T12:00:00Z'), [])
  t.same(bands('2027-12-31T08:00:00Z'), ['special', 'turn'])
  t.same(bands('2027-01-01T08:00:00Z'), ['turn'])
  const wrong = (text: string) =>
    problemsOf(t, { ...soleRule('free: true'), settings: calendar.replace('"12-31"', text) })
  t.match(await wrong('"02-30"'), [/catalogue.yaml:5:.*02-30 is not a day/])
  t.match(await wrong('"2026-12-31 to 2026-12-24"'), [/the second day must be the later one/])
  t.match(await wrong('"2026-12-31 to 12-24"'), [/both days with their year, or both without/])
})

t.test(
  'money of an offer may be of another currency, and what is paid has its decimals',
  async t => {
    const usd =
      'currency: USD\nfee: "4.99"\nprices:\n  - rule: r\n    service: internet\n    free: true\n'
    const catalogue = await smallCatalogue(t, { offers: { basic: usd } })
    t.equal(catalogue.offers.get('basic')?.currency, 'USD')
    const problem = async (text: string, settings = '') =>
      await problemsOf(t, { offers: { basic: text }, settings })
    t.match(await problem(usd.replace('USD', 'ZZZ')), [
      /basic.yaml:4:11: currency: ZZZ is not a curr/
    ])
    t.match(await problem(usd.replace('USD', 'JPY')), [
      /fee: 4.99 cannot be paid: JPY has 0 decimals/
    ])
    t.match(await problem(usd.replace('4.99', '4.999')), [/fee: 4.999 cannot be paid: USD has 2/])
    t.same(await problem(usd.replace('USD', 'KWD').replace('4.99', '4.999')), [])
    const own = usd.replace('USD', 'EUR').replace('4.99', '4.999')
    t.match(await problem(own), [/EUR has 2 decimals/])
    t.same(await problem(own, 'minor-digits: 3\n'), [])
    const heir = { basic: `${usd}prices-of: other\n`, other: usd.replace('USD', 'EUR') }
    t.match(await problemsOf(t, { offers: heir }), [
      /prices-of: other has its prices in another curr/
    ])
  }
)

t.test('tax is said by the catalogue, and otherwise by an offer', async t => {
  const rules = 'prices:\n  - rule: r\n    service: internet\n    free: true\n'
  const offers = { basic: rules, other: `tax: exclusive\n${rules}` }
  const catalogue = await smallCatalogue(t, { offers, settings: 'tax: inclusive\n' })
  t.equal(catalogue.offers.get('basic')?.prices[0]?.tax, 'inclusive')
  t.equal(catalogue.offers.get('other')?.prices[0]?.tax, 'exclusive')
})
