/** The TLS files of Nchf while a server runs: read again on SIGHUP by all its processes, for both directions. */
import { once } from 'node:events'
import { copyFileSync, readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ask, base, connectNchf, pduSession, request } from '../support/nchf-client.ts'
import { call } from './api-client.ts'
import { gyro, serve, sharedSettings, temporaryFolder } from './gyro-process.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const ca = readFileSync(fixture('ca.pem'))
const pair = (holder: string) => ({
  cert: readFileSync(fixture(`${holder}.pem`)),
  key: readFileSync(fixture(`${holder}.key`))
})
const folder = temporaryFolder()
const certificate = join(folder, 'chf.pem')
const key = join(folder, 'chf.key')
const files = {
  GYRO_NCHF_TLS_CERTIFICATE: certificate,
  GYRO_NCHF_TLS_KEY: key,
  GYRO_NCHF_TLS_CA: fixture('ca.pem')
}

function install(holder: string, keyOf = holder): void {
  copyFileSync(fixture(`${holder}.pem`), certificate)
  copyFileSync(fixture(`${keyOf}.key`), key)
}

t.test('a key of another certificate is told before anything is opened', async t => {
  install('ocs', 'pgw')
  const { status, stderr } = await gyro(['serve'], files)
  t.equal(status, 1)
  t.match(stderr, /GYRO_NCHF_TLS_CERTIFICATE .* and GYRO_NCHF_TLS_KEY .* do not go together/)
  t.notMatch(stderr, /bug|\n {4}at /)
})

t.test('SIGHUP renews the certificate, and a broken file leaves the old one', async t => {
  install('ocs')
  const settings = { ...(await sharedSettings(t)), ...files, GYRO_WORKERS: '2' }
  const server = await serve(settings)
  t.teardown(() => server.stop())
  const reload = async (told: string) => {
    const processes = 3
    const before = server.log().split(told).length
    server.child.kill('SIGHUP')
    while (server.log().split(told).length < before + processes) await sleep(20)
  }
  const connect = () =>
    connectNchf(server.nchfPort, false, {
      ca,
      ...pair('pgw'),
      checkServerIdentity: () => undefined
    })
  const nameOf = ({ session }: Awaited<ReturnType<typeof connect>>) =>
    (session.socket as TLSSocket).getPeerCertificate().subject.CN
  /** What both workers show. */
  const shown = async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, connect))
    const names = clients.map(nameOf)
    for (const client of clients) client.end()
    return [...new Set(names)]
  }

  const consumer = createSecureServer({ ...pair('ocs'), ca, requestCert: true })
  const notifiers: unknown[] = []
  consumer.on('session', session => t.teardown(() => session.destroy()))
  consumer.on('stream', stream => {
    const socket = stream.session?.socket as TLSSocket
    notifiers.push(socket.getPeerCertificate().subject.CN)
    stream.respond({ ':status': 204 }, { endStream: true })
  })
  consumer.listen(0, '127.0.0.1')
  await once(consumer, 'listening')
  t.teardown(() => void consumer.close())
  const notifyUri = `https://127.0.0.1:${(consumer.address() as AddressInfo).port}/notify`
  const imsi = '262010000000001'
  const lines = [{ imsi, msisdn: '4915100000001' }]
  const account = { id: 'a1', lines, offers: ['prepaid-go'], topUp: '20.00' }
  await call(server.api, 'POST', '/v1/accounts', account)
  const smf = await connect()
  t.teardown(() => smf.end())
  const create = request(pduSession(imsi), 1, [ask()], { notifyUri })
  const created = await smf.post(base, create)
  t.equal(created.status, 201)
  const notified = async (name: string) => {
    const before = notifiers.length
    const id = { 'idempotency-key': `top-up-${name}` }
    await call(server.api, 'POST', '/v1/accounts/a1/top-ups', { amount: '5.00' }, id)
    while (notifiers.length === before) await sleep(20)
    return notifiers.at(-1)
  }

  t.same(await shown(), ['ocs.gyro.test'])
  t.equal(await notified('first'), 'ocs.gyro.test')
  install('pgw')
  await reload('TLS files of Nchf read again')
  t.same(await shown(), ['pgw.example.org'])
  t.equal(await notified('second'), 'pgw.example.org')
  install('ocs', 'pgw')
  await reload('TLS files of Nchf not read again')
  t.match(server.log(), /GYRO_NCHF_TLS_KEY \S+ do not go together/)
  t.same(await shown(), ['pgw.example.org'])
  const path = `${new URL(String(created.headers['location'])).pathname}/update`
  const update = await smf.post(path, request(pduSession(imsi), 2, [ask()], { notifyUri }))
  t.equal(update.status, 200, 'an open connection goes on')
})
