import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import type { Store } from '../../src/balance/store.ts'
import { GyroError } from '../../src/domain/errors.ts'
import { keepLog, openTestStore } from '../support/open-test-store.ts'
import { emptyRedis, freePort, startRedis } from '../support/redis.ts'
import { keyOf, nothing, writeOf } from '../support/store-writes.ts'
import { storeConformance } from './store-conformance.ts'

t.test('the store in Redis conforms', async t => {
  const redis = await emptyRedis()
  t.teardown(() => redis.stop())
  await storeConformance(t, { shared: true, open: () => openTestStore(redis.url) })
})

async function ownRedis(t: Test, ...settings: string[]) {
  const redis = await startRedis(...settings)
  t.teardown(() => redis.stop())
  return redis
}

/** Commits one new account; true when it is confirmed, false when the store was away. */
async function tryCommit(store: Store, accountId: string): Promise<boolean> {
  try {
    const write = writeOf({ account: accountId, records: [accountId] })
    const [result] = await store.commit([
      { key: keyOf(store, accountId), expected: '', wanted: nothing, write }
    ])
    return result?.ok === true
  } catch (error) {
    if (error instanceof GyroError && error.code === 'GYRO_STORE_UNAVAILABLE') return false
    throw error
  }
}

t.test('scripts that are flushed under load are loaded again', async t => {
  const redis = await ownRedis(t)
  const store = await openTestStore(redis.url)
  t.teardown(() => store.close())
  const admin = new Redis(redis.url)
  const commits = Array.from({ length: 40 }, async (_, worker) => {
    for (let i = 0; i < 20; i++) {
      if (!(await tryCommit(store, `flush-${worker}-${i}`))) return false
      if (worker === 0) await admin.script('FLUSH')
    }
    return true
  })
  t.ok((await Promise.all(commits)).every(Boolean))
  admin.disconnect()
  t.equal(await store.outbox.depth(), 800)
})

