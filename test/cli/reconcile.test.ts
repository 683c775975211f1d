import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import type { BreakJson, ReportJson } from '../../src/api/reconcile.ts'
import { connectPeer, dataRequest, dataSession, megabyte } from '../e2e/charging.ts'
import { gyro, serve, temporaryFolder } from '../e2e/gyro-process.ts'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'

const redis = await emptyRedis()
const database = await createDatabase()
const settings = {
  GYRO_STORE: redis.url,
  GYRO_CDR: database.url,
  GYRO_JOURNAL: join(temporaryFolder(), 'journal'),
  GYRO_DIAMETER_LISTEN: '127.0.0.1:0',
  GYRO_NCHF_LISTEN: '127.0.0.1:0',
  GYRO_API_LISTEN: '127.0.0.1:0'
}
const server = await serve(settings)
const peer = await connectPeer(server.diameterPort)
const client = new pg.Client({ connectionString: database.url })
await client.connect()
t.teardown(async () => {
  peer.end()
  await server.stop()
  await client.end()
  await database.drop()
})

async function reconcile(
  ...args: string[]
): Promise<{ status: number | null; report: ReportJson }> {
  const { status, stdout, stderr } = await gyro(['reconcile', '--json', ...args], settings)
  if (stdout === '') throw new Error(stderr)
  return { status, report: JSON.parse(stdout) as ReportJson }
}

