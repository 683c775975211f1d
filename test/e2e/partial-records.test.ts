/**
 * Long sessions whose CDRs are cut, with a server that is killed (SIGKILL) in the middle of their chains. What is in
 * Postgres is looked at in SQL alone.
 */
import { appendFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'
import { call, openAccount } from './api-client.ts'
import { connectPeer, dataRequest, megabyte } from './charging.ts'
import { type GyroServer, gyro, portSettings, serve, temporaryFolder } from './gyro-process.ts'

const updates = 20
const kills = 2

/** The demo catalogue with CDRs that are cut. */
function cuttingCatalogue(): string {
  const catalogue = join(temporaryFolder(), 'catalogue')
  cpSync('conf/catalogue', catalogue, { recursive: true })
  const policy = 'partial-records:\n  - { volume: 5 MB, changes: [rat] }\n'
  appendFileSync(join(catalogue, 'catalogue.yaml'), policy)
  return catalogue
}

const redis = await emptyRedis()
const database = await createDatabase()
const settings = {
  ...portSettings(),
  GYRO_STORE: redis.url,
  GYRO_CDR: database.url,
  GYRO_CATALOGUE: cuttingCatalogue()
}
let server: GyroServer = await serve(settings)
const client = new pg.Client({ connectionString: database.url })
await client.connect()
t.teardown(async () => {
  await client.end()
  await server.stop('SIGKILL')
  await redis.stop()
  await database.drop()
})
const query = async (sql: string) => (await client.query(sql)).rows

type Request = ReturnType<typeof dataRequest>

/** Sends until there is an answer, to whichever server there is then. */
async function send(request: Request): Promise<number | undefined> {
  for (;;) {
    try {
      const peer = await connectPeer(server.diameterPort)
      const answer = await Promise.race([peer.ccr(request), peer.closed.then(() => null)])
      peer.end()
      if (answer !== null && answer.resultCode !== 3004) return answer.resultCode
    } catch {
      // It is being killed, or starts.
    }
    await sleep(20)
  }
}

const accounts = [1, 2, 3, 4]
const msisdnOf = (account: number) => `491511000000${account}`
const usedIn = (account: number, number: number) =>
  200_000 + ((account * 7_919 + number * 104_729) % (3 * megabyte))

/** The radio access changes with every seventh request. */
function requestOf(account: number, type: 'initial' | 'update' | 'termination', number: number) {
  const used = type === 'initial' ? null : usedIn(account, number)
  const rat = Buffer.of(Math.floor(number / 7) % 2 === 0 ? 6 : 10)
  return {
    ...dataRequest(`pgw;long;${account}`, msisdnOf(account), type, number, used),
    'Service-Information': { 'PS-Information': { '3GPP-RAT-Type': rat } }
  }
}

/** Returns the octets that it reported; it stays open. */
async function longSession(account: number): Promise<number> {
  let used = 0
  t.equal(await send(requestOf(account, 'initial', 0)), 2001)
  for (let number = 1; number <= updates; number += 1) {
    t.equal(await send(requestOf(account, 'update', number)), 2001)
    used += usedIn(account, number)
    await sleep(40)
  }
  return used
}

async function reconcile(t: Test): Promise<{ readonly openSessions: number }> {
  const { status, stdout } = await gyro(['reconcile', '--json'], settings)
  t.equal(status, 0)
  const report = JSON.parse(stdout)
  t.same(report.breaks, [])
  return report
}

t.test('chains have no gap and nothing twice, whenever the server is killed', async t => {
  for (const account of accounts) {
    const offers = account <= 2 ? ['prepaid-go'] : ['family-20gb']
    const opened = await openAccount(server.api, `a${account}`, msisdnOf(account), '50.00', offers)
    t.equal(opened.status, 201)
  }
  const sessions = Promise.all(accounts.map(longSession))
  for (let n = 0; n < kills; n += 1) {
    await sleep(600)
    await server.stop('SIGKILL')
    server = await serve(settings)
  }
  const used = await sessions
  t.equal((await reconcile(t)).openSessions, 4)
  for (const account of accounts) {
    const [session] = (await call(server.api, 'GET', `/v1/sessions?account=a${account}`)).body.items
    t.equal(session.services[0].used.octets, used[account - 1], 'that of all of the session')
    t.equal(await send(requestOf(account, 'termination', updates + 1)), 2001)
  }
  // It waits for what is on its way to the database.
  t.equal((await reconcile(t)).openSessions, 0)
  const rows = await query(`
    SELECT account_id, count(*)::integer AS records, sum(octets)::integer AS octets,
      sum(amount_micros)::integer AS amount,
      min(record_number) = 1 AND max(record_number) = count(*)
        AND count(DISTINCT record_number) = count(*) AS numbered,
      bool_and(opened_at IS NOT DISTINCT FROM before) AS gapless,
      array_agg(closing_cause) FILTER (WHERE closing_cause LIKE '%Release') AS releases,
      bool_or(closing_cause = 'normalRelease' AND record_number = records) AS ended,
      array_agg(DISTINCT closing_cause) @> '{volumeLimit,rATChange}' AS cut,
      bool_and(octets < 5000000 + 3200000) AS bounded
    FROM (
      SELECT *, lag(ended_at) OVER chain AS before, count(*) OVER (PARTITION BY session_id) AS records
      FROM cdr WINDOW chain AS (PARTITION BY session_id ORDER BY record_number)
    ) AS c GROUP BY account_id, session_id ORDER BY account_id`)
  t.equal(rows.length, 4)
  for (const [index, row] of rows.entries()) {
    const octets = (used[index] as number) + usedIn(index + 1, updates + 1)
    const ofWallet = index < 2
    t.match(row, {
      account_id: `a${index + 1}`,
      octets,
      amount: ofWallet ? Math.ceil(octets / 100_000) * 1_000 : 0,
      numbered: true,
      gapless: true,
      releases: ['normalRelease'],
      ended: true,
      cut: true,
      bounded: true
    })
    t.ok(row.records > 5, `${row.records} records`)
  }
  const posted = await query(`
    SELECT e.account_id, count(*)::integer AS entries, count(DISTINCT e.record)::integer AS records,
      -sum(e.amount)::integer AS sum
    FROM ledger_entry e JOIN cdr c ON c.account_id = e.account_id AND c.account_record = e.record
    GROUP BY 1 ORDER BY 1`)
  for (const [index, { account_id, entries, records, sum }] of posted.entries()) {
    t.equal(entries, records, `${account_id}: an entry for each CDR`)
    t.equal(sum, index < 2 ? rows[index].amount : rows[index].octets, account_id)
  }
  const left = (await call(server.api, 'GET', '/v1/accounts/a1')).body.wallet
  t.same([left.available, left.reserved], [(50 - rows[0].amount / 1e6).toFixed(6), '0.000000'])
  const explained = await gyro(['explain', 'pgw;long;1'], settings)
  t.match(explained.stdout, /CDR pgw;long;1#2 of a1/)
})
