import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { connectDiameter } from '../support/diameter-client.ts'
import { freePort } from '../support/redis.ts'
import { call, openAccount } from './api-client.ts'
import { connectPeer, dataRequest, granted, megabyte } from './charging.ts'
import {
  embeddedSettings,
  type GyroServer,
  lockedSettings,
  serve,
  sharedSettings
} from './gyro-process.ts'

const disconnect = 282

async function isClosed(server: GyroServer): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port: server.diameterPort })
  return new Promise(resolve => {
    socket.once('error', () => resolve(true))
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
  })
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
    const ready = await fetch(`${first.api}/readyz`).catch(() => null)
    t.ok(ready === null || ready.status === 503, 'balancers look elsewhere')
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
  const settings = await lockedSettings(t)
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
  t.match(body.wallet, { available: '19.870000', reserved: '0.100000' }, 'debited once')
  again.end()
})

t.test('clients that connect at the very moment of the start do no harm', async t => {
  for (const workers of ['1', '2']) {
    const port = await freePort()
    let tried = true
    const impatient = Array.from({ length: 8 }, async () => {
      while (tried) {
        const client = await connectDiameter(port).catch(() => null)
        if (client === null) await sleep(2)
        else
          await client.cer({ 'Origin-Host': 'pgw' }).then(
            () => client.end(),
            () => {}
          )
      }
    })
    const server = await serve({
      ...(await sharedSettings(t)),
      GYRO_DIAMETER_LISTEN: `127.0.0.1:${port}`,
      GYRO_WORKERS: workers
    })
    tried = false
    await Promise.all(impatient)
    t.notMatch(server.log(), /"level":"error"/, `${workers} workers`)
    t.equal((await server.stop()).status, 0)
  }
})
