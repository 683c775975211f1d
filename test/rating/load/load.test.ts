import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { GyroError } from '../../../src/domain/errors.ts'
import {
  catalogueFromSource,
  compileCatalogue,
  loadCatalogue
} from '../../../src/rating/load/load.ts'

const fixtures = 'test/fixtures/catalogues'
const small = join(fixtures, 'small')

async function problemsOf(folder: string): Promise<string[]> {
  try {
    await loadCatalogue(folder)
    return []
  } catch (error) {
    if (!(error instanceof GyroError) || error.code !== 'GYRO_CATALOGUE_INVALID') throw error
    return error.message
      .split('\n')
      .slice(1)
      .map(line => line.trim())
  }
}

/** The small catalogue with one text of one file replaced. */
function changed(t: Test, file: string, from: string, to: string): string {
  const folder = t.testdir()
  cpSync(small, folder, { recursive: true })
  const path = join(folder, file)
  const before = readFileSync(path, 'utf8')
  if (!before.includes(from)) throw new Error(`${file} has no ${from}`)
  writeFileSync(path, before.replace(from, to))
  return folder
}

t.test('a small catalogue is read as it is written', async t => {
  const catalogue = await loadCatalogue(small)
  t.same(catalogue.offers.get('extra')?.allowances, [
    {
      id: 'data',
      services: new Set(['internet']),
      match: { zones: null, destinations: null, legs: null },
      unit: 'octets',
      amount: 1_500_000_000,
      period: { kind: 'days', days: 30, renews: true },
      sharing: 'account',
      priority: 7
    },
    {
      id: 'minutes',
      services: new Set(['voice']),
      match: { zones: null, destinations: new Set(['germany']), legs: null },
      unit: 'seconds',
      amount: 7200,
      period: { kind: 'unlimited' },
      sharing: 'line',
      priority: 50
    }
  ])
  const { version } = catalogue
  t.same(catalogue.offers.get('basic')?.prices[0], {
    ref: `${version}:basic/data`,
    service: 'internet',
    match: { zones: new Set(['home']), destinations: null, legs: null },
    price: {
      model: 'per-unit',
      amount: 10_000,
      per: 1_000_000,
      step: 100_000,
      minimum: 0,
      setUp: 0
    }
  })
  t.same([...catalogue.rules.keys()], [`${version}:basic/data`, `${version}:basic/calls`])
  t.same(
    catalogue.ratingGroups,
    new Map([
      [10, 'internet'],
      [100, 'voice'],
      [101, 'voice']
    ])
  )
  t.same(catalogue.shortNumbers, new Map([['115', 'germany']]))
})

t.test(
  'every problem of every file is told at once, what only follows from another last',
  async t => {
    const expected = readFileSync(join(fixtures, 'broken-problems.txt'), 'utf8').trim().split('\n')
    t.same(await problemsOf(join(fixtures, 'broken')), expected)
  }
)

