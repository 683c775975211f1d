import { once } from 'node:events'
import { connect, constants } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import t from 'tap'
import { limits } from '../../src/domain/limits.ts'
import { startChf } from '../support/chf.ts'
import { ask, base, connectNchf, pduSession, request, used } from '../support/nchf-client.ts'

const imsi = '262010000000001'
const chf = await startChf(t)
await chf.open('a1', '001', 100)
await chf.open('greedy', '002', 1)
const smf = await chf.connect()
const good = () => request(pduSession(imsi), 1, [ask()])
const problem = 'application/problem+json'
const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

t.test('what is no resource of the service is 404, another method 405', async t => {
  const paths = ['/', '/nchf-convergedcharging/v1/chargingdata', `${base}/x`, `${base}/x/delete`]
  for (const path of [...paths, `${base}/${'x'.repeat(200)}/update`]) {
    const { status, type, body } = await smf.post(path, good())
    t.equal(status, 404, path)
    t.equal(type, problem)
    t.equal(body.cause, 'RESOURCE_URI_STRUCTURE_NOT_FOUND')
  }
  const got = await smf.send({ ':method': 'GET', ':path': base })
  t.match(got, { status: 405, type: problem, headers: { allow: 'POST' } })
  t.equal((await smf.post(`/chf${base}?x=1`, good())).status, 201, 'a prefix before the service')
})

t.test('a body that is none of the service is refused with its member', async t => {
  const refused = async (body: unknown) => {
    const reply = await smf.post(base, body)
    t.equal(reply.status, 400)
    t.equal(reply.type, problem)
    return reply.body
  }
  const volume = (value: string) =>
    JSON.stringify(request(pduSession('262010000000002'), 1, [used(12345)])).replace('12345', value)
  const member = '/multipleUnitUsage/0/usedUnitContainer/0/totalVolume'
  for (const value of [
    '9007199254740992',
    '9007199254740993',
    '18446744073709551615',
    '1e300',
    '-1',
    '1.5',
    '"5"'
  ]) {
    t.match(await refused(volume(value)), {
      cause: 'OPTIONAL_IE_INCORRECT',
      detail: /totalVolume/,
      invalidParams: [{ param: member }]
    })
  }
  t.equal((await smf.post(base, volume('9007199254740991'))).status, 201, 'the largest is exact')
  t.equal(chf.requests.at(-1)?.usages[0]?.used?.octets, Number.MAX_SAFE_INTEGER)
  const half = { localSequenceNumber: 1, uplinkVolume: 2 ** 53 - 1, downlinkVolume: 1 }
  const sum = request(pduSession(imsi), 1, [{ ratingGroup: 10, usedUnitContainer: [half] }])
  t.match(await refused(sum), { detail: /totalVolume/ })
  t.match(await refused('{'), { cause: 'INVALID_MSG_FORMAT' })
  t.match(await refused('[]'), { cause: 'INVALID_MSG_FORMAT' })
  t.match(await refused({ ...good(), invocationSequenceNumber: undefined }), {
    cause: 'MANDATORY_IE_MISSING',
    invalidParams: [{ param: '/invocationSequenceNumber', reason: 'is missing' }]
  })
  const noDay = { ...good(), invocationTimeStamp: '2026-02-30T00:00:00Z' }
  t.match(await refused(noDay), { invalidParams: [{ param: '/invocationTimeStamp' }] })
  t.match(await refused({ ...good(), invocationTimeStamp: 'today' }), {
    cause: 'MANDATORY_IE_INCORRECT',
    invalidParams: [{ param: '/invocationTimeStamp' }]
  })
  t.match(await refused({ ...good(), multipleUnitUsage: [{}] }), {
    invalidParams: [{ param: '/multipleUnitUsage/0/ratingGroup' }]
  })
  const many = Array.from({ length: limits.usagesPerRequest + 1 }, (_, group) => ask(group))
  t.match(await refused({ ...good(), multipleUnitUsage: many }), { detail: /multipleUnitUsage/ })
})

t.test('what a later release adds is tolerated', async t => {
  const body = request(pduSession(imsi), 1, [
    { ...ask(), newMember: { a: [1] }, multihomedPDUAddress: { pduIPv4Address: '10.0.0.1' } }
  ])
  const later = {
    ...body,
    nfConsumerIdentification: { nodeFunctionality: 'NEW_NF' },
    triggers: [{ triggerType: 'NEW_TRIGGER', triggerCategory: 'NEW_CATEGORY' }],
    newChargingInformation: { big: 12345678901234567890n.toString() }
  }
  t.equal((await smf.post(base, later)).status, 201)
})

