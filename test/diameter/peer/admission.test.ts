import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { encode } from '../../../src/diameter/codec/encode.ts'
import { flags, readHeader } from '../../../src/diameter/codec/header.ts'
import { anyPeer, type PeerRule, type PeerSettings } from '../../../src/domain/peers.ts'
import { answerOf, type DiameterClient, plainCer } from '../../support/diameter-client.ts'
import { startListener } from '../../support/diameter-listener.ts'

const peersOf = (...rules: Partial<PeerRule>[]): PeerSettings => ({
  peers: rules.map(rule => ({ ...anyPeer, ...rule })),
  profiles: [],
  agents: []
})

const closesWithin = (client: DiameterClient, ms: number): Promise<boolean> =>
  Promise.race([client.closed.then(() => true), sleep(ms, false)])

t.test(
  'RFC 6733 5.3: an unknown peer gets 3010 with the E bit, and the connection ends',
  async t => {
    const { connect, logged, requests } = await startListener(t, {
      peers: peersOf({ originHost: 'pgw*.example.org', addresses: ['127.0.0.0/8'] })
    })
    const known = await connect()
    t.equal((await known.cer({ 'Origin-Host': 'PGW7.example.org' })).resultCode, 2001)
    t.equal((await known.ccr()).resultCode, 2001)
    const unknown = await connect()
    const refused = await unknown.cer({ 'Origin-Host': 'smf.example.org' })
    t.equal(refused.resultCode, 3010)
    t.ok(refused.error)
    t.equal(refused.avps['Origin-Host'], 'ocs.gyro.test')
    t.ok(await closesWithin(unknown, 1_000))
    t.match(logged.join('\n'), /peer refused: no peer is configured for this Origin-Host/)
    t.equal(requests.length, 1)
  }
)

t.test('RFC 6733 5.3: a peer is known only at its addresses', async t => {
  const { connect } = await startListener(t, {
    peers: peersOf({ addresses: ['192.0.2.0/24'] }, { originHost: 'lab', addresses: ['127.0.0.1'] })
  })
  t.equal((await (await connect()).cer()).resultCode, 3010)
  t.equal((await (await connect()).cer({ 'Origin-Host': 'lab' })).resultCode, 2001)
})

t.test('RFC 6733 7.1.5: a CER with more AVPs than the limit is refused with 5012', async t => {
  const { connect } = await startListener(t)
  const many = { 'Supported-Vendor-Id': Array.from({ length: 4_100 }, (_, i) => i) }
  const client = await connect()
  const answer = await client.cer(many)
  t.equal(answer.resultCode, 5012)
  t.notOk(answer.error)
  t.ok(await closesWithin(client, 1_000))
})

t.test('RFC 6733 4.1: a CER with an unknown AVP with M bit is refused with 5001', async t => {
  const { connect } = await startListener(t)
  const client = await connect()
  const unknown = Buffer.from('0000fde84000000c3f3f3f3f', 'hex')
  const ids = { hopByHop: 5, endToEnd: 6 }
  const answer = answerOf('CEA', await client.exchange(encode('CER', ids, plainCer, unknown)))
  t.equal(answer.resultCode, 5001)
  t.same(answer.avps['Failed-AVP'], unknown)
})

t.test('RFC 6733 5.3: vendor ids beside an application play no part', async t => {
  const { connect } = await startListener(t)
  const vendorSpecific = [{ 'Vendor-Id': 9, 'Auth-Application-Id': 4 }]
  const change = {
    'Auth-Application-Id': undefined,
    'Vendor-Specific-Application-Id': vendorSpecific
  }
  t.equal((await (await connect()).cer(change)).resultCode, 2001)
})

t.test('RFC 6733 5.6: duplicates are rejected where configured: R-Reject', async t => {
  const { open, connect } = await startListener(t, { duplicates: 'reject' })
  const first = await open()
  const second = await connect()
  second.send(encode('CER', { hopByHop: 1, endToEnd: 1 }, plainCer))
  t.ok(await closesWithin(second, 1_000))
  t.strictSame(second.answers, [], 'without a CEA')
  t.equal((await first.ccr()).resultCode, 2001, 'and the first goes on')
  t.equal((await (await open('other.example.org')).ccr()).resultCode, 2001)
  first.end()
  await first.closed
  await sleep(20)
  t.equal((await (await open()).ccr()).resultCode, 2001, 'once it is gone, another may come')
})

t.test('RFC 6733 5.4.3: where duplicates replace, the older connection gets a DPR', async t => {
  const { open } = await startListener(t, { duplicates: 'replace', closingMs: 100 })
  const first = await open()
  const second = await open()
  const dpr = decode('DPR', await first.requestOf(282))
  t.equal(dpr.avps['Disconnect-Cause'], 2, 'DO_NOT_WANT_TO_TALK_TO_YOU')
  t.ok(await closesWithin(first, 1_000))
  t.equal((await second.ccr()).resultCode, 2001)
})