async function post(path: string, body: object, key = path): Promise<void> {
  const response = await fetch(`${server.api}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body)
  })
  if (!response.ok) throw new Error(await response.text())
}

const accounts: [id: string, offers: string[]][] = [
  ['prepaid', ['prepaid-go']],
  ['bundle', ['prepaid-go', 'data-5gb']],
  ['family', ['family-20gb']],
  ['flat', ['postpaid-flat']],
  ['iot', ['iot-1mb']]
]
for (const [place, [id, offers]] of accounts.entries()) {
  const lines = [0, 1].map(line => ({ msisdn: `4915150000${place}${line}` }))
  await post('/v1/accounts', { id, lines, offers, topUp: '20.00' })
}
await post('/v1/accounts/prepaid/top-ups', { amount: '5.000001' })

let sessions = 0
const opened: [session: string, msisdn: string][] = []
const nextSession = () => `reconcile;${++sessions}`

async function traffic(): Promise<void> {
  for (const place of accounts.keys()) {
    for (const line of [0, 1]) {
      const msisdn = `4915150000${place}${line}`
      // The flat rate passes its fair use, which is a number of its outbox too.
      const used = accounts[place]?.[0] === 'flat' ? 13_000 * megabyte : 7 * megabyte
      await dataSession(peer, nextSession(), msisdn, 123_457, used)
      // One that stays open, with usage that no CDR has yet.
      const open = nextSession()
      opened.push([open, msisdn])
      await peer.ccr(dataRequest(open, msisdn, 'initial', 0, null))
      await peer.ccr(dataRequest(open, msisdn, 'update', 1, 654_321))
    }
  }
}

/** Written anew, from what the tables are said to hold: amounts of CDRs and movements against the balances of the API. */
const independent = `
WITH moved AS (
  SELECT account_id, target, amount FROM ledger_entry
  WHERE type NOT IN ('usage', 'refund', 'consumption', 'return')
), used AS (
  SELECT account_id, CASE WHEN part->>'bucket' = '' THEN 'wallet' ELSE part->>'bucket' END AS target,
    -CASE WHEN part->>'bucket' = '' THEN (part->>'amount')::bigint ELSE (part->>'units')::bigint END AS amount
  FROM cdr, jsonb_array_elements(parts) AS part
)
SELECT account_id, target, sum(amount)::bigint AS balance
FROM (SELECT * FROM moved UNION ALL SELECT * FROM used) AS everything
GROUP BY 1, 2 HAVING target = 'wallet' OR sum(amount) <> 0 ORDER BY 1, 2`

t.test('balances, ledger and CDRs agree beside traffic', async t => {
  await traffic()
  const going = traffic()
  const { status, report } = await reconcile()
  t.equal(status, 0, JSON.stringify(report.breaks))
  t.equal(report.accounts, accounts.length)
  t.ok(report.openSessions >= 10)
  t.same(report.breaks, [])
  await going
  const file = join(temporaryFolder(), 'gyro.prom')
  const after = await reconcile('--metrics', file)
  t.match(after, { status: 0, report: { cdrs: 20, openSessions: 20, breaks: [] } })
  t.match(readFileSync(file, 'utf8'), /^gyro_reconcile_breaks 0$/m)
  const euro = after.report.wallets['EUR']
  t.ok(euro && Number(euro.unrecorded) > 0)
  const one = await gyro(['reconcile', '--account', 'family'], settings)
  t.match(one, { status: 0, stdout: /^1 accounts with 4 open sessions, 4 CDRs\nEUR: ledger / })
  t.match(await gyro(['reconcile', '--account', 'nobody'], settings), { status: 1, stdout: '' })
})

t.test(
  'an independent script over the tables finds the same balances once sessions are closed',
  async t => {
    for (const [id, msisdn] of opened) {
      await peer.ccr(dataRequest(id, msisdn, 'termination', 2, 1_000))
    }
    const { status, report } = await reconcile()
    t.match(report, { openSessions: 0, breaks: [] })
    t.equal(status, 0)
    t.equal(report.wallets['EUR']?.unrecorded, '0.000000')
    const shown = new Map<string, number>()
    for (const [id] of accounts) {
      const response = await fetch(`${server.api}/v1/accounts/${id}`)
      const account = (await response.json()) as {
        wallet: { available: string; reserved: string }
        buckets: { id: string; available: number; reserved: number }[]
      }
      const { available, reserved } = account.wallet
      shown.set(`${id} wallet`, Math.round((Number(available) + Number(reserved)) * 1e6))
      for (const bucket of account.buckets) {
        const key = `${id} ${bucket.id}`
        shown.set(key, (shown.get(key) ?? 0) + bucket.available + bucket.reserved)
      }
    }
    const { rows } = await client.query<{ account_id: string; target: string; balance: string }>(
      independent
    )
    const found = rows.map(row => [`${row.account_id} ${row.target}`, Number(row.balance)] as const)
    t.same(
      new Map(found),
      new Map([...shown].filter(([key, sum]) => sum !== 0 || key.endsWith(' wallet')))
    )
    const ledger = await client.query(
      "SELECT sum(amount)::text AS sum FROM ledger_entry WHERE target = 'wallet'"
    )
    const total = found
      .filter(([key]) => key.endsWith(' wallet'))
      .reduce((sum, [, value]) => sum + value, 0)
    t.equal(Number(ledger.rows[0]?.sum), total)
  }
)

t.test('each kind of break is found, with the numbers and sessions that explain it', async t => {
  const insert = (account: string, record: number, amount: number) =>
    client.query(
      `INSERT INTO ledger_entry (account_id, record, line, at, type, amount, target, unit, reference, counter)
       VALUES ($1, $2, 9, now(), 'adjustment', $3, 'wallet', 'EUR', 'x', 'adjustment')`,
      [account, record, amount]
    )
  // A movement that no balance has.
  await insert('prepaid', 1, 1_000_000)
  // An account that the store lost.
  await insert('ghost', 1, -3_000_000)
  // A CDR that somebody changed, one that is gone with its number, and one whose entries remain.
  await client.query(
    "UPDATE cdr SET amount_micros = amount_micros + 1 WHERE account_id = 'prepaid' AND amount_micros > 0 AND session_id = 'reconcile;1'"
  )
  const free = await client.query(
    `DELETE FROM cdr WHERE account_id = 'flat' AND amount_micros = 0
     AND session_id = (SELECT session_id FROM cdr WHERE account_id = 'flat' ORDER BY 1 LIMIT 1)
     RETURNING account_record::int AS record`
  )
  await client.query(
    "DELETE FROM cdr WHERE session_id IN (SELECT session_id FROM cdr WHERE account_id = 'family' ORDER BY 1 LIMIT 1)"
  )
  const { status, report } = await reconcile()
  t.equal(status, 1)
  const of = (id: string, kind: string) =>
    report.breaks.filter(found => found.accountId === id && found.kind === kind) as BreakJson[]
  t.match(of('prepaid', 'balance'), [{ target: 'wallet', difference: '-1.000000', sessions: [] }])
  t.match(of('prepaid', 'usage'), [{ sessionId: 'reconcile;1', target: 'wallet' }])
  t.same(of('ghost', 'account'), [{ kind: 'account', accountId: 'ghost', ledger: '-3.000000' }])
  if (free.rowCount === 1) {
    t.match(of('flat', 'numbers'), [{ count: 1, missing: [free.rows[0].record] }])
  } else t.fail('the flat rate has no free CDR')
  t.match(of('family', 'usage'), [{ cdr: null, ledger: /^-\d+$/ }])
  t.equal(report.breaks.length, 5, JSON.stringify(report.breaks))
  t.notOk(existsSync('gyro.prom'))
})
