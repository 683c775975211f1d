import t from 'tap'
import { contextOf, mapCcr } from '../../../src/diameter/gy/ccr.ts'
import type { Ccr } from '../../../src/diameter/gy/ccr-avps.ts'
import { defaultProfiles, peerProfiles } from '../../../src/diameter/gy/profiles.ts'
import { avpOf, findAvp, readEcho } from '../../../src/diameter/peer/raw.ts'
import { limits } from '../../../src/domain/limits.ts'
import type { ChargingRequest } from '../../../src/domain/request.ts'

const base: Ccr = {
  'Session-Id': 'pgw;1;2',
  'Origin-Host': 'pgw.example.org',
  'Origin-Realm': 'example.org',
  'Service-Context-Id': '8.32251@3gpp.org',
  'CC-Request-Type': 1,
  'CC-Request-Number': 0
}
const empty = Buffer.alloc(20)
const route = { protocol: 'gy', peer: 'dra.example.org' } as const

function mapped(change: Ccr): ChargingRequest {
  const result = mapCcr({ ...base, ...change }, empty, defaultProfiles, route)
  if (result.kind === 'refused') throw new Error(result.fault.message)
  return result.request
}

function refused(change: Ccr, message = empty) {
  const result = mapCcr({ ...base, ...change }, message, defaultProfiles, route)
  if (result.kind !== 'refused') throw new Error('not refused')
  return result.fault
}

const mscc = (...list: NonNullable<Ccr['Multiple-Services-Credit-Control']>[number][]): Ccr => ({
  'Multiple-Services-Credit-Control': list
})

t.test('the plainest request', async t => {
  t.strictSame(mapped({}), {
    kind: 'charging',
    type: 'initial',
    sessionId: 'pgw;1;2',
    number: 0,
    subscribers: [],
    context: '32251',
    origin: { host: 'pgw.example.org', realm: 'example.org' },
    route,
    profile: peerProfiles['3gpp'],
    facts: {},
    usages: [],
    advice: false
  })
})

t.test('RFC 8506 8.3: request types', async t => {
  t.equal(mapped({ 'CC-Request-Type': 2 }).type, 'update')
  t.equal(mapped({ 'CC-Request-Type': 3 }).type, 'termination')
  t.equal(mapped({ 'CC-Request-Type': 4, 'Requested-Action': 0 }).type, 'event')
  for (const value of [0, 5, -1]) {
    const fault = refused({ 'CC-Request-Type': value }, Buffer.concat([empty, avpOf(416, empty)]))
    t.equal(fault.resultCode, 5004)
    t.same(fault.avp, avpOf(416, empty), 'the AVP is shown as it came')
  }
})

t.test('RFC 8506 4.1, 4.1.2, 8.42: the context is the last label before the at sign', async t => {
  t.equal(contextOf('32251@3gpp.org'), '32251')
  t.equal(contextOf('8.32251@3gpp.org'), '32251')
  t.equal(contextOf('ext.01.001.8.32260@3gpp.org'), '32260')
  t.equal(contextOf('32274'), '32274')
  t.equal(contextOf('games@example.org'), 'games@example.org', 'what the catalogue names')
  t.equal(contextOf('v8.32251@vendor.example'), '32251')
  t.equal(contextOf(''), '')
})

t.test('RFC 8506 8.46 to 8.48: words for the types, no plus sign in E.164', async t => {
  const request = mapped({
    'Subscription-Id': [
      { 'Subscription-Id-Type': 1, 'Subscription-Id-Data': '262010000000001' },
      { 'Subscription-Id-Type': 0, 'Subscription-Id-Data': '+4915100000001' },
      { 'Subscription-Id-Type': 2, 'Subscription-Id-Data': 'sip:a@example.org' },
      { 'Subscription-Id-Type': 3, 'Subscription-Id-Data': 'a@example.org' },
      { 'Subscription-Id-Type': 4, 'Subscription-Id-Data': 'x' },
      { 'Subscription-Id-Type': 99, 'Subscription-Id-Data': 'unknown type' },
      { 'Subscription-Id-Type': 0, 'Subscription-Id-Data': '' }
    ]
  })
  t.strictSame(request.subscribers, [
    { type: 'imsi', value: '262010000000001' },
    { type: 'msisdn', value: '4915100000001' },
    { type: 'sip-uri', value: 'sip:a@example.org' },
    { type: 'nai', value: 'a@example.org' },
    { type: 'private', value: 'x' }
  ])
})

