import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import t from 'tap'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { encode } from '../../../src/diameter/codec/encode.ts'
import { readHeader } from '../../../src/diameter/codec/header.ts'
import type { MessageInput } from '../../../src/diameter/dictionary/index.ts'
import { type AgentRule, anyPeer } from '../../../src/domain/peers.ts'
import { answerOf, clientOf, type DiameterClient } from '../../support/diameter-client.ts'
import { startListener } from '../../support/diameter-listener.ts'

const pem = (name: string): string =>
  readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8')

const cea: MessageInput<'CEA'> = {
  'Result-Code': 2001,
  'Origin-Host': 'dra.example.org',
  'Origin-Realm': 'example.org',
  'Host-IP-Address': ['127.0.0.1'],
  'Vendor-Id': 0,
  'Product-Name': 'test agent',
  'Auth-Application-Id': [0xffff_ffff]
}

interface TestAgent {
  readonly port: number
  readonly rule: AgentRule
  /** Waits for the nth connection (from 0) that Gyro makes. */
  connection(n: number): Promise<DiameterClient>
  /** Waits for the nth connection, and answers its CER. */
  accept(n: number, change?: MessageInput<'CEA'>): Promise<DiameterClient>
  readonly count: () => number
  stop(): Promise<void>
}

type Scope = Parameters<typeof startListener>[0]

async function startAgent(t: Scope, make?: (each: (socket: Socket) => void) => Server, port = 0) {
  const seen: DiameterClient[] = []
  const sockets = new Set<Socket>()
  const each = (socket: Socket): void => {
    sockets.add(socket)
    seen.push(clientOf(socket))
  }
  const server = make ? make(each) : createServer(each)
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  const connection = async (n: number): Promise<DiameterClient> => {
    while (seen.length <= n) await sleep(5)
    return seen[n] as DiameterClient
  }
  const agent: TestAgent = {
    port: address.port,
    rule: {
      host: '127.0.0.1',
      port: address.port,
      tls: false,
      originHost: 'dra.example.org',
      profile: '3gpp'
    },
    connection,
    async accept(n, change = {}) {
      const client = await connection(n)
      const { hopByHop, endToEnd } = readHeader(await client.requestOf(257))
      client.send(encode('CEA', { hopByHop, endToEnd }, { ...cea, ...change }))
      return client
    },
    count: () => seen.length,
    stop: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
  }
  t.teardown(() => agent.stop().catch(() => {}))
  return agent
}

const settingsOf = (...agents: AgentRule[]) => ({ peers: [anyPeer], profiles: [], agents })

/** Sends a watchdog until it is answered: the connection is open at the other side, too. */
async function isOpen(client: DiameterClient): Promise<boolean> {
  return (await client.dwr()).resultCode === 2001
}

t.test('RFC 6733 5.6: Gyro connects to an agent, and serves what comes over it', async t => {
  const agent = await startAgent(t)
  const { requests, listener } = await startListener(t, { peers: settingsOf(agent.rule) })
  const client = await agent.accept(0)
  t.match(decode('CER', client.requests[0] as Buffer).avps, {
    'Origin-Host': 'ocs.gyro.test',
    'Origin-Realm': 'gyro.test',
    'Host-IP-Address': ['127.0.0.1'],
    'Product-Name': 'Gyro',
    'Origin-State-Id': 7,
    'Supported-Vendor-Id': [10415],
    'Auth-Application-Id': [4]
  })
  t.equal((await client.ccr({ 'Route-Record': ['pgw.example.org'] })).resultCode, 2001)
  t.ok(await isOpen(client))
  t.equal(requests.length, 1)
  const closed = listener.close(500)
  const dpr = await client.requestOf(282)
  t.equal(decode('DPR', dpr).avps['Disconnect-Cause'], 0)
  const { hopByHop, endToEnd } = readHeader(dpr)
  const result = { 'Result-Code': 2001, 'Origin-Host': 'a', 'Origin-Realm': 'b' }
  client.send(encode('DPA', { hopByHop, endToEnd }, result))
  await closed
  await sleep(100)
  t.equal(agent.count(), 1, 'and does not connect again when it stops')
})

