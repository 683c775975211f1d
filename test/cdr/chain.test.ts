import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import pg from 'pg'
import t, { type Test } from 'tap'
import type { Database } from '../../src/cdr/database.ts'
import { type CdrStore, openCdr } from '../../src/cdr/open-cdr.ts'
import { openPostgres } from '../../src/cdr/postgres.ts'
import { digestForm, digestForms, digestOf } from '../../src/cdr/sql/chain.ts'
import { createChainBook } from '../../src/cdr/verify.ts'
import type { ChainFault, ChainHead } from '../../src/charging/chain.ts'
import type { Clock } from '../../src/domain/time.ts'
import {
  type Bench,
  cdr,
  embeddedBench,
  memoryLog,
  noon,
  postgresBench,
  scheduler,
  sessions
} from './support.ts'

const { privateKey: pair } = generateKeyPairSync('ed25519')
const privateKey = createPrivateKey(pair.export({ type: 'pkcs8', format: 'pem' }))
const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
const day = 86_400_000

interface House {
  readonly bench: Bench
  readonly at: { now: number }
  open(signingKey?: KeyObject | null): Promise<CdrStore>
  faults(key?: string | null, heads?: readonly ChainHead[]): Promise<readonly ChainFault[]>
}

async function house(t: Test): Promise<House> {
  const bench = await postgresBench()
  const at = { now: noon }
  const clock: Clock = { now: () => at.now, monotonic: () => performance.now() }
  const stores: CdrStore[] = []
  t.teardown(async () => {
    for (const store of stores) await store.close()
    await bench.remove()
  })
  async function open(signingKey: KeyObject | null = privateKey): Promise<CdrStore> {
    const store = await openCdr(bench.url, { logger: memoryLog(), clock, scheduler, signingKey })
    stores.push(store)
    return store
  }
  return {
    bench,
    at,
    open,
    faults: async (key = publicKey, heads = []) => {
      const [store] = stores
      return (await store!.chain.verify(key, heads)).faults
    }
  }
}

t.test('every CDR is in the chain, each day has a signed head', async t => {
  const { open, at, bench } = await house(t)
  const store = await open()
  await store.writer.write(sessions(50))
  await store.writer.write(sessions(30, 50))
  at.now += day
  // Some of them again: they are in the chain once.
  await store.writer.write(sessions(40, 60))
  await store.writer.write(sessions(10, 95))
  at.now += day
  await store.writer.prepare()
  const report = await store.chain.verify(publicKey, [])
  t.match(report, { after: 0, last: 105, cdrs: 105, dropped: 0, seals: 2, signed: 2, faults: [] })
  const { seals, now } = await store.chain.heads()
  t.match(seals, [
    { day: '2026-11-21', first: 1, last: 80, base: '0'.repeat(64) },
    { day: '2026-11-22', first: 81, last: 105, base: seals[0]?.head }
  ])
  t.same(now, { last: 105, head: seals[1]?.head })
  t.equal((await bench.query('SELECT 1 FROM cdr_link')).length, 4)
})

t.test('several servers record at once, and the chain has no hole', async t => {
  const { open } = await house(t)
  const stores = [await open(), await open(), await open()]
  const writing = stores.flatMap(({ writer }, server) =>
    Array.from({ length: 12 }, (_, n) => writer.write(sessions(7, (n % 9) * 5 + server * 20)))
  )
  // Those that meet each other's rows are told so by the database, and deliver again.
  await Promise.allSettled(writing)
  const report = await stores[0]!.chain.verify(null, [])
  t.same(report.faults, [])
  t.ok(report.cdrs > 40)
  t.equal(report.last, report.cdrs)
})

