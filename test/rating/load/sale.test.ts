import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readCatalogue } from '../../../src/rating/load/load.ts'

/** The demo catalogue with these lines behind the add-on's. */
async function read(t: Test, lines: string) {
  const folder = mkdtempSync(join(tmpdir(), 'gyro-sale-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  cpSync('conf/catalogue', folder, { recursive: true })
  const file = join(folder, 'offers', 'data-5gb.yaml')
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n${lines}\n`)
  return readCatalogue(folder)
}

t.test('an offer says when and beside what it is sold', async t => {
  const { catalogue } = await read(
    t,
    [
      'sold-from: "2027-01-01T00:00:00"',
      'sold-until: "2027-07-01T00:00:00"',
      'requires: [prepaid-go]',
      'excludes: [iot-1mb]',
      'on-change: reset'
    ].join('\n')
  )
  t.match(catalogue?.offers.get('data-5gb'), {
    onChange: 'reset',
    sale: {
      from: Date.parse('2026-12-31T23:00:00Z'),
      until: Date.parse('2027-06-30T22:00:00Z'),
      requires: ['prepaid-go'],
      excludes: ['iot-1mb']
    }
  })
  t.equal(catalogue?.offers.get('prepaid-go')?.sale, undefined, 'others are sold to everybody')
})

t.test('what cannot be is told with its key', async t => {
  const found = await read(
    t,
    [
      'sold-from: "2027-02-30T00:00:00"',
      'requires: [prepaid-gone, data-5gb, iot-1mb]',
      'excludes: [iot-1mb]',
      'on-change: keep'
    ].join('\n')
  )
  const texts = found.catalogue === null ? found.findings.map(each => each.message) : []
  t.match(texts.join('\n'), /"keep" must be one of carry, reset, prorate/)
  const valid = await read(
    t,
    [
      'sold-from: "2027-02-30T00:00:00"',
      'requires: [prepaid-gone, data-5gb, iot-1mb]',
      'excludes: [iot-1mb]'
    ].join('\n')
  )
  const findings = valid.catalogue === null ? valid.findings : []
  const told = findings.map(({ key, message }) => `${key}: ${message}`).join('\n')
  t.match(told, /sold-from: "2027-02-30T00:00:00" is no date and time/)
  t.match(told, /requires\[0\]: .*prepaid-gone/)
  t.match(told, /requires\[1\]: is the offer itself/)
  t.match(told, /excludes: iot-1mb is in requires too/)
  const late = await read(t, 'sold-from: "2027-02-01T00:00:00"\nsold-until: "2027-01-01T00:00:00"')
  t.match(late, { findings: [{ key: 'sold-until', message: /not later than sold-from/ }] })
})
