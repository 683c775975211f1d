import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createDatabase, startCluster } from '../support/postgres.ts'
import { emptyRedis, startRedis } from '../support/redis.ts'
import { call, openAccount } from './api-client.ts'
import { connectPeer, dataRequest, dataSession, granted, megabyte } from './charging.ts'
import { embeddedSettings, type GyroServer, type Settings, serve } from './gyro-process.ts'

const disconnect = 282
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

async function isClosed(server: GyroServer): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port: server.diameterPort })
  const [event] = await Promise.race([
    once(socket, 'connect').then(() => ['connect']),
    once(socket, 'error').then(() => ['error'])
  ])
  socket.destroy()
  return event === 'error'
}

t.test(
  'on embedded stores a session is charged, kept over a restart, and SIGTERM ends in order',
  async t => {
    const settings = embeddedSettings()
    const first = await serve(settings)
    t.match(first.ready, { msg: 'ready', workers: 1, diameter: /^127/, api: /^127/ })
    t.equal((await openAccount(first.api, 'acme-1', '4915100000001', '20.00')).status, 201)
    const peer = await connectPeer(first.diameterPort)
    const opened = await peer.ccr(dataRequest('pgw;1', '4915100000001', 'initial', 0, null))
    t.equal(granted(opened), 10 * megabyte)
    const during = await call(first.api, 'GET', '/v1/accounts/acme-1')
    t.match(during.body.wallet, { available: '19.900000', reserved: '0.100000' })
    const end = first.stop()
    const dpr = await peer.requestOf(disconnect)
    t.ok(dpr, 'the peer is told')
    const { status, milliseconds } = await end
    t.equal(status, 0, first.log())
    t.ok(milliseconds < 20_000, `${milliseconds} ms`)
    t.ok(await isClosed(first))

    const second = await serve(settings)
    t.teardown(() => second.stop())
    const again = await connectPeer(second.diameterPort)
    const sessions = await call(second.api, 'GET', '/v1/sessions?account=acme-1')
    t.match(sessions.body.items, [{ sessionId: 'pgw;1', msisdn: '4915100000001' }])
    const closed = await again.ccr(
      dataRequest('pgw;1', '4915100000001', 'termination', 1, 2 * megabyte)
    )
    t.equal(closed.resultCode, 2001)
    const { body } = await call(second.api, 'GET', '/v1/cdrs?account=acme-1')
    t.match(body.items, [{ sessionId: 'pgw;1', amount: '0.020000', closingCause: 'normalRelease' }])
    const after = await call(second.api, 'GET', '/v1/accounts/acme-1')
    t.match(after.body.wallet, { available: '19.980000', reserved: '0.000000' })
    again.end()
  }
)

t.test('every answered request survives kill -9', async t => {
  const settings = embeddedSettings()
  const first = await serve(settings)
  await openAccount(first.api, 'acme-1', '4915100000001', '20.00')
  const peer = await connectPeer(first.diameterPort)
  await peer.ccr(dataRequest('pgw;1', '4915100000001', 'initial', 0, null))
  const report = dataRequest('pgw;1', '4915100000001', 'update', 1, 3 * megabyte)
  const answered = await peer.ccr(report)
  await first.stop('SIGKILL')
  const second = await serve(settings)
  t.teardown(() => second.stop())
  const again = await connectPeer(second.diameterPort)
  const repeated = await again.ccr(report)
  t.equal(granted(repeated), granted(answered), 'the same answer')
  const { body } = await call(second.api, 'GET', '/v1/accounts/acme-1')
  t.equal(
    Number(body.wallet.available) + Number(body.wallet.reserved),
    19.97,
    'the usage is debited once'
  )
  again.end()
})

async function redisAndPostgres(
  t: Test,
  workers: number
): Promise<Settings & { readonly GYRO_CDR: string }> {
  const redis = await emptyRedis(5 + workers)
  const database = await createDatabase()
  t.teardown(async () => {
    await redis.stop()
    await database.drop()
  })
  return {
    ...embeddedSettings(),
    GYRO_STORE: redis.url,
    GYRO_CDR: database.url,
    GYRO_WORKERS: String(workers)
  }
}

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
  t.equal(code, 2001, 'the session goes on with another worker')
})

function workersOf(server: GyroServer): number[] {
  const path = `/proc/${server.child.pid}/task/${server.child.pid}/children`
  const children = readFileSync(path, 'utf8').trim().split(' ').map(Number)
  return children.filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('main.ts'))
}

t.test('a store that goes away is a clear 503 and comes back', async t => {
  const redis = await startRedis()
  const server = await serve({ ...embeddedSettings(), GYRO_STORE: redis.url })
  t.teardown(async () => {
    await server.stop()
    await redis.stop()
  })
  await openAccount(server.api, 'acme-1', '4915100000001', '20.00')
  const peer = await connectPeer(server.diameterPort)
  await redis.kill()
  const from = performance.now()
  const busy = await peer.ccr(dataRequest('pgw;1', '4915100000001', 'initial', 0, null))
  t.equal(busy.resultCode, 3004)
  t.ok(performance.now() - from < 5_000)
  const away = await call(server.api, 'GET', '/readyz')
  t.equal(away.status, 503)
  t.equal((await call(server.api, 'GET', '/v1/accounts/acme-1')).status, 503)
  await redis.start()
  const deadline = performance.now() + 10_000
  let code: number | undefined
  while (code !== 2001 && performance.now() < deadline) {
    code = (await peer.ccr(dataRequest('pgw;2', '4915100000001', 'initial', 0, null))).resultCode
  }
  t.equal(code, 2001)
  t.equal((await call(server.api, 'GET', '/readyz')).status, 200)
  peer.end()
})

t.test(
  'a Postgres that is away does not stop charging, and gets its CDRs once it is back',
  async t => {
    const cluster = await startCluster()
    const server = await serve({ ...embeddedSettings(), GYRO_CDR: cluster.url })
    t.teardown(async () => {
      await server.stop()
      await cluster.remove()
    })
    await openAccount(server.api, 'acme-1', '4915100000001', '20.00')
    await cluster.kill()
    const peer = await connectPeer(server.diameterPort)
    t.same(await dataSession(peer, 'pgw;1', '4915100000001', megabyte, megabyte), success)
    const deadline = performance.now() + 10_000
    let state = ''
    while (state !== 'degraded' && performance.now() < deadline) {
      const { status, body } = await call(server.api, 'GET', '/readyz')
      t.equal(status, 200)
      state = body.status
    }
    t.equal(state, 'degraded')
    await cluster.start()
    const back = performance.now()
    let items: unknown[] = []
    while (items.length === 0 && performance.now() - back < 30_000) {
      const reply = await call(server.api, 'GET', '/v1/cdrs?account=acme-1')
      items = reply.status === 200 ? reply.body.items : []
    }
    t.match(items, [{ sessionId: 'pgw;1', amount: '0.020000' }])
    peer.end()
  }
)
