/**
 * Whether a CDR database that grows stays as fast: how many CDRs a second the writer stores, and how long the last 100
 * CDRs of an account take, with more and more rows in partitions of the last days.
 *
 *     npx tsx bench/cdr-growth.ts [--rows 8000000] [--days 40]
 *
 * There are as many accounts as it takes for 120 CDRs each. DATABASE_URL names a Postgres; 8 million rows take about
 * 8 GB. A database that stays small takes the same CDRs in turn: what the machine gives varies more than what growth costs, so
 * the share of its rate is the figure. Compare the times of reading with those of the first line. The plan at the end
 * shows that a page reads as many rows of its account's index as it has, whatever else is stored, and no partition behind them.
 */
import { parseArgs } from 'node:util'
import pg from 'pg'
import { inTurn } from '../src/cdr/in-turn.ts'
import { type CdrStore, openCdr } from '../src/cdr/open-cdr.ts'
import { listCdrs } from '../src/cdr/sql/statements.ts'
import { systemClock, systemScheduler } from '../src/ops/clock.ts'
import { cdr, memoryLog } from '../test/cdr/support.ts'
import { createDatabase } from '../test/support/postgres.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '4000000' },
    days: { type: 'string', default: '40' }
  }
})
const days = Number(values.days)
const shares = [0.0625, 0.125, 0.25, 0.5, 1]
let accounts = Math.ceil((Number(values.rows) * 0.0625) / 120)
const batch = 2_000
const perRound = 20_000
const database = await createDatabase()
const small = await createDatabase()
const ports = { logger: memoryLog(), clock: systemClock, scheduler: systemScheduler }
const store = await openCdr(database.url, ports)
const beside = await openCdr(small.url, ports)
const client = new pg.Client({ connectionString: database.url })
await client.connect()
const now = Date.now()
let written = 0

const accountOf = (n: number) => `acc-${4_915_100_000_000 + (n % accounts)}`

/** CDRs of today, as the drain brings them. */
function* batchesOf(count: number): Generator<readonly string[]> {
  for (let from = 0; from < count; from += batch) {
    yield Array.from({ length: batch }, () => {
      const n = written++
      const sessionId = `pgw.epc.mnc001.mcc262.3gppnetwork.org;${1_700_000_000 + (n % 977)};${n}`
      const record = 1_000_000_000 + n
      const times = { startedAt: now - 60_000, endedAt: now }
      return JSON.stringify(cdr({ sessionId, accountId: accountOf(n * 7_919), record, ...times }))
    })
  }
}

/** Milliseconds for these. */
async function write({ writer }: CdrStore, batches: readonly (readonly string[])[]) {
  const started = performance.now()
  await inTurn(batches, async (values, earlier) => void (await writer.write(values, earlier)))
  return performance.now() - started
}

/** CDRs a second, and the share of the rate into the small database, each the median of some in turn. */
async function rates(): Promise<[number, number]> {
  const perSecond: number[] = []
  const shares: number[] = []
  for (let round = 0; round < 9; round++) {
    const batches = [...batchesOf(perRound)]
    const alone = await write(beside, batches)
    const grown = await write(store, batches)
    perSecond.push((perRound / grown) * 1_000)
    shares.push(alone / grown)
  }
  return [median(perSecond), median(shares)]
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

/** Rows of the days before, made of one that the writer stored. */
async function fill(from: number, to: number): Promise<void> {
  const { rows } = await client.query(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = 'cdr' ORDER BY ordinal_position`
  )
  const own: Record<string, string> = {
    session_id: `'filled;' || n`,
    started_at: `at`,
    ended_at: `at + interval '10 minutes'`,
    account_id: `'acc-' || 4915100000000 + (n * 7919) % ${accounts}`,
    account_record: 'n'
  }
  const names = rows.map(({ name }) => String(name))
  await client.query(
    `INSERT INTO public.cdr (${names.join(', ')})
     SELECT ${names.map(name => own[name] ?? `t.${name}`).join(', ')}
     FROM (SELECT * FROM public.cdr WHERE session_id NOT LIKE 'filled;%' LIMIT 1) AS t,
       LATERAL (SELECT n, date_trunc('day', now()) - (1 + n % ${days}) * interval '1 day'
         + (n * 7919 % 86400) * interval '1 second' AS at
         FROM generate_series(${from}::bigint, ${to - 1}) AS n) AS filled`
  )
}

async function partitions(): Promise<void> {
  await client.query(
    `SELECT public.cdr_partition((now() at time zone 'utc')::date - n)
     FROM generate_series(0, ${days + 1}) AS n`
  )
}

const page = { text: listCdrs(true, false, false), rows: 100 }

/** Milliseconds of the last 100 CDRs of an account: median and 99th of a hundred. */
async function read(): Promise<[number, number]> {
  const took: number[] = []
  for (let n = 0; n < 100; n++) {
    const account = accountOf(n * 104_729 + 13)
    const started = performance.now()
    await client.query(page.text, [account, null, null, null, page.rows])
    took.push(performance.now() - started)
  }
  took.sort((a, b) => a - b)
  return [took[50] ?? 0, took[99] ?? 0]
}

await write(store, [...batchesOf(perRound)])
await partitions()
let rows = 0
for (const target of shares.map(share => Math.floor(Number(values.rows) * share))) {
  accounts = Math.ceil(target / 120)
  for (; rows < target; rows = Math.min(target, rows + 250_000)) {
    await fill(rows, Math.min(target, rows + 250_000))
  }
  // What Postgres still has to do for rows that were filled in would be counted as the writer's.
  await client.query('VACUUM (ANALYZE) public.cdr')
  await client.query('CHECKPOINT')
  const [perSecond, share] = await rates()
  await read()
  const [usual, slow] = await read()
  console.log(
    `${String(rows).padStart(10)} rows   ${Math.round(perSecond)} CDRs/s, ${share.toFixed(2)} of those into few rows   ` +
      `last 100 of an account: median ${usual.toFixed(1)} ms, 99th ${slow.toFixed(1)} ms`
  )
}
const { rows: plan } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF) ${page.text}`, [
  accountOf(13),
  null,
  null,
  null,
  page.rows
])
console.log(plan.map(row => row['QUERY PLAN']).join('\n'))
await client.end()
await store.close()
await beside.close()
await small.drop()
await database.drop()
