/** gyro cdr spills: what servers have on disk because the CDR database was away, and what is not waited for any more. */
import { readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { openAccount } from '../e2e/api-client.ts'
import { connectPeer, dataRequest, megabyte } from '../e2e/charging.ts'
import {
  type GyroServer,
  gyro,
  lockedSettings,
  portSettings,
  type Settings,
  serve
} from '../e2e/gyro-process.ts'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'

const msisdn = '4915100000001'
const heading = 'PLACE  HOST  FOLDER\n'
/** Nobody listens there. */
const away = 'postgres://gyro@127.0.0.1:1/none'

interface Mark {
  readonly order: number
  readonly host: string
  readonly folder: string
  readonly root: string
}

const redis = await emptyRedis()
const database = await createDatabase()
const client = new pg.Client({ connectionString: database.url })
await client.connect()
t.teardown(async () => {
  await client.end()
  await redis.stop()
  await database.drop()
})

const stores = {
  GYRO_STORE: redis.url,
  GYRO_CDR: database.url,
  GYRO_SPILL_RECORDS: '20',
  GYRO_SPILL_FREE: '0'
}
const spills = (...args: string[]) => gyro(['cdr', 'spills', ...args], stores)

async function marks(): Promise<readonly Mark[]> {
  const { status, stdout, stderr } = await spills('--json')
  if (status !== 0) throw new Error(stderr)
  const lines = stdout.split('\n').filter(line => line !== '')
  return lines.map(line => JSON.parse(line) as Mark)
}

async function metric(server: GyroServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.api}/metrics`)).text()
  return Number(new RegExp(`^${name} ([0-9.e+]+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited too long: ${what}`)
    await sleep(50)
  }
}

async function stored(): Promise<number> {
  const { rows } = await client.query<{ n: string }>('SELECT count(*) AS n FROM cdr')
  return Number(rows[0]?.n)
}

async function load(server: GyroServer, name: string, sessions: number): Promise<void> {
  const peer = await connectPeer(server.diameterPort)
  for (let n = 0; n < sessions; n++) {
    await peer.ccr(dataRequest(`${name};${n}`, msisdn, 'initial', 0, null))
    await peer.ccr(dataRequest(`${name};${n}`, msisdn, 'termination', 1, megabyte))
  }
  peer.end()
}

/** Places of the files below a folder. */
function placesIn(folder: string): number[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter(name => name.endsWith('.spill'))
    .map(name => Number(name.replace(/^.*\/|\.spill$/g, '')))
    .toSorted((a, b) => a - b)
}

t.test('spilled files are listed, and forgotten one by one', { timeout: 150_000 }, async t => {
  t.match(await spills(), { status: 0, stdout: heading })
  t.same(await marks(), [], 'of a store in which nothing was ever spilled')

  const settings: Settings = { ...portSettings(), ...stores }
  const folder = settings['GYRO_SPILL'] ?? ''
  let first = await serve({ ...settings, GYRO_CDR: away })
  let second: GyroServer | undefined
  t.teardown(() => Promise.all([first, second].map(server => server?.stop('SIGKILL'))))
  await openAccount(first.api, 'a1', msisdn, '100.00')
  t.same(await marks(), [], 'of a server that has spilled nothing')
  await load(first, 'a', 60)
  await until('spilled', async () => (await metric(first, 'gyro_spill_records')) > 20)
  const running = await marks()
  t.same(
    running.map(({ order }) => order),
    placesIn(folder)
  )
  const [only] = running as [Mark]
  t.equal(running.length, 1)
  t.same(dirname(dirname(only.folder)), resolve(folder), 'below the store, below GYRO_SPILL')
  const listed = await spills()
  t.equal(listed.status, 0)
  t.match(listed.stdout.split('\n'), [/^ *PLACE +HOST +FOLDER$/, /./, /^$/])
  t.ok(listed.stdout.includes(`${only.order}  ${only.host}`) && listed.stdout.includes(only.folder))

  // Killed, and another process has taken its file over and made one of its own; killed as well.
  const had = await metric(first, 'gyro_spill_records')
  await first.stop('SIGKILL')
  t.same(await marks(), running)
  first = await serve({ ...settings, GYRO_CDR: away })
  await load(first, 'b', 60)
  await until('more', async () => (await metric(first, 'gyro_spill_records')) > had + 20)
  t.equal(placesIn(folder).length, 2)
  await first.stop('SIGKILL')
  const left = await marks()
  t.same(
    left.map(({ order }) => order),
    placesIn(folder)
  )

  await t.test('what is no place of a file changes nothing', async t => {
    const place = String(only.order)
    for (const wrong of ['1', '', `${place}.0`, only.folder]) {
      const refused = await spills('--forget', wrong)
      t.match(refused, { status: 1, stdout: '', stderr: `there is no file ${wrong}` }, wrong)
    }
    t.match(await spills('--forget'), { status: 2, stderr: /argument missing/ })
    t.same(await marks(), left)
  })

  await t.test('a server with another disk waits until the last one is forgotten', async t => {
    second = await serve({ ...settings, ...portSettings(), GYRO_SPILL_RECORDS: '1000' })
    const server = second
    await until('seen', async () => (await metric(server, 'gyro_spill_elsewhere')) === left.length)
    await load(server, 'c', 10)
    for (const [n, { order, host }] of left.entries()) {
      t.equal(await stored(), 0, 'nothing overtakes')
      const forgotten = await spills('--forget', String(order))
      t.match(forgotten, { status: 0, stdout: '' })
      t.ok(forgotten.stderr.endsWith(`${order} of ${host} is not waited for any more\n`))
      t.same(await marks(), left.slice(n + 1))
    }
    const again = await spills('--forget', String(only.order))
    t.match(again, { status: 1, stderr: `there is no file ${only.order}` })
    await until('what is in Redis', async () => (await metric(server, 'gyro_outbox_depth')) === 0)
    const arrived = await stored()
    t.ok(arrived >= 10 && arrived < 130, `${arrived} CDRs`)
    const { status, stdout } = await gyro(['reconcile'], stores)
    t.equal(status, 1)
    t.match(stdout, /BREAK a1: \d+ numbers of its outbox are not stored/)
    t.same(placesIn(folder).length, left.length, 'no file is touched')
  })

  await t.test('a disk that turns up after all is waited for again, and delivered', async t => {
    first = await serve(settings)
    await until('all', async () => (await stored()) === 130)
    await until('no file', async () => placesIn(folder).length === 0)
    t.same(await marks(), [])
    const { status, stdout } = await gyro(['reconcile'], stores)
    t.equal(status, 0, stdout)
  })
})

t.test('stores that have no spills, and that do not answer, are named', async t => {
  const embedded = await gyro(['cdr', 'spills'], await lockedSettings(t))
  t.match(embedded, { status: 1, stdout: '', stderr: /an embedded store .* spills nothing/ })
  const gone = { ...stores, GYRO_STORE: 'redis://127.0.0.1:1/0' }
  const lost = await gyro(['cdr', 'spills', '--forget', '1'], gone)
  t.match(lost, { status: 1, stdout: '' })
  t.match(lost.stderr, /127\.0\.0\.1:1/)
  // The folder of a spill is no store.
  const folder = join(portSettings()['GYRO_SPILL'] ?? '', 'root')
  const wrong = await gyro(['cdr', 'spills'], { ...stores, GYRO_STORE: folder })
  t.match(wrong, { status: 1, stdout: '', stderr: /GYRO_STORE|store/ })
})
