/** What the analyser says of tables, conditions, mark-ups, priorities, tiers and dates. */
import t, { type Test } from 'tap'
import { analyseCatalogue, analyseDefaults } from '../../../src/rating/analyse/analyse.ts'
import { readCatalogue } from '../../../src/rating/load/load.ts'
import { type SmallFiles, smallFolder } from '../../support/small-catalogue.ts'

const calls = '  - rule: calls\n    service: voice\n    free: true\n'
const data = 'service: internet\n    price: "0.01"\n    per: 1 MB\n    step: 1 kB\n'

/** What is found, with its place, but for what the small catalogue itself has. */
async function found(t: Test, prices: string, more: Partial<SmallFiles> = {}) {
  const offers = { basic: `prices:\n${prices}${calls}` }
  const read = await readCatalogue(smallFolder(t, { offers, ...more }))
  if (read.catalogue === null) throw new Error(JSON.stringify(read.findings))
  const { catalogue, place } = read
  return analyseCatalogue(catalogue, analyseDefaults).map(({ code, path, message, example }) => {
    const { file, line, key } = place(path)
    return { code, at: `${file}:${line}`, key, message, example }
  })
}

t.test('rules with conditions are not taken for one another', async t => {
  const rules = `  - rule: fast\n    rats: [nr]\n    ${data}  - rule: ims\n    apns: [ims]\n    ${data}  - rule: rest\n    ${data}`
  t.same(await found(t, rules), [])
})

t.test('a rule whose radio accesses are taken by others is never reached', async t => {
  const rules = `  - rule: a\n    rats: [nr]\n    ${data}  - rule: b\n    rats: [eutra]\n    ${data}  - rule: c\n    rats: [nr, eutra]\n    qos: [9]\n    ${data}  - rule: rest\n    ${data}`
  t.match(await found(t, rules), [
    {
      code: 'rule-unreachable',
      at: 'offers/basic.yaml:17',
      example: { facts: { rat: 10, qci: 9 }, offer: 'basic' }
    }
  ])
})

t.test('a rule of a later priority is looked at where it is tried', async t => {
  const rules = `  - rule: all\n    priority: 200\n    ${data}  - rule: home\n    zones: [home]\n    ${data}`
  t.same(await found(t, rules), [])
  const shadowed = `  - rule: home\n    zones: [home]\n    ${data}  - rule: all\n    priority: 50\n    ${data}`
  t.match(await found(t, shadowed), [{ code: 'rule-unreachable', at: 'offers/basic.yaml:5' }])
})

t.test('rows that price nothing, and tables that nothing names', async t => {
  const rules = `  - rule: roaming\n    zones: [eu]\n    table: roaming\n  - rule: rest\n    ${data}`
  const tables = {
    roaming:
      'country,service,price,per,step\n208,internet,0.03,1 MB,1 kB\n310,internet,2.00,1 MB,1 kB\n222,*,free,,\n',
    other: 'zone,price\neu,free\n'
  }
  t.match(await found(t, rules, { tables }), [
    {
      code: 'row-never-applies',
      at: 'tables/other.csv:1',
      key: 'zone',
      message: /no rule names this table/,
      example: null
    },
    {
      code: 'row-never-applies',
      at: 'tables/roaming.csv:3',
      key: 'country',
      message: /row 310, internet.*; internet in world is rated by rest$/,
      example: { offer: 'basic', facts: { plmn: '310410' }, ratingGroup: 10 }
    }
  ])
})

t.test('a row for all other countries is for those that the table does not name', async t => {
  const rules = `  - rule: roaming\n    zones: [world]\n    table: roaming\n  - rule: rest\n    ${data}`
  const row = ',internet,2.00,1 MB,1 kB\n'
  const tables = { roaming: `country,service,price,per,step\n310${row}*${row}` }
  t.same(await found(t, rules, { tables }), [])
})

t.test('a table without a row for all leaves a gap', async t => {
  const rules = '  - rule: roaming\n    table: roaming\n'
  const tables = { roaming: 'country,service,price,per,step\n262 208,internet,0.03,1 MB,1 kB\n' }
  t.match(await found(t, rules, { tables }), [{ code: 'price-gap', message: /internet in world/ }])
})

t.test('a mark-up is reached where the rules that it is on are', async t => {
  const right = `  - rule: more\n    service: internet\n    zones: [eu]\n    mark-up: "20 %"\n  - rule: rest\n    ${data}`
  t.same(await found(t, right), [])
  const wrong = `  - rule: eu\n    zones: [eu]\n    ${data}${right}`
  t.match(await found(t, wrong), [{ code: 'rule-unreachable', at: 'offers/basic.yaml:11' }])
})

t.test('long steps lose in tiers and in rows of tables too', async t => {
  const tiers =
    'tiers: [{ up-to: 1 GB, price: "0.01" }, { price: "0.005" }]\n    per: 1 MB\n    step: 100 MB\n'
  const [tiered] = await found(t, `  - rule: data\n    service: internet\n    ${tiers}`)
  t.match(tiered, { code: 'rounding-loss', at: 'offers/basic.yaml:9' })
  const free = tiers.replace('price: "0.01"', 'price: "0"').replace('1 GB', '50 MB')
  t.match(await found(t, `  - rule: data\n    service: internet\n    ${free}`), [
    { code: 'rounding-loss', message: /^rounding is all that usual sessions pay: / }
  ])
  const rules = '  - rule: roaming\n    table: roaming\n'
  const tables = { roaming: 'country,service,price,per,step\n*,internet,0.03,1 MB,100 MB\n' }
  const [row] = await found(t, rules, { tables })
  t.match(row, { code: 'rounding-loss', at: 'tables/roaming.csv:2', message: /adds 93\d %/ })
})

function foundOnDates(t: Test, dates: string) {
  const settings = `calendar:
  bands:
    - band: special
      windows:
        - { dates: [${dates}], from: "00:00", until: "24:00" }
`
  const rules = `  - rule: special\n    times: [special]\n    ${data}  - rule: rest\n    ${data}`
  return found(t, rules, { settings })
}

t.test('a day that is missing between special days', async t => {
  t.match(await foundOnDates(t, '"2026-12-24 to 2026-12-26", "2026-12-28"'), [
    { code: 'dates-hole', at: 'catalogue.yaml:5', message: /before and after 2026-12-27/ }
  ])
  t.same(await foundOnDates(t, '"2026-12-24 to 2026-12-26", "2026-12-28", "12-27"'), [])
})

t.test('a day that is missing between days of every year, also around New Year', async t => {
  t.match(await foundOnDates(t, '"12-20 to 12-24", "12-26 to 12-31"'), [
    { code: 'dates-hole', message: /before and after 12-25, and not on it$/ }
  ])
  t.match(await foundOnDates(t, '"12-28 to 12-30", "01-02"'), [
    { code: 'dates-hole', message: /before and after 12-31, and not on it, nor on 1 more/ }
  ])
  t.same(await foundOnDates(t, '"12-28 to 12-31", "01-01", "02-26 to 03-02", "07-14"'), [])
})
