import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import t, { type Test } from 'tap'
import { connectDiameter, type DiameterClient } from '../support/diameter-client.ts'
import { answerOrder, order, orders } from '../support/orders.ts'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'
import { call, openAccount } from './api-client.ts'
import { dataRequest, granted, megabyte } from './charging.ts'
import { type GyroServer, gyro, portSettings, serve, temporaryFolder } from './gyro-process.ts'

const shipped = fileURLToPath(new URL('../../conf/catalogue', import.meta.url))
const redis = await emptyRedis()
const database = await createDatabase()

/** Where both servers begin: one cent a megabyte at home. */
const folder = join(temporaryFolder(), 'catalogue')
cpSync(shipped, folder, { recursive: true })
const common = { ...portSettings(), GYRO_STORE: redis.url, GYRO_CDR: database.url }
const settings = { ...common, GYRO_CATALOGUE: folder }
/** With a folder of its own that nobody changes: it learns of everything from the store. */
const elsewhere = { ...common, GYRO_CATALOGUE: shipped, GYRO_WORKERS: '2' }
let first = await serve({ ...settings, GYRO_CATALOGUE_WATCH: '1' })
const second = await serve(elsewhere)
t.teardown(async () => {
  await Promise.all([first.stop(), second.stop()])
  await redis.stop()
  await database.drop()
})

const offerOf = (at: string) => join(at, 'offers', 'prepaid-go.yaml')
const original = readFileSync(offerOf(shipped), 'utf8')

/** The price of a megabyte at home, in the folder. */
function price(amount: string, at = folder): void {
  writeFileSync(offerOf(at), original.replace('price: "0.01"', `price: "${amount}"`))
}

let accounts = 0

async function account(): Promise<{ readonly id: string; readonly msisdn: string }> {
  accounts += 1
  const [id, msisdn] = [`acme-${accounts}`, String(4915300000000 + accounts)]
  t.equal((await openAccount(second.api, id, msisdn, '20.00')).status, 201)
  return { id, msisdn }
}

const sources = { pgw1: 'pgw1.example.org', pgw2: 'pgw2.example.org' } as const

async function connect(t: Test, server: GyroServer, host: string): Promise<DiameterClient> {
  const client = await connectDiameter(server.diameterPort)
  t.teardown(() => client.end())
  await client.cer({ 'Origin-Host': host })
  return client
}

async function available(id: string): Promise<string> {
  return (await call(second.api, 'GET', `/v1/accounts/${id}`)).body.wallet.available
}

async function running(server: GyroServer): Promise<string> {
  return (await call(server.api, 'GET', '/v1/catalogue')).body.running.version
}