t.test('a row that was changed, removed, inserted or moved is named', async t => {
  const { open, bench, faults } = await house(t)
  const store = await open()
  for (let n = 0; n < 4; n += 1) await store.writer.write(sessions(25, n * 25))
  t.same(await faults(), [])
  const of = async (recorded: number) =>
    String(
      (await bench.query(`SELECT session_id FROM cdr WHERE recorded = ${recorded}`))[0]?.[
        'session_id'
      ]
    )
  const [third, ninth, tenth] = [await of(3), await of(9), await of(90)]

  await bench.query('UPDATE cdr SET amount_micros = 1 WHERE recorded = 3')
  t.match(await faults(), [{ kind: 'changed', recorded: 3, sessionId: third, number: 1 }])
  await bench.query('UPDATE cdr SET amount_micros = 10000 WHERE recorded = 3')
  t.same(await faults(), [])

  await bench.query(`UPDATE cdr SET facts = facts || '{"plmn":"20801"}' WHERE recorded = 40`)
  t.match(await faults(), [{ kind: 'changed', recorded: 40 }])
  await bench.query(`UPDATE cdr SET facts = facts || '{"plmn":"26201"}' WHERE recorded = 40`)

  await bench.query(
    'UPDATE cdr SET recorded = CASE recorded WHEN 9 THEN 90 ELSE 9 END WHERE recorded IN (9, 90)'
  )
  t.match(await faults(), [
    { kind: 'moved', recorded: 9, was: 90, sessionId: tenth },
    { kind: 'moved', recorded: 90, was: 9, sessionId: ninth }
  ])
  await bench.query(
    'UPDATE cdr SET recorded = CASE recorded WHEN 9 THEN 90 ELSE 9 END WHERE recorded IN (9, 90)'
  )
  t.same(await faults(), [])

  const copy = (name: string, recorded: number) => `
    INSERT INTO cdr SELECT (jsonb_populate_record(c, '{"session_id":"${name}","recorded":${recorded}}')).*
    FROM cdr c WHERE recorded = 3`
  await bench.query(copy('beside', 50))
  await bench.query(copy('behind', 101))
  const inserted = await faults()
  t.match(inserted, [
    { kind: 'inserted', recorded: 50 },
    { kind: 'inserted', recorded: 101, sessionId: 'behind' }
  ])
  await bench.query("DELETE FROM cdr WHERE session_id IN ('beside', 'behind')")

  await bench.query('DELETE FROM cdr WHERE recorded IN (7, 8)')
  t.match(await faults(), [
    { kind: 'removed', recorded: 7 },
    { kind: 'removed', recorded: 8 }
  ])
})

t.test('what is recorded while the chain is walked is no fault, a row behind it is', async t => {
  const { open, bench } = await house(t)
  const store = await open()
  await store.writer.write(sessions(25))
  const database = openPostgres(bench.url, memoryLog())
  t.teardown(() => database.close())
  let from = 25
  const busy: Database = {
    ...database,
    // Between any two questions others record more.
    async query(text, values) {
      await store.writer.write(sessions(5, from))
      from += 5
      return database.query(text, values)
    }
  }
  const book = createChainBook(busy, store.writer.prepare)
  t.same((await book.verify(null, [])).faults, [])
  await bench.query(`
    INSERT INTO cdr SELECT (jsonb_populate_record(c, '{"session_id":"behind","recorded":9000}')).*
    FROM cdr c WHERE recorded = 3`)
  const { faults } = await book.verify(null, [])
  t.match(faults, [{ kind: 'inserted', recorded: 9_000, sessionId: 'behind' }])
  t.equal(faults.length, 1)
})

t.test(
  'who works the chain out anew is found by the signed heads, and by one kept elsewhere',
  async t => {
    const { open, bench, at, faults } = await house(t)
    const store = await open()
    await store.writer.write(sessions(20))
    const { now } = await store.chain.heads()
    await store.writer.write(sessions(20, 20))
    at.now += day
    await store.writer.write(sessions(5, 40))
    t.same(await faults(publicKey, [now]), [])
    // All of it again, from what somebody has made of the rows.
    await bench.query('UPDATE cdr SET amount_micros = 1 WHERE recorded = 5')
    await rewrite(bench)
    t.match(await faults(publicKey, [now]), [
      { kind: 'head', last: 20 },
      { kind: 'seal', day: '2026-11-21', reason: /another head/ }
    ])
    // The seal, too, without the key.
    await bench.query('UPDATE cdr_seal s SET head = l.hash FROM cdr_link l WHERE l.last = s.last')
    t.match(await faults(publicKey, [now]), [
      { kind: 'head', last: 20 },
      { kind: 'seal', day: '2026-11-21', reason: /signature/ }
    ])
    t.match(await faults(null, []), [])
    t.match(await faults(null, [now]), [{ kind: 'head', last: 20 }])
  }
)

/** What a careful forger does: digests and hashes as this program makes them. */
async function rewrite(bench: Bench): Promise<void> {
  const { addLink } = await import('../../src/cdr/sql/chain.ts')
  const client = new pg.Client({ connectionString: bench.url })
  await client.connect()
  const { rows } = await client.query<{ first: string; last: string; day: string }>(
    "SELECT first, last, to_char(day, 'YYYY-MM-DD') AS day FROM cdr_link ORDER BY last"
  )
  await client.query('DELETE FROM cdr_link')
  await client.query("UPDATE cdr_recording SET head = chain_base, day = '1970-01-01'")
  for (const { first, last, day } of rows) {
    await client.query(addLink, [Number(first) - 1, Number(last) - Number(first) + 1, day])
  }
  await client.end()
}

