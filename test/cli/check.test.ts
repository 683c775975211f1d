/** gyro check as a person and as a script meet it; what it finds is tested with the analyser. */
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { gyro } from '../e2e/gyro-process.ts'

const folder = t.testdir()
cpSync('conf/catalogue', folder, { recursive: true })
const settings = { GYRO_CATALOGUE: folder }

function change(file: string, from: string, to: string): void {
  const path = join(folder, file)
  const before = readFileSync(path, 'utf8')
  if (!before.includes(from)) throw new Error(`${file} has no ${from}`)
  writeFileSync(path, before.replace(from, to))
}

t.test('warnings are told, and fail only when they shall', async t => {
  change('offers/prepaid-go.yaml', '    step: 100 kB\n', '    step: 20 MB\n')
  const told = await gyro(['check'], settings)
  t.equal(told.status, 0, told.stderr)
  t.match(
    told.stdout,
    /^offers\/prepaid-go\.yaml:\d+:\d+: warning rounding-loss: prices\[0\]\.step: /
  )
  t.match(
    told.stdout,
    /\n {2}try: gyro price --offer prepaid-go .*--plmn 26201 --at \S+ --volume 5000001B\n/
  )
  t.match(told.stderr, /has 0 errors and 1 warning\n/)
  t.match(await gyro(['check', '--strict'], settings), { status: 1 })
  t.match(await gyro(['check', '--strict', '--rounding', '1200'], settings), { status: 0 })
})

t.test(
  'errors fail, also of a catalogue that cannot be loaded, and --json has them all',
  async t => {
    change('offers/prepaid-go.yaml', '    zones: [home]\n    price: "0.01"', '    price: "0.01"')
    const found = await gyro(['check', '--json'], settings)
    t.equal(found.status, 1)
    t.match(JSON.parse(found.stdout), {
      errors: 2,
      warnings: 1,
      findings: [
        {
          severity: 'error',
          code: 'rule-unreachable',
          file: 'offers/prepaid-go.yaml',
          line: Number,
          key: 'prices[1]',
          example: { ratingGroup: 10, facts: { plmn: String } }
        },
        {},
        {}
      ]
    })
    change('zones.yaml', 'home: home', 'home: nowhere')
    const invalid = await gyro(['check', '--json'], settings)
    t.equal(invalid.status, 1)
    t.match(JSON.parse(invalid.stdout), {
      version: null,
      findings: [{ severity: 'error', code: 'invalid', file: 'zones.yaml', key: 'home' }]
    })
  }
)

t.test('what is past depends on the instant, and a note never fails', async t => {
  cpSync('conf/catalogue', folder, { recursive: true })
  const told = await gyro(['check', '--strict', '--at', '2028-01-01'], settings)
  t.equal(told.status, 1)
  const [line, example] = told.stdout.split('\n')
  t.match(line, /^catalogue\.yaml:26:\d+: warning dates-past: calendar\.holidays: .*2027-12-26$/)
  t.match(example, /^ {2}try: gyro price --offer student-night .*--at 2028-12-25T23:00:00.000Z /)
  t.match(await gyro(['check', '--strict', '--at', '2027-12-26'], settings), { status: 0 })
  t.match(await gyro(['check', '--at', 'soon'], settings), { status: 2 })
  change('offers/welcome.yaml', 'kind: addon\n', 'kind: addon\nsold-until: "2026-01-01T00:00:00"\n')
  const noted = await gyro(['check', '--strict', '--at', '2026-06-01'], settings)
  t.match(noted, { status: 0, stdout: /welcome\.yaml:\d+:\d+: note sale-over: sold-until: / })
  t.match(noted.stdout, /try: gyro price --offer welcome /)
})

t.test('faults of the configuration and of the catalogue are told at once', async t => {
  change('catalogue.yaml', 'currency: EUR', 'currency: XYZZ')
  const files = { CERTIFICATE: '/nowhere/cert.pem', KEY: '/nowhere/key.pem' }
  const tls = (name: string) =>
    Object.fromEntries(
      Object.entries(files).map(([key, file]) => [`GYRO_${name}_TLS_${key}`, file])
    )
  const listen = { GYRO_DIAMETER_TLS_LISTEN: '127.0.0.1:5658' }
  const told = await gyro(['check'], { ...settings, ...tls('DIAMETER'), ...tls('NCHF'), ...listen })
  t.equal(told.status, 1)
  t.match(told.stdout, /^catalogue\.yaml:\d+:\d+: error invalid: currency: "XYZZ"/m)
  t.match(told.stderr, /GYRO_DIAMETER_TLS_CERTIFICATE: \/nowhere/)
  t.match(told.stderr, /GYRO_NCHF_TLS_CERTIFICATE: \/nowhere/)
})

t.test('keys and certificates that a server could not use are told', async t => {
  const fixture = (name: string) =>
    fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
  const folder = t.testdir()
  const good = resolve('conf/catalogue')
  const check = async (more: object) => {
    const { status, stderr } = await gyro(['check'], { GYRO_CATALOGUE: good, ...more })
    t.equal(status, 1)
    return stderr
  }
  const pair = (name: string, key: string, ca = fixture('ca.pem')) => ({
    [`GYRO_${name}_TLS_CERTIFICATE`]: fixture('ocs.pem'),
    [`GYRO_${name}_TLS_KEY`]: key,
    [`GYRO_${name}_TLS_CA`]: ca
  })
  const listen = { GYRO_DIAMETER_TLS_LISTEN: '127.0.0.1:5658' }
  const other = fixture('pgw.key')
  const others = { ...pair('NCHF', other), ...pair('DIAMETER', other), ...listen }
  const told = await check({ ...others, GYRO_NCHF_OAUTH2_KEYS: '/nowhere/nrf.pem' })
  for (const name of ['NCHF', 'DIAMETER']) {
    t.match(told, new RegExp(`GYRO_${name}_TLS_CERTIFICATE .* GYRO_${name}_TLS_KEY .* do not go`))
  }
  t.match(told, /GYRO_NCHF_OAUTH2_KEYS: \/nowhere\/nrf\.pem cannot be used/)
  const rsa = join(folder, 'rsa.key')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  writeFileSync(rsa, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  t.match(await check(pair('NCHF', rsa)), /do not go together: the key is that of another/)
  const broken = join(folder, 'broken.pem')
  writeFileSync(broken, readFileSync(fixture('ca.pem'), 'utf8').replace(/M/g, 'N'))
  for (const ca of [broken, rsa]) {
    const said = await check(pair('NCHF', fixture('ocs.key'), ca))
    t.match(said, /GYRO_NCHF_TLS_CA: .* cannot be used/, ca)
  }
})