async function eventually(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** Megabytes used, reported by an update of this number; the next grant. */
async function use(
  client: DiameterClient,
  host: string,
  session: string,
  msisdn: string,
  number: number,
  megabytes: number | null
) {
  const type = number === 0 ? 'initial' : 'update'
  const used = megabytes === null ? null : megabytes * megabyte
  const request = dataRequest(session, msisdn, type, number, used)
  return client.ccr({ ...request, 'Origin-Host': host })
}

async function reload(server: GyroServer, body?: object) {
  return call(server.api, 'POST', '/v1/catalogue/reload', body)
}

t.test('a reload needs no body, whatever its Content-Type says', async t => {
  const path = new URL('/v1/catalogue/reload', first.api)
  const headers = { 'content-type': 'application/json' }
  t.equal((await fetch(path, { method: 'POST', headers })).status, 200)
  t.equal((await fetch(path, { method: 'POST' })).status, 200)
  t.equal((await fetch(path, { method: 'POST', headers, body: '{' })).status, 400)
})

t.test(
  'a reload by the API: old grants are rated by the old version, new ones by the new',
  async t => {
    const { id, msisdn } = await account()
    const host = sources.pgw1
    const here = await connect(t, first, host)
    const there = await connect(t, second, sources.pgw2)
    const before = await running(first)
    t.equal(await running(second), before)
    t.equal(granted(await use(here, host, 'reload;1', msisdn, 0, null)), 10 * megabyte)
    price('0.02')
    const { status, body } = await reload(first, { reauthorize: true })
    t.equal(status, 200)
    t.match(body, {
      running: { version: /^[0-9a-f]{12}$/ },
      coming: [],
      lastReload: { result: 'changed' }
    })
    t.not(body.running.version, before)
    const rar = await order(here, 'RAR')
    t.equal(rar.avps['Session-Id'], 'reload;1')
    answerOrder(here, 'RAR', rar, 2001)
    await use(here, host, 'reload;1', msisdn, 1, 10)
    t.equal(await available(id), '19.700000', 'ten megabytes at 0.01, and ten reserved at 0.02')
    // The other server may not have looked yet: it fetches the version that the grant names.
    const last = dataRequest('reload;1', msisdn, 'termination', 2, 10 * megabyte)
    t.equal((await there.ccr({ ...last, 'Origin-Host': sources.pgw2 })).resultCode, 2001)
    t.equal(await available(id), '19.700000')
    await eventually(
      'the other server knows',
      async () => (await running(second)) === body.running.version
    )
    const cdrs = await call(second.api, 'GET', `/v1/cdrs?account=${id}`)
    t.match(cdrs.body.items, [
      {
        amount: '0.300000',
        parts: [
          { price: `${before}:prepaid-go/data-home`, units: 10 * megabyte, amount: '0.100000' },
          {
            price: `${body.running.version}:prepaid-go/data-home`,
            units: 10 * megabyte,
            amount: '0.200000'
          }
        ]
      }
    ])
  }
)

t.test('a wrong catalogue is refused with file, line and key, and what runs goes on', async t => {
  const before = await running(first)
  writeFileSync(offerOf(folder), original.replace('per: 1 MB', 'per: 1 XB'))
  const { status, body } = await reload(first)
  t.equal(status, 422)
  t.match(body, {
    type: 'urn:gyro:problem:catalogue-invalid',
    detail: /offers\/prepaid-go\.yaml:11:10: prices\[0\]\.per/,
    errors: [{ member: 'offers/prepaid-go.yaml:11:10: prices[0].per', detail: String }]
  })
  t.equal(await running(first), before)
  t.match(first.log(), /"alarm":true.*offers\/prepaid-go\.yaml:11:10: prices\[0\]\.per/)
  const failing = /^gyro_catalogue_failing 1$/m
  t.match((await call(first.api, 'GET', '/metrics')).body, failing)
  t.match((await call(first.api, 'GET', '/v1/catalogue')).body.lastReload, {
    result: 'refused',
    problems: [{ file: 'offers/prepaid-go.yaml', line: 11, key: 'prices[0].per' }]
  })
  const { id, msisdn } = await account()
  const pgw = await connect(t, first, sources.pgw1)
  t.equal(granted(await use(pgw, sources.pgw1, 'broken;1', msisdn, 0, null)), 10 * megabyte)
  t.equal(await available(id), '19.800000')
  price('0.02')
  t.equal((await reload(first)).status, 200)
  t.notMatch((await call(first.api, 'GET', '/metrics')).body, failing)
})

t.test(
  'changed files are read once they are left alone, and a signal reads them at once',
  async t => {
    price('0.03')
    const before = await running(first)
    await eventually('watched', async () => (await running(first)) !== before)
    t.match((await call(first.api, 'GET', '/v1/catalogue')).body.lastReload, { trigger: 'watch' })
    const watched = await running(first)
    first.child.kill('SIGHUP')
    await eventually('signalled', async () => {
      const { lastReload } = (await call(first.api, 'GET', '/v1/catalogue')).body
      return lastReload.trigger === 'signal'
    })
    t.equal(await running(first), watched)
    const { body } = await call(first.api, 'GET', '/metrics')
    t.match(body, /gyro_catalogue_reloads_total\{trigger="watch",result="changed"\} 1/)
    t.match(body, /gyro_catalogue_reloads_total\{trigger="signal",result="unchanged"\} 1/)
  }
)

t.test('a version takes effect by its date, and another server restarts into it', async t => {
  const { id, msisdn } = await account()
  const pgw = await connect(t, first, sources.pgw1)
  await use(pgw, sources.pgw1, 'dated;1', msisdn, 0, null)
  const at = new Date(Date.now() + 3_000)
  const next = join(folder, 'versions', 'autumn')
  mkdirSync(join(folder, 'versions'))
  cpSync(shipped, next, { recursive: true })
  price('0.05', next)
  const wall = new Date(at.getTime() + 1_000).toLocaleString('sv', { timeZone: 'Europe/Berlin' })
  const file = join(next, 'catalogue.yaml')
  const dated = `effective-from: "${wall.replace(' ', 'T')}"\n`
  writeFileSync(file, dated + readFileSync(file, 'utf8'))
  const { body } = await reload(first)
  t.match(body.coming, [{ version: /^[0-9a-f]{12}$/, effectiveFrom: /Z$/ }])
  const coming = body.coming[0].version
  t.not(body.running.version, coming)
  for (const server of [first, second]) {
    await eventually('in force', async () => (await running(server)) === coming)
  }
  await use(pgw, sources.pgw1, 'dated;1', msisdn, 1, 1)
  t.equal(await available(id), '19.470000', '0.03 for what was used, 0.50 for what is reserved')
  const checked = await gyro(['check'], settings)
  t.equal(checked.status, 0, checked.stderr)
  t.match(checked.stdout, coming)
})

t.test(
  'a killed server comes back with a new catalogue and rates open sessions by the old one',
  async t => {
    const { id, msisdn } = await account()
    const before = await running(second)
    const pgw = await connect(t, first, sources.pgw1)
    await use(pgw, sources.pgw1, 'killed;1', msisdn, 0, null)
    await first.stop('SIGKILL')
    const fresh = join(temporaryFolder(), 'catalogue')
    cpSync(shipped, fresh, { recursive: true })
    price('0.10', fresh)
    first = await serve({ ...settings, GYRO_CATALOGUE: fresh })
    const now = await running(first)
    t.not(now, before)
    const again = await connect(t, first, sources.pgw1)
    await use(again, sources.pgw1, 'killed;1', msisdn, 1, 10)
    t.equal(await available(id), '18.500000', 'ten megabytes at 0.05, ten reserved at 0.10')
    t.match(first.log(), new RegExp(`"version":"${before}".*loaded from the store`))
    await eventually('the other one has it', async () => (await running(second)) === now)
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const { rows } = await client.query(
      'SELECT version, length(source) AS octets FROM catalogue_version'
    )
    await client.end()
    const kept = rows.map(row => row.version)
    t.ok(kept.includes(before) && kept.includes(now), 'Postgres has both')
    t.ok(rows.every(({ octets }) => octets > 1_000))
    t.equal(orders(again, 'RAR').length, 0, 'nobody asked for it')
  }
)

t.test('a server that comes back with a former catalogue takes that of the others', async t => {
  const now = await running(second)
  const third = await serve({ ...common, GYRO_CATALOGUE: shipped })
  t.equal(await running(third), now)
  t.match(third.log(), /the folder has a former catalogue/)
  t.equal((await reload(third)).body.lastReload.result, 'changed', 'unless it is told to')
  const back = await running(third)
  t.not(back, now)
  await eventually('all have it', async () => (await running(second)) === back)
  await third.stop()
})
