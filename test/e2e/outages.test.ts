import t from 'tap'
import { createDatabase, startCluster } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'
import { call, openAccount } from './api-client.ts'
import { connectPeer, dataRequest, dataSession, megabyte } from './charging.ts'
import { portSettings, serve, temporaryFolder } from './gyro-process.ts'

const success = [2001, 2001, 2001]

t.test('a store that goes away is a clear 503 and comes back', async t => {
  const redis = await startRedis()
  const database = await createDatabase()
  const stores = { GYRO_STORE: redis.url, GYRO_CDR: database.url }
  const server = await serve({ ...portSettings(), ...stores })
  t.teardown(async () => {
    await server.stop()
    await redis.stop()
    await database.drop()
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
  const deadline = performance.now() + 60_000
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
    const folder = temporaryFolder()
    const stores = { ...portSettings(folder), GYRO_STORE: `embedded:${folder}/state` }
    const server = await serve({ ...stores, GYRO_CDR: cluster.url })
    t.teardown(async () => {
      await server.stop()
      await cluster.remove()
    })
    await openAccount(server.api, 'acme-1', '4915100000001', '20.00')
    await cluster.kill()
    const peer = await connectPeer(server.diameterPort)
    t.same(await dataSession(peer, 'pgw;1', '4915100000001', megabyte, megabyte), success)
    const deadline = performance.now() + 60_000
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

t.test('SIGTERM ends the server in time and with status 0 also while both are away', async t => {
  const redis = await startRedis()
  const cluster = await startCluster()
  const stores = { GYRO_STORE: redis.url, GYRO_CDR: cluster.url }
  const server = await serve({ ...portSettings(), ...stores })
  t.teardown(async () => {
    await redis.stop()
    await cluster.remove()
  })
  await openAccount(server.api, 'acme-1', '4915100000001', '20.00')
  const peer = await connectPeer(server.diameterPort)
  await cluster.kill()
  t.same(await dataSession(peer, 'pgw;1', '4915100000001', megabyte, megabyte), success)
  await redis.kill()
  const late = peer.ccr(dataRequest('pgw;2', '4915100000001', 'initial', 0, null))
  const { status, milliseconds } = await server.stop()
  t.equal(status, 0, server.log())
  t.ok(milliseconds < 20_000, `${milliseconds} ms`)
  t.equal((await late).resultCode, 3004, 'what was in flight is answered')
})
