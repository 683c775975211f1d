/** The analyser: each thing that it finds, at its line and with its usage, and nothing where nothing is. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { analyseCatalogue, analyseDefaults } from '../../../src/rating/analyse/analyse.ts'
import type { AnalyseOptions } from '../../../src/rating/analyse/finding.ts'
import { classify } from '../../../src/rating/classify.ts'
import { readCatalogue } from '../../../src/rating/load/load.ts'
import { findPrice } from '../../../src/rating/match.ts'

type Change = readonly [file: string, from: string, to: string]

async function analyse(folder: string, options: AnalyseOptions = analyseDefaults) {
  const read = await readCatalogue(folder)
  if (read.catalogue === null) throw new Error(JSON.stringify(read.findings))
  const { catalogue, place } = read
  const found = analyseCatalogue(catalogue, options).map(({ path, ...rest }) => {
    const { file, line } = place(path)
    return { ...rest, at: `${file}:${line}`, text: lineOf(join(folder, file), line) }
  })
  return { catalogue, found }
}

function lineOf(path: string, line: number): string {
  return readFileSync(path, 'utf8').split('\n')[line - 1]?.trim() ?? ''
}

/** The demo catalogue with some texts replaced. */
function demoWith(t: Test, ...changes: readonly Change[]): string {
  const folder = t.testdir()
  cpSync('conf/catalogue', folder, { recursive: true })
  for (const [file, from, to] of changes) {
    const path = join(folder, file)
    const before = readFileSync(path, 'utf8')
    if (!before.includes(from)) throw new Error(`${file} has no ${from}`)
    writeFileSync(path, before.replace(from, to))
  }
  return folder
}

const go = 'offers/prepaid-go.yaml'

t.test('the demo catalogue passes clean', async t => {
  t.same((await analyse('conf/catalogue')).found, [])
})

t.test('a rule behind a wider one is never reached', async t => {
  const wide = '  - rule: data-home\n    service: internet\n    zones: [home]\n'
  const folder = demoWith(t, [go, wide, '  - rule: data-home\n    service: internet\n'])
  const { catalogue, found } = await analyse(folder)
  t.match(found, [
    {
      code: 'rule-unreachable',
      severity: 'error',
      text: '- rule: data-eu',
      message: /rated by data-home$/,
      example: { offer: 'prepaid-go', ratingGroup: 10, facts: { plmn: /^\d{5}$/ } }
    },
    { code: 'rule-unreachable', text: '- rule: data-world' }
  ])
  const [first] = found
  const situation = classify(catalogue, '', 10, first?.example?.facts ?? {})
  t.equal(situation?.zone, 'eu', 'the example is a usage that the rule would match')
  const offer = catalogue.offers.get('prepaid-go')!
  t.match(findPrice([offer], situation!)?.ref, /data-home$/)
})

t.test('a rule of its own does not count as shadowed by an heir that overrides it', async t => {
  // postpaid-flat has its own data-home before that of prepaid-go; both are reached.
  const { catalogue } = await analyse('conf/catalogue')
  const flat = catalogue.offers.get('postpaid-flat')!
  t.equal(flat.prices.filter(({ ref }) => ref.endsWith('/data-home')).length, 2)
})

t.test('rules that cross each other depend on their order', async t => {
  const folder = demoWith(
    t,
    [go, '    zones: [home]\n    price: "0.01"', '    zones: [home, eu]\n    price: "0.01"'],
    [go, '    zones: [eu]\n    price', '    zones: [eu, world]\n    price']
  )
  const { found } = await analyse(folder)
  t.match(
    found.map(({ code, text }) => [code, text]),
    [
      ['rule-unreachable', '- rule: data-world'],
      ['rules-overlap', '- rule: data-eu']
    ]
  )
  t.match(found[1], { severity: 'warning', message: /crosses data-home, .* internet in eu/ })
})

t.test('a service that no offer sells, and one that an offer sells only in places', async t => {
  const service = '  - service: sms\n    unit: messages\n'
  const folder = demoWith(
    t,
    [
      'services.yaml',
      service,
      `  - service: backup\n    unit: octets\n    rating-groups: [30]\n${service}`
    ],
    [
      go,
      '  - rule: data-world\n    service: internet\n',
      '  - rule: data-world\n    service: internet\n    zones: [home]\n'
    ]
  )
  const found = (await analyse(folder)).found.filter(
    ({ code, message }) => code !== 'price-gap' || !message.includes('backup')
  )
  t.match(
    found.map(({ code, at, text }) => [code, at.split(':')[0], text]),
    [
      ['rule-unreachable', go, '- rule: data-world'],
      ['service-without-price', 'services.yaml', '- service: backup'],
      ['price-gap', 'offers/family-20gb.yaml', 'offer: family-20gb'],
      ['price-gap', 'offers/postpaid-flat.yaml', 'offer: postpaid-flat'],
      ['price-gap', go, 'offer: prepaid-go']
    ]
  )
  t.match(found[1], { severity: 'error', example: { ratingGroup: 30 } })
  t.match(found.at(-1), {
    severity: 'warning',
    message: /no price for internet in world.*5031/,
    example: { facts: { plmn: '310410' } }
  })
})

