import pg from 'pg'
import t from 'tap'
import { books } from '../../src/cdr/sql/reconcile.ts'
import { cdr, movement, postgresBench } from './support.ts'

const bench = await postgresBench()
const store = await bench.open()
t.teardown(async () => {
  await store.close()
  await bench.remove()
})

const accountsMax = 100
const each = 40

/** A top-up and CDRs of each account, every second one with a part from a bucket. */
function records(account: number): string[] {
  const accountId = `plan-${account}`
  const [part] = cdr().parts
  const top = movement({ accountId, record: 1 })
  const drawn = movement({
    accountId,
    record: 2,
    type: 'allowance',
    target: 'b1',
    unit: 'octets',
    amount: 1e9
  })
  const cdrs = Array.from({ length: each }, (_, n) =>
    cdr({
      accountId,
      record: n + 3,
      sessionId: `${accountId};${n}`,
      parts: n % 2 === 0 ? [part!] : [part!, { ...part!, bucket: 'b1', units: 1_000, amount: 0 }]
    })
  )
  return [top, drawn, ...cdrs].map(record => JSON.stringify(record))
}

for (let account = 0; account < accountsMax; account += 10) {
  await store.writer.write(Array.from({ length: 10 }, (_, n) => records(account + n)).flat())
}

interface Plan {
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly Plans?: readonly Plan[]
}

function rowsRead(plan: Plan): number {
  const own = plan['Relation Name'] === undefined ? 0 : plan['Actual Rows'] * plan['Actual Loops']
  return (plan.Plans ?? []).reduce((sum, inner) => sum + rowsRead(inner), own)
}

t.test('a page of accounts is compared by reading their rows alone, each once', async t => {
  const client = new pg.Client({ connectionString: bench.url })
  await client.connect()
  for (const statistics of ['without', 'with'] as const) {
    if (statistics === 'with') await client.query('ANALYZE')
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${books}`,
      [
        ['plan-1', 'plan-2'],
        ['42', '42']
      ]
    )
    const read = rowsRead(rows[0]!['QUERY PLAN'][0].Plan)
    const entries = 2 + each + each / 2
    t.equal(read, 2 * (each + entries), `${statistics} statistics`)
  }
  await client.end()
})

t.test('sums, gaps and differences of each account come from one read', async t => {
  await bench.query(
    "UPDATE cdr SET amount_micros = amount_micros + 1 WHERE session_id = 'plan-3;0'"
  )
  await bench.query("DELETE FROM cdr WHERE session_id IN ('plan-4;5')")
  const { accounts, sums } = await store.ledger.books(
    new Map([
      ['plan-3', 42],
      ['plan-4', 45],
      ['plan-5', 10],
      ['nobody', 2]
    ])
  )
  const wallet = 20_000_000n - BigInt(each) * 10_000n
  t.same(accounts.get('plan-3'), {
    last: 42,
    deadLetters: 0,
    missing: [],
    missingCount: 0,
    targets: new Map([
      ['wallet', wallet],
      ['b1', 1_000_000_000n - 20_000n]
    ]),
    mismatches: [
      { record: 3, sessionId: 'plan-3;0', target: 'wallet', cdr: -10_001n, ledger: -10_000n }
    ]
  })
  const fourth = accounts.get('plan-4')
  t.match(fourth, { last: 42, missing: [43, 44, 45], missingCount: 3 })
  t.same(
    fourth?.mismatches.map(({ record, target, cdr: of }) => [record, target, of]),
    [
      [8, 'b1', null],
      [8, 'wallet', null]
    ]
  )
  t.match(accounts.get('plan-5'), { last: 42, missingCount: 0, mismatches: [] })
  t.equal(accounts.get('plan-5')?.targets.get('wallet'), 20_000_000n - 8n * 10_000n)
  t.match(accounts.get('nobody'), { last: 0, missing: [1, 2], missingCount: 2 })
  t.same(
    [...sums].sort().map(([id, { cdrs }]) => [id, cdrs]),
    [
      ['plan-3', each],
      ['plan-4', each - 1],
      ['plan-5', 8]
    ]
  )
})
