import { createServer } from 'node:net'
import pg from 'pg'
import t from 'tap'
import { createDrain } from '../../src/cdr/drain.ts'
import { openCdr } from '../../src/cdr/open-cdr.ts'
import { createDatabase, startCluster } from '../support/postgres.ts'
import { clock, memoryLog, memoryOutbox, reverse, scheduler, sessions } from './support.ts'

const options = () => ({ logger: memoryLog(), clock, scheduler })

async function count(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const result = await client.query('SELECT count(*)::integer AS n FROM public.cdr')
  await client.end()
  return Number(result.rows[0].n)
}

t.test('an address that is none is refused, without its password', async t => {
  for (const url of [
    'mysql://a:secret@h/d',
    'embedded:',
    'postgres://u:secret@h:port/d',
    'postgres:'
  ]) {
    const error = await openCdr(url, options()).then(
      () => null,
      (reason: unknown) => reason as Error & { code: string }
    )
    t.equal(error?.code, 'GYRO_CONFIG_INVALID', url)
    t.notMatch(error?.message, /secret/)
  }
})

t.test('an unknown database is refused at once', async t => {
  const database = await createDatabase()
  const url = new URL(database.url)
  url.pathname = '/there_is_no_such_database'
  await t.rejects(openCdr(url.href, options()), {
    code: 'GYRO_CDR_UNAVAILABLE',
    message: /there_is_no_such_database/
  })
  await database.drop()
})

t.test('wrong credentials and missing rights are refused at once', async t => {
  const cluster = await startCluster()
  const admin = new pg.Client({ connectionString: cluster.url })
  await admin.connect()
  await admin.query("CREATE ROLE weak LOGIN PASSWORD 'x'")
  await admin.query('REVOKE ALL ON SCHEMA public FROM PUBLIC')
  const url = new URL(cluster.url)
  url.username = 'weak'
  await t.rejects(openCdr(url.href, options()), {
    code: 'GYRO_CDR_UNAVAILABLE',
    message: /permission denied/
  })
  url.username = 'nobody'
  await t.rejects(openCdr(url.href, options()), { code: 'GYRO_CDR_UNAVAILABLE' })
  await admin.end()
  await cluster.remove()
})

t.test('servers that start together on an empty database all succeed', async t => {
  const database = await createDatabase()
  const stores = await Promise.all(
    Array.from({ length: 5 }, () => openCdr(database.url, options()))
  )
  const values = sessions(1_000)
  const results = await Promise.all(stores.map(store => store.writer.write(values)))
  t.equal(
    results.reduce((sum, result) => sum + result.written, 0),
    1_000
  )
  await Promise.all(stores.map(store => store.close()))
  await database.drop()
})

t.test('Postgres that dies under load loses and doubles nothing', async t => {
  const cluster = await startCluster()
  const log = memoryLog()
  const store = await openCdr(cluster.url, { logger: log, clock, scheduler })
  const outbox = memoryOutbox()
  const drain = createDrain({
    outbox,
    writer: store.writer,
    reverse,
    scheduler,
    clock,
    logger: log,
    batchMax: 200
  })
  let added = 0
  const load = setInterval(() => {
    for (const value of sessions(50, added)) outbox.add(added++ % 16, value)
  }, 10)
  drain.start()
  for (let round = 0; round < 3; round += 1) {
    await new Promise(resolve => setTimeout(resolve, 300 + round * 41))
    await cluster.kill()
    await new Promise(resolve => setTimeout(resolve, 600))
    await cluster.start()
  }
  clearInterval(load)
  const back = performance.now()
  await drain.flush(30_000)
  t.ok(performance.now() - back < 30_000)
  t.equal(outbox.waiting(), 0)
  t.equal(await count(cluster.url), added)
  t.match(drain.stats(), { failing: false, rejected: 0, conflicts: 0 })
  const lines = log.lines.filter(line => line.level !== 'debug')
  t.ok(lines.length <= 8, `${lines.length} lines in the log`)
  await drain.close()
  await store.close()
  await cluster.remove()
})

t.test('a server that is away at start is used once it is there', async t => {
  const cluster = await startCluster()
  await cluster.kill()
  const log = memoryLog()
  const start = performance.now()
  const store = await openCdr(cluster.url, { logger: log, clock, scheduler })
  t.ok(performance.now() - start < 5_000)
  t.match(log.lines, [{ level: 'warn', message: /away/ }])
  await t.rejects(store.ping(), { code: 'GYRO_CDR_UNAVAILABLE' })
  await t.rejects(store.reader.list(null, null, 1), { code: 'GYRO_CDR_UNAVAILABLE' })
  const outbox = memoryOutbox()
  outbox.add(0, ...sessions(10))
  const drain = createDrain({
    outbox,
    writer: store.writer,
    reverse,
    scheduler,
    clock,
    logger: log
  })
  drain.start()
  await new Promise(resolve => setTimeout(resolve, 300))
  t.match(drain.stats(), { failing: true, depth: 10 })
  await cluster.start()
  await drain.flush(20_000)
  t.equal(outbox.waiting(), 0)
  t.equal((await store.reader.list(null, null, 100)).items.length, 10)
  await drain.close()
  await store.close()
  await cluster.remove()
})

t.test('a server that takes connections and says nothing does not hold up opening', async t => {
  const silent = createServer(() => {})
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const start = performance.now()
  const store = await openCdr(`postgres://gyro@127.0.0.1:${port}/gyro`, options())
  t.ok(performance.now() - start < 6_000)
  await store.close()
  silent.close()
})
