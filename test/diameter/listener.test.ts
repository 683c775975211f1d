import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Charge } from '../../src/charging/ports.ts'
import { decode } from '../../src/diameter/codec/decode.ts'
import { encode, encodeAvp } from '../../src/diameter/codec/encode.ts'
import { flags, readHeader } from '../../src/diameter/codec/header.ts'
import { avpOf, readEcho } from '../../src/diameter/peer/raw.ts'
import { answerOf, type DiameterClient, plainCcr, plainCer } from '../support/diameter-client.ts'
import { grantAll, startListener } from '../support/diameter-listener.ts'

const ids = { hopByHop: 90_001, endToEnd: 90_002 }
const mscc = (group: number) => ({ 'Rating-Group': group, 'Requested-Service-Unit': {} })
const ccrCommand = 272

/** A charge function that keeps its replies until they are let go. */
function holdingCharge() {
  const held: (() => void)[] = []
  const charge: Charge = (request, reply) => {
    held.push(() => reply(grantAll(request)))
  }
  return {
    charge,
    held,
    letGo: () => {
      for (const run of held.splice(0)) run()
    }
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

const closesWithin = (client: DiameterClient, ms: number): Promise<boolean> =>
  Promise.race([client.closed.then(() => true), sleep(ms, false)])

/** A CCR with AVPs taken away or put in as they are. */
function rawCcr(without: readonly string[], more: Buffer = Buffer.alloc(0)): Buffer {
  const avps = Object.fromEntries(
    Object.entries(plainCcr).filter(([name]) => !without.includes(name))
  )
  return encode('CCR', ids, avps, more)
}

/** A message of the header alone, or with such AVPs. */
function message(
  command: number,
  application: number,
  flagBits = 0x80,
  avps = Buffer.alloc(0)
): Buffer {
  const bytes = Buffer.alloc(20)
  bytes.writeUInt32BE(0x0100_0000 + 20 + avps.length, 0)
  bytes.writeUInt32BE(((flagBits << 24) | command) >>> 0, 4)
  bytes.writeUInt32BE(application, 8)
  bytes.writeUInt32BE(ids.hopByHop, 12)
  bytes.writeUInt32BE(ids.endToEnd, 16)
  return Buffer.concat([bytes, avps])
}

t.test('RFC 6733 5: capabilities, a session, and the end over one connection', async t => {
  const { open, requests, listener } = await startListener(t)
  const client = await open()
  t.equal(listener.connections(), 1)
  const first = await client.ccr({ 'Multiple-Services-Credit-Control': [mscc(10)] })
  t.equal(first.resultCode, 2001)
  t.equal(first.error, false)
  t.strictSame(first.faults, [])
  t.match(first.avps['Multiple-Services-Credit-Control'], [
    { 'Rating-Group': 10, 'Granted-Service-Unit': { 'CC-Total-Octets': 10_000_000n } }
  ])
  const used = { 'Rating-Group': 10, 'Used-Service-Unit': [{ 'CC-Total-Octets': 5 }] }
  for (const [type, number] of [
    [2, 1],
    [3, 2]
  ] as const) {
    const answer = await client.ccr({
      'CC-Request-Type': type,
      'CC-Request-Number': number,
      'Multiple-Services-Credit-Control': [used]
    })
    t.match(answer.avps, { 'CC-Request-Type': type, 'CC-Request-Number': number })
  }
  t.strictSame(
    requests.map(request => [request.type, request.number, request.usages[0]?.used?.octets]),
    [
      ['initial', 0, undefined],
      ['update', 1, 5],
      ['termination', 2, 5]
    ]
  )
  t.equal((await client.dwr()).resultCode, 2001)
  t.equal((await client.dpr()).resultCode, 2001)
  client.end()
  await until(() => listener.connections() === 0)
})

t.test('RFC 6733 5.3.2: a CEA says what this server is', async t => {
  const { connect } = await startListener(t)
  const { avps, faults } = await (await connect()).cer()
  t.strictSame(faults, [])
  t.match(avps, {
    'Result-Code': 2001,
    'Origin-Host': 'ocs.gyro.test',
    'Origin-Realm': 'gyro.test',
    'Host-IP-Address': ['127.0.0.1'],
    'Vendor-Id': 0,
    'Product-Name': 'Gyro',
    'Origin-State-Id': 7,
    'Supported-Vendor-Id': [10415],
    'Auth-Application-Id': [4]
  })
})

t.test(
  'RFC 6733 5.3: applications in a CER: bare, vendor specific, relay, none in common (5010)',
  async t => {
    const { connect } = await startListener(t)
    const none = { 'Auth-Application-Id': undefined }
    const vendor = (id: number) => ({
      ...none,
      'Vendor-Specific-Application-Id': [{ 'Vendor-Id': 10415, 'Auth-Application-Id': id }]
    })
    t.equal((await (await connect()).cer(vendor(4))).resultCode, 2001)
    t.equal((await (await connect()).cer({ 'Auth-Application-Id': [0xffffffff] })).resultCode, 2001)
    for (const change of [none, vendor(16777238), { 'Auth-Application-Id': [1] }]) {
      const client = await connect()
      const answer = await client.cer(change)
      t.equal(answer.resultCode, 5010)
      t.equal(answer.error, false)
      t.ok(await closesWithin(client, 1_000), 'and the connection ends')
    }
  }
)

t.test('RFC 6733 5.4.1, 7.5: a DPR that is wrong is told so, and the connection ends', async t => {
  const { open } = await startListener(t)
  const names = { 'Origin-Host': 'pgw.example.org', 'Origin-Realm': 'example.org' }
  const unknown = avpOf(9_999, Buffer.alloc(0))
  for (const [dpr, code, failed] of [
    [encode('DPR', ids, names), 5005, avpOf(273, Buffer.alloc(4))],
    [encode('DPR', ids, { ...names, 'Disconnect-Cause': 0 }, unknown), 5001, unknown]
  ] as const) {
    const client = await open()
    const answer = answerOf('DPA', await client.exchange(dpr))
    t.equal(answer.resultCode, code)
    t.same(answer.avps['Failed-AVP'], failed)
    client.end()
    t.ok(await closesWithin(client, 1_000))
  }
})

t.test('RFC 6733 5.5.1: a DWR is answered 2001 whatever it holds: the peer is alive', async t => {
  const { open } = await startListener(t)
  const client = await open()
  const broken = avpOf(9_999, Buffer.alloc(0))
  const long = Buffer.alloc(8)
  long.writeUInt32BE(99, 4)
  for (const more of [Buffer.from(broken), long]) {
    t.equal(answerOf('DWA', await client.exchange(message(280, 0, 0x80, more))).resultCode, 2001)
  }
  t.equal((await client.ccr()).resultCode, 2001)
})

t.test('RFC 6733 4.3.1, 5.3: a CER of an empty name is refused (5004)', async t => {
  const { connect } = await startListener(t)
  for (const [name, code] of [
    ['Origin-Host', 264],
    ['Origin-Realm', 296]
  ] as const) {
    const client = await connect()
    const answer = await client.cer({ [name]: '' })
    t.equal(answer.resultCode, 5004, name)
    t.same(answer.avps['Failed-AVP'], avpOf(code, Buffer.alloc(0)))
    t.ok(await closesWithin(client, 1_000))
  }
})

t.test(
  'RFC 6733 5.3: a CER is refused for a missing AVP (5005), security (5017) and version (5011)',
  async t => {
    const { connect } = await startListener(t)
    const missing = await connect()
    const answer = await missing.cer({ 'Product-Name': undefined })
    t.equal(answer.resultCode, 5005)
    t.same(answer.avps['Failed-AVP'], avpOf(269, Buffer.alloc(0)).fill(0, 4, 5))
    t.ok(await closesWithin(missing, 1_000))
    const secure = await connect()
    t.equal((await secure.cer({ 'Inband-Security-Id': [1] })).resultCode, 5017)
    t.ok(await closesWithin(secure, 1_000))
    const other = await connect()
    const bytes = encode('CER', ids, plainCer)
    bytes.writeUInt8(2, 0)
    t.equal(answerOf('CEA', await other.exchange(bytes)).resultCode, 5011)
    t.ok(await closesWithin(other, 1_000))
  }
)

t.test('RFC 6733 5.3: what comes before a CER ends the connection without an answer', async t => {
  const { connect, requests } = await startListener(t)
  for (const bytes of [
    encode('CCR', ids, plainCcr),
    encode('DWR', ids, { 'Origin-Host': 'a', 'Origin-Realm': 'b' }),
    encode('DWA', ids, { 'Result-Code': 2001, 'Origin-Host': 'a', 'Origin-Realm': 'b' }),
    Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    Buffer.alloc(64)
  ]) {
    const client = await connect()
    client.send(bytes)
    t.ok(await closesWithin(client, 1_000))
    t.strictSame(client.answers, [])
  }
  t.strictSame(requests, [])
})

t.test('RFC 6733 5.6: silence instead of a CER ends the connection; so does a trickle', async t => {
  const { connect } = await startListener(t, { limits: { capabilitiesExchangeMs: 100 } })
  const silent = await connect()
  const slow = await connect()
  const cer = encode('CER', ids, plainCer)
  let at = 0
  const timer = setInterval(() => slow.send(cer.subarray(at, ++at)), 10)
  t.ok(await closesWithin(silent, 1_000))
  t.ok(await closesWithin(slow, 1_000))
  clearInterval(timer)
})

t.test(
  'RFC 3539 3.4.1: an open connection that dribbles half a message is closed by its watchdog',
  async t => {
    const { open } = await startListener(t, { watchdogMs: 60 })
    const client = await open()
    const ccr = encode('CCR', ids, plainCcr)
    let at = 0
    const timer = setInterval(() => client.send(ccr.subarray(at, ++at)), 20)
    t.ok(await closesWithin(client, 2_000))
    clearInterval(timer)
  }
)

t.test(
  'RFC 3539 3.4.1: a silent peer gets a DWR and is closed; one that answers stays',
  async t => {
    const { open } = await startListener(t, { watchdogMs: 60 })
    const silent = await open()
    const lively = await open('other.example.org')
    const timer = setInterval(() => {
      for (const request of lively.requests.splice(0)) {
        const { hopByHop, endToEnd } = readHeader(request)
        const answer = { 'Result-Code': 2001, 'Origin-Host': 'a', 'Origin-Realm': 'b' }
        lively.send(encode('DWA', { hopByHop, endToEnd }, answer))
      }
    }, 5)
    const request = await silent.requestOf(280)
    t.match(decode('DWR', request).avps, { 'Origin-Host': 'ocs.gyro.test', 'Origin-State-Id': 7 })
    t.ok(await closesWithin(silent, 1_000))
    t.notOk(await closesWithin(lively, 200))
    clearInterval(timer)
  }
)

t.test('RFC 6733 6.2.1: an answer with an unknown Hop-by-Hop Identifier is discarded', async t => {
  const { open } = await startListener(t)
  const client = await open()
  const result = { 'Result-Code': 2001, 'Origin-Host': 'a', 'Origin-Realm': 'b' }
  client.send(encode('DWA', ids, result))
  client.send(encode('DPA', ids, result))
  client.send(encode('CCA', ids, result))
  t.equal((await client.ccr()).resultCode, 2001)
  t.equal(client.answers.length, 2)
})

t.test('RFC 6733 5.5.2: a watchdog is answered while charging is stuck', async t => {
  const stuck = holdingCharge()
  const { open } = await startListener(t, { charge: stuck.charge })
  const client = await open()
  const charged = client.ccr()
  await until(() => stuck.held.length === 1)
  const startedAt = performance.now()
  t.equal((await client.dwr()).resultCode, 2001)
  t.ok(performance.now() - startedAt < 500)
  stuck.letGo()
  t.equal((await charged).resultCode, 2001)
})

t.test(
  'RFC 6733 7.2: protocol errors have the E bit and the reduced grammar (3001, 3007, 3008)',
  async t => {
    const { open, requests } = await startListener(t)
    const client = await open()
    const session = encodeAvp('Session-Id', 'a;b')
    const proxy = avpOf(284, avpOf(33, Buffer.from('state')))
    const body = Buffer.concat([session, proxy])
    for (const [name, bytes, code] of [
      ['an unknown command of credit control', message(275, 4, 0xc0, body), 3001],
      ['an unknown command of the base protocol', message(999, 0, 0x80, body), 3001],
      ['an unknown application', message(ccrCommand, 16777238, 0xc0, body), 3007],
      ['the E bit in a request', message(ccrCommand, 4, 0xe0, body), 3008]
    ] as const) {
      const answer = answerOf('CCA', await client.exchange(bytes))
      const { flags: bits, command } = readHeader(bytes)
      t.equal(answer.resultCode, code, name)
      t.equal(answer.header.flags, flags.error | (bits & flags.proxiable), `${name}: E, P as sent`)
      t.equal(answer.header.command, command)
      t.same(readEcho(answer.bytes), { sessionId: session, proxyInfo: proxy }, `${name}: echo`)
      t.equal(answer.avps['Origin-Host'], 'ocs.gyro.test')
    }
    t.equal((await client.ccr()).resultCode, 2001, 'the connection is as good as before')
    t.equal(requests.length, 1)
  }
)

t.test(
  'RFC 6733 7.5: a bad CCR is answered with Failed-AVP, and the connection goes on',
  async t => {
    const { open, requests } = await startListener(t)
    const client = await open()
    const unknown = avpOf(65_000, Buffer.from('????'))
    const noLength = Buffer.from('000001b040000000', 'hex')
    for (const [name, bytes, code, failed] of [
      ['no Service-Context-Id', rawCcr(['Service-Context-Id']), 5005, 461],
      ['an unknown AVP with M bit', rawCcr([], unknown), 5001, 65_000],
      ['an AVP of length 0', rawCcr([], noLength), 5014, 432],
      [
        'a type out of range',
        rawCcr(['CC-Request-Type'], encodeAvp('CC-Request-Type', 9)),
        5004,
        416
      ]
    ] as const) {
      const answer = answerOf('CCA', await client.exchange(bytes))
      t.equal(answer.resultCode, code, name)
      t.equal(answer.error, false, `${name}: the command's own grammar`)
      t.equal(answer.avps['Failed-AVP'][0]?.readUInt32BE(0), failed, `${name}: Failed-AVP`)
      t.equal(answer.avps['Session-Id'], plainCcr['Session-Id'])
      t.equal(answer.avps['CC-Request-Number'], 0)
    }
    t.equal((await client.ccr()).resultCode, 2001)
    t.equal(requests.length, 1)
  }
)

t.test(
  'RFC 6733 7.1.5: without Session-Id, type or number the answer has the reduced grammar',
  async t => {
    const { open } = await startListener(t)
    const client = await open()
    for (const [name, code] of [
      ['Session-Id', 263],
      ['CC-Request-Type', 416],
      ['CC-Request-Number', 415]
    ] as const) {
      const answer = answerOf('CCA', await client.exchange(rawCcr([name])))
      t.equal(answer.resultCode, 5005, name)
      t.ok(answer.error)
      const failed = answer.avps['Failed-AVP'][0]
      t.equal(failed?.readUInt32BE(0), code)
      t.equal(answer.avps['Session-Id'] === undefined, name === 'Session-Id')
    }
  }
)

t.test(
  'RFC 6733 4.1: an unknown AVP without M bit, and AVPs of other applications, do no harm',
  async t => {
    const { open } = await startListener(t)
    const client = await open()
    const optional = avpOf(65_000, Buffer.from('????')).fill(0, 4, 5)
    const accounting = Buffer.concat([avpOf(480, Buffer.alloc(4)), avpOf(485, Buffer.alloc(4))])
    for (const more of [optional, accounting]) {
      const answer = answerOf('CCA', await client.exchange(rawCcr([], more)))
      t.equal(answer.resultCode, 2001)
    }
    const vendor = { 'Vendor-Id': 10415, 'Auth-Application-Id': 4 }
    const kamailio = rawCcr(
      ['Auth-Application-Id'],
      encodeAvp('Vendor-Specific-Application-Id', vendor)
    )
    t.equal(answerOf('CCA', await client.exchange(kamailio)).resultCode, 2001)
  }
)

t.test(
  'RFC 6733 7.1.5: version (5011) and length (5015): a request is answered, the connection ends',
  async t => {
    const { open, requests } = await startListener(t)
    const other = await open('other.example.org')
    const length = (octets: number) => {
      const bytes = message(ccrCommand, 4, 0xc0)
      bytes.writeUIntBE(octets, 1, 3)
      return bytes
    }
    for (const [name, bytes, code] of [
      ['length 0', length(0), 5015],
      ['length 19', length(19), 5015],
      ['length 22', length(22), 5015],
      ['a length above the limit', length(140_000), 5015],
      ['another version', Buffer.concat([Buffer.of(3), length(20).subarray(1)]), 5011]
    ] as const) {
      const client = await open()
      const answer = answerOf('CCA', await client.exchange(bytes))
      t.equal(answer.resultCode, code, name)
      t.ok(answer.error)
      t.ok(await closesWithin(client, 1_000), `${name}: closed`)
    }
    t.strictSame(requests, [])
    t.equal((await other.ccr()).resultCode, 2001, 'the other connection is undisturbed')
  }
)

t.test('random bytes never disturb another connection', async t => {
  const { open, connect } = await startListener(t)
  const other = await open()
  for (let i = 0; i < 50; i++) {
    const client = i % 2 ? await connect() : await open(`peer-${i}.example.org`)
    const bytes = randomBytes(200 + i * 7)
    // Half of them look like a message of the right length, so that the decoder sees them.
    if (i % 4 < 2) message(ccrCommand, 4, 0xc0, Buffer.alloc(180)).copy(bytes, 0, 0, 20)
    client.send(bytes)
    if (i % 10 === 0) t.equal((await other.ccr()).resultCode, 2001)
    client.end()
  }
  t.equal((await other.ccr()).resultCode, 2001)
})

t.test('RFC 6733 3: messages in pieces, and pieces of several messages', async t => {
  const { open } = await startListener(t)
  const client = await open()
  const stream = Buffer.concat(Array.from({ length: 20 }, () => client.encodeCcr()))
  for (let at = 0; at < stream.length; ) {
    const size = 1 + ((at * 7) % 97)
    client.send(stream.subarray(at, at + size))
    at += size
    if (at % 5 === 0) await sleep(1)
  }
  await until(() => client.answers.length === 21)
  t.ok(client.answers.slice(1).every(bytes => answerOf('CCA', bytes).resultCode === 2001))
})

t.test(
  'RFC 6733 5.6: two connections of one Origin-Host, and a third after a hard end',
  async t => {
    const { open, listener } = await startListener(t)
    const [first, second] = [await open(), await open()]
    t.equal(listener.connections(), 2)
    t.equal((await first.ccr()).resultCode, 2001)
    t.equal((await second.ccr()).resultCode, 2001)
    first.socket.resetAndDestroy()
    const third = await open()
    t.equal((await third.ccr()).resultCode, 2001)
    t.equal((await second.ccr()).resultCode, 2001)
  }
)

t.test('10,000 requests in a row are all answered, in few writes', async t => {
  const { open, requests } = await startListener(t)
  const client = await open()
  const before = client.socket.bytesWritten
  const session = (i: number) => ({ 'Session-Id': `pgw;${i}`, 'CC-Request-Number': i })
  const all = Buffer.concat(Array.from({ length: 10_000 }, (_, i) => client.encodeCcr(session(i))))
  client.send(all)
  await until(() => client.answers.length === 10_001)
  t.equal(requests.length, 10_000)
  t.equal(client.socket.bytesWritten - before, all.length)
  const seen = new Set(client.answers.slice(1).map(bytes => readHeader(bytes).hopByHop))
  t.equal(seen.size, 10_000)
  const last = answerOf('CCA', client.answers[10_000] as Buffer)
  t.match(last.avps, { 'Session-Id': 'pgw;9999', 'CC-Request-Number': 9_999 })
})

t.test('above the limit of requests in flight, reading waits', async t => {
  const stuck = holdingCharge()
  const { open } = await startListener(t, {
    charge: stuck.charge,
    limits: { inFlightPerConnection: 100 }
  })
  const client = await open()
  // Enough to fill several reads of the socket.
  const all = Array.from({ length: 5_000 }, () => client.encodeCcr())
  for (let at = 0; at < all.length; at += 500) {
    client.send(Buffer.concat(all.slice(at, at + 500)))
    await sleep(2)
  }
  await sleep(50)
  t.ok(stuck.held.length >= 100)
  t.ok(stuck.held.length < 5_000, `${stuck.held.length} were taken`)
  while (client.answers.length < 5_001) {
    stuck.letGo()
    await sleep(2)
  }
  t.equal(client.answers.length, 5_001)
})

t.test(
  'RFC 3539 3.9: a client that does not read its answers is held back, and loses none',
  async t => {
    const { open, requests } = await startListener(t)
    const client = await open()
    client.socket.pause()
    const total = 60_000
    const chunk = (count: number) =>
      Buffer.concat(Array.from({ length: count }, () => client.encodeCcr()))
    for (let sent = 0; sent < total; sent += 5_000) {
      client.send(chunk(5_000))
      await sleep(1)
    }
    await sleep(300)
    const taken = requests.length
    t.ok(taken < total, `${taken} were taken`)
    client.socket.resume()
    await until(() => client.answers.length === total + 1)
    t.equal(requests.length, total)
  }
)

t.test('answers to a connection that is gone are dropped', async t => {
  const stuck = holdingCharge()
  const { open, listener } = await startListener(t, { charge: stuck.charge })
  const client = await open()
  client.send(client.encodeCcr())
  await until(() => stuck.held.length === 1)
  client.end()
  await until(() => listener.connections() === 0)
  stuck.letGo()
  const next = await open()
  const answered = next.ccr()
  await until(() => stuck.held.length === 1)
  stuck.letGo()
  t.equal((await answered).resultCode, 2001)
})

t.test('too many connections of one address are refused', async t => {
  const { open, connect, listener } = await startListener(t, {
    limits: { connectionsPerAddress: 2 }
  })
  const first = await open()
  await open()
  t.ok(await closesWithin(await connect(), 1_000))
  first.end()
  await until(() => listener.connections() === 1)
  t.equal((await (await open()).ccr()).resultCode, 2001)
})

t.test('RFC 6733 5.4: stopping: DPR, the answers in flight, then the end', async t => {
  const stuck = holdingCharge()
  const { open, connect, listener } = await startListener(t, { charge: stuck.charge })
  const client = await open()
  const unopened = await connect()
  const inFlight = client.ccr()
  await until(() => stuck.held.length === 1)
  const closed = listener.close(2_000)
  const dpr = await client.requestOf(282)
  t.match(decode('DPR', dpr).avps, { 'Origin-Host': 'ocs.gyro.test', 'Disconnect-Cause': 0 })
  t.ok(await closesWithin(unopened, 500), 'a connection without CER just ends')
  const crossing = client.ccr({ 'CC-Request-Number': 1 })
  await until(() => stuck.held.length === 2)
  const { hopByHop, endToEnd } = readHeader(dpr)
  const result = { 'Result-Code': 2001, 'Origin-Host': 'a', 'Origin-Realm': 'b' }
  client.send(encode('DPA', { hopByHop, endToEnd }, result))
  t.notOk(await closesWithin(client, 100), 'not before the answers')
  stuck.letGo()
  t.equal((await inFlight).resultCode, 2001)
  t.equal((await crossing).resultCode, 2001, 'also to a request that crossed the DPR')
  t.ok(await closesWithin(client, 1_000))
  await closed
  t.equal(listener.connections(), 0)
  await t.rejects(connect(), { code: 'ECONNREFUSED' })
})

t.test('RFC 6733 5.4: stopping does not wait longer than it may', async t => {
  const stuck = holdingCharge()
  const { open, listener } = await startListener(t, { charge: stuck.charge, closingMs: 100 })
  const client = await open()
  client.send(client.encodeCcr())
  await until(() => stuck.held.length === 1)
  const startedAt = performance.now()
  await listener.close(200)
  t.ok(performance.now() - startedAt < 1_500)
})

t.test('RFC 6733 5.4: a peer that sends DPR and does not close is closed', async t => {
  const { open } = await startListener(t, { closingMs: 100 })
  const client = await open()
  t.equal((await client.dpr()).resultCode, 2001)
  t.ok(await closesWithin(client, 1_000))
})

t.test(
  'RFC 6733 5.6: CER on an open connection: the same peer is answered, another ends it',
  async t => {
    const { open } = await startListener(t)
    const client = await open()
    t.equal((await client.cer()).resultCode, 2001)
    t.equal((await client.ccr()).resultCode, 2001)
    client.send(encode('CER', ids, { ...plainCer, 'Origin-Host': 'other.example.org' }))
    t.ok(await closesWithin(client, 1_000))
  }
)

t.test(
  'RFC 6733 6.1.4: any Destination-Realm is served, unless configured otherwise (3003)',
  async t => {
    const lax = await (await startListener(t)).open()
    t.equal((await lax.ccr({ 'Destination-Realm': 'elsewhere.example' })).resultCode, 2001)
    const strict = await (await startListener(t, { destinations: { realms: [] } })).open()
    const refused = await strict.ccr({ 'Destination-Realm': 'elsewhere.example' })
    t.equal(refused.resultCode, 3003)
    t.ok(refused.error)
    t.equal((await strict.ccr({ 'Destination-Realm': 'GYRO.test' })).resultCode, 2001)
  }
)

t.test(
  'metrics: every request once, with its type and Result-Code; connections up and down',
  async t => {
    const seen: (readonly [number, number])[] = []
    let connections = 0
    const { open, listener } = await startListener(t, {
      onRequest: (type, resultCode, seconds) => {
        if (seconds >= 0 && seconds < 1) seen.push([type, resultCode])
      },
      onConnection: delta => {
        connections += delta
      }
    })
    const client = await open()
    await client.ccr()
    await client.ccr({ 'CC-Request-Type': 4 })
    await client.exchange(rawCcr(['Session-Id']))
    t.strictSame(seen, [
      [1, 2001],
      [4, 5005],
      [0, 5005]
    ])
    t.equal(connections, 1)
    client.end()
    await until(() => listener.connections() === 0)
    t.equal(connections, 0)
  }
)
