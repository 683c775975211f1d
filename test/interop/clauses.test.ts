/** Clauses that no other test is about, over sockets to the real server; docs/compliance.md names them. */
import t from 'tap'
import { encode, encodeAvp } from '../../src/diameter/codec/encode.ts'
import { call, openAccount } from '../e2e/api-client.ts'
import { connectPeer, dataRequest, granted, megabyte } from '../e2e/charging.ts'
import { embeddedSettings, serve } from '../e2e/gyro-process.ts'
import { ascii, ietf } from '../fixtures/diameter/messages.ts'
import { answerOf, connectDiameter, plainCcr } from '../support/diameter-client.ts'

const server = await serve({ ...embeddedSettings(), GYRO_ORIGIN_HOST: 'ocs.gyro.test' })
t.teardown(() => server.stop())
const { api, diameterPort: port } = server
const peer = await connectPeer(port)
t.teardown(() => peer.end())
await openAccount(api, 'clauses', '4915100000001', '5.00')
const msisdn = '4915100000001'
const walletOf = async () => (await call(api, 'GET', '/v1/accounts/clauses')).body.wallet

t.test('RFC 6733 2.3, 2.4, 5.3.1 to 5.3.7: each side says who it is', async t => {
  const client = await connectDiameter(port)
  t.teardown(() => client.end())
  const { avps, resultCode } = await client.cer({ 'Firmware-Revision': 7 })
  t.equal(resultCode, 2001)
  t.match(avps, {
    'Origin-Host': 'ocs.gyro.test',
    'Host-IP-Address': ['127.0.0.1'],
    'Vendor-Id': 0,
    'Product-Name': 'Gyro',
    'Supported-Vendor-Id': [10415],
    'Auth-Application-Id': [4]
  })
  const relay = await connectDiameter(port)
  t.teardown(() => relay.end())
  t.equal((await relay.cer({ 'Auth-Application-Id': [0xffff_ffff] })).resultCode, 2001)
  const other = await connectDiameter(port)
  t.teardown(() => other.end())
  t.equal((await other.cer({ 'Auth-Application-Id': [3] })).resultCode, 5010)
})

t.test('RFC 6733 6.11: the application of Ro is named with the vendor 3GPP, too', async t => {
  const client = await connectDiameter(port)
  t.teardown(() => client.end())
  const application = [{ 'Vendor-Id': 10415, 'Auth-Application-Id': 4 }]
  const cer = { 'Auth-Application-Id': [], 'Vendor-Specific-Application-Id': application }
  const { avps, resultCode } = await client.cer(cer)
  t.equal(resultCode, 2001)
  t.match(avps, { 'Vendor-Specific-Application-Id': application })
})

t.test('TS 32.299 6.4.6, 6.4.7: the vendor of 3GPP is supported on both sides', async t => {
  const client = await connectDiameter(port)
  t.teardown(() => client.end())
  const { avps } = await client.cer({ 'Vendor-Id': 10415, 'Supported-Vendor-Id': [10415] })
  t.match(avps, { 'Result-Code': 2001, 'Supported-Vendor-Id': [10415] })
})

t.test('RFC 6733 2.5, 2.6: a session goes on over the connection of another peer', async t => {
  const first = await connectDiameter(port)
  await first.cer({ 'Origin-Host': 'pgw-1.example.org' })
  t.equal((await first.ccr(dataRequest('s;2.5', msisdn, 'initial', 0, null))).resultCode, 2001)
  first.end()
  const second = await connectDiameter(port)
  t.teardown(() => second.end())
  await second.cer({ 'Origin-Host': 'pgw-2.example.org' })
  const updated = await second.ccr(dataRequest('s;2.5', msisdn, 'update', 1, megabyte))
  t.equal(updated.resultCode, 2001)
  t.ok(granted(updated) > 0)
  const ended = await peer.ccr(dataRequest('s;2.5', msisdn, 'termination', 2, 0))
  t.equal(ended.resultCode, 2001)
})

t.test('RFC 6733 5.4.1, 5.4.2, 5.5.1, 5.5.2: DPR and DWR are answered', async t => {
  const client = await connectPeer(port)
  const watchdog = await client.dwr()
  t.equal(watchdog.resultCode, 2001)
  t.equal(watchdog.avps['Origin-Host'], 'ocs.gyro.test')
  t.equal((await client.dpr()).resultCode, 2001)
  client.end()
  await client.closed
})