t.test('after kill -9 and restart nothing acknowledged is lost, and nothing doubled', async t => {
  const redis = await ownRedis(t, '--appendfsync', 'always')
  const store = await openTestStore(redis.url)
  t.teardown(() => store.close())
  const sent: { id: string; done: Promise<boolean> }[] = []
  const send = (id: string) => sent.push({ id, done: tryCommit(store, id) })
  for (let i = 0; i < 100; i++) {
    send(`kill-${i}`)
    if (i % 10 === 9) await new Promise(resolve => setTimeout(resolve, 5))
  }
  await redis.kill('SIGKILL')
  for (let i = 100; i < 120; i++) send(`kill-${i}`)
  const before = performance.now()
  await Promise.all(sent.map(({ done }) => done))
  t.ok(performance.now() - before < 2_500, 'every commit settles')
  await t.rejects(store.ping(), { code: 'GYRO_STORE_UNAVAILABLE' })
  await redis.start()
  const back = performance.now()
  while (!(await tryCommit(store, `back-${performance.now()}`))) {
    if (performance.now() - back > 5_000) throw new Error('not serving 5 s after Redis came back')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  t.comment(`serving ${Math.round(performance.now() - back)} ms after Redis came back`)
  const records = [...(await store.outbox.read(1_000)).values()].flat().map(entry => entry.value)
  t.equal(new Set(records).size, records.length, 'no record twice')
  for (const { id, done } of sent) {
    const [found] = await store.load([{ key: keyOf(store, id), wanted: nothing }])
    if (await done) t.equal(found?.account, id)
    t.equal(records.includes(id), found?.account === id, 'record and document stand together')
  }
})

t.test('a Redis that hangs makes commits fail within two seconds', async t => {
  const redis = await ownRedis(t)
  const store = await openTestStore(redis.url)
  t.teardown(() => store.close())
  t.ok(await tryCommit(store, 'before'))
  await redis.kill('SIGSTOP')
  const started = performance.now()
  t.equal(await tryCommit(store, 'hanging'), false)
  await t.rejects(store.ping(), { code: 'GYRO_STORE_UNAVAILABLE' })
  t.ok(performance.now() - started < 4_200)
  await redis.kill('SIGCONT')
  const back = performance.now()
  while (!(await tryCommit(store, `after-${performance.now()}`))) {
    if (performance.now() - back > 5_000) throw new Error('not serving 5 s after Redis went on')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
})

t.test('an account is not written by halves when memory is short', async t => {
  const redis = await ownRedis(t)
  const store = await openTestStore(redis.url)
  t.teardown(() => store.close())
  const admin = new Redis(redis.url)
  t.teardown(() => admin.disconnect())
  await admin.config('SET', 'maxmemory', '1')
  t.equal(await tryCommit(store, 'full'), false)
  await admin.config('SET', 'maxmemory', '0')
  const [found] = await store.load([{ key: keyOf(store, 'full'), wanted: nothing }])
  t.equal(found?.account, null)
  t.equal(await store.outbox.depth(), 0)
  t.ok(await tryCommit(store, 'full'))
})

t.test('a group counts when the replicas that are asked for confirm it', async t => {
  const redis = await ownRedis(t)
  const alone = await openTestStore(`${redis.url}?wait-replicas=1`)
  t.teardown(() => alone.close())
  t.equal(await tryCommit(alone, 'unconfirmed'), false)
  const unconfirmed = { key: keyOf(alone, 'unconfirmed'), wanted: nothing }
  await t.rejects(alone.load([unconfirmed]), { code: 'GYRO_STORE_UNAVAILABLE' })
  const replica = await ownRedis(t, '--replicaof', `127.0.0.1 ${redis.port}`)
  const admin = new Redis(redis.url)
  t.teardown(() => admin.disconnect())
  while (!(await admin.info('replication')).includes('state=online')) {
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  t.ok(await tryCommit(alone, 'confirmed'))
  t.match(await alone.load([unconfirmed]), [{ account: 'unconfirmed' }])
  const copy = new Redis(replica.url)
  t.teardown(() => copy.disconnect())
  t.equal(
    await copy.exists(
      `{p${String(keyOf(alone, 'confirmed').partition).padStart(4, '0')}}a:confirmed`
    ),
    1
  )
})

t.test('a Redis that may evict, or keeps no log in strict mode, is refused', async t => {
  const redis = await ownRedis(t)
  const admin = new Redis(redis.url)
  t.teardown(() => admin.disconnect())
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
  await t.rejects(openTestStore(redis.url), { code: 'GYRO_STORE_UNFIT', message: /noeviction/ })
  await admin.config('SET', 'maxmemory-policy', 'noeviction')
  await admin.config('SET', 'appendonly', 'no')
  await t.rejects(openTestStore(redis.url, { strict: true }), {
    code: 'GYRO_STORE_UNFIT',
    message: /appendonly yes/
  })
  const logger = keepLog()
  const store = await openTestStore(redis.url, { logger })
  await store.close()
  t.match(logger.messages, [/appendonly yes/])
})

t.test('a Redis that hides its configuration is used with a warning', async t => {
  const redis = await ownRedis(t, '--rename-command', 'CONFIG', '')
  const logger = keepLog()
  const store = await openTestStore(redis.url, { logger, strict: true })
  await store.close()
  t.match(logger.messages, [/does not show its configuration/])
})

t.test('the number of partitions is fixed when a store is first used', async t => {
  const redis = await ownRedis(t)
  const first = await openTestStore(redis.url, { partitions: 16 })
  t.equal(first.partitions, 16)
  await first.close()
  await t.rejects(openTestStore(redis.url, { partitions: 32 }), {
    code: 'GYRO_STORE_UNFIT',
    message: /16 partitions, and 32 are configured/
  })
  const again = await openTestStore(redis.url)
  t.equal(again.partitions, 16)
  await again.close()
})

t.test('a store that is not there is named without its password, within five seconds', async t => {
  const port = await freePort()
  const started = performance.now()
  await t.rejects(openTestStore(`redis://gyro:secret@127.0.0.1:${port}/0`), {
    code: 'GYRO_STORE_UNAVAILABLE',
    message: new RegExp(`redis://gyro:\\*\\*\\*@127.0.0.1:${port}/0`)
  })
  t.ok(performance.now() - started < 5_000)
})

t.test('what is not the URL of a store is refused', async t => {
  const urls = [
    'mysql://x',
    'redis://',
    'redis://h:0',
    'redis://h:70000/0',
    'redis://h/x',
    'redis://h,i',
    'redis://h/0?wait=1',
    'redis-cluster://h/1',
    'redis-sentinel://h',
    'redis-sentinel://h:1,i:2/a b',
    'redis-sentinel://h/gyro/x',
    'embedded:',
    ''
  ]
  for (const url of urls) await t.rejects(openTestStore(url), { code: 'GYRO_CONFIG_INVALID' }, url)
  await t.rejects(openTestStore('redis://h', { partitions: 0 }), { code: 'GYRO_CONFIG_INVALID' })
  await t.rejects(openTestStore('rediss://u:se%ZZcret@h:1'), { message: /u:\*\*\*@h:1/ })
})
