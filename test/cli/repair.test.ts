import { readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import t from 'tap'
import type { ReportJson } from '../../src/api/reconcile.ts'
import { connectPeer, dataRequest, dataSession, megabyte } from '../e2e/charging.ts'
import { type GyroServer, gyro, serve, temporaryFolder } from '../e2e/gyro-process.ts'
import { createDatabase } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'

const redis = await startRedis()
const database = await createDatabase()
const settings = {
  GYRO_STORE: `${redis.url}/0`,
  GYRO_CDR: database.url,
  GYRO_JOURNAL: join(temporaryFolder(), 'journal'),
  GYRO_DIAMETER_LISTEN: '127.0.0.1:0',
  GYRO_NCHF_LISTEN: '127.0.0.1:0',
  GYRO_API_LISTEN: '127.0.0.1:0'
}
const client = new pg.Client({ connectionString: database.url })
await client.connect()
let server: GyroServer | null = null
t.teardown(async () => {
  await server?.stop()
  await client.end()
  await redis.stop()
  await database.drop()
})

async function post(path: string, body: object, key = path): Promise<void> {
  const response = await fetch(`${server!.api}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body)
  })
  if (!response.ok) throw new Error(await response.text())
}

async function reconcile(...args: string[]) {
  const { status, stdout, stderr } = await gyro(['reconcile', '--json', ...args], settings)
  if (stdout === '') throw new Error(stderr)
  return { status, report: JSON.parse(stdout) as ReportJson, stderr }
}

async function untilStored(rowsWanted: number, from = 'cdr'): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${from}`)
    if (rows[0]?.n === rowsWanted) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`there are not ${rowsWanted} rows in ${from}`)
}

const redisClient = () => new Redis(redis.port, { maxRetriesPerRequest: null })

async function appendOnlyFile(): Promise<string> {
  const one = redisClient()
  const [, folder = ''] = (await one.config('GET', 'dir')) as string[]
  one.disconnect()
  const files = join(folder, 'appendonlydir')
  return join(files, readdirSync(files).find(name => name.endsWith('.incr.aof')) ?? '')
}

const numbers = { solo: '4915160000001', data: '4915160000002', calm: '4915160000003' }

t.test(
  'accounts that an append-only file has lost the tail of are brought to the ledger',
  async t => {
    server = await serve(settings)
    let peer = await connectPeer(server.diameterPort)
    for (const [id, msisdn] of Object.entries(numbers)) {
      const offers = id === 'data' ? ['prepaid-go', 'data-5gb'] : ['prepaid-go']
      await post('/v1/accounts', { id, lines: [{ msisdn }], offers, topUp: '20.00' })
      await dataSession(peer, `before;${id}`, msisdn, 123_456, megabyte)
    }
    await peer.ccr(dataRequest('open', numbers.solo, 'initial', 0, null))
    await peer.ccr(dataRequest('open', numbers.solo, 'update', 1, 3 * megabyte))
    await untilStored(3)
    const file = await appendOnlyFile()
    const kept = statSync(file).size

    // The tail: a top-up, sessions, and the end of the open one.
    await post('/v1/accounts/solo/top-ups', { amount: '5.000001' })
    for (const id of ['solo', 'data'] as const) {
      await dataSession(peer, `after;${id}`, numbers[id], 2 * megabyte, 654_321)
    }
    await peer.ccr(dataRequest('open', numbers.solo, 'termination', 2, megabyte))
    await untilStored(6)
    const whole = await reconcile()
    t.match(whole, { status: 0, report: { breaks: [] } })
    peer.end()
    await server.stop()
    await redis.kill()
    truncateSync(file, kept)
    await redis.start()
    server = await serve(settings)

    const broken = await reconcile()
    t.equal(broken.status, 1)
    t.same(
      broken.report.breaks.map(({ kind, accountId }) => `${kind} ${accountId}`).sort(),
      ['behind data', 'behind solo'],
      JSON.stringify(broken.report.breaks)
    )
    const repaired = await reconcile('--repair')
    t.match(repaired, { status: 0, report: { breaks: [] } })
    t.match(repaired.stderr, /solo was brought to its ledger: wallet \d+/)
    t.match(repaired.stderr, /data was brought to its ledger: data-5gb.* -2654321/)
    t.same(repaired.report.wallets['EUR']?.ledger, whole.report.wallets['EUR']?.ledger)
    const { rows } = await client.query(
      "SELECT account_id, subject FROM account_event WHERE type = 'restored' ORDER BY 1"
    )
    t.match(rows, [
      { account_id: 'data', subject: /^data-5gb/ },
      { account_id: 'solo', subject: 'wallet' }
    ])

    // The session that had ended is open again: its client is told so, or ends it once more, and nothing is taken twice.
    peer = await connectPeer(server.diameterPort)
    await peer.ccr(dataRequest('open', numbers.solo, 'termination', 2, megabyte))
    await dataSession(peer, 'later', numbers.solo, 1_000, 2_000)
    peer.end()
    // What the second end took is given back once its CDR has met the first one's key; until then it is in the ledger.
    await untilStored(
      1,
      "ledger_entry WHERE account_id = 'solo' AND type = 'adjustment' AND amount = 40000 AND reference LIKE 'open %'"
    )
    const after = await reconcile('--repair')
    t.match(after, { status: 0, report: { breaks: [] } }, JSON.stringify(after.report.breaks))
    t.notMatch(after.stderr, /brought/)
    const [before, now] = [whole, after].map(({ report }) => Number(report.wallets['EUR']?.ledger))
    t.equal((before! - now!).toFixed(6), '0.001000', 'what came later alone')
  }
)
