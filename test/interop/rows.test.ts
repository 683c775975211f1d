/** Clauses whose other tests open no socket: over one, from the request on the wire to the account and its CDR. */
import t from 'tap'
import { encode, encodeAvp } from '../../src/diameter/codec/encode.ts'
import { avpBytes } from '../../src/diameter/codec/faults.ts'
import { readHeader } from '../../src/diameter/codec/header.ts'
import type { MessageInput } from '../../src/diameter/dictionary/index.ts'
import { avpOf } from '../../src/diameter/peer/raw.ts'
import { ascii, ietf } from '../fixtures/diameter/messages.ts'
import { ccr, MB, type Mscc, msccOf, startCreditServer } from '../support/credit-server.ts'
import { answerOf, plainCcr } from '../support/diameter-client.ts'

const server = await startCreditServer(t)
const { peer } = server
let accounts = 0

/** An account with a session of its own, which is not open yet. */
async function subscriber(topUp = 10_000_000) {
  accounts += 1
  const id = `r${accounts}`
  const msisdn = String(4915300000000 + accounts)
  await server.open(id, 'go', topUp, msisdn)
  const who = { 'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }] }
  const session = `pgw;rows;${accounts}`
  const send = (
    type: 'initial' | 'update' | 'termination',
    number: number,
    services: readonly Mscc[] = [],
    more: MessageInput<'CCR'> = {}
  ) => peer.ccr(ccr(session, type, number, services, { ...who, ...more }))
  return { id, session, who, send, wallet: () => server.wallet(id) }
}

const ask: Mscc = { 'Rating-Group': 10, 'Requested-Service-Unit': {} }
const used = (octets: number): Mscc => ({
  'Rating-Group': 10,
  'Used-Service-Unit': [{ 'CC-Total-Octets': BigInt(octets) }]
})
const ids = { hopByHop: 70_001, endToEnd: 70_002 }

/** Sends a CCR with such AVPs at its end, and one of another command with the same content. */
async function raw(more: Buffer, command = 272) {
  const bytes = encode('CCR', ids, { ...plainCcr, 'Session-Id': 'pgw;raw' }, more)
  bytes.writeUIntBE(command, 5, 3)
  return answerOf('CCA', await peer.exchange(bytes))
}

/** Codes of the AVPs at the top level. */
function codesOf(bytes: Buffer): number[] {
  const codes: number[] = []
  for (let at = 20; at < bytes.length; at += (bytes.readUIntBE(at + 5, 3) + 3) & ~3) {
    codes.push(bytes.readUInt32BE(at))
  }
  return codes
}

t.test('RFC 6733 3.1, 7, 7.1: each kind of request has its Result-Code', async t => {
  const { send } = await subscriber()
  t.equal((await send('initial', 0, [ask])).resultCode, 2001)
  const unknown = await raw(Buffer.alloc(0), 999)
  t.match([unknown.resultCode, unknown.error], [3001, true], 'a protocol error')
  t.equal(readHeader(unknown.bytes).command, 999)
  const stranger = { 'Subscription-Id-Type': 0, 'Subscription-Id-Data': '4915199999999' } as const
  const nobody = { 'Subscription-Id': [stranger] }
  const refused = await peer.ccr(ccr('pgw;nobody', 'initial', 0, [ask], nobody))
  t.match([refused.resultCode, refused.error], [5030, false], 'an application error')
})

t.test(
  'RFC 6733 4.2, 4.4, 7.3: values and groups that are wrong, and which limit it is',
  async t => {
    const groups = Array.from({ length: 13 }).reduce<Buffer>(
      inner => ietf(456, inner),
      Buffer.alloc(0)
    )
    const empty = avpBytes(9_999, 0, 0, Buffer.alloc(0))
    const identifiers = new Array<Buffer>(4_097).fill(avpOf(439, Buffer.alloc(4)))
    for (const [name, more, code, text] of [
      ['a number of three octets', ietf(415, Buffer.alloc(3)), 5014, /CC-Request-Number/],
      [
        'a group that lacks a member',
        ietf(443, Buffer.alloc(0)),
        5005,
        /Subscription-Id-Type is missing/
      ],
      ['1,000 empty AVPs', Buffer.alloc(8_000, empty), 5012, /131072 octets of memory/],
      ['one of them with the M bit', avpOf(9_999, Buffer.alloc(0)), 5001, /9999 .* not known/],
      ['4,097 AVPs', ietf(456, ...identifiers), 5012, /more than 4096 AVPs/],
      ['groups in groups', groups, 5012, /deep|12 /]
    ] as const) {
      const answer = await raw(more)
      t.equal(answer.resultCode, code, name)
      t.match(answer.avps['Error-Message'], text, name)
    }
  }
)

t.test('RFC 6733 6.7, 6.7.3, 6.7.4: Proxy-Info returns as it was, host and state', async t => {
  const proxies = [1, 2].map(n =>
    ietf(284, ietf(280, ascii(`dra-${n}`)), ietf(33, Buffer.of(0, n, 255)))
  )
  const answer = await raw(
    Buffer.concat([encodeAvp('Route-Record', 'pgw.example.org'), ...proxies])
  )
  t.ok(answer.bytes.includes(Buffer.concat(proxies)))
  t.match(answer.avps['Proxy-Info'], [
    { 'Proxy-Host': 'dra-1', 'Proxy-State': Buffer.of(0, 1, 255) },
    { 'Proxy-Host': 'dra-2', 'Proxy-State': Buffer.of(0, 2, 255) }
  ])
})

t.test(
  'RFC 8506 3.2, 10.1: what a CCA must have is there once, what a CCR must not is 5009',
  async t => {
    const { send } = await subscriber()
    const { bytes, faults } = await send('initial', 0, [ask])
    t.same(faults, [])
    const codes = codesOf(bytes)
    for (const code of [263, 268, 264, 296, 258, 416, 415]) {
      t.equal(codes.filter(each => each === code).length, 1, `${code} once`)
    }
    t.equal(codes[0], 263, 'Session-Id first')
    for (const [name, value] of [
      ['Session-Id', 'another'],
      ['CC-Request-Type', 2],
      ['CC-Request-Number', 9],
      ['Service-Context-Id', 'another'],
      ['CC-Sub-Session-Id', 7n]
    ] as const) {
      const one = encodeAvp(name, value as never)
      const twice = await raw(name === 'CC-Sub-Session-Id' ? Buffer.concat([one, one]) : one)
      t.equal(twice.resultCode, 5009, `${name} twice`)
    }
    const { 'Service-Context-Id': _, ...without } = plainCcr
    const lacking = answerOf('CCA', await peer.exchange(encode('CCR', ids, without)))
    t.equal(lacking.resultCode, 5005)
    t.ok(lacking.bytes.includes(encodeAvp('Service-Context-Id', '').subarray(0, 5)))
  }
)

t.test(
  'RFC 8506 4.1, 4.1.2, 4.1.3: the context and rating group say how a service is rated',
  async t => {
    const { send, session } = await subscriber()
    const call = { 'Service-Context-Id': 'ext.001.001.16.32260@3gpp.org' }
    const services = [ask, { 'Rating-Group': 100, 'Requested-Service-Unit': { 'CC-Time': 60 } }]
    const { avps } = await send('initial', 0, [...services, { ...ask, 'Rating-Group': 77 }], call)
    const list = avps['Multiple-Services-Credit-Control']
    t.match(
      list.map(mscc => [mscc['Rating-Group'], mscc['Result-Code']]),
      [
        [10, 2001],
        [100, 2001],
        [77, 5031]
      ]
    )
    t.match(list[1], { 'Granted-Service-Unit': { 'CC-Time': 60 } })
    await send('termination', 1, [], call)
    t.match(await server.cdrs(session), [{ context: '32260' }])
  }
)

t.test(
  'RFC 8506 5.4, 5.7, 8.3: a session reserves, debits and ends; a repeat changes nothing',
  async t => {
    const { send, wallet, session } = await subscriber()
    const first = await send('initial', 0, [ask])
    t.equal(first.avps['CC-Request-Type'], 1)
    t.match(await wallet(), { available: 9_900_000, reserved: 100_000 })
    const update = () => send('update', 1, [{ ...ask, ...used(3 * MB) }])
    const second = await update()
    t.equal(second.avps['CC-Request-Type'], 2)
    t.match(await wallet(), { available: 9_870_000, reserved: 100_000 })
    const again = await update()
    t.same(again.bytes.subarray(20), second.bytes.subarray(20), 'the stored answer')
    const last = await send('termination', 2, [used(MB)])
    t.equal(last.avps['CC-Request-Type'], 3)
    t.equal((await send('termination', 2, [used(MB)])).resultCode, 2001)
    t.match(await wallet(), { available: 9_960_000, reserved: 0 })
    const cdrs = await server.cdrs(session)
    t.match(
      cdrs,
      [{ octets: 4 * MB, amount: 40_000 }],
      'TS 32.299 5.2.1, 5.2.2.3, 6.4.2: a session with reservation, rated and recorded'
    )
    const other = await raw(encodeAvp('CC-Request-Type', 9))
    t.equal(other.resultCode, 5009)
    const none = await peer.ccr({ ...ccr(session, 'update', 1), 'CC-Request-Type': 9 })
    t.equal(none.resultCode, 5004, 'a type that there is not')
  }
)

t.test(
  'RFC 8506 8.17, 8.19, 8.21, 8.25, 8.28, 8.29, 8.33: services by their keys, usage in sum, validity',
  async t => {
    const { send, session } = await subscriber()
    const video: Mscc = { ...ask, 'Service-Identifier': [7] }
    const talk: Mscc = { 'Rating-Group': 100, 'Requested-Service-Unit': { 'CC-Time': 120 } }
    const { avps } = await send('initial', 0, [video, talk])
    const [data, voice] = avps['Multiple-Services-Credit-Control']
    t.match(data, {
      'Rating-Group': 10,
      'Service-Identifier': [7],
      'Granted-Service-Unit': { 'CC-Total-Octets': 10_000_000n },
      'Validity-Time': Number
    })
    t.match(voice, {
      'Rating-Group': 100,
      'Granted-Service-Unit': { 'CC-Time': 120 },
      'Validity-Time': Number
    })
    const left = [data?.['Volume-Quota-Threshold'], voice?.['Time-Quota-Threshold']]
    t.same(left, [2_000_000, 24], 'TS 32.299 5.3.2: thresholds of volume and time')
    const reports = [{ 'CC-Input-Octets': 5n, 'CC-Output-Octets': 2n }, { 'CC-Total-Octets': 10n }]
    const talked = {
      'Rating-Group': 100,
      'Used-Service-Unit': [{ 'CC-Time': 30 }, { 'CC-Time': 31 }]
    }
    await send('termination', 1, [{ ...used(0), 'Used-Service-Unit': reports }, talked])
    t.match(await server.cdrs(session), [
      { octets: 17, inputOctets: 5, outputOctets: 2, seconds: 61 }
    ])
  }
)

t.test(
  'RFC 8506 13: a client that waits for Tx is answered, and one that is gone ends at Tcc',
  async t => {
    const { send, session, wallet } = await subscriber()
    const opened = msccOf(await send('initial', 0, [ask]))
    const validity = opened['Validity-Time'] ?? 0
    server.now += 2 * validity * 1_000 + 1
    // Whatever comes for the account next finds the session over.
    await send('initial', 0, [], { 'Session-Id': `${session};next` })
    t.match(await server.cdrs(session), [{ cause: 'abnormalRelease' }])
    t.match(await wallet(), { available: 10_000_000, reserved: 0 })
  }
)
