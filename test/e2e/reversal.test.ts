import { createHash } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'
import { call, openAccount } from './api-client.ts'
import { connectPeer, dataRequest, megabyte } from './charging.ts'
import { portSettings, serve } from './gyro-process.ts'

t.test('a session whose CDR is in Postgres already is given back by the server', async t => {
  const redis = await emptyRedis()
  const database = await createDatabase()
  const server = await serve({
    ...portSettings(),
    GYRO_STORE: redis.url,
    GYRO_CDR: database.url
  })
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  t.teardown(async () => {
    await client.end()
    await server.stop()
    await redis.stop()
    await database.drop()
  })
  const query = async (sql: string, values: readonly unknown[] = []) =>
    (await client.query(sql, [...values])).rows
  const msisdn = '4915100000001'
  await openAccount(server.api, 'acme-1', msisdn, '20.00')
  await openAccount(server.api, 'acme-2', '4915100000002', '20.00')
  const peer = await connectPeer(server.diameterPort)
  // One CDR is a template for the one that stands in the way.
  await peer.ccr(dataRequest('pgw;0', '4915100000002', 'initial', 0, null))
  await peer.ccr(dataRequest('pgw;0', '4915100000002', 'termination', 1, megabyte))
  await peer.ccr(dataRequest('pgw;1', msisdn, 'initial', 0, null))
  const sessions = await call(server.api, 'GET', '/v1/sessions?account=acme-1')
  t.equal((await call(server.api, 'GET', '/v1/cdrs?account=acme-2')).body.items.length, 1)
  await query(`UPDATE cdr SET session_id = 'pgw;1', started_at = $1 WHERE session_id = 'pgw;0'`, [
    sessions.body.items[0].startedAt
  ])
  await peer.ccr(dataRequest('pgw;1', msisdn, 'termination', 1, 7 * megabyte))
  peer.end()
  const wallet = async () =>
    (await call(server.api, 'GET', '/v1/accounts/acme-1')).body.wallet.available
  const deadline = performance.now() + 10_000
  while ((await wallet()) !== '20.000000' && performance.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  t.equal(await wallet(), '20.000000')
  await call(server.api, 'GET', '/v1/cdrs?account=acme-1')
  const movements = await query(
    `SELECT amount::integer, target, unit, reference FROM ledger_entry
     WHERE account_id = 'acme-1' AND type = 'adjustment'`
  )
  t.same(movements, [{ amount: 70_000, target: 'wallet', unit: 'EUR', reference: 'pgw;1 1' }])
  t.match(await query('SELECT reason, account_id FROM outbox_rejected'), [
    { reason: /given back/, account_id: 'acme-1' }
  ])
  const metrics = await call(server.api, 'GET', '/metrics')
  t.match(metrics.body, /gyro_cdr_conflicts 1\n/)
  t.match(server.log(), /"alarm":"cdr-conflict"/)
  const trace = createHash('sha256').update('pgw;1').digest('hex').slice(0, 32)
  t.match(server.log(), new RegExp(`"traceId":"${trace}".*a CDR was reversed`))
})
