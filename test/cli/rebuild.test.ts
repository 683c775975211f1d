import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import t from 'tap'
import { connectPeer, dataRequest, dataSession, granted, megabyte } from '../e2e/charging.ts'
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
let server: GyroServer = await serve(settings)
t.teardown(async () => {
  await server.stop()
  await client.end()
  await redis.stop()
  await database.drop()
})

interface View {
  readonly wallet: { readonly available: string; readonly reserved: string }
  readonly buckets: readonly { readonly id: string; available: number; reserved: number }[]
  readonly [member: string]: unknown
}

async function call(method: string, path: string, body: object, key = path): Promise<Response> {
  return fetch(`${server.api}${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body)
  })
}

async function done(method: string, path: string, body: object, key = path): Promise<void> {
  const response = await call(method, path, body, key)
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
}

async function view(id: string): Promise<View> {
  const response = await fetch(`${server.api}/v1/accounts/${id}`)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as View
}

/** As it is once nothing is reserved. */
async function free(id: string): Promise<View> {
  const found = await view(id)
  const micros = (text: string) => BigInt(text.replace('.', ''))
  const { wallet } = found
  const text = JSON.stringify(found, (name, value) => {
    if (name === 'wallet') return String(micros(wallet.available) + micros(wallet.reserved))
    // What limits have counted is that of the newest snapshot: not in the ledger.
    if (typeof value === 'object' && value !== null && 'beyond' in value)
      return { ...value, used: 0 }
    const units = typeof value === 'object' && value !== null && 'reserved' in value
    return units ? { ...value, available: value.available + value.reserved, reserved: 0 } : value
  })
  return JSON.parse(text)
}

async function untilStored(cdrs: number): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM cdr')
    if (rows[0]?.n === cdrs) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('the CDRs are not stored')
}

async function rebuild(...args: string[]) {
  return gyro(['rebuild', ...args], settings)
}

const numberOf = (account: number, line = 0) => `49151700000${account}${line}`
const accounts: [id: string, offers: string[]][] = [
  ['prepaid', ['prepaid-go', 'data-5gb']],
  ['family', ['family-20gb']],
  ['smart', ['smart', 'pack-month', 'welcome']],
  ['capped', ['unlimited']],
  ['blocked', ['prepaid-go']]
]

t.test('a store that was lost with all it had is made again', async t => {
  let peer = await connectPeer(server.diameterPort)
  for (const [place, [id, offers]] of accounts.entries()) {
    const lines = [0, 1].map(line => ({
      msisdn: numberOf(place, line),
      imsi: `26201${numberOf(place, line).slice(3)}`
    }))
    await done('POST', '/v1/accounts', { id, lines, offers, topUp: '60.00' })
    await dataSession(peer, `s;${id}`, numberOf(place), 1_234_567, 2 * megabyte)
    await dataSession(peer, `t;${id}`, numberOf(place, 1), 7_654_321, 1)
  }
  await done('POST', '/v1/accounts/prepaid/top-ups', { amount: '5.000001' })
  await done('POST', '/v1/accounts/family/subscriptions', {
    offer: 'family-50gb',
    replaces: 'family-20gb'
  })
  await done('PUT', '/v1/accounts/capped/limits/roaming', { line: numberOf(3), amount: '20.00' })
  await done('POST', '/v1/accounts/blocked/block', { reason: 'stolen' })
  const added = { msisdn: numberOf(1, 2), offers: ['data-5gb'] }
  await done('POST', '/v1/accounts/family/lines', { lines: [added] })
  await done('PATCH', `/v1/accounts/smart/lines/${numberOf(2, 1)}`, { msisdn: numberOf(2, 3) })
  await done('DELETE', `/v1/accounts/capped/lines/${numberOf(3, 1)}`, {})
  await done('POST', '/v1/accounts/blocked/lines', { lines: [{ msisdn: numberOf(3, 1) }] })
  await untilStored(10)

  const same = await rebuild('--compare')
  t.equal(same.status, 0, same.stdout + same.stderr)
  t.match(same.stdout, /5 accounts compared/)

  const ids = accounts.map(([id]) => id)
  const before = await Promise.all(ids.map(free))
  // Open when the store is lost, without a CDR: what it has used is given back.
  await peer.ccr(dataRequest('open', numberOf(1), 'initial', 0, null))
  await peer.ccr(dataRequest('open', numberOf(1), 'update', 1, 3 * megabyte))
  const busy = await rebuild('--compare')
  t.equal(busy.status, 0, busy.stdout)

  const used = await rebuild('--into', `${redis.url}/0`)
  t.equal(used.status, 1)
  t.match(used.stderr, /a server uses this store/)
  peer.end()
  await server.stop()
  const full = await rebuild('--into', `${redis.url}/0`)
  t.match(full.stderr, /not empty/)
  const one = new Redis(redis.port)
  await one.flushall()
  one.disconnect()

  const { status, stdout, stderr } = await rebuild('--into', `${redis.url}/0`)
  t.equal(status, 0, stdout + stderr)
  t.match(stdout, /5 accounts with 12 lines were written/)
  t.notMatch(stdout, /BREAK|PROBLEM|DIFFERENT|NOT SO/)

  server = await serve(settings)
  const after = await Promise.all(ids.map(view))
  for (const [place, found] of after.entries()) {
    t.equal(found.wallet.reserved, '0.000000')
    const now = await free(ids[place]!)
    t.same(now, before[place], ids[place] ?? '')
  }

  await t.test('repeats of what was recorded debit and credit nothing', async t => {
    peer = await connectPeer(server.diameterPort)
    const known = { ...(await view('prepaid')) }
    const again = dataRequest('s;prepaid', numberOf(0), 'termination', 2, 2 * megabyte)
    t.equal((await peer.ccr(again)).resultCode, 2001)
    const late = dataRequest('s;prepaid', numberOf(0), 'update', 1, 1_234_567)
    t.equal((await peer.ccr(late)).resultCode, 5002)
    await done('POST', '/v1/accounts/prepaid/top-ups', { amount: '5.000001' })
    const other = { amount: '6.00' }
    t.equal((await call('POST', '/v1/accounts/prepaid/top-ups', other)).status, 409)
    t.same(await view('prepaid'), known)
  })

  await t.test('and everything goes on', async t => {
    const first = await peer.ccr(dataRequest('new', numberOf(0), 'initial', 0, null))
    t.ok(granted(first) > 0)
    await peer.ccr(dataRequest('new', numberOf(0), 'termination', 1, megabyte))
    const blocked = await peer.ccr(dataRequest('no', numberOf(4), 'initial', 0, null))
    t.not(blocked.resultCode, 2001)
    const of = async (id: string, number: string) =>
      (await peer.ccr(dataRequest(id, number, 'initial', 0, null))).resultCode
    t.equal(await of('added', numberOf(1, 2)), 2001)
    t.equal(await of('renumbered', numberOf(2, 3)), 2001)
    t.equal(await of('old', numberOf(2, 1)), 5030)
    t.equal(await of('moved', numberOf(3, 1)), 4010, 'to the blocked account')
    for (const [id, number] of [
      ['added', numberOf(1, 2)],
      ['renumbered', numberOf(2, 3)]
    ] as const) {
      await peer.ccr(dataRequest(id, number, 'termination', 1, null))
    }
    // Usage of the session that was open is settled as that of an unknown one.
    await peer.ccr(dataRequest('open', numberOf(1), 'termination', 2, 4 * megabyte))
    await dataSession(peer, 'family', numberOf(1, 1), megabyte, megabyte)
    await untilStored(15)
    peer.end()
    const { status, stdout } = await gyro(['reconcile'], settings)
    t.equal(status, 0, stdout)
    const compared = await rebuild('--compare')
    t.equal(compared.status, 0, compared.stdout)
    const { rows } = await client.query('SELECT * FROM outbox_rejected')
    t.same(rows, [])
  })

  await t.test('accounts from before there were snapshots get theirs', async t => {
    await client.query("DELETE FROM account_snapshot WHERE account_id = 'smart'")
    const lacking = await rebuild('--compare')
    t.equal(lacking.status, 1)
    t.match(lacking.stdout, /DIFFERENT smart: has no snapshot/)
    const spare = await rebuild('--into', `${redis.url}/1`)
    t.equal(spare.status, 1)
    t.match(spare.stdout, /PROBLEM account smart has a ledger and no snapshot/)
    t.match((await rebuild('--snapshot')).stdout, /snapshots of 5 accounts/)
    t.equal((await rebuild('--compare')).status, 0)
    t.equal((await rebuild('--into', `${redis.url}/2`)).status, 0)
  })

  await t.test('records that another server has on its disk are said to be missing', async t => {
    await client.query(`BEGIN; SET LOCAL session_replication_role = replica;
      DELETE FROM ledger_entry e USING cdr c WHERE c.session_id = 's;prepaid'
        AND (e.account_id, e.record) = (c.account_id, c.account_record);
      DELETE FROM cdr WHERE session_id = 's;prepaid'; COMMIT`)
    const { status, stdout } = await rebuild('--into', `${redis.url}/3`)
    t.equal(status, 1)
    t.match(stdout, /BREAK prepaid: 1 numbers of its outbox are not stored/)
    t.match(stdout, /MISSING 1 records of 1 accounts: a server on another machine/)
  })
})