t.test('a body of another type is 415, one over 1 MiB is 413', async t => {
  const type = await smf.post(base, good(), { 'content-type': 'text/plain' })
  t.match(type, { status: 415, type: problem })
  const charset = { 'content-type': 'application/json; charset=utf-8' }
  t.equal((await smf.post(base, good(), charset)).status, 201)
  const large = JSON.stringify({ ...good(), easid: 'x'.repeat(limits.nchfBodyOctets) })
  t.match(await smf.post(base, large), { status: 413, type: problem })
  const announced = { 'content-length': String(Buffer.byteLength(large)) }
  t.match(await smf.post(base, large, announced), { status: 413, type: problem })
  const full = JSON.stringify({ ...good(), easid: 'x'.repeat(limits.nchfBodyOctets - 2_000) })
  t.equal((await smf.post(base, full)).status, 201)
})

t.test('a request that is past its time is 504, and leaves nothing', async t => {
  const before = await chf.wallet('a1')
  const pdu = pduSession(imsi)
  const sent = new Date(Date.now() - 3_000).toUTCString()
  const late = { '3gpp-sbi-origination-timestamp': sent, '3gpp-sbi-max-rsp-time': '1000' }
  const body = request(pdu, 1, [used(1_000_000)])
  for (const path of [base, `${base}/0123456789/update`]) {
    const reply = await smf.post(path, body, late)
    t.match(reply, { status: 504, type: problem, body: { cause: 'TIMED_OUT_REQUEST' } })
  }
  t.same(await chf.wallet('a1'), before)
  const inTime = { ...late, '3gpp-sbi-max-rsp-time': '60000' }
  const again = await smf.post(base, body, inTime)
  t.equal(again.status, 201)
  const after = await chf.wallet('a1')
  t.equal((before?.available ?? 0) - (after?.available ?? 0), 110_000, 'its repeat is the first')
})

t.test('a request whose time ends while it waits is not charged', async t => {
  let release = () => {}
  const slow = await startChf(t, {
    intercept: charge => (request, reply) => {
      release = () => charge(request, reply)
    }
  })
  await slow.open('b1', '001', 20)
  const client = await slow.connect()
  const body = request(pduSession(imsi), 1, [used(1_000_000)])
  const answer = client.post(base, body, { '3gpp-sbi-max-rsp-time': '20' })
  await wait(60)
  release()
  t.match(await answer, { status: 504, body: { cause: 'TIMED_OUT_REQUEST' } })
  t.match(await slow.wallet('b1'), { available: 20_000_000, reserved: 0 })
  t.same(slow.cdrs('b1'), [])
})

t.test('a body that does not end is given up', async t => {
  const hasty = await startChf(t, { limits: { ...limits, nchfBodyMs: 100 } })
  const client = await hasty.connect()
  const stream = client.session.request({ ':method': 'POST', ':path': base })
  stream.write('{"invocation')
  const [headers] = await once(stream, 'response')
  t.equal(headers[':status'], 408)
  stream.on('error', () => {})
  stream.close()
  t.equal(client.session.destroyed, false, 'the connection goes on')
})

t.test('in overload new sessions are refused with a time to come again', async t => {
  const held: (() => void)[] = []
  const busy = await startChf(t, {
    limits: { ...limits, nchfInFlight: 2 },
    intercept: charge => (request, reply) => {
      if (request.type === 'update') charge(request, reply)
      else held.push(() => charge(request, reply))
    }
  })
  await busy.open('b1', '001', 20)
  const client = await busy.connect()
  const waiting = [client.post(base, good()), client.post(base, good())]
  while (busy.listener.inFlight() < 2) await wait(2)
  const refused = await client.post(base, good())
  t.match(refused, {
    status: 503,
    type: problem,
    headers: { 'retry-after': '1' },
    body: { cause: 'NF_CONGESTION' }
  })
  const priority = (value: string) => ({ '3gpp-sbi-message-priority': value })
  for (const low of ['16', '31', '99', 'high']) {
    t.equal((await client.post(base, good(), priority(low))).status, 503, low)
  }
  const urgent = ['0', '15'].map(high => client.post(base, good(), priority(high)))
  while (busy.listener.inFlight() < 4) await wait(2)
  t.equal((await client.post(base, good(), priority('0'))).status, 503, 'not without end')
  const update = await client.post(`${base}/abc/update`, request(pduSession(imsi), 1, [used(1)]))
  t.equal(update.status, 404, 'an update is served')
  for (const run of held) run()
  t.same(
    (await Promise.all([...waiting, ...urgent])).map(({ status }) => status),
    [201, 201, 201, 201]
  )
})

t.test('a store that is away is 503 with a time to come again', async t => {
  const away = await startChf(t, {
    intercept: () => (_, reply) =>
      reply({ kind: 'charging', outcome: 'too-busy', units: [], repeated: false })
  })
  const reply = await (await away.connect()).post(base, good())
  t.match(reply, { status: 503, type: problem, headers: { 'retry-after': '1' } })
})