/** [file, text, its replacement, what must be said] */
const mistakes: readonly (readonly [string, string, string, string])[] = [
  // What YAML would guess.
  [
    'offers/basic.yaml',
    '"0.01"',
    '0.01',
    'offers/basic.yaml:8:12: price: YAML would guess what 0.01 is'
  ],
  [
    'offers/basic.yaml',
    '"0.01"',
    '1e3',
    'offers/basic.yaml:8:12: price: YAML would guess what 1e3 is'
  ],
  [
    'offers/basic.yaml',
    '"0.01"',
    '5',
    'offers/basic.yaml:8:12: prices[0].price: 5 must be an amount of money in quotes'
  ],
  ['offers/basic.yaml', '"0.01"', '1_000', 'price: YAML would guess what 1_000 is'],
  [
    'offers/basic.yaml',
    'name: Basic',
    'name: no',
    'offers/basic.yaml:3:7: name: YAML would guess what no is'
  ],
  ['offers/basic.yaml', 'name: Basic', 'name: On', 'name: YAML would guess what On is'],
  ['offers/basic.yaml', 'name: Basic', 'name: y', 'name: YAML would guess what y is'],
  ['offers/basic.yaml', 'name: Basic', 'name: 09:00', 'name: YAML would guess what 09:00 is'],
  [
    'offers/basic.yaml',
    'name: Basic',
    'name: 2026-11-21',
    'name: YAML would guess what 2026-11-21 is'
  ],
  ['offers/basic.yaml', 'name: Basic', 'name: .inf', 'name: YAML would guess what .inf is'],
  ['offers/basic.yaml', 'name: Basic', 'name: 0x1F', 'name: YAML would guess what 0x1F is'],
  ['offers/basic.yaml', 'name: Basic', 'name: ~', 'name: has no value'],
  ['offers/basic.yaml', 'name: Basic', 'name:', 'name: has no value'],
  [
    'offers/basic.yaml',
    'free: true',
    'free: yes',
    'offers/basic.yaml:14:11: free: YAML would guess what yes is'
  ],
  ['offers/basic.yaml', 'free: true', 'free: True', 'free: YAML would guess what True is'],
  [
    'offers/basic.yaml',
    'free: true',
    'free: false',
    'prices[1].free: false must be true; leave the key out'
  ],
  [
    'zones.yaml',
    '["26201"]',
    '[26201]',
    'zones.yaml:5:16: zones[0].networks[0]: 26201 must be MCC and MNC'
  ],
  [
    'zones.yaml',
    '["26201"]',
    '[02142]',
    'zones.yaml:5:16: networks: YAML would guess what 02142 is'
  ],
  ['zones.yaml', '"222"', '001', 'zones.yaml:7:24: countries: YAML would guess what 001 is'],
  [
    'services.yaml',
    '"32251": 10',
    '32251: 10',
    'services.yaml:10:3: 32251: put the key in quotes: "32251"'
  ],
  [
    'services.yaml',
    '"32251": 10',
    '"gy": 10',
    'services.yaml:10:3: contexts.gy: "gy" must be the number of'
  ],
  [
    'services.yaml',
    '[10]',
    '["10"]',
    'services.yaml:4:21: services[0].rating-groups[0]: "10" must be a whole number'
  ],
  ['services.yaml', '[10]', '[4294967296]', 'must be at most 4294967295'],
  [
    'destinations.yaml',
    '"49"',
    '0049',
    'destinations.yaml:4:16: prefixes: YAML would guess what 0049 is'
  ],
  ['destinations.yaml', '"49"', '+49', 'YAML would guess what +49 is'],
  [
    'destinations.yaml',
    '"49"',
    '"0049"',
    '"0049" must be international digits without plus or zeros'
  ],
  [
    'catalogue.yaml',
    'validity: 3600',
    'validity: 3600.5',
    'catalogue.yaml:6:13: validity: YAML would guess'
  ],
  [
    'catalogue.yaml',
    'validity: 3600',
    'validity: 0',
    'catalogue.yaml:6:13: quota.validity: 0 must be at least 1'
  ],
  [
    'catalogue.yaml',
    'validity: 3600',
    'validity: "3600"',
    'quota.validity: "3600" must be a whole number without quotes'
  ],
  // Syntax that a catalogue does without.
  ['offers/basic.yaml', 'name: Basic', 'name: &n Basic', 'name: anchors and aliases are not used'],
  ['offers/basic.yaml', 'name: Basic', 'name: !x Basic', 'name: tags are not used'],
  [
    'offers/basic.yaml',
    'name: Basic',
    'name: Basic\nname: Twice',
    'offers/basic.yaml:4:1: name: Map keys must be unique'
  ],
  ['offers/basic.yaml', 'name: Basic', 'name: Basic\n---', 'Source contains multiple documents'],
  ['offers/basic.yaml', 'offer: basic', '\toffer: basic', 'offers/basic.yaml:1:'],
  // Form.
  [
    'offers/basic.yaml',
    'name: Basic',
    'nam: Basic',
    'offers/basic.yaml:3:1: nam: is not a known key here'
  ],
  [
    'offers/basic.yaml',
    'step: 100 kB',
    'stepp: 100 kB',
    'offers/basic.yaml:10:5: prices[0].stepp: is not a known key'
  ],
  [
    'offers/basic.yaml',
    'kind: base',
    'kind: basis',
    'offers/basic.yaml:2:7: kind: "basis" must be one of base, addon'
  ],
  ['offers/basic.yaml', 'zones: [home]', 'zones: home', 'prices[0].zones: "home" must be a list'],
  [
    'offers/basic.yaml',
    'zones: [home]',
    'zones: []',
    'prices[0].zones: must have at least one entry'
  ],
  [
    'offers/basic.yaml',
    'zones: [home]',
    'zones: [home, home]',
    'prices[0].zones: has the same entry twice, at 1 and 2'
  ],
  ['offers/basic.yaml', 'rule: data', 'rule: Data Home', '"Data Home" must be an identifier'],
  [
    'offers/basic.yaml',
    '"0.01"',
    '"0.0000001"',
    'must be an amount of money in quotes with at most six decimals'
  ],
  ['offers/basic.yaml', '"0.01"', '"-1"', 'must be an amount of money'],
  [
    'offers/basic.yaml',
    '"0.01"',
    '"9999999999"',
    'offers/basic.yaml:8:12: prices[0].price: "9999999999" is larger'
  ],
  ['offers/basic.yaml', 'name: Basic', 'name: ""', 'name:'],
  ['zones.yaml', 'home: home', 'homes: home', 'zones.yaml:1:1: homes: is not a known key'],
  // Amounts.
  [
    'offers/basic.yaml',
    '1 MB',
    '1 Mb',
    'offers/basic.yaml:9:10: prices[0].per: "1 Mb" is not an amount of octets'
  ],
  ['offers/basic.yaml', '1 MB', '1000000', 'prices[0].per: 1000000 is not an amount of octets'],
  ['offers/basic.yaml', '1 MB', '60 s', '"60 s" is not an amount of octets'],
  ['offers/basic.yaml', '1 MB', '0 MB', '0 MB must be at least 1'],
  ['offers/basic.yaml', '1 MB', '1.5 B', '"1.5 B" is not an amount of octets'],
  ['offers/basic.yaml', '1 MB', '9007199255 MB', '9007199255 MB is too large'],
  ['offers/extra.yaml', '2 h', '7200', 'allowances[1].amount: 7200 is not an amount of seconds'],
  ['offers/extra.yaml', '2 h', '2 GB', '"2 GB" is not an amount of seconds'],
  [
    'catalogue.yaml',
    'initial: 1,',
    'initial: 0,',
    'quota.sizes.messages.initial: must be at least 1'
  ],
  [
    'catalogue.yaml',
    'min: 1 MB',
    'min: 2 GB',
    'catalogue.yaml:11:36: quota.sizes.octets.min: is larger than max'
  ],
  [
    'catalogue.yaml',
    'initial: 10 MB',
    'initial: 10 GB',
    'quota.sizes.octets.initial: is larger than max'
  ],
  // References and sense.
  [
    'offers/basic.yaml',
    'service: internet',
    'service: internett',
    'offers/basic.yaml:6:14: prices[0].service: there is no service internett; known are internet, voice'
  ],
  [
    'offers/basic.yaml',
    '[home]',
    '[moon]',
    'offers/basic.yaml:7:13: prices[0].zones[0]: there is no zone moon'
  ],
  [
    'offers/basic.yaml',
    '[germany]',
    '[france]',
    'prices[1].destinations[0]: there is no destination france'
  ],
  [
    'offers/basic.yaml',
    'rule: calls',
    'rule: data',
    'offers/basic.yaml:11:11: prices[1].rule: there are two rules data'
  ],
  [
    'offers/basic.yaml',
    'free: true',
    'free: true\n    blocked: true',
    'rule calls must have one of price, free, unmetered, blocked, flat, tiers, stairs, package, mark-up and table; it has free and blocked'
  ],
  [
    'offers/basic.yaml',
    '    free: true\n',
    '',
    'offers/basic.yaml:11:5: prices[1]: rule calls must have one of'
  ],
  [
    'offers/basic.yaml',
    'free: true',
    'free: true\n    per: 60 s',
    'prices[1].per: goes with price, tiers only'
  ],
  ['offers/basic.yaml', '    step: 100 kB\n', '', 'prices[0]: rule data lacks step'],
  ['offers/basic.yaml', '"0.01"', '"0.00"', 'prices[0].price: is zero; write free: true'],
  [
    'offers/basic.yaml',
    'zones: [home]',
    'destinations: [germany]',
    'service internet has no destinations'
  ],
  [
    'offers/basic.yaml',
    'offer: basic',
    'offer: extra',
    'offers/extra.yaml:1:8: offer: there are two offers extra'
  ],
  [
    'offers/extra.yaml',
    'prices-of: basic',
    'prices-of: basics',
    'offers/extra.yaml:18:12: prices-of: there is no offer basics'
  ],
  [
    'offers/extra.yaml',
    'prices-of: basic',
    'prices-of: extra',
    'prices-of: leads from extra back to extra'
  ],
  [
    'offers/extra.yaml',
    '[internet]',
    '[internet, voice]',
    'allowances[0].services: voice is counted in seconds, internet in octets'
  ],
  [
    'offers/extra.yaml',
    'period: unlimited',
    'period: unlimited\n    renews: true',
    'allowances[1].renews: only a period of days'
  ],
  [
    'offers/extra.yaml',
    '30 days',
    'month',
    '"month" must be calendar-month, anniversary, week, day, unlimited, or a number of days'
  ],
  ['offers/extra.yaml', 'allowance: minutes', 'allowance: data', 'there are two allowances data'],
  [
    'offers/extra.yaml',
    'fee: "4.99"',
    'credit-limit: "5"',
    'offers/extra.yaml:4:1: credit-limit: only a base offer'
  ],
  [
    'services.yaml',
    'service: voice',
    'service: internet',
    'services[1].service: service internet stands here a second time'
  ],
  [
    'services.yaml',
    '[100, 101]',
    '[10]',
    'services.yaml:8:21: services[1].rating-groups[0]: rating group 10 stands here a second time'
  ],
  [
    'services.yaml',
    '"32251": 10',
    '"32251": 11',
    'services.yaml:10:12: contexts.32251: rating group 11 is that of no service'
  ],
  [
    'services.yaml',
    'rating-groups: [100, 101]',
    'contexts: ["32260"]\n    rating-groups: [100]',
    'services.yaml:8:16: services[1].contexts[0]: there is no context 32260; known are 32251'
  ],
  [
    'services.yaml',
    'rating-groups: [100, 101]',
    'with-video: film\n    rating-groups: [100]',
    'services.yaml:8:17: services[1].with-video: there is no service film'
  ],
  [
    'services.yaml',
    'rating-groups: [100, 101]',
    'with-video: internet\n    rating-groups: [100]',
    'services.yaml:8:17: services[1].with-video: internet is not counted in seconds as voice is'
  ],
  [
    'services.yaml',
    'rating-groups: [100, 101]',
    'contexts: ["32251"]\n    rating-groups: [100, 100]',
    'has the same entry twice'
  ],
  ['services.yaml', '"32251"', '"games"', 'contexts.games: "games" must be the number of a'],
  [
    'destinations.yaml',
    'numbers: ["115"]',
    'routing-numbers: ["d0"]',
    'destinations.yaml:5:23: destinations[0].routing-numbers[0]: "d0" must be the beginning of a'
  ],
  [
    'destinations.yaml',
    '  - destination: elsewhere',
    '    routing-numbers: ["D0"]\n  - destination: elsewhere\n    routing-numbers: ["D0"]',
    'destinations[1].routing-numbers[0]: routing number D0 stands here a second time'
  ],
  [
    'offers/basic.yaml',
    'zones: [home]',
    'legs: [incoming]',
    '"incoming" must be one of originating, terminating, forwarding'
  ],
  ['catalogue.yaml', 'EUR', 'EUX', 'catalogue.yaml:1:11: currency: EUX is not a currency of ISO'],
  [
    'services.yaml',
    'contexts:',
    'free:\n  - service: television\ncontexts:',
    'free[0].service: there is no service television'
  ],
  [
    'services.yaml',
    'contexts:',
    'free:\n  - service: internet\n    zones: [moon]\ncontexts:',
    'free[0].zones[0]: there is no zone moon'
  ],
  [
    'zones.yaml',
    'other: world',
    'other: moon',
    'zones.yaml:2:8: other: there is no zone moon; known are home, eu, world'
  ],
  ['zones.yaml', '"222"', '"26201"', '"26201" must be an MCC, three digits'],
  [
    'zones.yaml',
    '["26201"]',
    '["26201"]\n    countries: ["208"]',
    'zones.yaml:8:17: zones[1].countries[0]: country 208 stands here a second time'
  ],
  [
    'zones.yaml',
    '    countries: ["208", "222"]\n',
    '',
    'zones.yaml:6:5: zones[1]: zone eu has no networks and no countries'
  ],
  ['destinations.yaml', '"115"', '"112"', 'destinations[0].numbers[0]: 112 is an emergency number'],
  [
    'destinations.yaml',
    'destination: elsewhere',
    'destination: germany',
    'there are two destinations germany'
  ],
  [
    'catalogue.yaml',
    'Europe/Berlin',
    'Europe/Atlantis',
    'catalogue.yaml:2:12: time-zone: Europe/Atlantis is not an IANA'
  ],
  [
    'catalogue.yaml',
    'validity: 3600',
    'validity: 3600\n  tcc: 60',
    'catalogue.yaml:7:8: quota.tcc: 60 is shorter than validity'
  ]
]

