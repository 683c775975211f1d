/** What the analyser finds of dates: what is over, and what versions of a catalogue have that others lack. */
import t from 'tap'
import { analyseCatalogue, analyseDefaults } from '../../../src/rating/analyse/analyse.ts'
import { analyseSchedule } from '../../../src/rating/analyse/versions.ts'
import { loadCatalogue, readCatalogue } from '../../../src/rating/load/load.ts'
import type { Scheduled } from '../../../src/rating/load/schedule.ts'
import { type SmallFiles, smallFolder } from '../../support/small-catalogue.ts'

const always =
  '  - rule: data\n    service: internet\n    price: "0.01"\n    per: 1 MB\n    step: 1 kB\n'
const calls = '  - rule: calls\n    service: voice\n    free: true\n'
const special = `  - rule: special\n    service: internet\n    times: [special]\n    free: true\n`
const plain = `prices:\n${always}${calls}`
const timed = `prices:\n${special}${always}${calls}`

const dates = (...windows: readonly string[]) =>
  `calendar:\n  bands:\n    - band: special\n      windows:\n${windows.map(window => `        - { ${window}, from: "18:00", until: "02:00" }\n`).join('')}`

type TestOf = Parameters<typeof smallFolder>[0]

async function found(t: TestOf, files: SmallFiles, now: string) {
  const read = await readCatalogue(smallFolder(t, files))
  if (read.catalogue === null) throw new Error(JSON.stringify(read.findings))
  const { catalogue, place } = read
  const options = { ...analyseDefaults, at: Date.parse(now) }
  return analyseCatalogue(catalogue, options).map(({ path, ...rest }) => {
    const { file, line } = place(path)
    return { ...rest, where: `${file}:${line}` }
  })
}

t.test('special days are over with the end of the last window, by local clocks', async t => {
  const settings = dates('dates: ["2026-12-24", "2026-12-31"]', 'dates: ["12-24"]', 'days: [mon]')
  const files = { offers: { basic: timed }, settings }
  t.same(await found(t, files, '2027-01-01T00:59:59.999Z'), [], 'until 02:00 in Berlin')
  t.match(await found(t, files, '2027-01-01T01:00:00Z'), [
    {
      code: 'dates-past',
      severity: 'warning',
      where: 'catalogue.yaml:5',
      message: 'all days of band special lie in the past: the last one was 2026-12-31',
      example: { offer: 'basic', ratingGroup: 10, at: Date.parse('2027-12-31T18:00:00+01:00') }
    }
  ])
})

t.test('a day that is missing between others is shown by a usage on it', async t => {
  const settings = dates('dates: ["12-23", "12-25"]')
  t.match(await found(t, { offers: { basic: timed }, settings }, '2026-12-24T00:00:00Z'), [
    {
      code: 'dates-hole',
      example: { offer: 'basic', at: Date.parse('2027-12-24T18:00:00+01:00') }
    }
  ])
})

t.test('holidays are over, and the usage is on the one that is to come', async t => {
  const settings =
    'calendar:\n  holidays: ["2025-10-03", "2026-10-03"]\n  bands:\n    - band: special\n      windows:\n        - { days: [sun, holiday], from: "00:00", until: "24:00" }\n'
  const files = { offers: { basic: timed }, settings }
  t.same(await found(t, files, '2026-10-03T21:59:59Z'), [])
  t.match(await found(t, files, '2026-10-03T22:00:00Z'), [
    {
      code: 'dates-past',
      where: 'catalogue.yaml:2',
      message: 'all holidays lie in the past: the last one was 2026-10-03',
      example: { offer: 'basic', at: Date.parse('2027-10-03T00:00:00+02:00') }
    }
  ])
  const unused = { offers: { basic: plain }, settings }
  t.match(await found(t, unused, '2027-01-01T00:00:00Z'), [{ example: null }])
})

t.test(
  'an offer that is sold no more is only noted, because those who have it keep it',
  async t => {
    const sold = `sold-until: "2027-01-01T00:00:00"\n${plain}`
    const files = { offers: { basic: plain, old: sold } }
    t.same(await found(t, files, '2026-12-31T22:59:59Z'), [])
    t.match(await found(t, files, '2026-12-31T23:00:00Z'), [
      {
        code: 'sale-over',
        severity: 'note',
        where: 'offers/old.yaml:4',
        example: { offer: 'old', at: Date.parse('2027-01-01T00:00:00+01:00') }
      }
    ])
  }
)

t.test('versions beside each other', async t => {
  const version = async (from: string | null, files: SmallFiles): Promise<Scheduled> => ({
    catalogue: await loadCatalogue(smallFolder(t, files)),
    from: from === null ? 0 : Date.parse(from)
  })
  const holidays = (...days: readonly string[]) =>
    `calendar:\n  holidays: ${JSON.stringify(days)}\n  bands:\n    - band: special\n      windows:\n        - { days: [holiday], from: "00:00", until: "24:00" }\n`
  const versions = [
    await version(null, {
      offers: { basic: timed, gone: plain },
      settings: holidays('2026-05-01', '2027-05-01', '2028-05-01')
    }),
    await version('2027-01-01T00:00:00+01:00', {
      offers: { basic: timed },
      settings: holidays('2027-10-03')
    }),
    await version('2028-01-01T00:00:00+01:00', { offers: { basic: plain } })
  ]
  const at = (now: string) => analyseSchedule(versions, { ...analyseDefaults, at: Date.parse(now) })
  const lacking = [
    {
      version: 1,
      code: 'offer-lost',
      severity: 'warning',
      path: ['catalogue', 'effective-from'],
      message: /lacks the offer gone .* no price from 2026-12-31T23:00:00.000Z on/,
      example: { offer: 'gone', at: Date.parse('2027-01-01T00:00:00+01:00') }
    },
    {
      version: 1,
      code: 'holiday-lost',
      message: 'lacks the holiday 2027-05-01 of the version before',
      example: { offer: 'basic', at: Date.parse('2027-05-01T00:00:00+02:00') }
    }
  ]
  t.match(at('2026-04-01T00:00:00Z'), lacking, 'what it has after its end is no matter')
  t.equal(at('2026-04-01T00:00:00Z').length, 2)
  const note = { code: 'version-over', severity: 'note' }
  const turned = at('2027-04-01T00:00:00Z')
  t.match(turned, [
    { ...note, version: 0, path: ['catalogue'] },
    ...lacking.with(0, {
      ...lacking[0]!,
      example: { at: Date.parse('2027-04-01T00:00:00Z') } as never
    })
  ])
  t.equal(turned.length, 3)
  const end = at('2028-04-01T00:00:00Z')
  t.match(end, [note, { ...note, version: 1, path: ['catalogue', 'effective-from'] }])
  t.equal(end.length, 2)
})