t.test('RFC 6733 6.3, 6.4, 8.8: answers bear our names and begin with Session-Id', async t => {
  const { avps, bytes } = await peer.ccr(dataRequest('s;6.3', msisdn, 'initial', 0, null))
  t.match(avps, { 'Origin-Host': 'ocs.gyro.test', 'Session-Id': 's;6.3' })
  t.ok(avps['Origin-Realm'])
  t.equal(bytes.readUInt32BE(20), 263)
  await peer.ccr(dataRequest('s;6.3', msisdn, 'termination', 1, 0))
})

t.test(
  'RFC 6733 6.7.1, 6.7.2: agents on the way leave their traces, and get them back',
  async t => {
    const proxies = ['first', 'second'].map(host =>
      ietf(284, ietf(280, ascii(host)), ietf(33, ascii(host)))
    )
    const traces = Buffer.concat([
      encodeAvp('Route-Record', 'pgw.example.org'),
      encodeAvp('Route-Record', 'agent.example.net'),
      ...proxies
    ])
    const request = { ...plainCcr, ...dataRequest('s;6.7', msisdn, 'initial', 0, null) }
    const ids = { hopByHop: 77, endToEnd: 78 }
    const answer = answerOf('CCA', await peer.exchange(encode('CCR', ids, request, traces)))
    t.equal(answer.resultCode, 2001)
    t.ok(answer.bytes.includes(Buffer.concat(proxies)), 'Proxy-Info, octet by octet and in order')
    t.match(answer.header, ids)
    await peer.ccr(dataRequest('s;6.7', msisdn, 'termination', 1, 0))
  }
)

t.test(
  'RFC 6733 7.1.5: Origin-Host twice is taken when it says the same, as of Kamailio',
  async t => {
    const request = { ...plainCcr, ...dataRequest('s;twice', msisdn, 'initial', 0, null) }
    const again = encodeAvp('Origin-Host', 'pgw.example.org')
    const same = encode('CCR', { hopByHop: 81, endToEnd: 81 }, request, again)
    t.equal(answerOf('CCA', await peer.exchange(same)).resultCode, 2001)
    const another = encodeAvp('Origin-Host', 'pgw-2.example.org')
    const contrary = encode('CCR', { hopByHop: 82, endToEnd: 82 }, request, another)
    const refused = answerOf('CCA', await peer.exchange(contrary))
    t.equal(refused.resultCode, 5009)
    t.ok(refused.bytes.includes(another), 'in Failed-AVP')
    await peer.ccr(dataRequest('s;twice', msisdn, 'termination', 1, 0))
  }
)

t.test('RFC 3539 3.1, 3.8: one connection carries many sessions at once', async t => {
  const ids = Array.from({ length: 100 }, (_, n) => `s;many;${n}`)
  const step = (type: 'initial' | 'termination', number: number) =>
    Promise.all(
      ids.map(id => peer.ccr(dataRequest(id, msisdn, type, number, number === 0 ? null : 0)))
    )
  const opened = await step('initial', 0)
  // Each asks for 10 MB, which cost 0.10: there is money for some fifty of them.
  t.ok(opened.filter(answer => granted(answer) > 0).length >= 49)
  t.ok(opened.every(({ avps }, n) => avps['Session-Id'] === ids[n]))
  const ended = await step('termination', 1)
  t.ok(ended.every(({ resultCode }) => resultCode === 2001))
  t.equal((await walletOf()).reserved, '0.000000')
})

t.test('RFC 3539 3.5: a repeat is known whatever connection and T bit it has', async t => {
  const before = Number((await walletOf()).available)
  await peer.ccr(dataRequest('s;3.5', msisdn, 'initial', 0, null))
  const request = { ...plainCcr, ...dataRequest('s;3.5', msisdn, 'update', 1, 3 * megabyte) }
  const other = await connectPeer(port)
  t.teardown(() => other.end())
  const send = (to: typeof peer, id: number, flags: number) =>
    to.exchange(encode('CCR', { hopByHop: id, endToEnd: 900, flags }, request))
  const answers = [
    await send(peer, 91, 0xc0),
    await send(peer, 92, 0xd0),
    await send(other, 93, 0xc0)
  ]
  const bodies = answers.map(answer => answer.subarray(20).toString('hex'))
  t.equal(new Set(bodies).size, 1, 'the same answer')
  await peer.ccr(dataRequest('s;3.5', msisdn, 'termination', 2, 0))
  const after = Number((await walletOf()).available)
  t.equal(Math.round((before - after) * 1e6), 30_000, 'debited once')
})