t.test(
  'RFC 8506 8.58 to 8.63: Subscription-Id-Extension serves where there is no other',
  async t => {
    const extension = {
      'Subscription-Id-Extension': [
        { 'Subscription-Id-E164': '+4915100000001' },
        { 'Subscription-Id-IMSI': '262010000000001', 'Subscription-Id-NAI': 'a@example.org' },
        { 'Subscription-Id-SIP-URI': 'sip:b@example.org' },
        { 'Subscription-Id-Private': 'x' },
        {}
      ]
    }
    t.strictSame(mapped({ ...extension, 'Subscription-Id': [] }).subscribers, [
      { type: 'msisdn', value: '4915100000001' },
      { type: 'imsi', value: '262010000000001' },
      { type: 'nai', value: 'a@example.org' },
      { type: 'sip-uri', value: 'sip:b@example.org' },
      { type: 'private', value: 'x' }
    ])
    const both = { 'Subscription-Id': [{ 'Subscription-Id-Type': 1, 'Subscription-Id-Data': '1' }] }
    t.strictSame(mapped({ ...extension, ...both }).subscribers, [{ type: 'imsi', value: '1' }])
  }
)

t.test('RFC 8506 8.52, 8.53, 8.57: equipment by its extension', async t => {
  const of = (name: string, value: Buffer) =>
    mapped({ 'User-Equipment-Info-Extension': { [name]: value } }).facts.imei
  t.equal(of('User-Equipment-Info-IMEISV', Buffer.from('3534900698733190')), '3534900698733190')
  t.equal(of('User-Equipment-Info-IMEI', Buffer.from('53439060893713f0', 'hex')), '353409069873310')
  t.equal(of('User-Equipment-Info-MAC', Buffer.alloc(6)), undefined)
})

t.test('RFC 8506 8.48: a telephone number is one in every form of IMS nodes', async t => {
  const id = (type: number, data: string) =>
    mapped({ 'Subscription-Id': [{ 'Subscription-Id-Type': type, 'Subscription-Id-Data': data }] })
      .subscribers
  const number = [{ type: 'msisdn', value: '4915100000001' }]
  t.strictSame(id(0, 'tel:+4915100000001'), number)
  t.strictSame(id(2, 'sip:+4915100000001@ims.example'), number)
  t.strictSame(id(2, 'sip:4915100000001@ims.example;user=phone'), number)
  t.strictSame(id(2, 'sip:alice@ims.example'), [
    { type: 'sip-uri', value: 'sip:alice@ims.example' }
  ])
})

t.test(
  'an event that asks for a sum of money is refused, not answered with something else',
  async t => {
    const money = { 'Requested-Service-Unit': { 'CC-Money': {} } }
    const event = { 'CC-Request-Type': 4, 'Requested-Action': 0 }
    t.equal(refused({ ...event, ...money }).resultCode, 5004)
    t.equal(refused({ ...event, ...mscc({ 'Rating-Group': 200, ...money }) }).resultCode, 5004)
  }
)

t.test('an SMS address of type MSISDN is international without its plus sign', async t => {
  const to = (type: number, data: string) =>
    mapped({
      'Service-Information': {
        'SMS-Information': {
          'Recipient-Info': [
            { 'Recipient-Address': [{ 'Address-Type': type, 'Address-Data': data }] }
          ]
        }
      }
    }).facts.calledParty
  t.equal(to(1, '493012345'), '+493012345')
  t.equal(to(1, '+493012345'), '+493012345')
  t.equal(to(6, '493012345'), '493012345')
})