t.test('RFC 6733 5.4.3: a peer that a reload removes gets a DPR; the others go on', async t => {
  const { open, connect, listener, requests } = await startListener(t, { closingMs: 100 })
  const stays = await open('pgw1.example.org')
  const goes = await open('smf.example.org')
  t.equal((await stays.ccr({ 'Origin-Host': 'pgw1.example.org' })).resultCode, 2001)
  listener.reload(peersOf({ originHost: 'pgw*', profile: 'magma' }))
  const dpr = decode('DPR', await goes.requestOf(282))
  t.equal(dpr.avps['Disconnect-Cause'], 2)
  t.ok(await closesWithin(goes, 1_000))
  t.equal((await stays.ccr({ 'Origin-Host': 'pgw1.example.org' })).resultCode, 2001)
  t.strictSame(
    requests.map(request => request.profile.name),
    ['3gpp', 'magma'],
    'with its new profile'
  )
  t.strictSame(stays.requests, [])
  t.equal((await (await connect()).cer({ 'Origin-Host': 'smf.example.org' })).resultCode, 3010)
})

t.test('each client behind one agent has its own profile, by its own Origin-Host', async t => {
  const peers: PeerSettings = {
    peers: [
      { ...anyPeer, originHost: 'smf*', profile: 'lab' },
      { ...anyPeer, originHost: 'dra', profile: 'magma' }
    ],
    profiles: [{ name: 'lab', base: 'open5gs', changes: { ratingGroup: 7 } }],
    agents: []
  }
  const { open, requests } = await startListener(t, { peers })
  const agent = await open('dra')
  const asked = { 'Multiple-Services-Credit-Control': [{ 'Requested-Service-Unit': {} }] }
  for (const host of ['smf1', 'scscf', 'smf1']) await agent.ccr({ ...asked, 'Origin-Host': host })
  t.strictSame(
    requests.map(({ profile }) => [profile.name, profile.ratingGroup ?? null]),
    [
      ['lab', 7],
      ['magma', null],
      ['lab', 7]
    ]
  )
})

t.test('RFC 6733 8.16: Origin-State-Id is the same in CEA, DWA, DWR and CCA', async t => {
  const { connect } = await startListener(t, { watchdogMs: 60 })
  const client = await connect()
  const cea = await client.cer({ 'Origin-State-Id': 5 })
  const dwa = await client.dwr()
  const cca = await client.ccr({ 'Origin-State-Id': 9 })
  const dwr = decode('DWR', await client.requestOf(280))
  for (const { avps } of [cea, dwa, cca, dwr]) t.equal(avps['Origin-State-Id'], 7)
})

t.test('RFC 6733 3: the E bit in a request of the base protocol is answered with 3008', async t => {
  const { open } = await startListener(t)
  const client = await open()
  const identity = { 'Origin-Host': 'pgw.example.org', 'Origin-Realm': 'example.org' }
  const dwr = encode('DWR', { hopByHop: 77, endToEnd: 78 }, identity)
  dwr.writeUInt8(flags.request | flags.error, 4)
  const answer = answerOf('DWA', await client.exchange(dwr))
  t.equal(answer.resultCode, 3008)
  t.ok(answer.error)
  t.equal(readHeader(answer.bytes).command, 280)
  t.equal((await client.dwr()).resultCode, 2001)
})

t.test('RFC 6733 5.4: connections of either cause end when the peer says so', async t => {
  for (const cause of [0, 1, 2]) {
    const { open } = await startListener(t)
    const client = await open()
    const dpr = { 'Origin-Host': 'a', 'Origin-Realm': 'b', 'Disconnect-Cause': cause }
    const ids = { hopByHop: 9, endToEnd: 9 }
    t.equal(answerOf('DPA', await client.exchange(encode('DPR', ids, dpr))).resultCode, 2001)
    client.end()
    await client.closed
  }
})

t.test(
  'RFC 6733 8.6, 8.16: a peer that comes back without its sessions is told and counted',
  async t => {
    let restarts = 0
    const { connect, logged } = await startListener(t, {
      onRestart() {
        restarts += 1
      }
    })
    const comes = async (host: string, state?: number) => {
      const client = await connect()
      const change = state === undefined ? {} : { 'Origin-State-Id': state }
      t.equal((await client.cer({ 'Origin-Host': host, ...change })).resultCode, 2001)
    }
    await comes('pgw.example.org', 5)
    await comes('pgw.example.org', 5)
    await comes('pgw.example.org')
    await comes('pgw.example.org', 4)
    await comes('other.example.org', 9)
    t.equal(restarts, 0, 'the same, none, an older one, and another peer say nothing')
    await comes('PGW.example.org', 6)
    t.equal(restarts, 1)
    t.ok(logged.includes('peer restarted without its sessions: those it had end at Tcc'))
  }
)