t.test('RFC 8506 1.3, 3.1: application 4, and a CCR without what its grammar asks for', async t => {
  const { 'Service-Context-Id': _, ...lacking } = plainCcr
  const answer = answerOf(
    'CCA',
    await peer.exchange(encode('CCR', { hopByHop: 95, endToEnd: 95 }, lacking))
  )
  t.equal(answer.resultCode, 5005)
  t.equal(answer.header.application, 4)
  t.ok(answer.bytes.includes(Buffer.from('000001cd40', 'hex')), 'Service-Context-Id in Failed-AVP')
})

t.test('RFC 8506 5.1, 5.2.2: units are reserved, debited and released', async t => {
  const before = await walletOf()
  await peer.ccr(dataRequest('s;5.1', msisdn, 'initial', 0, null))
  t.equal((await walletOf()).reserved, '0.100000', '10 MB at 0.01 each')
  await peer.ccr(dataRequest('s;5.1', msisdn, 'update', 1, 4 * megabyte))
  await peer.ccr(dataRequest('s;5.1', msisdn, 'termination', 2, 0))
  const after = await walletOf()
  t.equal(after.reserved, '0.000000')
  t.equal(Math.round((Number(before.available) - Number(after.available)) * 1e6), 40_000)
})

t.test('RFC 8506 8.40: services are answered in MSCC whatever the indicator says', async t => {
  for (const indicator of [0, 1, undefined]) {
    const id = `s;8.40;${indicator}`
    const answer = await peer.ccr({
      ...dataRequest(id, msisdn, 'initial', 0, null),
      'Multiple-Services-Indicator': indicator
    })
    t.ok(granted(answer) > 0, `${indicator}`)
    await peer.ccr(dataRequest(id, msisdn, 'termination', 1, 0))
  }
})

t.test('TS 32.299 5.2.2.2: an event with reservation, such as an SMS', async t => {
  const before = Number((await walletOf()).available)
  const sms = (type: number, service: object) => ({
    'Session-Id': 's;ecur',
    'Service-Context-Id': '32274@3gpp.org',
    'CC-Request-Type': type,
    'CC-Request-Number': type === 1 ? 0 : 1,
    'Multiple-Services-Credit-Control': [{ 'Rating-Group': 200, ...service }],
    'Service-Information': {
      'SMS-Information': {
        'Recipient-Info': [
          { 'Recipient-Address': [{ 'Address-Type': 1, 'Address-Data': '4915100000099' }] }
        ]
      }
    }
  })
  const one = { 'CC-Service-Specific-Units': 1n }
  const opened = await peer.ccr(sms(1, { 'Requested-Service-Unit': one }))
  t.equal(opened.resultCode, 2001)
  t.equal((await walletOf()).reserved, '0.070000')
  const ended = await peer.ccr(sms(3, { 'Used-Service-Unit': [one] }))
  t.equal(ended.resultCode, 2001)
  const after = await walletOf()
  t.equal(after.reserved, '0.000000')
  t.equal(Math.round((before - Number(after.available)) * 1e6), 70_000)
})

t.test('TS 32.299 7.1.12: the specification number counts, whatever stands before it', async t => {
  for (const context of ['32251@3gpp.org', '8.32251@3gpp.org', 'ext.01.262.15.32251@3gpp.org']) {
    const id = `s;${context}`
    const request = dataRequest(id, msisdn, 'initial', 0, null)
    // Without a rating group it is the context that says what is asked for.
    const answer = await peer.ccr({
      ...request,
      'Service-Context-Id': context,
      'Multiple-Services-Credit-Control': [{ 'Requested-Service-Unit': {} }]
    })
    t.equal(granted(answer), 10 * megabyte, context)
    await peer.ccr({
      ...dataRequest(id, msisdn, 'termination', 1, 0),
      'Service-Context-Id': context
    })
  }
})
