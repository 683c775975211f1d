import t from 'tap'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { readHeader } from '../../../src/diameter/codec/header.ts'
import {
  type CcaContext,
  creditControlAnswer,
  refusalAnswer
} from '../../../src/diameter/gy/cca.ts'
import { resultCodeOf } from '../../../src/diameter/gy/result-codes.ts'
import { avpOf, readEcho } from '../../../src/diameter/peer/raw.ts'
import type { ChargingAnswer, MultipleUnitAnswer, Outcome } from '../../../src/domain/answer.ts'

const identity = {
  originHost: 'ocs.gyro.test',
  originRealm: 'gyro.test',
  productName: 'Gyro',
  vendorId: 0,
  originStateId: 7,
  hostIpAddresses: []
}
const header = {
  version: 1,
  length: 20,
  flags: 0xc0,
  command: 272,
  application: 4,
  hopByHop: 11,
  endToEnd: 12
}
const context: CcaContext = {
  header,
  sessionId: 'pgw;1;2',
  type: 1,
  number: 3,
  subSession: undefined,
  serviceContext: '32251@3gpp.org',
  proxyInfo: null,
  plain: false,
  event: null
}
const unit: MultipleUnitAnswer = {
  ratingGroup: 10,
  serviceIdentifiers: [],
  outcome: 'success',
  granted: { unit: 'octets', amount: 10_000_000 },
  validity: 3_600,
  threshold: 2_000_000,
  final: null
}
const answer = (...units: MultipleUnitAnswer[]): ChargingAnswer => ({
  kind: 'charging',
  outcome: 'success',
  units,
  repeated: false
})

/** The AVP codes of a message or group in wire order, with those of its groups inside. */
function codesOf(bytes: Buffer, start = 20): unknown[] {
  const groups = new Set([456, 431, 430])
  const found: unknown[] = []
  for (let at = start; at < bytes.length; ) {
    const length = bytes.readUIntBE(at + 5, 3)
    const code = bytes.readUInt32BE(at)
    const vendor = (bytes.readUInt8(at + 4) & 0x80) !== 0
    const body = bytes.subarray(at + (vendor ? 12 : 8), at + length)
    found.push(groups.has(code) && !vendor ? [code, codesOf(body, 0)] : code)
    at += (length + 3) & ~3
  }
  return found
}

function encoded(given: ChargingAnswer, change: Partial<CcaContext> = {}) {
  const bytes = creditControlAnswer(identity, { ...context, ...change }, given)
  return { bytes, header: readHeader(bytes), ...decode('CCA', bytes) }
}

t.test('RFC 8506 3.2, 10.1: the order of AVPs is that of the grammar', async t => {
  const { bytes, faults } = encoded(answer(unit))
  t.strictSame(faults, [])
  t.strictSame(codesOf(bytes), [
    263, // Session-Id
    268, // Result-Code
    264, // Origin-Host
    296, // Origin-Realm
    258, // Auth-Application-Id
    416, // CC-Request-Type
    415, // CC-Request-Number
    418, // CC-Session-Failover
    278, // Origin-State-Id
    [456, [[431, [421]], 432, 268, 448, 869]]
  ])
})

t.test('RFC 6733 3, 6.2: P bit as received, the identifiers of the request', async t => {
  t.match(encoded(answer()).header, { ...header, length: Number, flags: 0x40 })
  t.equal(encoded(answer(), { header: { ...header, flags: 0x90 } }).header.flags, 0)
})

t.test('RFC 8506 8.17, 8.33: values of a grant', async t => {
  const { avps } = encoded(answer(unit))
  t.match(avps, {
    'Session-Id': 'pgw;1;2',
    'Result-Code': 2001,
    'Origin-Host': 'ocs.gyro.test',
    'Origin-Realm': 'gyro.test',
    'Auth-Application-Id': 4,
    'CC-Request-Type': 1,
    'CC-Request-Number': 3,
    'CC-Session-Failover': 1,
    'Origin-State-Id': 7
  })
  t.match(avps['Multiple-Services-Credit-Control'], [
    {
      'Rating-Group': 10,
      'Result-Code': 2001,
      'Granted-Service-Unit': { 'CC-Total-Octets': 10_000_000n },
      'Validity-Time': 3_600,
      'Volume-Quota-Threshold': 2_000_000
    }
  ])
})

t.test('TS 32.299 5.3.2: units of the granted type, with their own threshold', async t => {
  const members = (granted: MultipleUnitAnswer['granted']) =>
    codesOf(encoded(answer({ ...unit, granted })).bytes).at(-1)
  t.strictSame(members({ unit: 'seconds', amount: 30 }), [456, [[431, [420]], 432, 268, 448, 868]])
  t.strictSame(members({ unit: 'messages', amount: 1 }), [456, [[431, [417]], 432, 268, 448, 1226]])
})

t.test('nothing is sent that was not decided', async t => {
  const bare = { ...unit, granted: null, validity: 0, threshold: 5, ratingGroup: null }
  t.strictSame(codesOf(encoded(answer(bare)).bytes).at(-1), [456, [268]])
})

t.test('RFC 8506 8.34, 8.35: final units carry TERMINATE alone', async t => {
  const { avps, bytes } = encoded(answer({ ...unit, final: 'terminate', threshold: 0 }))
  const [mscc] = avps['Multiple-Services-Credit-Control']
  t.equal(mscc?.['Final-Unit-Indication']?.['Final-Unit-Action'], 0)
  t.strictSame(codesOf(bytes).at(-1), [456, [[431, [421]], 432, 268, 448, [430, [449]]]])
})

