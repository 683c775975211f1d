/** What the network says of a service, from the wire to the CDR. */
import t from 'tap'
import type { MessageInput } from '../../src/diameter/dictionary/index.ts'
import type { NetworkFacts } from '../../src/domain/facts.ts'
import { ccr, startCreditServer } from '../support/credit-server.ts'

const server = await startCreditServer(t)
const { peer } = server
await server.open('facts', 'go', 10_000_000)

const imei = '3534900698733190'
const bcd = Buffer.from('5343096089371309', 'hex')
const equipment = (value: Buffer) => ({
  'User-Equipment-Info': { 'User-Equipment-Info-Type': 0, 'User-Equipment-Info-Value': value }
})
const packet = {
  'Called-Station-Id': 'internet',
  '3GPP-SGSN-MCC-MNC': '26201',
  '3GPP-RAT-Type': Buffer.of(6),
  '3GPP-Charging-Id': Buffer.of(0, 0, 1, 255),
  '3GPP-User-Location-Info': Buffer.from('8262f210123462f21000abcd01', 'hex'),
  '3GPP-MS-TimeZone': Buffer.of(0x40, 1),
  '3GPP-Charging-Characteristics': '0800',
  'PDP-Address': ['10.45.0.2']
}
const facts: readonly (readonly [string, MessageInput<'CCR'>, NetworkFacts])[] = [
  ['text', equipment(Buffer.from(imei)), { imei }],
  ['BCD', equipment(bcd), { imei }],
  [
    'IMEISV extension',
    { 'User-Equipment-Info-Extension': { 'User-Equipment-Info-IMEISV': bcd } },
    { imei }
  ],
  [
    'IMEI extension',
    { 'User-Equipment-Info-Extension': { 'User-Equipment-Info-IMEI': Buffer.from(imei) } },
    { imei }
  ],
  [
    'TS 32.299 7.2.158: the bearer',
    { 'Service-Information': { 'PS-Information': packet } },
    {
      apn: 'internet',
      plmn: '26201',
      rat: 6,
      chargingId: '000001ff',
      location: '8262f210123462f21000abcd01',
      timeZone: '4001',
      chargingCharacteristics: '0800',
      address: '10.45.0.2'
    }
  ],
  [
    'TS 32.299 7.2.32, 7.2.33: both parties of a call',
    {
      'Service-Information': {
        'IMS-Information': {
          'Role-Of-Node': 0,
          'Calling-Party-Address': ['tel:+4915100000001'],
          'Called-Party-Address': 'tel:+4930123456'
        }
      }
    },
    { callingParty: 'tel:+4915100000001', calledParty: 'tel:+4930123456' }
  ],
  [
    'TS 32.299 7.2.211: both parties of a message',
    {
      'Service-Information': {
        'SMS-Information': {
          'Originator-Received-Address': { 'Address-Data': '4915100000001' },
          'Recipient-Info': [{ 'Recipient-Address': [{ 'Address-Data': '4915200000002' }] }]
        }
      }
    },
    { callingParty: '4915100000001', calledParty: '4915200000002' }
  ]
]

t.test('RFC 8506 8.49, 8.51 to 8.53, 8.57: what the network says is in the CDR', async t => {
  for (const [name, more, expected] of facts) {
    const session = `pgw;facts;${name}`
    t.equal((await peer.ccr(ccr(session, 'initial', 0, [], more))).resultCode, 2001)
    await peer.ccr(ccr(session, 'termination', 1, [], more))
    const [cdr] = await server.cdrs(session)
    t.match(cdr?.facts, expected, name)
  }
})
