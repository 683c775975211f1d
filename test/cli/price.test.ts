/** gyro price without any store: the catalogue is all that it needs. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createProgram } from '../../src/cli/program.ts'
import { gyro, portSettings, temporaryFolder } from '../e2e/gyro-process.ts'

const folder = temporaryFolder()
const settings = { ...portSettings(folder), GYRO_STORE: `embedded:${join(folder, 'state')}` }

t.test('a usage is priced and explained, without a store', async t => {
  const args = ['price', '--offer', 'prepaid-go', '--service', 'data', '--volume', '5MB']
  const { status, stdout } = await gyro([...args, '--plmn', '26201'], settings)
  t.equal(status, 0)
  t.match(stdout, /matched prepaid-go\/data-home: 0\.010000 per 1 MB, in steps of 100 kB\n/)
  t.match(stdout, /debited {4}0\.050000 EUR\n/)
  const call = ['price', '--offer', 'prepaid-go', '--duration', '61s', '--to', '+33123456789']
  const json = await gyro([...call, '--json'], settings)
  t.match(JSON.parse(json.stdout), { debited: '0.730000', steps: [{ do: 'use' }] })
  t.equal(existsSync(join(folder, 'state')), false)
})

t.test('a ported number is priced by where it is routed, as the network would say it', async t => {
  const folder = t.testdir()
  cpSync('conf/catalogue', folder, { recursive: true })
  const file = join(folder, 'destinations.yaml')
  const text = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    text.replace('prefixes: ["49"]', 'prefixes: ["49"]\n    routing-numbers: ["D019"]')
  )
  const own = { ...settings, GYRO_CATALOGUE: folder }
  const call = ['price', '--offer', 'prepaid-go', '--duration', '60s']
  const debited = async (...more: string[]) =>
    /debited {4}(\S+) EUR/.exec((await gyro([...call, ...more], own)).stdout)?.[1]
  t.equal(await debited('--to', '+33123456789'), '0.440000')
  t.equal(await debited('--to', 'tel:+33123456789;npdi;rn=D019'), '0.090000')
  t.equal(await debited('--to', '+33123456789', '--routing-number', 'D01987'), '0.090000')
})

t.test('a scenario comes from a file, in YAML or JSON', async t => {
  const file = join(t.testdir(), 'month.yaml')
  writeFileSync(
    file,
    `offers: [prepaid-go]
topUp: "10.00"
start: 2026-11-21T12:00:00Z
steps:
  - { do: subscribe, offer: data-5gb }
  - { do: use, service: data, units: 4000000000, after: 86400 }
  - { do: use, service: data, units: 1100000000, after: 86400 }
  - { do: look, after: 2592000 }
`
  )
  const { stdout } = await gyro(['price', '--scenario', file], settings)
  t.match(stdout, /3\. use, 2026-11-23T12:00:00\.000Z, used 1\.1 GB: 1\.000000 EUR\n/)
  t.match(stdout, /wallet {5}10\.000000 -> 4\.010000 EUR\n$/)
})

t.test('help is its own', async t => {
  const help = await gyro(['price', '--help'], settings)
  t.match(help, { status: 0, stdout: /^Usage: gyro price / })
})

t.test('wrong usage says what to do', async t => {
  const refused = (args: readonly string[], message: RegExp) =>
    t.rejects(createProgram().parseAsync(['price', ...args], { from: 'user' }), { message })
  await refused(['--offer', 'prepaid-go'], /how much\? Give one of --volume/)
  await refused(['--volume', '1MB'], /whose price\? Give --offer/)
  await refused(['--offer', 'prepaid-go', '--volume', '1 mb'], /--volume: .*such as 10 MB/)
  await refused(['--offer', 'a', '--account', 'a', '--volume', '1MB'], /give one of them/)
  const service = ['--offer', 'prepaid-go', '--volume', '1MB', '--service', 'fax']
  await refused(service, /no service fax; known are data/)
  await refused(['--scenario', '/nowhere'], /\/nowhere cannot be read/)
})
