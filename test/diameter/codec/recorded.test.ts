import t from 'tap'
import { decode } from '../../../src/diameter/codec/decode.ts'
import {
  hex,
  kamailioInitial,
  magmaTermination,
  open5gsUpdate
} from '../../fixtures/diameter/messages.ts'

t.test('TS 32.299 6.4.2, 7.2.158: an update of Open5GS', async t => {
  const { avps, extra, unknown, faults } = decode('CCR', open5gsUpdate)
  t.same([extra, unknown, faults], [[], [], []])
  t.match(avps, {
    'Session-Id': 'smf.epc.mnc001.mcc001.3gppnetwork.org;1763700000;1;app_gy',
    'Origin-Host': 'smf.epc.mnc001.mcc001.3gppnetwork.org',
    'Destination-Host': undefined,
    'Service-Context-Id': '32251@3gpp.org',
    'CC-Request-Type': 2,
    'CC-Request-Number': 1,
    'Event-Timestamp': (0xecca5a00 - 2_208_988_800) * 1000,
    'Requested-Action': 0,
    'AoC-Request-Type': 1,
    'Subscription-Id': [
      { 'Subscription-Id-Type': 1, 'Subscription-Id-Data': '001010000000001' },
      { 'Subscription-Id-Type': 0, 'Subscription-Id-Data': '4915100000001' }
    ],
    'Multiple-Services-Credit-Control': [
      {
        'Rating-Group': undefined,
        'Service-Identifier': [],
        'Requested-Service-Unit': { 'CC-Total-Octets': 1_000_000n },
        'Used-Service-Unit': [
          {
            'Reporting-Reason': 3,
            'CC-Time': 300,
            'CC-Input-Octets': 1_234_567n,
            'CC-Output-Octets': 89_000_000n,
            'CC-Total-Octets': undefined
          }
        ],
        'QoS-Information': {
          'QoS-Class-Identifier': 9,
          'Allocation-Retention-Priority': { 'Priority-Level': 8 },
          'APN-Aggregate-Max-Bitrate-UL': 1_000_000_000
        }
      }
    ],
    'Service-Information': {
      'PS-Information': {
        '3GPP-Charging-Id': hex('00000001'),
        'PDP-Address': ['10.45.0.2'],
        'SGSN-Address': ['127.0.0.3'],
        'GGSN-Address': ['127.0.0.4'],
        'Called-Station-Id': 'internet',
        '3GPP-SGSN-MCC-MNC': '00101',
        '3GPP-RAT-Type': hex('06'),
        '3GPP-NSAPI': hex('05'),
        'User-Equipment-Info': {
          'User-Equipment-Info-Type': 0,
          'User-Equipment-Info-Value': Buffer.from('3569380356438093')
        }
      }
    }
  })
  t.equal(avps['Multiple-Services-Credit-Control'].length, 1)
  t.equal(avps['Subscription-Id'].length, 2)
})

t.test(
  'RFC 6733 6.11: an initial request of Kamailio, with accounting AVPs and those of its own vendor',
  async t => {
    const { avps, extra, unknown, faults } = decode('CCR', kamailioInitial)
    t.same(faults, [])
    t.same(extra, [
      { name: 'Accounting-Record-Type', value: 2, group: null },
      { name: 'Accounting-Record-Number', value: 0, group: null }
    ])
    t.same(
      unknown.map(({ code, vendor }) => [code, vendor]),
      [[3000, 10]]
    )
    t.match(avps, {
      'Auth-Application-Id': undefined,
      'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': 4 },
      'Multiple-Services-Indicator': 1,
      'Multiple-Services-Credit-Control': [
        {
          'Rating-Group': 100,
          'Service-Identifier': [1000],
          'Requested-Service-Unit': { 'CC-Time': 30 }
        }
      ],
      'Service-Information': {
        'Subscription-Id': [{ 'Subscription-Id-Data': '+4915100000001' }],
        'IMS-Information': {
          'Event-Type': { 'SIP-Method': 'INVITE', Expires: 3600 },
          'Role-Of-Node': 0,
          'Calling-Party-Address': ['tel:+4915100000001'],
          'Called-Party-Address': 'tel:+4930123456',
          'Time-Stamps': { 'SIP-Request-Timestamp-Fraction': 120 }
        }
      }
    })
  }
)

t.test('RFC 6733 6.8: a request with no application id at all is 5005', async t => {
  const at = kamailioInitial.indexOf(hex('00000104'))
  const message = Buffer.from(kamailioInitial)
  // Vendor-Specific-Application-Id becomes an AVP that nobody knows and nobody must.
  message.writeUInt32BE(9999, at)
  message.writeUInt8(0, at + 4)
  const { faults } = decode('CCR', message)
  t.equal(faults[0]?.resultCode, 5005)
  t.same(faults[0]?.avp, hex('000001024000000c00000000'))
})

t.test('TS 32.299 6.4.2: a termination of Magma', async t => {
  const { avps, faults } = decode('CCR', magmaTermination)
  t.same(faults, [])
  t.equal(avps['CC-Request-Type'], 3)
  const units = avps['Multiple-Services-Credit-Control']
  t.same(
    units.map(unit => [unit['Rating-Group'], unit['Reporting-Reason']]),
    [
      [10, [2]],
      [20, [2]]
    ]
  )
  t.match(units[0]?.['Used-Service-Unit'][0], {
    'CC-Input-Octets': 2n ** 31n,
    'CC-Output-Octets': 2n ** 32n,
    'CC-Total-Octets': 6442450944n
  })
  t.match(avps['Service-Information']?.['PS-Information'], {
    '3GPP-PDP-Type': 0,
    'Called-Station-Id': 'magma.ipv4',
    'PDP-Address': ['192.168.128.12']
  })
})