t.test(
  'RFC 8506 8.46: subscribers inside Service-Information count only when none are at command level',
  async t => {
    const inside = [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': '49151' }]
    const outside = [{ 'Subscription-Id-Type': 1, 'Subscription-Id-Data': '26201' }]
    const service = { 'Service-Information': { 'Subscription-Id': inside } }
    t.strictSame(mapped(service).subscribers, [{ type: 'msisdn', value: '49151' }])
    t.strictSame(mapped({ ...service, 'Subscription-Id': outside }).subscribers, [
      { type: 'imsi', value: '26201' }
    ])
    t.equal(mapped({ ...service, 'Subscription-Id': [] }).subscribers.length, 1)
  }
)

t.test('RFC 8506 8.5: a sub-session is a session of its own', async t => {
  t.equal(mapped({ 'CC-Sub-Session-Id': 7n }).sessionId, 'pgw;1;2;sub=7')
})

t.test(
  'RFC 8506 8.19, 8.21, 8.23 to 8.26: used units: sums over several, total before the split, null for what is not reported',
  async t => {
    const used = (list: NonNullable<Ccr['Used-Service-Unit']>) =>
      mapped(mscc({ 'Rating-Group': 10, 'Used-Service-Unit': list })).usages[0]?.used
    t.strictSame(used([{ 'CC-Total-Octets': 100n }]), {
      octets: 100,
      inputOctets: null,
      outputOctets: null,
      seconds: null,
      messages: null
    })
    t.strictSame(
      used([
        { 'CC-Total-Octets': 100n, 'CC-Input-Octets': 1n, 'CC-Output-Octets': 2n, 'CC-Time': 5 },
        { 'CC-Input-Octets': 10n, 'CC-Output-Octets': 20n, 'CC-Time': 6 },
        { 'CC-Service-Specific-Units': 3n }
      ]),
      { octets: 130, inputOctets: 11, outputOctets: 22, seconds: 11, messages: 3 }
    )
    t.strictSame(used([{ 'CC-Output-Octets': 0n }])?.octets, 0, 'zero is a report')
    t.equal(used([]), null)
  }
)

t.test('RFC 8506 8.18: requested units: absent, empty, zero, with values', async t => {
  const requested = (units: Ccr['Requested-Service-Unit']) =>
    mapped(mscc({ 'Rating-Group': 10, 'Requested-Service-Unit': units })).usages[0]?.requested
  const chosen = { octets: null, seconds: null, messages: null }
  t.equal(requested(undefined), null)
  t.strictSame(requested({}), chosen)
  t.strictSame(requested({ 'CC-Total-Octets': 0n, 'CC-Time': 0 }), chosen)
  t.strictSame(requested({ 'CC-Total-Octets': 3_000_000n }), { ...chosen, octets: 3_000_000 })
  t.strictSame(requested({ 'CC-Input-Octets': 1n, 'CC-Output-Octets': 2n }), {
    ...chosen,
    octets: 3,
    inputOctets: 1
  })
  t.strictSame(requested({ 'CC-Time': 30 }), { ...chosen, seconds: 30 })
  t.strictSame(requested({ 'CC-Service-Specific-Units': 1n }), { ...chosen, messages: 1 })
})

t.test('RFC 8506 8.16, 8.28, 8.29: services keep their order and keys', async t => {
  const usages = mapped(
    mscc(
      { 'Rating-Group': 20, 'Service-Identifier': [2, 1] },
      { 'Service-Identifier': [1000] },
      { 'Rating-Group': 0 }
    )
  ).usages
  t.strictSame(
    usages.map(usage => [usage.ratingGroup, usage.serviceIdentifiers]),
    [
      [20, [2, 1]],
      [null, [1000]],
      [0, []]
    ]
  )
})

t.test('RFC 8506 5.1.1: units at command level are one usage without rating group', async t => {
  const result = mapCcr(
    {
      ...base,
      'Service-Identifier': 9,
      'Requested-Service-Unit': {},
      'Used-Service-Unit': [{ 'CC-Time': 4 }]
    },
    empty,
    defaultProfiles,
    route
  )
  t.match(result, {
    kind: 'request',
    plain: true,
    request: {
      usages: [{ ratingGroup: null, serviceIdentifiers: [9], used: { seconds: 4 } }]
    }
  })
})

t.test('RFC 8506 8.41: events need a Requested-Action, elsewhere it is ignored', async t => {
  const missing = refused({ 'CC-Request-Type': 4 })
  t.equal(missing.resultCode, 5005)
  t.same(missing.avp, avpOf(436, Buffer.alloc(4)), 'an example of the missing AVP')
  const unknown = refused({ 'CC-Request-Type': 4, 'Requested-Action': 4 })
  t.equal(unknown.resultCode, 5004)
  t.equal(mapped({ 'CC-Request-Type': 1, 'Requested-Action': 3 }).type, 'initial')
})

const above = 2n ** 53n
const maximum = above - 1n

t.test('RFC 8506 8.23 to 8.26: volumes above 2^53-1 are refused with the AVP', async t => {
  const leaf = (code: number, value: bigint) => {
    const payload = Buffer.alloc(8)
    payload.writeBigUInt64BE(value)
    return avpOf(code, payload)
  }
  const names = {
    'CC-Total-Octets': 421,
    'CC-Input-Octets': 412,
    'CC-Output-Octets': 414,
    'CC-Service-Specific-Units': 417
  }
  for (const [name, code] of Object.entries(names)) {
    for (const value of [above, 2n ** 64n - 1n]) {
      const used = refused(mscc({ 'Used-Service-Unit': [{ [name]: value }] }))
      t.equal(used.resultCode, 5004)
      t.same(used.avp, avpOf(456, avpOf(446, leaf(code, value))), `${name} used`)
      const asked = refused(mscc({ 'Requested-Service-Unit': { [name]: value } }))
      t.same(asked.avp, avpOf(456, avpOf(437, leaf(code, value))), `${name} requested`)
    }
    t.ok(mapped(mscc({ 'Used-Service-Unit': [{ [name]: maximum }] })), `${name} at the limit`)
  }
  const plain = refused({ 'Used-Service-Unit': [{ 'CC-Total-Octets': above }] })
  t.same(plain.avp, avpOf(446, leaf(421, above)), 'at command level without the outer group')
})

t.test('volumes that are too large only in sum are refused, too', async t => {
  const split = { 'CC-Input-Octets': maximum, 'CC-Output-Octets': 1n }
  t.equal(refused(mscc({ 'Used-Service-Unit': [split] })).resultCode, 5004)
  t.equal(refused(mscc({ 'Requested-Service-Unit': split })).resultCode, 5004)
  const several = [{ 'CC-Total-Octets': maximum }, { 'CC-Total-Octets': 1n }]
  t.equal(refused(mscc({ 'Used-Service-Unit': several })).resultCode, 5004)
  t.equal(
    refused(mscc({ 'Rating-Group': 1 }, { 'Used-Service-Unit': several })).resultCode,
    5004,
    'in whichever service'
  )
  const inputs = [{ 'CC-Total-Octets': 1n, 'CC-Input-Octets': maximum }, { 'CC-Input-Octets': 1n }]
  t.equal(refused(mscc({ 'Used-Service-Unit': inputs })).resultCode, 5004)
})

t.test('RFC 6733 8.8: a Session-Id above its limit is refused', async t => {
  const fits = 'x'.repeat(512)
  const wire = (id: string) => Buffer.concat([empty, avpOf(263, Buffer.from(id))])
  t.equal(mapped({ 'Session-Id': fits }).sessionId, fits)
  const fault = refused({ 'Session-Id': `${fits}x` }, wire(`${fits}x`))
  t.equal(fault.resultCode, 5004)
  t.same(fault.avp, avpOf(263, Buffer.from(`${fits}x`)))
  t.equal(refused({ 'Session-Id': fits, 'CC-Sub-Session-Id': 1n }).resultCode, 5004)
  t.equal(refused({ 'Session-Id': 'ü'.repeat(300) }).resultCode, 5004, 'octets, not characters')
})

t.test('one service more than the limit is too many, and is shown', async t => {
  const most = limits.usagesPerRequest
  const list = Array.from({ length: most + 1 }, (_, i) => ({ 'Rating-Group': i }))
  const wire = list.map(({ 'Rating-Group': group }) =>
    avpOf(456, avpOf(432, Buffer.of(0, 0, 0, group)))
  )
  t.equal(mapped(mscc(...list.slice(0, most))).usages.length, most)
  const fault = refused(mscc(...list), Buffer.concat([empty, ...wire]))
  t.equal(fault.resultCode, 5009)
  t.same(fault.avp, wire[most])
})

t.test('RFC 8506 8.49, 8.51: facts of a data session', async t => {
  const facts = mapped({
    'User-Equipment-Info': {
      'User-Equipment-Info-Type': 0,
      'User-Equipment-Info-Value': Buffer.from('3534900698733190')
    },
    'Service-Information': {
      'PS-Information': {
        'Called-Station-Id': 'internet',
        '3GPP-SGSN-MCC-MNC': '26201',
        '3GPP-RAT-Type': Buffer.of(6),
        '3GPP-Charging-Id': Buffer.of(0, 0, 1, 255),
        '3GPP-User-Location-Info': Buffer.of(0x82, 0x62, 0xf2, 0x10),
        '3GPP-MS-TimeZone': Buffer.of(0x40, 1),
        '3GPP-Charging-Characteristics': '0800',
        'PDP-Address': ['10.45.0.2', '2001:db8::1'],
        'IMSI-Unauthenticated-Flag': 0
      }
    }
  }).facts
  t.strictSame(facts, {
    apn: 'internet',
    plmn: '26201',
    rat: 6,
    chargingId: '000001ff',
    location: '8262f210',
    address: '10.45.0.2',
    timeZone: '4001',
    chargingCharacteristics: '0800',
    imei: '3534900698733190'
  })
  const unknown = {
    'Service-Information': { 'PS-Information': { 'IMSI-Unauthenticated-Flag': 1 } }
  }
  t.strictSame(mapped(unknown).facts, { emergency: true })
})

t.test('TS 32.299 7.2.32, 7.2.33, 7.2.211: facts of a call and of a message', async t => {
  t.strictSame(
    mapped({
      'Service-Information': {
        'IMS-Information': {
          'Role-Of-Node': 0,
          'Calling-Party-Address': ['tel:+4915100000001'],
          'Called-Party-Address': 'tel:+4930123456'
        }
      }
    }).facts,
    { calledParty: 'tel:+4930123456', callingParty: 'tel:+4915100000001', roleOfNode: 0 }
  )
  t.strictSame(
    mapped({
      'Service-Information': {
        'SMS-Information': {
          'Originator-Received-Address': { 'Address-Data': '4915100000001' },
          'Recipient-Info': [{ 'Recipient-Address': [{ 'Address-Data': '4915200000002' }] }]
        }
      }
    }).facts,
    { calledParty: '4915200000002', callingParty: '4915100000001' }
  )
})

t.test('facts that cannot be read are left out', async t => {
  const equipment = (type: number, value: Buffer): Ccr => ({
    'User-Equipment-Info': { 'User-Equipment-Info-Type': type, 'User-Equipment-Info-Value': value }
  })
  const rat = (value: Buffer): Ccr => ({
    'Service-Information': { 'PS-Information': { '3GPP-RAT-Type': value } }
  })
  t.strictSame(mapped(equipment(1, Buffer.from('00-00-00-00-00-00'))).facts, {}, 'a MAC address')
  t.strictSame(mapped(equipment(0, Buffer.from('not digits'))).facts, {})
  t.strictSame(mapped(rat(Buffer.alloc(0))).facts, {})
  t.strictSame(mapped(rat(Buffer.alloc(2))).facts, {})
  t.equal(
    mapped(equipment(0, Buffer.from('5343096089371309', 'hex'))).facts.imei,
    '3534900698733190',
    'an IMEISV in BCD'
  )
})

t.test('raw AVPs: echo and copies stop at the first length that does not hold', async t => {
  const session = avpOf(263, Buffer.from('pgw;1;2'))
  const proxy = (state: string) => avpOf(284, avpOf(33, Buffer.from(state)))
  const vendor = Buffer.from('0000010780000010000028af00000000', 'hex')
  const message = Buffer.concat([empty, vendor, session, proxy('a'), session, proxy('b')])
  t.same(readEcho(message), {
    sessionId: session,
    proxyInfo: Buffer.concat([proxy('a'), proxy('b')])
  })
  t.same(readEcho(message.subarray(0, message.length - 1)).proxyInfo, proxy('a'))
  t.same(readEcho(empty), { sessionId: null, proxyInfo: null })
  t.same(readEcho(Buffer.concat([empty, Buffer.alloc(8), session])).sessionId, null, 'length 0')
  t.same(findAvp(message, 284, 1), proxy('b'))
  t.equal(findAvp(message, 284, 2), null)
})