t.test('Location names the server as its consumers know it', async t => {
  const proxied = await startChf(t, { state: chf.state, apiRoot: 'https://chf.example.net/gyro' })
  const { headers } = await (await proxied.connect()).post(base, good())
  t.match(headers['location'], `https://chf.example.net/gyro${base}/`)
  const through = { '3gpp-sbi-target-apiroot': 'http://chf.example.org:8085' }
  const indirect = await smf.post(base, good(), through)
  t.match(indirect.headers['location'], `http://chf.example.org:8085${base}/`)
  const named = await smf.post(base, good(), { ':authority': 'chf.local' })
  t.match(named.headers['location'], `http://chf.local${base}/`)
})

t.test(
  '3gpp-Sbi-Target-apiRoot is taken when it is an absolute root, and nothing more',
  async t => {
    const locationFor = async (root: string) => {
      const { headers } = await smf.post(base, good(), { '3gpp-sbi-target-apiroot': root })
      return headers['location']?.slice(0, headers['location'].indexOf(base))
    }
    const roots = [
      'https://chf.example.org',
      'http://[2001:db8::1]:8085/a/b',
      'HTTPS://Chf.example.org:8443/chf'
    ]
    for (const root of roots) t.equal(await locationFor(root), root)
    t.equal(await locationFor('https://chf.example.org/chf/'), 'https://chf.example.org/chf')
    const others = [
      'chf.example.org',
      '/chf',
      'ftp://chf.example.org',
      'javascript:alert(1)',
      'http://',
      'http://user:secret@chf.example.org',
      'http://chf.example.org@evil.example',
      'http://chf.example.org?x=y',
      'http://chf.example.org/a#b',
      'http://chf.example.org:99999',
      'http://chf.example.org, http://other.example.org',
      'http://chf.example.org/a b',
      'http://chf.example.org\\evil',
      `http://chf.example.org/${'a'.repeat(2_000)}`
    ]
    for (const root of others)
      t.equal(await locationFor(root), `http://127.0.0.1:${chf.port}`, root)
  }
)

t.test('triggers and notifyUri of the wrong kind are named', async t => {
  const wrong = {
    triggers: ['FINAL', [1], { triggerType: 'FINAL' }, [{ triggerType: 7 }]],
    notifyUri: [
      '',
      '/callback',
      'smf.example/callback',
      'ftp://smf.example',
      'http://',
      'http:///x'
    ]
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const reply = await smf.post(base, { ...good(), [name]: value })
      t.match(reply, { status: 400, body: { cause: 'OPTIONAL_IE_INCORRECT' } }, `${name} ${value}`)
      t.match(reply.body.invalidParams[0].param, `/${name}`)
    }
  }
  const right = {
    triggers: [{ triggerType: 'FINAL', triggerCategory: 'IMMEDIATE_REPORT' }, {}],
    notifyUri: 'HTTPS://[2001:db8::1]:8000/nsmf-callback/notify_urn:uuid:1?x=y'
  }
  t.equal((await smf.post(base, { ...good(), ...right })).status, 201)
})

t.test('a body that is no UTF-8 is refused, whole or in parts', async t => {
  const text = JSON.stringify({ ...good(), serviceSpecificationInfo: 'Größe' })
  const send = async (...parts: Buffer[]) => {
    const path = { ':method': 'POST', ':path': base, 'content-type': 'application/json' }
    const stream = smf.session.request(path)
    for (const part of parts) {
      stream.write(part)
      await wait(5)
    }
    stream.end()
    const [headers] = await once(stream, 'response')
    let answer = ''
    for await (const chunk of stream) answer += chunk
    return { status: headers[':status'], body: JSON.parse(answer) }
  }
  const utf8 = Buffer.from(text)
  const middle = utf8.indexOf('ö') + 1
  t.match(await send(utf8.subarray(0, middle), utf8.subarray(middle)), { status: 201 })
  const latin1 = Buffer.from(text, 'latin1')
  for (const parts of [[latin1], [latin1.subarray(0, middle), latin1.subarray(middle)]]) {
    t.match(await send(...parts), {
      status: 400,
      body: { cause: 'INVALID_MSG_FORMAT', detail: /UTF-8/ }
    })
  }
})

t.test('a flood of resets ends its own connection only', async t => {
  const flood = connect(`http://127.0.0.1:${chf.port}`)
  flood.on('error', () => {})
  const closed = new Promise(resolve => flood.once('close', resolve))
  let sent = 0
  while (!flood.closed && !flood.destroyed && sent < 50_000) {
    for (let i = 0; i < 100; i++) {
      const stream = flood.request({ ':method': 'POST', ':path': base })
      stream.on('error', () => {})
      stream.close(constants.NGHTTP2_CANCEL)
      sent++
    }
    await wait(0)
  }
  await closed
  t.ok(sent < 50_000, `ended after ${sent}`)
  t.equal((await smf.post(base, good())).status, 201, 'others are served')
})

