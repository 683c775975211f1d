import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { loadSchedule, readSchedule } from '../../../src/rating/load/schedule.ts'

const shipped = fileURLToPath(new URL('../../../conf/catalogue', import.meta.url))

/** A copy of the demo catalogue with versions beside it, by name; each with these lines first. */
function folderWith(t: Test, versions: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gyro-schedule-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  cpSync(shipped, folder, { recursive: true })
  for (const [name, head] of Object.entries(versions)) {
    const version = join(folder, 'versions', name)
    mkdirSync(version, { recursive: true })
    cpSync(shipped, version, { recursive: true })
    const file = join(version, 'catalogue.yaml')
    writeFileSync(file, `${head}\n${readFileSync(file, 'utf8')}`)
  }
  return folder
}

async function problems(folder: string): Promise<string[]> {
  const read = await readSchedule(folder)
  if (read.versions !== null) throw new Error('nothing is wrong')
  return read.findings.map(({ file, line, key, message }) => `${file}:${line} ${key}: ${message}`)
}

t.test('versions take effect at their local times, in the order of these', async t => {
  const folder = folderWith(t, {
    a: 'effective-from: "2027-07-01T00:00:00"',
    b: 'effective-from: "2027-01-01T00:00:00"',
    c: 'effective-from: "2027-03-28T02:30:00"'
  })
  const versions = await loadSchedule(folder)
  t.same(
    versions.map(({ from }) => (from === 0 ? 0 : new Date(from).toISOString())),
    [0, '2026-12-31T23:00:00.000Z', '2027-03-28T01:30:00.000Z', '2027-06-30T22:00:00.000Z'],
    'a time that clocks skip is an hour later'
  )
  t.equal(
    new Set(versions.map(({ catalogue }) => catalogue.version)).size,
    1,
    'no part of the hash'
  )
  t.match(versions[3]?.place(['catalogue', 'currency']), { file: 'versions/a/catalogue.yaml' })
})

t.test('what is wrong with any of them is told with its file', async t => {
  const folder = folderWith(t, {
    lacking: '# nothing',
    nonsense: 'effective-from: "2027-02-30T00:00:00"',
    unquoted: 'effective-from: 2027-01-01T00:00:00',
    one: 'effective-from: "2028-01-01T00:00:00"',
    two: 'effective-from: "2028-01-01T00:00:00"',
    dollars: 'effective-from: "2029-01-01T00:00:00"'
  })
  const dollars = join(folder, 'versions', 'dollars', 'catalogue.yaml')
  writeFileSync(dollars, readFileSync(dollars, 'utf8').replace('currency: EUR', 'currency: USD'))
  writeFileSync(join(folder, 'versions', 'offers.yaml'), 'offer: lost')
  const main = join(folder, 'catalogue.yaml')
  writeFileSync(main, `effective-from: "2027-01-01T00:00:00"\n${readFileSync(main, 'utf8')}`)
  const found = await problems(folder)
  for (const expected of [
    /^catalogue\.yaml:1 effective-from: is for catalogues in versions/,
    /^versions\/lacking\/catalogue\.yaml:\d+ file: lacks the key effective-from/,
    /^versions\/nonsense\/catalogue\.yaml:1 effective-from: "2027-02-30T00:00:00" is no date/,
    /^versions\/unquoted\/catalogue\.yaml:1 effective-from: .*quotes/,
    /^versions\/two\/catalogue\.yaml:1 effective-from: another version takes effect/,
    /^versions\/dollars\/catalogue\.yaml:\d+ currency: must be EUR/,
    /^versions\/offers\.yaml:1 file: /
  ]) {
    t.ok(
      found.some(line => expected.test(line)),
      `${expected}: ${found.join('\n')}`
    )
  }
  await t.rejects(loadSchedule(folder), { code: 'GYRO_CATALOGUE_INVALID' })
})