for (const [file, from, to, said] of mistakes) {
  t.test(`${file}: ${JSON.stringify(to)} instead of ${JSON.stringify(from)}`, async t => {
    const problems = await problemsOf(changed(t, file, from, to))
    t.ok(
      problems.some(line => line.includes(said)),
      said,
      { problems }
    )
  })
}

t.test('an add-on without an allowance or a price is refused', async t => {
  const folder = changed(t, 'offers/extra.yaml', 'name: Extra', 'name: Extra')
  writeFileSync(join(folder, 'offers/extra.yaml'), 'offer: extra\nkind: addon\nname: Extra\n')
  const said = 'add-on extra has neither an allowance nor a price; add one'
  t.same(await problemsOf(folder), [`offers/extra.yaml:1:1: file: ${said}`])
})

t.test('a file that could not be read comes before what others then miss', async t => {
  const folder = changed(t, 'zones.yaml', 'home: home', 'home: [home')
  const [name = ''] = readdirSync(join(folder, 'offers'))
  const file = join(folder, 'offers', name)
  writeFileSync(file, `${readFileSync(file, 'utf8')}prices-of: nothing\n`)
  const problems = await problemsOf(folder)
  t.match(problems[0], /^zones\.yaml:/)
})

t.test('missing and empty files', async t => {
  const folder = changed(t, 'zones.yaml', 'home: home', 'home: home')
  rmSync(join(folder, 'zones.yaml'))
  t.same(await problemsOf(folder), ['zones.yaml:1:1: file: there is no such file; create it'])
  writeFileSync(join(folder, 'zones.yaml'), '')
  t.match(await problemsOf(folder), [/^zones.yaml:1:1: file: nothing must be a map/])
  rmSync(join(folder, 'offers'), { recursive: true })
  t.ok((await problemsOf(folder)).some(line => line.includes('there is no offer')))
  t.equal((await problemsOf(join(folder, 'nowhere'))).length, 5)
})

