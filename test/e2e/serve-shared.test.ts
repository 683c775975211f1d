import pg from 'pg'
import t, { type Test } from 'tap'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis, freePort } from '../support/redis.ts'
import { call, openAccount } from './api-client.ts'
import { connectPeer, dataRequest, dataSession, megabyte } from './charging.ts'
import { portSettings, type Settings, serve, workersOf } from './gyro-process.ts'

const success = [2001, 2001, 2001]

/** Row of the session in Postgres, within five seconds. */
async function cdrRow(url: string, sessionId: string): Promise<Record<string, unknown> | null> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const deadline = performance.now() + 5_000
    while (performance.now() < deadline) {
      const { rows } = await client.query('SELECT * FROM cdr WHERE session_id = $1', [sessionId])
      if (rows.length > 0) return rows.length === 1 ? rows[0] : null
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    return null
  } finally {
    await client.end()
  }
}

async function redisAndPostgres(
  t: Test,
  workers: number
): Promise<Settings & { readonly GYRO_CDR: string }> {
  const redis = await emptyRedis()
  const database = await createDatabase()
  t.teardown(async () => {
    await redis.stop()
    await database.drop()
  })
  return {
    ...portSettings(),
    GYRO_STORE: redis.url,
    GYRO_CDR: database.url,
    GYRO_WORKERS: String(workers)
  }
}

t.test('a server says that it is ready only once Diameter listens', async t => {
  const [diameter, api] = [await freePort(), await freePort()]
  const starting = serve({
    ...(await redisAndPostgres(t, 2)),
    GYRO_DIAMETER_LISTEN: `127.0.0.1:${diameter}`,
    GYRO_API_LISTEN: `127.0.0.1:${api}`
  })
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${api}/readyz`).then(
      answer => answer.status,
      () => 0
    )
    if (status === 200) break
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  const peer = await connectPeer(diameter)
  t.ok(peer, 'a peer is served at once')
  await (await starting).stop()
})

for (const workers of [1, 2]) {
  t.test(
    `on Redis and Postgres with ${workers} workers CDRs are rows within five seconds`,
    async t => {
      const settings = await redisAndPostgres(t, workers)
      const server = await serve(settings)
      t.equal(server.ready['workers'], workers)
      await openAccount(server.api, 'acme-1', '4915100000001', '20.00')
      const peers = await Promise.all(
        Array.from({ length: 4 }, () => connectPeer(server.diameterPort))
      )
      const codes = await Promise.all(
        peers.map((peer, index) =>
          dataSession(peer, `pgw;${index}`, '4915100000001', 10 * megabyte, 2 * megabyte)
        )
      )
      t.same(codes, [success, success, success, success])
      const row = await cdrRow(settings.GYRO_CDR, 'pgw;1')
      t.match(row, {
        session_id: 'pgw;1',
        account_id: 'acme-1',
        msisdn: '4915100000001',
        amount_micros: '120000',
        closing_cause: 'normalRelease',
        started_at: Date,
        ended_at: Date
      })
      const { body } = await call(server.api, 'GET', '/v1/accounts/acme-1')
      t.equal(body.wallet.available, '19.520000')
      const cdrs = await call(server.api, 'GET', '/v1/cdrs?account=acme-1')
      t.equal(cdrs.body.items.length, 4)
      const metrics = await call(server.api, 'GET', '/metrics')
      t.match(metrics.body, /gyro_requests_total\{type="initial",result_code="2001"\} 4\n/)
      t.match(metrics.body, /gyro_request_duration_seconds_count\{type="update"\} 4\n/)
      t.match((await call(server.api, 'GET', '/readyz')).body, { status: 'ready' })
      for (const peer of peers) peer.end()
      const { status, milliseconds } = await server.stop()
      t.equal(status, 0, server.log())
      t.ok(milliseconds < 20_000, `${milliseconds} ms`)
    }
  )
}

t.test('a worker that dies is replaced', async t => {
  const server = await serve(await redisAndPostgres(t, 2))
  t.teardown(() => server.stop())
  await openAccount(server.api, 'acme-1', '4915100000001', '20.00')
  const peer = await connectPeer(server.diameterPort)
  await peer.ccr(dataRequest('pgw;1', '4915100000001', 'initial', 0, null))
  const workers = workersOf(server)
  t.equal(workers.length, 2)
  for (const pid of workers) process.kill(pid, 'SIGKILL')
  // The primary asks its workers while it does not know yet that they are gone.
  await Promise.all(Array.from({ length: 50 }, () => fetch(`${server.api}/metrics`)))
  await peer.closed
  const deadline = performance.now() + 20_000
  let code: number | undefined
  while (code !== 2001 && performance.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 200))
    const again = await connectPeer(server.diameterPort).catch(() => null)
    if (again === null) continue
    const request = dataRequest('pgw;1', '4915100000001', 'termination', 1, megabyte)
    code = (await again.ccr(request)).resultCode
    again.end()
  }
  t.equal(code, 2001, `the session goes on with another worker\n${server.log()}`)
})
