/** The server as a network function of a 5G core: registered with several workers, with access tokens both ways. */
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { ask, base, connectNchf, pduSession, request } from '../support/nchf-client.ts'
import { startNrf } from '../support/nrf.ts'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'
import { call } from './api-client.ts'
import { gyro, portSettings, serve, temporaryFolder } from './gyro-process.ts'

const instanceId = '6f1c2a52-59c9-4a5e-9d2f-0d6b6b0c7a11'
const nrf = await startNrf(t)
const redis = await emptyRedis()
const database = await createDatabase()
const keys = join(temporaryFolder(), 'nrf.json')
writeFileSync(keys, JSON.stringify(nrf.jwks))
const core = {
  GYRO_NCHF_NRF_URI: nrf.uri,
  GYRO_NCHF_NRF_INSTANCE_ID: instanceId,
  GYRO_NCHF_OAUTH2_KEYS: keys,
  GYRO_NCHF_OAUTH2_CALLBACK_SCOPE: 'nsmf-callback'
}
const server = await serve({
  ...portSettings(),
  ...core,
  GYRO_STORE: redis.url,
  GYRO_CDR: database.url,
  GYRO_WORKERS: '2'
})
let running = true
const stop = async () => {
  if (running) await server.stop()
  running = false
}
t.teardown(async () => {
  await stop()
  await redis.stop()
  await database.drop()
})

t.test('one registration for all workers, with the address that they serve', async t => {
  await nrf.until('PATCH 204')
  const [service] = nrf.instances.get(instanceId).nfServices
  t.match(service, {
    ipEndPoints: [{ ipv4Address: '127.0.0.1', port: server.nchfPort }],
    oauth2Required: true
  })
  t.equal(nrf.answered.filter(entry => entry.startsWith('PUT')).length, 1)
  const metrics = (await call(server.api, 'GET', '/metrics')).body
  t.match(metrics, /gyro_nrf_registered 1\n/)
  t.match(metrics, /gyro_nrf_requests_total\{operation="register",result="201"\} 1\n/)
})

t.test('a session with a token of the NRF is charged, and notified with one', async t => {
  const notified: IncomingHttpHeaders[] = []
  let hear = () => {}
  const consumer = createServer()
  consumer.on('session', session => t.teardown(() => session.destroy()))
  consumer.on('stream', (stream, headers) => {
    notified.push(headers)
    stream.respond({ ':status': 204 }, { endStream: true })
    hear()
  })
  await new Promise<void>(resolve => consumer.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void consumer.close())
  const notifyUri = `http://127.0.0.1:${(consumer.address() as AddressInfo).port}/notify`
  const imsi = '262010000000001'
  const lines = [{ imsi, msisdn: '4915100000001' }]
  const account = { id: 'a1', lines, offers: ['prepaid-go'], topUp: '20.00' }
  await call(server.api, 'POST', '/v1/accounts', account)
  const smf = await connectNchf(server.nchfPort)
  t.teardown(() => smf.end())
  const create = (headers: object) =>
    smf.post(base, request(pduSession(imsi), 1, [ask()], { notifyUri }), { ...headers })
  t.match(await create({}), { status: 401, body: { cause: 'INVALID_CLIENT' } })
  const claims = { sub: '9d1f7c8e-6f0b-4c57-8a35-3d2f0c9f2b11', scope: 'nchf-convergedcharging' }
  const token = await nrf.token({ ...claims, aud: [instanceId] })
  t.equal((await create({ authorization: `Bearer ${token}` })).status, 201)
  const heard = new Promise<void>(resolve => {
    hear = resolve
  })
  const key = { 'idempotency-key': 'top-up-1' }
  await call(server.api, 'POST', '/v1/accounts/a1/top-ups', { amount: '5.00' }, key)
  await heard
  const [, payload = ''] = String(notified[0]?.authorization).split('.')
  t.match(JSON.parse(Buffer.from(payload, 'base64url').toString()), {
    sub: instanceId,
    scope: 'nsmf-callback'
  })
})

t.test('SIGTERM deregisters', async t => {
  await stop()
  t.equal(nrf.instances.size, 0)
  t.equal(nrf.answered.at(-1), 'DELETE 204')
})

t.test('keys that cannot be used are told before anything is opened', async t => {
  const missing = { GYRO_NCHF_OAUTH2_KEYS: '/nowhere.pem' }
  const { status, stderr } = await gyro(['serve'], missing)
  t.not(status, 0)
  t.match(stderr, /GYRO_NCHF_OAUTH2_KEYS: \/nowhere\.pem cannot be used/)
})
