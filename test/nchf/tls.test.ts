/** Nchf over TLS and mutual TLS (TS 33.501 13.1), and notifications that show a certificate. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import t from 'tap'
import { createOutgoing } from '../../src/nchf/outgoing.ts'
import { systemClock, systemScheduler } from '../../src/ops/clock.ts'
import { startChf } from '../support/chf.ts'
import { ask, base, connectNchf, pduSession, request } from '../support/nchf-client.ts'

const pem = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8')
const own = (holder: string) => ({ cert: pem(`${holder}.pem`), key: pem(`${holder}.key`) })
const ca = pem('ca.pem')
const imsi = '262010000000001'
const good = () => request(pduSession(imsi), 1, [ask()])

const open = await startChf(t, { tls: { ...own('ocs'), ca: null } })
const mutual = await startChf(t, { tls: { ...own('ocs'), ca } })
for (const chf of [open, mutual]) await chf.open('a1', '001', 100)

/** What ALPN chose; rejects when the handshake fails. */
async function handshake(port: number, ALPNProtocols: string[]): Promise<string | false | null> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', ca, ALPNProtocols })
  try {
    await once(socket, 'secureConnect')
    return socket.alpnProtocol
  } finally {
    socket.destroy()
  }
}

t.test('a session is charged over TLS, and its Location says so', async t => {
  const smf = await connectNchf(open.port, true, { ca })
  t.teardown(() => smf.end())
  const reply = await smf.post(base, good())
  t.equal(reply.status, 201)
  t.match(reply.headers['location'], `https://127.0.0.1:${open.port}${base}/`)
})

t.test('HTTP/2 is chosen by ALPN; nothing else is spoken', async t => {
  t.equal(await handshake(open.port, ['http/1.1', 'h2']), 'h2')
  await t.rejects(handshake(open.port, ['http/1.1']))
  const plain = connectTcp(open.port, '127.0.0.1')
  plain.on('error', () => {})
  plain.end('POST / HTTP/1.1\r\nhost: chf\r\n\r\n')
  let answer = ''
  plain.on('data', chunk => {
    answer += chunk.toString('latin1')
  })
  await once(plain, 'close')
  t.notMatch(answer, /HTTP/)
})

t.test('mutual TLS: only a consumer with a certificate of the authority is served', async t => {
  const smf = await connectNchf(mutual.port, true, { ca, ...own('pgw') })
  t.teardown(() => smf.end())
  t.equal((await smf.post(base, good())).status, 201)
  const before = mutual.requests.length
  for (const shown of [{}, own('stranger')]) {
    // With TLS 1.3 the client is done before the server has looked at its certificate.
    const outcome = await connectNchf(mutual.port, false, { ca, ...shown })
      .then(client => Promise.race([client.post(base, good()), sleep(2_000)]))
      .then(
        reply => reply?.status ?? 'silence',
        () => 'refused'
      )
    t.equal(outcome, 'refused')
  }
  t.equal(mutual.requests.length, before)
  t.equal((await smf.post(base, good())).status, 201, 'the one that is known goes on')
})

t.test('notifications show our certificate to a consumer that asks for one', async t => {
  const names: (string | undefined)[] = []
  const consumer = createSecureServer({ ...own('ocs'), ca, requestCert: true })
  consumer.on('session', session => t.teardown(() => session.destroy()))
  consumer.on('stream', stream => {
    const socket = stream.session?.socket as TLSSocket
    names.push(socket.getPeerCertificate().subject?.CN as string | undefined)
    stream.respond({ ':status': 204 }, { endStream: true })
  })
  consumer.listen(0, '127.0.0.1')
  await once(consumer, 'listening')
  t.teardown(() => void consumer.close())
  const uri = `https://127.0.0.1:${(consumer.address() as AddressInfo).port}/callback`
  const ask = { method: 'POST', uri, body: {}, timeoutMs: 2_000 } as const
  const known = createOutgoing({
    clock: systemClock,
    scheduler: systemScheduler,
    tls: { ca, ...own('pgw') }
  })
  const unknown = createOutgoing({ clock: systemClock, scheduler: systemScheduler, tls: { ca } })
  const distrusting = createOutgoing({
    clock: systemClock,
    scheduler: systemScheduler,
    tls: own('pgw')
  })
  t.teardown(() => {
    for (const outgoing of [known, unknown, distrusting]) outgoing.close()
  })
  t.match(await known.request(ask), { status: 204 })
  t.same(names, ['pgw.example.org'])
  t.equal(await unknown.request(ask), 'unreachable', 'without a certificate')
  t.equal(await distrusting.request(ask), 'unreachable', 'a consumer that nobody vouches for')
})