t.test('a flood that takes no notice of GOAWAY is cut off', async t => {
  const watchful = await startChf(t, { pingEveryMs: 50 })
  const socket = connectTcp(watchful.port, '127.0.0.1')
  socket.on('error', () => {})
  const ended = once(socket.resume(), 'close')
  const frame = (type: number, flags: number, stream: number, payload: number[]) => {
    const head = Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, 0, ...payload])
    head.writeUInt32BE(stream, 5)
    return head
  }
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(frame(4, 0, 0, []))
  let stream = 1
  while (!socket.destroyed && stream < 1_000_000) {
    const flood: Buffer[] = []
    for (let i = 0; i < 200; i++, stream += 2) {
      // HEADERS of POST / to x, and RST_STREAM with CANCEL.
      flood.push(frame(1, 4, stream, [0x83, 0x86, 0x84, 0x01, 0x01, 0x78]))
      flood.push(frame(3, 0, stream, [0, 0, 0, 8]))
    }
    socket.write(Buffer.concat(flood))
    await wait(5)
  }
  await ended
  t.equal(watchful.listener.connections(), 0)
})

t.test('a consumer that resets its request is charged once it repeats it', async t => {
  const pdu = pduSession(imsi)
  const before = (await chf.wallet('a1'))?.available ?? 0
  const body = JSON.stringify(request(pdu, 1, [{ ...used(1_000_000), requestedUnit: undefined }]))
  const client = await chf.connect()
  const charged = chf.requests.length
  const stream = client.session.request({ ':method': 'POST', ':path': base })
  stream.on('error', () => {})
  stream.end(body)
  while (chf.requests.length === charged) await wait(1)
  stream.close(constants.NGHTTP2_CANCEL)
  t.equal((await client.post(base, body)).status, 201)
  t.equal((await chf.wallet('a1'))?.available, before - 10_000)
})

t.test('what speaks no HTTP/2 is disconnected', async t => {
  const socket = connectTcp(chf.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  socket.resume()
  await once(socket, 'close')
  t.equal((await smf.post(base, good())).status, 201)
})

t.test('at the end in-flight requests are answered, and connections get GOAWAY', async t => {
  const held: (() => void)[] = []
  const ending = await startChf(t, {
    intercept: charge => (request, reply) => {
      held.push(() => charge(request, reply))
    }
  })
  await ending.open('b1', '001', 20)
  const client = await ending.connect()
  const idle = await ending.connect()
  const goaways: number[] = []
  for (const { session } of [client, idle]) session.on('goaway', code => goaways.push(code))
  const answer = client.post(base, good())
  while (held.length === 0) await wait(1)
  const closed = ending.listener.close(5_000)
  await once(idle.session, 'close')
  await t.rejects(connectNchf(ending.port).then(late => late.post(base, good())))
  held[0]?.()
  t.equal((await answer).status, 201)
  await closed
  t.ok(goaways.length >= 2)
  t.same(new Set(goaways), new Set([constants.NGHTTP2_NO_ERROR]))
  t.equal(ending.listener.connections(), 0)
})

t.test('a connection whose other side is gone is ended', async t => {
  const watchful = await startChf(t, { pingEveryMs: 30 })
  const socket = connectTcp(watchful.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
  const alive = await watchful.connect()
  await once(socket.resume(), 'close')
  await wait(100)
  t.equal(alive.session.destroyed, false, 'one that answers PING stays')
})

t.test('ten thousand subscribers that begin at once all get their grant', async t => {
  const count = 10_000
  const crowd = await startChf(t)
  const imsiOf = (i: number) => String(262020000000000 + i)
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      crowd.service.accounts.submit({
        kind: 'open-account',
        accountId: `c${i}`,
        lines: [{ imsi: imsiOf(i) }],
        offers: ['prepaid-go'],
        topUp: 1_000_000
      })
    )
  )
  const clients = await Promise.all(Array.from({ length: 4 }, () => crowd.connect()))
  const replies = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      (clients[i % clients.length] ?? smf).post(base, request(pduSession(imsiOf(i)), 1, [ask()]))
    )
  )
  const granted = replies.filter(
    ({ status, body }) =>
      status === 201 && body.multipleUnitInformation[0].grantedUnit.totalVolume === 10_000_000
  )
  t.equal(granted.length, count)
  t.equal(new Set(replies.map(({ headers }) => headers['location'])).size, count)
})