t.test('RFC 6733 2.1: an agent that is away is connected to once it is there', async t => {
  const gone = await startAgent(t)
  await gone.stop()
  const { logged } = await startListener(t, { peers: settingsOf(gone.rule), retryMs: 20 })
  while (!logged.includes('cannot connect to the agent')) await sleep(5)
  const back = await startAgent(t, undefined, gone.port)
  const client = await back.accept(0)
  t.ok(await isOpen(client))
  client.end()
  t.ok(await isOpen(await back.accept(1)), 'and again when the connection ends')
})

t.test('RFC 6733 5.6: a CEA that refuses, that is of another, or that does not come', async t => {
  const agent = await startAgent(t)
  const limits = { capabilitiesExchangeMs: 100 }
  await startListener(t, { peers: settingsOf(agent.rule), retryMs: 10, limits })
  const refused = await agent.accept(0, { 'Result-Code': 3010 })
  await refused.closed
  const other = await agent.accept(1, { 'Origin-Host': 'somebody.example.org' })
  await other.closed
  const without = await agent.accept(2, { 'Auth-Application-Id': [16777238] })
  await without.closed
  const silent = await agent.connection(3)
  await silent.closed
  const chatty = await agent.connection(4)
  chatty.send(
    encode('DWR', { hopByHop: 1, endToEnd: 1 }, { 'Origin-Host': 'a', 'Origin-Realm': 'b' })
  )
  await chatty.closed
  t.ok(await isOpen(await agent.accept(5)))
})

t.test(
  'RFC 6733 5.4.3: an agent that is rebooting is connected to again, one that is busy is left alone',
  async t => {
    for (const [cause, again] of [
      [0, true],
      [1, false],
      [2, false]
    ] as const) {
      const agent = await startAgent(t)
      await startListener(t, { peers: settingsOf(agent.rule), retryMs: 10 })
      const client = await agent.accept(0)
      const dpr = { 'Origin-Host': 'a', 'Origin-Realm': 'b', 'Disconnect-Cause': cause }
      const ids = { hopByHop: 9, endToEnd: 9 }
      t.equal(answerOf('DPA', await client.exchange(encode('DPR', ids, dpr))).resultCode, 2001)
      client.end()
      await sleep(150)
      t.equal(agent.count() > 1, again, `cause ${cause}`)
    }
  }
)

t.test(
  'RFC 3539 3.4.1: after a silence a connection to an agent starts in REOPEN, and is served',
  async t => {
    const agent = await startAgent(t)
    const { requests } = await startListener(t, {
      peers: settingsOf(agent.rule),
      retryMs: 10,
      watchdogMs: 60
    })
    const silent = await agent.accept(0)
    await silent.requestOf(280)
    await silent.closed
    const reopened = await agent.accept(1)
    t.equal((await reopened.ccr()).resultCode, 2001)
    const startedAt = performance.now()
    await reopened.requestOf(280)
    t.ok(performance.now() - startedAt < 1_000, 'a watchdog at once')
    t.equal(requests.length, 1)
  }
)

t.test('RFC 6733 13.1: over TLS the agent must have a certificate of its Origin-Host', async t => {
  const agent = await startAgent(t, each =>
    createTlsServer({ cert: pem('pgw.pem'), key: pem('pgw.key') }, each)
  )
  const material = {
    certificate: pem('ocs.pem'),
    key: pem('ocs.key'),
    ca: pem('ca.pem'),
    clientCertificate: false
  }
  const rule = { ...agent.rule, tls: true }
  const named = { ...rule, originHost: 'pgw.example.org' }
  const { logged, listener } = await startListener(t, {
    peers: settingsOf(rule),
    tls: { listen: null, material },
    retryMs: 10
  })
  while (!logged.includes('cannot connect to the agent')) await sleep(5)
  t.equal(agent.count(), 0, 'its certificate is not that of dra.example.org')
  listener.reload(settingsOf(named))
  const client = await agent.accept(0, { 'Origin-Host': 'pgw.example.org' })
  t.ok(await isOpen(client))
})