t.test('RFC 8506 8.16, 8.28, 8.29: services answer in order, with their keys', async t => {
  const { avps } = encoded(
    answer(
      { ...unit, ratingGroup: 20, serviceIdentifiers: [2, 1] },
      { ...unit, ratingGroup: null, serviceIdentifiers: [1000] },
      { ...unit, outcome: 'credit-limit-reached', granted: null }
    )
  )
  t.strictSame(
    avps['Multiple-Services-Credit-Control'].map(mscc => [
      mscc['Rating-Group'],
      mscc['Service-Identifier'],
      mscc['Result-Code']
    ]),
    [
      [20, [2, 1], 2001],
      [undefined, [1000], 2001],
      [10, [], 4012]
    ]
  )
})

t.test('RFC 8506 4.1.3, 9.2: a service without a price is in Failed-AVP', async t => {
  const { avps } = encoded(
    answer(unit, {
      ...unit,
      ratingGroup: 77,
      serviceIdentifiers: [5],
      outcome: 'rating-failed',
      granted: null
    })
  )
  t.equal(avps['Result-Code'], 2001)
  t.same(avps['Failed-AVP'], [
    avpOf(
      456,
      Buffer.concat([avpOf(439, Buffer.of(0, 0, 0, 5)), avpOf(432, Buffer.of(0, 0, 0, 77))])
    )
  ])
})

t.test('RFC 8506 8.4: CC-Session-Failover stands in initial and update answers only', async t => {
  t.equal(encoded(answer(), { type: 1 }).avps['CC-Session-Failover'], 1)
  t.equal(encoded(answer(), { type: 2 }).avps['CC-Session-Failover'], 1)
  t.equal(encoded(answer(), { type: 3 }).avps['CC-Session-Failover'], undefined)
  t.equal(encoded(answer(), { type: 4 }).avps['CC-Session-Failover'], undefined)
})

t.test('RFC 8506 5.1.1: units at command level are answered at command level', async t => {
  const plain = { plain: true, type: 4 }
  const granted = encoded(answer({ ...unit, ratingGroup: null, final: 'terminate' }), plain)
  t.equal(granted.avps['Result-Code'], 2001)
  t.equal(granted.avps['Granted-Service-Unit']?.['CC-Total-Octets'], 10_000_000n)
  t.equal(granted.avps['Validity-Time'], 3_600)
  t.ok(granted.avps['Final-Unit-Indication'])
  t.strictSame(granted.avps['Multiple-Services-Credit-Control'], [])
  const refused = encoded(
    answer({
      ...unit,
      ratingGroup: null,
      outcome: 'credit-limit-reached',
      granted: null,
      validity: 0
    }),
    plain
  )
  t.equal(
    refused.avps['Result-Code'],
    4012,
    'the outcome of the one service is that of the command'
  )
  const unrated = encoded(answer({ ...unit, outcome: 'rating-failed', granted: null }), plain)
  t.equal(unrated.avps['Result-Code'], 5031)
  t.same(unrated.avps['Failed-AVP'], [avpOf(461, Buffer.from('32251@3gpp.org'))])
})

t.test('RFC 6733 6.7, 6.7.2 to 6.7.4: Proxy-Info comes back as it came', async t => {
  const proxyInfo = Buffer.concat([
    avpOf(284, Buffer.from('first___')),
    avpOf(284, Buffer.from('second__'))
  ])
  const { bytes, avps } = encoded(answer(unit), { proxyInfo, subSession: 9n })
  t.same(readEcho(bytes).proxyInfo, proxyInfo)
  t.equal(avps['CC-Sub-Session-Id'], 9n)
})

const codes: Record<Outcome, number> = {
  success: 2001,
  'too-busy': 3004,
  'service-denied': 4010,
  'not-applicable': 4011,
  'credit-limit-reached': 4012,
  'unknown-session': 5002,
  'invalid-value': 5004,
  'resources-exceeded': 5006,
  'unable-to-comply': 5012,
  'user-unknown': 5030,
  'rating-failed': 5031
}

t.test('RFC 6733 7, 7.1, 7.1.3, 7.2: outcomes as Result-Codes, E bit for 3xxx', async t => {
  for (const [outcome, code] of Object.entries(codes)) {
    t.equal(resultCodeOf(outcome as Outcome), code)
    const { avps, header, faults } = encoded({ ...answer(), outcome: outcome as Outcome })
    t.equal(avps['Result-Code'], code)
    t.equal((header.flags & 0x20) !== 0, code < 4000 && code >= 3000, outcome)
    t.strictSame(faults, [], outcome)
  }
})

t.test('RFC 6733 7.2: 3004 has the reduced grammar, with Session-Id and Proxy-Info', async t => {
  const proxyInfo = avpOf(284, Buffer.from('proxy___'))
  const { bytes } = encoded({ ...answer(unit), outcome: 'too-busy' }, { proxyInfo })
  t.strictSame(codesOf(bytes), [263, 264, 296, 268, 278, 284])
})

t.test('RFC 6733 7.3: a refusal names what is wrong', async t => {
  const failed = avpOf(436, Buffer.alloc(4))
  const fault = { resultCode: 5005, avp: failed, message: 'Requested-Action is missing' }
  const bytes = refusalAnswer(identity, { ...context, type: 4 }, fault)
  const { avps, faults } = decode('CCA', bytes)
  t.strictSame(faults, [])
  t.equal(avps['Result-Code'], 5005)
  t.equal(avps['Error-Message'], 'Requested-Action is missing')
  t.same(avps['Failed-AVP'], [failed])
  t.equal(readHeader(bytes).flags, 0x40)
  const protocol = refusalAnswer(identity, context, { resultCode: 3003, avp: null, message: 'no' })
  t.equal(readHeader(protocol).flags, 0x60)
})
