/**
 * The CDR database is away under load, and what waits for it does not fit into the state store. Answers are what they
 * always are, servers are killed at bad moments, and at the end the database has everything once.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import pg from 'pg'
import t, { type Test } from 'tap'
import type { DiameterClient } from '../support/diameter-client.ts'
import { type Cluster, startCluster } from '../support/postgres.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { call, openAccount } from './api-client.ts'
import { connectPeer, dataRequest, megabyte } from './charging.ts'
import { embeddedSettings, type GyroServer, gyro, serve } from './gyro-process.ts'

const accounts = Array.from({ length: 8 }, (_, n) => `491510000000${n}`)

interface Site {
  readonly redis: RedisServer
  readonly cluster: Cluster
  readonly database: string
  settings(more?: Record<string, string>): Record<string, string>
  /** For commands. */
  readonly stores: Record<string, string>
}

const cluster = await startCluster()
t.teardown(() => cluster.remove())
let databases = 0

async function openSite(t: Test, ...redisSettings: string[]): Promise<Site> {
  const redis = await startRedis(...redisSettings)
  t.teardown(() => redis.stop())
  databases += 1
  const name = `spill_${databases}`
  await rows(cluster.url, `CREATE DATABASE ${name}`)
  const database = cluster.url.replace(/postgres$/, name)
  const stores = { GYRO_STORE: redis.url, GYRO_CDR: database, GYRO_SPILL_FREE: '0' }
  const settings = (more = {}) => ({ ...embeddedSettings(), ...stores, ...more })
  return { redis, cluster, database, settings, stores }
}