t.test('a reload connects to new agents, and disconnects from those that are gone', async t => {
  const [first, second] = [await startAgent(t), await startAgent(t)]
  const { listener } = await startListener(t, {
    peers: settingsOf(first.rule),
    retryMs: 10,
    closingMs: 50
  })
  const gone = await first.accept(0)
  t.ok(await isOpen(gone))
  listener.reload(settingsOf(second.rule))
  t.equal(decode('DPR', await gone.requestOf(282)).avps['Disconnect-Cause'], 2)
  t.ok(await isOpen(await second.accept(0)))
  await gone.closed
  await sleep(100)
  t.equal(first.count(), 1)
  listener.reload(settingsOf(second.rule))
  await sleep(30)
  t.equal(second.count(), 1, 'and leaves those that stay')
})

t.test('an agent behind which a client is unknown lends it its profile', async t => {
  const agent = await startAgent(t)
  const { requests } = await startListener(t, {
    peers: {
      peers: [{ ...anyPeer, originHost: 'nobody' }],
      profiles: [],
      agents: [{ ...agent.rule, profile: 'magma' }]
    }
  })
  const client = await agent.accept(0)
  t.equal((await client.ccr()).resultCode, 2001)
  t.equal(requests[0]?.profile.name, 'magma')
})

for (const duplicates of ['reject', 'replace'] as const) {
  t.test(
    `RFC 6733 5.6.4: both connect at once, and one connection stays (${duplicates})`,
    async t => {
      // ocs.gyro.test comes after dra.example.org: the connection of the other side is kept.
      const weaker = await startAgent(t)
      const { open, connect, logged } = await startListener(t, {
        peers: settingsOf(weaker.rule),
        retryMs: 10,
        duplicates
      })
      const ours = await weaker.connection(0)
      await ours.requestOf(257)
      const theirs = await connect()
      t.equal((await theirs.cer({ 'Origin-Host': 'DRA.example.org' })).resultCode, 2001)
      await ours.closed
      t.ok(logged.includes('election won: its connection is kept'))
      t.equal((await (await open()).ccr()).resultCode, 2001, 'others are not concerned')
      await sleep(100)
      t.equal(weaker.count(), 1, 'who is there is not connected to')
      theirs.end()
      t.ok(await isOpen(await weaker.accept(1)), 'and is when it has gone')
    }
  )

  t.test(`RFC 6733 5.6.4: who loses is told 4003 (${duplicates})`, async t => {
    const stronger = await startAgent(t)
    const { connect } = await startListener(t, {
      peers: settingsOf({ ...stronger.rule, originHost: 'pcrf.example.org' }),
      retryMs: 10,
      duplicates
    })
    await stronger.connection(0)
    const theirs = await connect()
    t.equal((await theirs.cer({ 'Origin-Host': 'pcrf.example.org' })).resultCode, 4003)
    await theirs.closed
    t.ok(await isOpen(await stronger.accept(0, { 'Origin-Host': 'pcrf.example.org' })))
    t.equal(stronger.count(), 1)
  })
}

t.test('RFC 6733 5.6.4: without a bound on connections there is no election', async t => {
  const agent = await startAgent(t)
  const { connect } = await startListener(t, { peers: settingsOf(agent.rule), retryMs: 10 })
  await agent.connection(0)
  const theirs = await connect()
  t.equal((await theirs.cer({ 'Origin-Host': 'dra.example.org' })).resultCode, 2001)
  t.ok(await isOpen(await agent.accept(0)))
  t.ok(await isOpen(theirs))
})
