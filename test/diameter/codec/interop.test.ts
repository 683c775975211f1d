import { createRequire } from 'node:module'
import t from 'tap'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { encode } from '../../../src/diameter/codec/encode.ts'
import { readHeader } from '../../../src/diameter/codec/header.ts'

/** The codec of the npm package `diameter`, which shares nothing with ours. */
interface OtherCodec {
  decodeMessage(bytes: Buffer): OtherMessage
  encodeMessage(message: OtherMessage): Buffer
}

interface OtherMessage {
  header: object
  body: unknown[]
}

// The package calls `new Buffer`, which Node.js announces as deprecated.
process.noDeprecation = true
const other = createRequire(import.meta.url)('diameter/lib/diameter-codec') as OtherCodec

const header = {
  version: 1,
  commandCode: 272,
  flags: { request: true, proxiable: false, error: false, potentiallyRetransmitted: false },
  applicationId: 4,
  hopByHopId: 77,
  endToEndId: 88
}

t.test('a request of the package is understood', async t => {
  const bytes = other.encodeMessage({
    header,
    body: [
      ['Session-Id', 'client.example.org;1;2'],
      ['Origin-Host', 'client.example.org'],
      ['Origin-Realm', 'example.org'],
      ['Destination-Realm', 'ocs.example.org'],
      ['Auth-Application-Id', 4],
      ['Service-Context-Id', '32251@3gpp.org'],
      ['CC-Request-Type', 2],
      ['CC-Request-Number', 3],
      [
        'Subscription-Id',
        [
          ['Subscription-Id-Type', 0],
          ['Subscription-Id-Data', '4915100000001']
        ]
      ],
      [
        'Multiple-Services-Credit-Control',
        [
          ['Rating-Group', 10],
          ['Requested-Service-Unit', []],
          ['Used-Service-Unit', [['CC-Total-Octets', 3_000_000_000]]]
        ]
      ]
    ]
  })
  t.match(readHeader(bytes), { command: 272, flags: 0x80, hopByHop: 77, endToEnd: 88 })
  const { avps, extra, unknown, faults } = decode('CCR', bytes)
  t.same([extra, unknown, faults], [[], [], []])
  t.match(avps, {
    'Session-Id': 'client.example.org;1;2',
    'CC-Request-Type': 2,
    'CC-Request-Number': 3,
    'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': '4915100000001' }],
    'Multiple-Services-Credit-Control': [
      {
        'Rating-Group': 10,
        'Requested-Service-Unit': { 'CC-Time': undefined },
        'Used-Service-Unit': [{ 'CC-Total-Octets': 3_000_000_000n }]
      }
    ]
  })
})

t.test('the package understands our answer', async t => {
  const bytes = encode(
    'CCA',
    { hopByHop: 77, endToEnd: 88 },
    {
      'Session-Id': 'client.example.org;1;2',
      'Result-Code': 2001,
      'Origin-Host': 'ocs.example.org',
      'Origin-Realm': 'example.org',
      'Auth-Application-Id': 4,
      'CC-Request-Type': 2,
      'CC-Request-Number': 3,
      'Multiple-Services-Credit-Control': [
        {
          'Granted-Service-Unit': { 'CC-Total-Octets': 2 ** 33 + 5 },
          'Rating-Group': 10,
          'Validity-Time': 3600,
          'Result-Code': 2001,
          'Final-Unit-Indication': { 'Final-Unit-Action': 0 },
          'Volume-Quota-Threshold': 2_000_000
        }
      ]
    }
  )
  const { body } = other.decodeMessage(bytes)
  t.match(body, [
    ['Session-Id', 'client.example.org;1;2'],
    ['Result-Code', 'DIAMETER_SUCCESS'],
    ['Origin-Host', 'ocs.example.org'],
    ['Origin-Realm', 'example.org'],
    ['Auth-Application-Id', String],
    ['CC-Request-Type', 'UPDATE_REQUEST'],
    ['CC-Request-Number', 3],
    [
      'Multiple-Services-Credit-Control',
      [
        ['Granted-Service-Unit', [['CC-Total-Octets', { low: 5, high: 2 }]]],
        ['Rating-Group', 10],
        ['Validity-Time', 3600],
        ['Result-Code', 'DIAMETER_SUCCESS'],
        ['Final-Unit-Indication', [['Final-Unit-Action', 'TERMINATE']]],
        ['Volume-Quota-Threshold', 2_000_000]
      ]
    ]
  ])
  t.equal(body.length, 8)
})

t.test('the package understands our capabilities and the reverse', async t => {
  const values = {
    'Origin-Host': 'ocs.example.org',
    'Origin-Realm': 'example.org',
    'Host-IP-Address': ['2001:db8::7'],
    'Vendor-Id': 10415,
    'Product-Name': 'Gyro',
    'Auth-Application-Id': [4]
  }
  const ours = encode('CER', { hopByHop: 1, endToEnd: 2 }, values)
  const { body } = other.decodeMessage(ours)
  t.match(body.slice(0, 3), [
    ['Origin-Host', 'ocs.example.org'],
    ['Origin-Realm', 'example.org'],
    ['Host-IP-Address', '2001:db8::7']
  ])
  const capabilities = { ...header, commandCode: 257, applicationId: 0 }
  const theirs = other.encodeMessage({
    header: capabilities,
    body: [
      ['Origin-Host', 'client.example.org'],
      ['Origin-Realm', 'example.org'],
      ['Host-IP-Address', '10.1.2.3'],
      ['Vendor-Id', 10415],
      ['Product-Name', 'node'],
      ['Origin-State-Id', 1]
    ]
  })
  const { avps, faults } = decode('CER', theirs)
  t.same(faults, [])
  t.match(avps, { 'Host-IP-Address': ['10.1.2.3'], 'Product-Name': 'node', 'Vendor-Id': 10415 })
})