t.test('links that are taken away, and a tail that is cut off', async t => {
  const { open, bench, faults } = await house(t)
  const store = await open(null)
  for (let n = 0; n < 4; n += 1) await store.writer.write(sessions(5, n * 5))
  const { now } = await store.chain.heads()
  await bench.query('DELETE FROM cdr_link WHERE last = 10')
  t.match(await faults(null), [
    { kind: 'link', first: 6, last: 10 },
    { kind: 'link', first: 11, last: 15 }
  ])
  await bench.query('DELETE FROM cdr_link WHERE last > 5')
  await bench.query('DELETE FROM cdr WHERE recorded > 5')
  await bench.query('UPDATE cdr_recording SET last = 5, head = (SELECT hash FROM cdr_link)')
  t.same(await faults(null), [])
  t.match(await faults(null, [now]), [{ kind: 'head', last: 20 }])
})

t.test('without a key the chain is there, and its days are not signed', async t => {
  const { open, at } = await house(t)
  const store = await open(null)
  await store.writer.write(sessions(3))
  at.now += day
  await store.writer.write([JSON.stringify(cdr({ sessionId: 'next' }))])
  t.match(await store.chain.verify(null, []), { seals: 1, signed: 0, faults: [] })
  t.match(await store.chain.verify(publicKey, []), {
    signed: 0,
    faults: [{ kind: 'seal', day: '2026-11-21', reason: 'it is not signed' }]
  })
})

t.test(
  'a command that has not been given the key leaves days to the server that has it',
  async t => {
    const { open, at, bench } = await house(t)
    const server = await open()
    await server.writer.write(sessions(3))
    at.now += day
    const clock: Clock = { now: () => at.now, monotonic: () => performance.now() }
    const command = await openCdr(bench.url, { logger: memoryLog(), clock, scheduler })
    t.match(await command.chain.heads(), { seals: { length: 0 } })
    await command.close()
    await server.writer.prepare()
    t.match(await server.chain.verify(publicKey, []), { seals: 1, signed: 1, faults: [] })
  }
)

for (const [name, make] of [
  ['Postgres', postgresBench],
  ['the embedded database', embeddedBench]
] as const) {
  t.test(`on ${name} every column is in the digest but the place itself`, async t => {
    const bench = await make()
    const store = await bench.open()
    await store.writer.write(sessions(3))
    t.match(await store.chain.verify(null, []), { cdrs: 3, faults: [] })
    const columns = await bench.query(
      "SELECT attname AS name FROM pg_attribute WHERE attrelid = 'public.cdr'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    const text = Object.values(digestForms[digestForm] ?? {})
      .flat()
      .join(' ')
    // A column that is added makes a new form, which has it, too.
    const missing = columns
      .map(row => String(row['name']))
      .filter(column => !new RegExp(`\\b${column}\\b`).test(text))
    t.same(missing, ['recorded'])
    await store.close()
    await bench.remove()
  })
}

t.test(
  'what was recorded by an older form is verified by it, also when columns came since',
  async t => {
    const { open, bench, faults } = await house(t)
    const store = await open()
    await store.writer.write(sessions(2))
    // As a server of before there were trace ids has written it, at the beginning of the chain.
    await bench.query(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE cdr SET trace_id = NULL;
    WITH digests AS (
      SELECT string_agg(${digestOf(1)}, ''::bytea ORDER BY recorded) AS digests FROM cdr
    ), link AS (
      UPDATE cdr_link l SET form = 1, digests = d.digests,
        hash = sha256(decode(repeat('00', 32), 'hex') || convert_to(
          '1 2 ' || to_char(l.day, 'YYYY-MM-DD') || ' 1' || chr(10), 'UTF8') || d.digests)
      FROM digests d RETURNING hash
    )
    UPDATE cdr_recording SET head = link.hash FROM link; COMMIT`)
    t.same(await faults(), [])
    await store.writer.write(sessions(2, 2))
    t.same(await bench.query('SELECT form, first::integer AS first FROM cdr_link ORDER BY first'), [
      { form: 1, first: 1 },
      { form: 2, first: 3 }
    ])
    t.same(await faults(), [])
    const change = (recorded: number) =>
      bench.query(`BEGIN; SET LOCAL session_replication_role = replica;
      UPDATE cdr SET trace_id = repeat('a', 32) WHERE recorded = ${recorded}; COMMIT`)
    await change(2)
    t.match(await faults(), [{ kind: 'changed', recorded: 2 }])
    await change(3)
    t.match(await faults(), [
      { kind: 'changed', recorded: 2 },
      { kind: 'changed', recorded: 3 }
    ])
  }
)
