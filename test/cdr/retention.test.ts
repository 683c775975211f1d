import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { openCdr } from '../../src/cdr/open-cdr.ts'
import type { RetentionOrder } from '../../src/charging/retention.ts'
import type { Clock } from '../../src/domain/time.ts'
import { cdr, memoryLog, movement, noon, postgresBench, scheduler } from './support.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const privateText = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const day = 86_400_000
const bench = await postgresBench()
const at = { now: noon }
const clock: Clock = { now: () => at.now, monotonic: () => performance.now() }
const store = await openCdr(bench.url, {
  logger: memoryLog(),
  clock,
  scheduler,
  signingKey: privateKey
})
t.teardown(async () => {
  await store.close()
  await bench.remove()
})

/** Twelve records on each of four days for two accounts; some sessions of a day end on the next. */
const perDay = 6
const [part] = cdr().parts
for (let n = 0; n < 4; n += 1) {
  at.now = noon + n * day
  const records = ['a', 'b'].flatMap(accountId => [
    movement({ accountId, record: n * (perDay + 1) + 1, amount: 1_000_000 }),
    ...Array.from({ length: perDay }, (_, i) =>
      cdr({
        accountId,
        record: n * (perDay + 1) + 2 + i,
        sessionId: `${accountId};${n};${i}`,
        startedAt: at.now - (i === 0 && n > 0 ? day : 0),
        endedAt: at.now,
        amount: 1_000 + i,
        parts: [part!, { ...part!, bucket: 'b1', units: 10 + i, amount: 0 }]
      })
    )
  ])
  await store.writer.write(records.map(record => JSON.stringify(record)))
}

const order = (over: Partial<RetentionOrder> = {}): RetentionOrder => ({
  before: '2026-11-23',
  dryRun: false,
  streams: [],
  unexported: false,
  openSessions: new Map(),
  ...over
})
const node = { name: 'gyro', address: '0.0.0.0' }

async function exportAll(recordsMax: number): Promise<void> {
  const stream = { stream: 'billing', format: 'jsonl', holder: 'h', node, ageMs: 0 } as const
  const file = await store.exports.next({ ...stream, recordsMax })
  const sums = { amounts: {}, octets: '0', seconds: '0', messages: '0' }
  const finished = { number: file!.number, name: 'f', octets: 0, sha256: '', sums }
  await store.exports.finish('billing', 'h', finished)
}

async function books() {
  return store.ledger.books(
    new Map([
      ['a', 4 * (perDay + 1)],
      ['b', 4 * (perDay + 1)]
    ])
  )
}

t.test('a day stays while something still needs it, with a reason', async t => {
  const reasons = async (over: Partial<RetentionOrder> = {}) =>
    (await store.retention.retain(order({ dryRun: true, ...over }))).map(({ reason }) => reason)
  t.match(await reasons(), [/never exported/, /never exported/])
  t.match(await reasons({ streams: ['billing'] }), [/exported in "billing"/, /"billing"/])
  await exportAll(19)
  t.match(await reasons(), ['', /exported in "billing"/])
  await exportAll(100)
  t.same(await reasons(), ['', ''])
  t.match(await reasons({ openSessions: new Map([['2026-11-21', 2]]) }), [/2 .* still open/, ''])
  await bench.query(`INSERT INTO cdr_adjustment
    VALUES ('a;1;1', 1, '2026-11-22T12:00:00Z', 1, 'a', 'op', 5, 'c')`)
  t.match(await reasons(), ['', /1 adjustments .* not settled/])
  await bench.query('DELETE FROM cdr_adjustment')
  // Recorded on the fourth day, which is today.
  t.match(await reasons({ before: '2026-11-24' }), ['', '', /not sealed/])
  t.equal((await bench.query('SELECT 1 FROM cdr')).length, 48)
})

t.test('what was dropped stays in the sums, and no number is missing', async t => {
  const before = await books()
  t.same(before.accounts.get('a')?.mismatches, [])
  t.match(await store.retention.retain(order()), [
    { day: '2026-11-21', result: 'dropped', cdrs: 14 },
    { day: '2026-11-22', result: 'dropped', cdrs: 12 }
  ])
  t.equal((await bench.query('SELECT 1 FROM cdr')).length, 22)
  t.same(await bench.query("SELECT to_regclass('cdr_20261121') AS gone"), [{ gone: null }])
  const after = await books()
  t.same([...after.accounts], [...before.accounts])
  t.match(await store.retention.retain(order()), [])
  // A sum that somebody changes is found, like a CDR.
  await bench.query(
    "UPDATE cdr_dropped_sum SET amount = amount - 1 WHERE account_id = 'b' AND target = 'b1'"
  )
  const { mismatches } = (await books()).accounts.get('b')!
  t.match(mismatches, [
    { sessionId: 'dropped with 2026-11-21', target: 'b1' },
    { sessionId: 'dropped with 2026-11-22', target: 'b1' }
  ])
  await bench.query(
    "UPDATE cdr_dropped_sum SET amount = amount + 1 WHERE account_id = 'b' AND target = 'b1'"
  )
})

t.test('the chain is verified from the head of the last day that is gone', async t => {
  const { seals } = await store.chain.heads()
  const report = await store.chain.verify(privateText, seals)
  t.match(report, { after: 24, last: 48, cdrs: 22, dropped: 2, seals: 3, signed: 3, faults: [] })
  t.same(await bench.query('SELECT min(first)::int AS first FROM cdr_link'), [{ first: 25 }])
  // Who takes a CDR away and has no day to show for it is found as before, and so is one that comes back.
  const [row] = await bench.query('SELECT min(recorded)::int AS n FROM cdr')
  await bench.query(`UPDATE cdr SET recorded = 5 WHERE recorded = ${Number(row?.['n'])}`)
  t.match((await store.chain.verify(privateText, [])).faults, [
    { kind: 'inserted', recorded: 5 },
    { kind: 'removed', recorded: Number(row?.['n']) }
  ])
  await bench.query(`UPDATE cdr SET recorded = ${Number(row?.['n'])} WHERE recorded = 5`)
})

t.test(
  'a CDR that comes for a dropped day is stored, and dropped with it another time',
  async t => {
    const late = cdr({
      accountId: 'a',
      record: 29,
      sessionId: 'late',
      startedAt: noon,
      endedAt: at.now
    })
    await store.writer.write([JSON.stringify(late)])
    t.equal((await bench.query("SELECT 1 FROM cdr WHERE session_id = 'late'")).length, 1)
    at.now += day
    await store.writer.prepare()
    await exportAll(100)
    t.match(await store.retention.retain(order({ before: '2026-11-22' })), [
      { day: '2026-11-21', result: 'dropped', cdrs: 15 }
    ])
    const { accounts } = await store.ledger.books(new Map([['a', 29]]))
    t.match(accounts.get('a'), { last: 29, missingCount: 0, mismatches: [] })
    t.same((await store.chain.verify(privateText, [])).faults, [])
  }
)
