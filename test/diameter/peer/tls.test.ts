import { readFileSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import t from 'tap'
import type { TlsMaterial } from '../../../src/diameter/peer/tls.ts'
import { clientOf, type DiameterClient } from '../../support/diameter-client.ts'
import { startListener, type TestListener } from '../../support/diameter-listener.ts'

const pem = (name: string): string =>
  readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8')

const material: TlsMaterial = {
  certificate: pem('ocs.pem'),
  key: pem('ocs.key'),
  ca: pem('ca.pem'),
  clientCertificate: false
}
const listen = { host: '127.0.0.1', port: 0 }

type Scope = Parameters<typeof startListener>[0]

async function dial(
  t: Scope,
  { tlsPort }: TestListener,
  holder: string | null = null
): Promise<DiameterClient> {
  const own = holder === null ? {} : { cert: pem(`${holder}.pem`), key: pem(`${holder}.key`) }
  const options = { ca: pem('ca.pem'), servername: 'ocs.gyro.test', ...own }
  const socket: TLSSocket = connect({ port: tlsPort, host: '127.0.0.1', ...options })
  t.teardown(async () => void socket.destroy())
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
  })
  return clientOf(socket)
}

t.test('RFC 6733 2.1: TLS on an address of its own, before the capabilities exchange', async t => {
  const server = await startListener(t, { tls: { listen, material } })
  const client = await dial(t, server)
  t.equal((await client.cer()).resultCode, 2001)
  t.equal((await client.ccr()).resultCode, 2001)
  t.equal((await client.dwr()).resultCode, 2001)
  t.equal((await (await server.open()).ccr()).resultCode, 2001, 'and TCP beside it')
  t.equal(server.listener.connections(), 2)
  const closed = server.listener.close(200)
  await client.requestOf(282)
  await closed
  t.equal(server.listener.connections(), 0)
})

t.test('RFC 6733 13.1: mutual TLS lets in who has a certificate of the right signer', async t => {
  const mutual = { listen, material: { ...material, clientCertificate: true } }
  const server = await startListener(t, { tls: mutual })
  const known = await dial(t, server, 'pgw')
  t.equal((await known.cer()).resultCode, 2001)
  for (const holder of [null, 'stranger']) {
    // With TLS 1.3 the client is done before the server has looked at its certificate.
    const outcome = await dial(t, server, holder).then(
      client => Promise.race([client.closed.then(() => 'closed'), sleep(1_000, 'open')]),
      () => 'closed'
    )
    t.equal(outcome, 'closed', holder ?? 'no certificate')
  }
  t.equal((await known.ccr()).resultCode, 2001)
  t.equal(server.requests.length, 1)
})

t.test('RFC 6733 13.1: a certificate speaks for the Origin-Host that it names', async t => {
  const mutual = { listen, material: { ...material, clientCertificate: true } }
  const server = await startListener(t, { tls: mutual })
  const client = await dial(t, server, 'pgw')
  const refused = await client.cer({ 'Origin-Host': 'smf.example.org' })
  t.equal(refused.resultCode, 3010)
  await client.closed
})

t.test(
  'RFC 6733 6.10: TLS in-band is not offered, neither over TCP nor over TLS (5017)',
  async t => {
    const server = await startListener(t, { tls: { listen, material } })
    for (const client of [await server.connect(), await dial(t, server)]) {
      t.equal((await client.cer({ 'Inband-Security-Id': [1] })).resultCode, 5017)
      await client.closed
    }
    const both = await server.connect()
    t.equal((await both.cer({ 'Inband-Security-Id': [1, 0] })).resultCode, 2001)
  }
)

t.test('octets that are no handshake, and none at all, disturb nobody', async t => {
  const limits = { capabilitiesExchangeMs: 150 }
  const server = await startListener(t, { tls: { listen, material }, limits })
  const good = await dial(t, server)
  await good.cer()
  for (const first of [null, 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\xff']) {
    const socket = connectPlain({ port: server.tlsPort, host: '127.0.0.1' })
    socket.on('error', () => {})
    socket.resume()
    if (first !== null) socket.write(first)
    await new Promise(resolve => socket.once('close', resolve))
  }
  t.equal((await good.ccr()).resultCode, 2001)
})

t.test('connections over TLS count for their address, also before the handshake', async t => {
  const limits = { connectionsPerAddress: 2 }
  const server = await startListener(t, { tls: { listen, material }, limits })
  await server.open()
  const idle = connectPlain({ port: server.tlsPort, host: '127.0.0.1' })
  await new Promise(resolve => idle.once('connect', resolve))
  await sleep(20)
  await t.rejects(dial(t, server))
  idle.destroy()
  await sleep(20)
  t.equal((await (await dial(t, server)).cer()).resultCode, 2001)
})

t.test('a renewed certificate is what new connections see', async t => {
  const server = await startListener(t, { tls: { listen, material } })
  const before = await dial(t, server)
  await before.cer()
  server.listener.renew({ ...material, certificate: pem('pgw.pem'), key: pem('pgw.key') })
  await t.rejects(dial(t, server), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  t.equal((await before.ccr()).resultCode, 2001)
})