t.test('a prefix table adds to the destinations', async t => {
  const folder = changed(t, 'destinations.yaml', 'elsewhere\n', 'elsewhere\n')
  const table = join(folder, 'destinations.csv')
  writeFileSync(table, 'prefix,destination\r\n\r\n4917,germany\r\n44,elsewhere\r\n')
  const catalogue = await loadCatalogue(folder)
  t.equal(catalogue.destinations.find('4917'), 'germany')
  t.equal(catalogue.destinations.find('49171'), 'germany')
  t.same(catalogueFromSource(catalogue.source), catalogue)
  writeFileSync(table, 'prefix,destination\n49,germany\n44,britain\n0033,germany\n1\n1,2,3\n')
  t.match(await problemsOf(folder), [
    /^destinations.csv:4:1: \[2\]\.prefix: "0033" must be international digits/,
    /^destinations.csv:5:1: row: a row is a prefix and a destination/,
    /^destinations.csv:6:1: row: /
  ])
  writeFileSync(table, 'prefix,destination\n49,germany\n44,britain\n')
  t.match(await problemsOf(folder), [
    /^destinations.csv:2:1: \[0\]\.prefix: prefix 49 stands here a second time/,
    /^destinations.csv:3:4: \[1\]\.destination: there is no destination britain/
  ])
  writeFileSync(table, '49,germany\n')
  t.match(await problemsOf(folder), [/^destinations.csv:1:1: header: the first line must be/])
})

t.test('a load that fails changes nothing for the next one', async t => {
  const before = await loadCatalogue(small)
  t.not((await problemsOf(join(fixtures, 'broken'))).length, 0)
  t.same(await loadCatalogue(small), before)
})

t.test('a stored source is checked like files', async t => {
  const { source } = await loadCatalogue(small)
  const invalid = { code: 'GYRO_CATALOGUE_INVALID' }
  t.throws(() => catalogueFromSource('{'), invalid)
  t.throws(() => catalogueFromSource('null'), invalid)
  t.throws(() => catalogueFromSource(source.replace('"format":1', '"format":2')), invalid)
  t.throws(() => catalogueFromSource('{"format":1}'), invalid)
  const changed = JSON.parse(source)
  changed.offers[0].prices[0].service = 'intranet'
  t.throws(() => compileCatalogue(changed), {
    ...invalid,
    message: /offers\[0\]\.prices\[0\]\.service: there is no service intranet/
  })
})
