import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { freePort, startRedis } from '../support/redis.ts'
import { gyro, type Settings, serve, sharedSettings, temporaryFolder } from './gyro-process.ts'

/** Of a server that starts with nothing changed in them. */
const settings = await sharedSettings(t)
const embedded = { ...settings, GYRO_STORE: `embedded:${join(temporaryFolder(), 'state')}` }

const catalogue = fileURLToPath(new URL('../../conf/catalogue', import.meta.url))

/** A copy of the demo catalogue with one line replaced. */
function brokenCatalogue(file: string, search: RegExp, replacement: string): string {
  const folder = join(temporaryFolder(), 'catalogue')
  cpSync(catalogue, folder, { recursive: true })
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  const changed = text.replace(search, replacement)
  if (changed === text) throw new Error(`${file} has nothing to break`)
  writeFileSync(path, changed)
  return folder
}

t.test('a start that cannot be ends with one clear message, before ready', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const busy = `127.0.0.1:${(taken.address() as AddressInfo).port}`
  const nowhere = await freePort()
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, 'not a folder')
  const rows: [name: string, change: Settings, says: RegExp][] = [
    ['a port that is no number', { GYRO_DIAMETER_LISTEN: 'here' }, /GYRO_DIAMETER_LISTEN/],
    ['an unknown store', { GYRO_STORE: 'mongodb://x' }, /GYRO_STORE must be/],
    ['an unknown CDR store', { GYRO_CDR: 'mysql://x' }, /GYRO_CDR must be/],
    ['a log level', { GYRO_LOG_LEVEL: 'loud' }, /GYRO_LOG_LEVEL must be one of/],
    ['no number of workers', { GYRO_WORKERS: 'many' }, /GYRO_WORKERS must be/],
    [
      'workers on an embedded store',
      { ...embedded, GYRO_WORKERS: '2' },
      /GYRO_WORKERS is 2.*embedded/
    ],
    ['an open API without a token', { GYRO_API_LISTEN: '0.0.0.0:0' }, /GYRO_API_TOKEN/],
    ['a missing configuration', { GYRO_CONFIG: '/nowhere.yaml' }, /nowhere\.yaml/],
    ['a missing catalogue', { GYRO_CATALOGUE: '/nowhere' }, /nowhere/],
    ['an API address in use', { GYRO_API_LISTEN: busy }, new RegExp(`GYRO_API_LISTEN: ${busy}`)],
    [
      'a Diameter address in use',
      { GYRO_DIAMETER_LISTEN: busy },
      new RegExp(`GYRO_DIAMETER_LISTEN: ${busy}`)
    ],
    ['no Redis', { GYRO_STORE: `redis://127.0.0.1:${nowhere}/0` }, new RegExp(String(nowhere))],
    ['a store that is a file', { GYRO_STORE: `embedded:${file}` }, /file/]
  ]
  for (const [name, change, says] of rows) {
    const { status, stderr, stdout } = await gyro(['serve'], { ...settings, ...change })
    t.equal(status, 1, `${name}: ${stderr}`)
    t.match(stderr, says, name)
    t.notMatch(stderr, /"msg":"ready"/, name)
    t.notMatch(stderr, /\n\s+at /, `${name}: no stack`)
    t.equal(stdout, '', name)
  }
})

t.test('a Redis that evicts is refused', async t => {
  const redis = await startRedis('--maxmemory-policy', 'allkeys-lru')
  t.teardown(() => redis.stop())
  const { status, stderr } = await gyro(['serve'], {
    ...settings,
    GYRO_STORE: redis.url
  })
  t.equal(status, 1)
  t.match(stderr, /maxmemory-policy/)
})

t.test('wrong credentials for Postgres are refused, one that is away is not', async t => {
  const wrong = new URL(settings['GYRO_CDR'] ?? '')
  wrong.pathname = '/gyro_there_is_no_such_database'
  const refused = await gyro(['serve'], { ...settings, GYRO_CDR: wrong.href })
  t.equal(refused.status, 1, refused.stderr)
  t.match(refused.stderr, /gyro_there_is_no_such_database/)
  const away = await serve({
    ...settings,
    GYRO_CDR: `postgres://gyro:secret@127.0.0.1:${await freePort()}/gyro`
  })
  t.notMatch(away.log(), /secret/, 'the password is in no log')
  t.equal((await away.stop()).status, 0)
})

t.test('a folder in use is refused, and names its process', async t => {
  const server = await serve(embedded)
  t.teardown(() => server.stop())
  const { status, stderr } = await gyro(['serve'], embedded)
  t.equal(status, 1)
  t.match(stderr, /state/)
  t.match(stderr, String(server.child.pid))
})

t.test('a broken catalogue names file and line', async t => {
  const folder = brokenCatalogue('offers/prepaid-go.yaml', /^kind:.*$/m, 'kynd: base')
  for (const command of ['serve', 'check']) {
    const { status, stderr } = await gyro([command], { ...settings, GYRO_CATALOGUE: folder })
    t.equal(status, 1)
    t.match(stderr, /offers\/prepaid-go\.yaml:\d+/)
    t.match(stderr, /kynd/)
  }
})

t.test('gyro check says what is good, and file and line of what is wrong', async t => {
  const good = await gyro(['check'])
  t.equal(good.status, 0, good.stderr)
  t.match(good.stdout, /prepaid-go/)
  t.match(good.stdout, /data-5gb/)
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'conf'))
  const config = join(folder, 'conf', 'gyro.yaml')
  writeFileSync(config, 'workers: 1\ndiameter:\n  listn: 127.0.0.1:1\n')
  for (const args of [['check', '--config', config], ['--config', config, 'check'], ['check']]) {
    const { status, stderr } = await gyro(args, {}, { cwd: folder })
    t.equal(status, 1, args.join(' '))
    t.match(stderr, /gyro\.yaml:3/)
  }
})

t.test('the command line helps, and refuses with status 2', async t => {
  const help = await gyro(['--help'])
  t.equal(help.status, 0)
  for (const command of ['serve', 'demo', 'check', 'accounts', 'cdr', 'sessions']) {
    t.match(help.stdout, command)
    const { status, stdout } = await gyro([command, '--help'])
    t.equal(status, 0)
    t.match(stdout, 'Usage: gyro')
  }
  t.equal((await gyro(['nonsense'])).status, 2)
  t.equal((await gyro(['accounts', 'generate'])).status, 2)
  t.equal((await gyro(['accounts', 'generate', '--count', 'x'])).status, 2)
})