async function rows(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function numberOf(url: string, sql: string): Promise<number> {
  const [row] = await rows(url, sql).catch(() => [])
  return Number(Object.values(row ?? { none: -1 })[0])
}

/** So many sessions, some at once; each has one CDR of 0.01. All answers are what they always are. */
async function load(peer: DiameterClient, name: string, count: number): Promise<void> {
  const codes = new Set<number | undefined>()
  const next = Array.from({ length: count }, (_, n) => n)
  const worker = async () => {
    for (let n = next.pop(); n !== undefined; n = next.pop()) {
      const msisdn = accounts[n % accounts.length] ?? ''
      const first = await peer.ccr(dataRequest(`${name};${n}`, msisdn, 'initial', 0, null))
      const last = await peer.ccr(dataRequest(`${name};${n}`, msisdn, 'termination', 1, megabyte))
      codes.add(first.resultCode).add(last.resultCode)
    }
  }
  await Promise.all(Array.from({ length: 32 }, worker))
  t.same([...codes], [2001], `answers of ${name}`)
}

async function openAccounts(server: GyroServer): Promise<void> {
  for (const msisdn of accounts) await openAccount(server.api, `a${msisdn}`, msisdn, '100.00')
}

async function metric(server: GyroServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.api}/metrics`)).text()
  return Number(new RegExp(`^${name} ([0-9.e+]+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
}

async function until(what: string, holds: () => Promise<boolean>, ms = 30_000): Promise<void> {
  const end = performance.now() + ms
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited too long: ${what}`)
    await sleep(50)
  }
}

function spilledFiles(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).filter(name =>
    name.endsWith('.spill')
  )
}

/** Every session has its CDR once, and nothing is left anywhere. */
async function complete(t: Test, site: Site, sessions: number, folders: readonly string[]) {
  const count = 'SELECT count(*) FROM cdr'
  await until('every CDR', async () => (await numberOf(site.database, count)) >= sessions, 60_000)
  const redis = new Redis(site.redis.url)
  await until('no mark', async () => (await redis.hlen('gyro:spills')) === 0)
  redis.disconnect()
  t.equal(await numberOf(site.database, count), sessions)
  t.equal(await numberOf(site.database, 'SELECT count(DISTINCT session_id) FROM cdr'), sessions)
  t.equal(await numberOf(site.database, 'SELECT count(*) FROM outbox_rejected'), 0)
  const spent = `SELECT coalesce(-sum(amount), 0) FROM ledger_entry WHERE type = 'usage' AND target = 'wallet'`
  t.equal(await numberOf(site.database, spent), sessions * 10_000)
  for (const folder of folders) t.same(spilledFiles(folder), [])
  const reconciled = await gyro(['reconcile'], site.stores)
  t.equal(reconciled.status, 0, reconciled.stdout + reconciled.stderr)
}

t.test('spilled, killed, delivered, killed: everything once', { timeout: 150_000 }, async t => {
  const site = await openSite(t)
  const settings = site.settings({ GYRO_SPILL_RECORDS: '50' })
  const folder = settings['GYRO_SPILL'] ?? ''
  let server = await serve(settings)
  t.teardown(() => server.stop('SIGKILL'))
  await openAccounts(server)
  await cluster.kill()
  let peer = await connectPeer(server.diameterPort)
  await load(peer, 'a', 500)
  await until('spilled', async () => (await metric(server, 'gyro_spill_records')) > 300)
  t.ok((await metric(server, 'gyro_outbox_depth')) <= 400)
  t.equal(await metric(server, 'gyro_outbox_pressed'), 1)
  t.match(server.log(), /"alarm":"cdr-backlog"/)
  const ready = await call(server.api, 'GET', '/readyz')
  t.same([ready.status, ready.body.status], [200, 'degraded'])
  // Killed while it spills.
  await load(peer, 'b', 200)
  await server.stop('SIGKILL')
  server = await serve(settings)
  t.match(server.log(), /delivers what a dead process has spilled/)
  peer = await connectPeer(server.diameterPort)
  await load(peer, 'c', 500)
  await until('spilled', async () => (await metric(server, 'gyro_spill_records')) > 800)
  await cluster.start()
  // Killed while it delivers.
  const some = async () => (await numberOf(site.database, 'SELECT count(*) FROM cdr')) > 0
  await until('first CDRs', some)
  await server.stop('SIGKILL')
  server = await serve(settings)
  await complete(t, site, 1_200, [folder])
  const after = async () => (await call(server.api, 'GET', '/readyz')).body.status === 'ready'
  await until('ready', after)
  peer.end()
})

t.test('two servers on one Redis, each with a disk of its own', { timeout: 150_000 }, async t => {
  const site = await openSite(t)
  const bound = { GYRO_SPILL_RECORDS: '50' }
  const settings = [site.settings(bound), site.settings(bound)] as const
  const folders = settings.map(({ GYRO_SPILL }) => GYRO_SPILL ?? '')
  const servers = [await serve(settings[0]), await serve(settings[1])]
  t.teardown(() => Promise.all(servers.map(server => server.stop('SIGKILL'))))
  const [one, two] = servers as [GyroServer, GyroServer]
  await openAccounts(one)
  await cluster.kill()
  const peer = await connectPeer(one.diameterPort)
  await load(peer, 'a', 300)
  const spilled = async () =>
    (await metric(one, 'gyro_spill_records')) + (await metric(two, 'gyro_spill_records'))
  await until('spilled', async () => (await spilled()) > 200)
  // The one that has spilled first dies, and the other one spills behind it.
  const first = (await metric(one, 'gyro_spill_records')) > 0 ? 0 : 1
  await servers[first]?.stop('SIGKILL')
  const other = servers[1 - first] as GyroServer
  const second = await connectPeer(other.diameterPort)
  await load(second, 'b', 300)
  await until('spilled', async () => (await metric(other, 'gyro_spill_records')) > 150)
  await cluster.start()
  await until('seen', async () => (await metric(other, 'gyro_spill_elsewhere')) > 0)
  await sleep(1_000)
  t.equal(await numberOf(site.database, 'SELECT count(*) FROM cdr'), 0, 'nothing overtakes')
  const reconciled = await gyro(['reconcile'], site.stores)
  t.equal(reconciled.status, 1)
  t.match(reconciled.stdout, /WAITING .* numbers of its outbox are spilled/)
  t.notMatch(reconciled.stdout, /BREAK/)
  const repaired = await gyro(['reconcile', '--repair'], site.stores)
  t.equal(repaired.status, 1)
  t.match(repaired.stderr, /nothing is repaired while spilled records wait/)
  servers[first] = await serve(settings[first])
  await complete(t, site, 600, folders)
  second.end()
})

t.test('a Redis with little memory goes on to take sessions', { timeout: 150_000 }, async t => {
  const site = await openSite(t, '--maxmemory', '6mb', '--appendonly', 'no')
  const settings = site.settings({ GYRO_SPILL_MEMORY: '50' })
  const server = await serve(settings)
  t.teardown(() => server.stop('SIGKILL'))
  await openAccounts(server)
  await cluster.kill()
  const peer = await connectPeer(server.diameterPort)
  const redis = new Redis(site.redis.url)
  t.teardown(() => redis.disconnect())
  // Without a spill these records alone would be more than the memory that there is.
  for (let n = 0; n < 6; n++) {
    await load(peer, `m${n}`, 1_000)
    const info = await redis.info('memory')
    const used = Number(/used_memory:(\d+)/.exec(info)?.[1])
    t.ok(used < 6 * 1_048_576, `${used} octets used`)
  }
  await until('spilled', async () => (await metric(server, 'gyro_spill_written')) > 4_000)
  await cluster.start()
  await complete(t, site, 6_000, [settings['GYRO_SPILL'] ?? ''])
  peer.end()
})

t.test('what a lost Redis had spilled is in the rebuilt one', { timeout: 150_000 }, async t => {
  const site = await openSite(t)
  const settings = site.settings({ GYRO_SPILL_RECORDS: '20' })
  const server = await serve(settings)
  t.teardown(() => server.stop('SIGKILL'))
  await openAccounts(server)
  const snapshots = 'SELECT count(*) FROM account_snapshot'
  await until('told', async () => (await numberOf(site.database, snapshots)) >= accounts.length)
  await cluster.kill()
  const peer = await connectPeer(server.diameterPort)
  await load(peer, 'a', 300)
  // Down to half of the bound, or less.
  await until('spilled', async () => (await metric(server, 'gyro_outbox_depth')) <= 20)
  await server.stop('SIGKILL')
  const lost = new Redis(site.redis.url)
  const left = await lost.eval(leftInOutbox, 0)
  await lost.quit()
  await site.redis.kill()
  await cluster.start()
  const next = await startRedis()
  t.teardown(() => next.stop())
  const stores = { ...site.stores, GYRO_STORE: next.url, GYRO_SPILL: settings['GYRO_SPILL'] ?? '' }
  const rebuilt = await gyro(['rebuild', '--into', next.url], stores)
  t.equal(rebuilt.status, 0, rebuilt.stdout + rebuilt.stderr)
  t.match(rebuilt.stdout, /spilled records of this machine are in the database/)
  t.ok(spilledFiles(settings['GYRO_SPILL'] ?? '').length > 0)
  const after = await serve({ ...settings, GYRO_STORE: next.url })
  t.teardown(() => after.stop('SIGKILL'))
  const again = { ...site, redis: next, stores }
  await complete(t, again, 300 - Number(left), [settings['GYRO_SPILL'] ?? ''])
  peer.end()
})

/** CDRs that nobody has taken out of the outbox. */
const leftInOutbox = `
local left = 0
for _, key in ipairs(redis.call('KEYS', '{p*}o')) do
  for _, entry in ipairs(redis.call('XRANGE', key, '-', '+')) do
    if string.find(entry[2][2], '"sessionId"', 1, true) then left = left + 1 end
  end
end
return left`

t.test('a full disk is an alarm, and records wait in Redis', { timeout: 150_000 }, async t => {
  const site = await openSite(t)
  const settings = site.settings({ GYRO_SPILL_RECORDS: '50', GYRO_SPILL_OCTETS: '200000' })
  const server = await serve(settings)
  t.teardown(() => server.stop('SIGKILL'))
  await openAccounts(server)
  await cluster.kill()
  const peer = await connectPeer(server.diameterPort)
  await load(peer, 'a', 800)
  await until('full', async () => (await metric(server, 'gyro_spill_failing')) === 1)
  t.match(server.log(), /"alarm":"spill-full"/)
  t.ok((await metric(server, 'gyro_spill_bytes')) <= 200_000)
  t.ok((await metric(server, 'gyro_outbox_depth')) > 400)
  await cluster.start()
  await complete(t, site, 800, [settings['GYRO_SPILL'] ?? ''])
  peer.end()
})

t.test('a Redis that is full already is emptied all the same', { timeout: 150_000 }, async t => {
  const site = await openSite(t, '--appendonly', 'no')
  const settings = site.settings({ GYRO_SPILL_RECORDS: '50' })
  let server = await serve({ ...settings, GYRO_SPILL_OCTETS: '0' })
  t.teardown(() => server.stop('SIGKILL'))
  await openAccounts(server)
  await cluster.kill()
  const peer = await connectPeer(server.diameterPort)
  await load(peer, 'a', 500)
  await server.stop('SIGKILL')
  const redis = new Redis(site.redis.url)
  t.teardown(() => redis.disconnect())
  await redis.config('SET', 'maxmemory', '1mb')
  await t.rejects(redis.set('any', 'thing'), /OOM/)
  server = await serve(settings)
  await until('spilled', async () => (await metric(server, 'gyro_spill_records')) > 300)
  await redis.config('SET', 'maxmemory', '0')
  await cluster.start()
  await complete(t, site, 500, [settings['GYRO_SPILL'] ?? ''])
})

t.test('a folder that cannot be used is refused at the start', async t => {
  const site = await openSite(t)
  const folder = join(t.testdir({}), 'file')
  writeFileSync(folder, '')
  await t.rejects(serve(site.settings({ GYRO_SPILL: folder })), {
    message: /the folder .* for spilled outbox records cannot be used: .*GYRO_SPILL/
  })
})
