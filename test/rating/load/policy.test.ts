/** Calendar, quota policy and final units: what the files say is what the engine gets, and mistakes are told. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadCatalogue } from '../../../src/rating/load/load.ts'

const small = 'test/fixtures/catalogues/small'

/** The small catalogue with more in its first file, in its quota policy, and in its offer's price rules. */
function folderWith(t: Test, more: string, quota = '', change: [string, string][] = []): string {
  const folder = t.testdir()
  cpSync(small, folder, { recursive: true })
  const path = join(folder, 'catalogue.yaml')
  const text = readFileSync(path, 'utf8').replace(/^quota:$/m, `quota:\n${quota}`)
  writeFileSync(path, `${text}\n${more}`)
  for (const [from, to] of change) {
    const offer = join(folder, 'offers/basic.yaml')
    const before = readFileSync(offer, 'utf8')
    if (!before.includes(from)) throw new Error(`the offer has no ${from}`)
    writeFileSync(offer, before.replace(from, to))
  }
  return folder
}

const calendar = `calendar:
  holidays: ["2026-12-25"]
  bands:
    - band: night
      windows:
        - { days: [every-day], from: "22:00", until: "06:00" }
        - { days: [sat, holiday], from: "00:00", until: "24:00" }
`
const finalUnits = `final-units:
  - id: portal
    action: redirect
    redirect: "https://pay.example.com/"
    filters: ["permit out ip from 192.0.2.1 to assigned"]
    filter-ids: [portal]
    retry: 120
  - id: walled
    action: restrict
`

t.test('a calendar is read as it is written', async t => {
  const free: [string, string] = ['    free: true\n', '    free: true\n    times: [night]\n']
  const catalogue = await loadCatalogue(folderWith(t, calendar, '', [free]))
  t.equal(catalogue.calendar?.timeZone, catalogue.timeZone)
  t.same([...(catalogue.calendar?.holidays ?? [])], ['2026-12-25'])
  const [band] = catalogue.calendar?.bands ?? []
  t.equal(band?.windows[0]?.days.size, 8, 'every day, and holidays')
  t.match(band?.windows, [
    { from: 1320, until: 1800 },
    { from: 0, until: 1440 }
  ])
  const bands = [...catalogue.rules.values()].map(rule => [...(rule.bands ?? [])])
  t.ok(bands.some(names => names.join() === 'night'))
})

t.test('the quota policy is read as it is written', async t => {
  const quota = `  holding-time: 600
  consumption-time: 30
  triggers: [location, rat, mcc]
  final-units: portal
  low-balance: "1.50"
  pools:
    - { pool: 7, services: [internet] }
`
  const offer: [string, string] = ['kind: base\n', 'kind: base\nfinal-units: walled\n']
  const catalogue = await loadCatalogue(folderWith(t, finalUnits, quota, [offer]))
  t.match(catalogue.quota, {
    holding: 600,
    consumption: 30,
    triggers: [3, 4, 30],
    lowBalance: 1_500_000,
    finalUnits: {
      ref: `${catalogue.version}:portal`,
      action: 'redirect',
      redirect: { type: 'url', address: 'https://pay.example.com/' },
      filterRules: ['permit out ip from 192.0.2.1 to assigned'],
      filterIds: ['portal'],
      retry: 120
    }
  })
  t.same([...(catalogue.quota.pools ?? [])], [['internet', 7]])
  t.match(catalogue.offers.get('basic')?.finalUnits, {
    action: 'restrict',
    redirect: null,
    retry: catalogue.quota.validity
  })
  t.equal(catalogue.finalUnits.get(`${catalogue.version}:portal`)?.action, 'redirect')
})

t.test('partial records are read as they are written', async t => {
  const more = `${calendar}partial-records:
  - { charging-characteristics: ["0A00"] }
  - { time: 3600, volume: 1.5 GB, parts: 100, changes: [plmn, rat, time-zone, tariff] }
`
  const catalogue = await loadCatalogue(folderWith(t, more))
  t.same(catalogue.partialRecords, [
    { characteristics: new Set(['0a00']), changes: new Set() },
    {
      time: 3_600_000,
      volume: 1_500_000_000,
      parts: 100,
      changes: new Set(['plmn', 'rat', 'time-zone', 'tariff'])
    }
  ])
  t.equal((await loadCatalogue(small)).partialRecords, undefined)
})

const redirects = [
  ['192.0.2.1', 'ipv4'],
  ['2001:db8::1', 'ipv6'],
  ['sip:pay@example.com', 'sip-uri'],
  ['sips:pay@example.com', 'sip-uri'],
  ['https://pay.example.com/', 'url']
] as const

for (const [address, type] of redirects) {
  t.test(`${address} is a redirect address of type ${type}`, async t => {
    const more = `final-units:\n  - { id: p, action: redirect, redirect: "${address}" }\n`
    const catalogue = await loadCatalogue(folderWith(t, more))
    t.same(catalogue.finalUnits.get(`${catalogue.version}:p`)?.redirect, { type, address })
  })
}

const mistakes: [more: string, quota: string, said: RegExp][] = [
  ['final-units:\n  - { id: p, action: redirect }\n', '', /p lacks redirect/],
  [
    'final-units:\n  - { id: p, action: restrict, redirect: "x" }\n',
    '',
    /goes with the action redirect/
  ],
  ['final-units:\n  - { id: p, action: terminate, retry: 5 }\n', '', /ends the service/],
  [finalUnits.replace('id: walled', 'id: portal'), '', /there are two portal/],
  ['', '  final-units: nowhere\n', /there is no final-units nowhere/],
  ['', '  triggers: [moon]\n', /must be one of sgsn-address, qos/],
  ['', '  pools: [{ pool: 1, services: [gold] }]\n', /there is no service gold/],
  [
    '',
    '  pools: [{ pool: 1, services: [internet] }, { pool: 2, services: [internet] }]\n',
    /service internet is in two pools/
  ],
  ['', '  low-balance: 1\n', /must be an amount of money in quotes/],
  [calendar.replace('2026-12-25', '2026-02-30'), '', /2026-02-30 is not a day/],
  [calendar.replace('"22:00"', '"25:00"'), '', /must be a time of day in quotes/],
  [calendar.replace('sat,', 'sabbath,'), '', /must be one of mon, tue/],
  [
    `${calendar}    - band: night\n      windows: [{ days: [sun], from: "00:00", until: "24:00" }]\n`,
    '',
    /there are two bands night/
  ],
  ['partial-records: [{ volume: 1 }]\n', '', /is not an amount of octets/],
  ['partial-records: [{ volume: 0 B }]\n', '', /must be at least 1 B/],
  ['partial-records: [{ changes: [cell] }]\n', '', /must be one of plmn, rat/],
  ['partial-records: [{ changes: [tariff] }]\n', '', /names tariff, and there is no calendar/],
  ['partial-records: [{ time: 60 }, { parts: 5 }]\n', '', /the row before it is for all sessions/]
]

for (const [more, quota, said] of mistakes) {
  t.test(`a mistake is told: ${said.source}`, async t => {
    await t.rejects(loadCatalogue(folderWith(t, more, quota)), { message: said })
  })
}

t.test('a price that names no known band is told with its place', async t => {
  const free: [string, string] = ['    free: true\n', '    free: true\n    times: [dusk]\n']
  await t.rejects(loadCatalogue(folderWith(t, calendar, '', [free])), {
    message:
      /offers\/basic\.yaml:\d+:\d+: prices\[1\]\.times\[0\]: there is no band dusk; known are night/
  })
})