t.test('an allowance that nothing draws, and one on what is free', async t => {
  const empty = '  - destination: elsewhere\n'
  const folder = demoWith(
    t,
    ['destinations.yaml', empty, `  - destination: nowhere\n${empty}`],
    ['offers/family-20gb.yaml', 'destinations: [germany]', 'destinations: [nowhere]'],
    [
      'offers/postpaid-flat.yaml',
      'prices:\n',
      'allowances:\n  - { allowance: bonus, services: [internet], zones: [home], amount: 1 GB, period: unlimited }\n\nprices:\n'
    ]
  )
  t.match((await analyse(folder)).found, [
    { code: 'allowance-never-matches', severity: 'error', text: '- allowance: minutes' },
    { code: 'allowance-on-free', severity: 'warning', text: /^- \{ allowance: bonus/ },
    { code: 'never-reached', severity: 'warning', text: '- destination: nowhere' }
  ])
})

t.test('a step that is long for usual sessions, as far as is allowed', async t => {
  const folder = demoWith(t, [go, '    step: 100 kB\n', '    step: 20 MB\n'])
  const { found } = await analyse(folder)
  t.match(found, [
    { code: 'rounding-loss', severity: 'warning', text: 'step: 20 MB', at: /prepaid-go\.yaml:\d+$/ }
  ])
  // 16 sessions of 5 to 15 MB, each charged as 20 MB: more than 10 are added to less than 10 on average.
  t.match(found[0]?.message, /adds 10\d % .* 5000001 octets cost 0\.200000 instead of 0\.050001/)
  t.match(found[0]?.example, { units: 5_000_001, facts: { plmn: '26201' } })
  const usual = { ...analyseDefaults.usual, octets: 1_000_000_000 }
  t.same((await analyse(folder, { ...analyseDefaults, roundingPercent: 25, usual })).found, [])
  t.same((await analyse(folder, { ...analyseDefaults, roundingPercent: 110 })).found, [])
})

t.test('a rule for some times hides another one only at those times', async t => {
  const home = '  - rule: data-home\n'
  const night =
    '  - rule: data-night\n    service: internet\n    zones: [home]\n    times: [night]\n    free: true\n'
  const eu = '  - rule: data-eu\n'
  const before = demoWith(t, [go, home, night + home])
  t.same((await analyse(before)).found, [])
  const behind = demoWith(t, [go, eu, night + eu])
  const { found } = await analyse(behind)
  t.match(found, [{ code: 'rule-unreachable', text: '- rule: data-night' }])
  const hour = new Date(found[0]?.example?.at ?? 0).toISOString().slice(11, 13)
  t.ok(hour >= '21' || hour < '05', `${hour} UTC is night in Berlin`)
})

t.test('a minimum is told at its key', async t => {
  const folder = demoWith(t, [go, '    minimum: 60 s\n', '    minimum: 600 s\n'])
  t.match((await analyse(folder)).found, [
    { code: 'rounding-loss', text: 'minimum: 600 s', message: /a lower minimum costs them less$/ }
  ])
  const data = demoWith(t, [go, '    step: 100 kB\n', '    step: 2 kB\n    minimum: 50 MB\n'])
  t.match((await analyse(data)).found, [{ code: 'rounding-loss', text: 'minimum: 50 MB' }])
  const both = demoWith(t, [go, '    step: 100 kB\n', '    step: 100 MB\n    minimum: 1 MB\n'])
  t.match((await analyse(both)).found, [{ code: 'rounding-loss', text: 'step: 100 MB' }])
})

t.test('what rounding adds is told of the exact price, and may be more than all of it', async t => {
  const folder = demoWith(t, [go, '    step: 100 kB\n', '    step: 100 MB\n'])
  // 100 MB instead of 9.7 MB on average.
  t.match((await analyse(folder)).found, [{ message: /^rounding adds 93\d % to usual sessions/ }])
  const bound = { ...analyseDefaults, roundingPercent: 900 }
  t.equal((await analyse(folder, bound)).found.length, 1)
  t.same((await analyse(folder, { ...analyseDefaults, roundingPercent: 1000 })).found, [])
})

t.test('tens of thousands of prefixes and hundreds of offers take no time to speak of', async t => {
  const folder = demoWith(t, ['destinations.yaml', '  - destination: elsewhere\n', names()])
  const rows = Array.from({ length: 60_000 }, (_, i) => `${100_000 + i},d${i % 200}`)
  writeFileSync(join(folder, 'destinations.csv'), `prefix,destination\n${rows.join('\n')}\n`)
  const text = readFileSync(join(folder, go), 'utf8')
  for (let i = 0; i < 200; i++) {
    const own = text.replace('offer: prepaid-go', `offer: own-${i}`)
    writeFileSync(join(folder, `offers/own-${i}.yaml`), own)
  }
  const before = process.cpuUsage()
  const { catalogue, found } = await analyse(folder)
  const { user } = process.cpuUsage(before)
  t.ok(catalogue.offers.has('own-199'))
  t.same(found, [])
  t.ok(user < 20_000_000, `${user} µs of CPU`)
})

function names(): string {
  const lines = Array.from({ length: 200 }, (_, i) => `  - destination: d${i}\n`)
  return `${lines.join('')}  - destination: elsewhere\n`
}
