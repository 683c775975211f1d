/** The forms in which a client names a subscriber, over a socket. */
import t from 'tap'
import type { MessageInput } from '../../../src/diameter/dictionary/index.ts'
import { ccr, startCreditServer } from '../../support/credit-server.ts'

const server = await startCreditServer(t)
const msisdn = '4915100000001'
const imsi = '262011234567890'
await server.open('known', 'go', 1_000_000, msisdn, imsi)
const home = 'mnc001.mcc262.3gppnetwork.org'
const found = 2001
const unknown = 5030
let sessions = 0

/** The Result-Code of a session of this subscriber, and of its end. */
async function resultOf(who: MessageInput<'CCR'>): Promise<number | undefined> {
  sessions += 1
  const session = `pgw;who;${sessions}`
  const ask = [{ 'Rating-Group': 10, 'Requested-Service-Unit': {} }]
  const { resultCode } = await server.peer.ccr(ccr(session, 'initial', 0, ask, who))
  if (resultCode === found) await server.peer.ccr(ccr(session, 'termination', 1, [], who))
  return resultCode
}

const types = { e164: 0, imsi: 1, sip: 2, nai: 3, private: 4 } as const

const names: readonly (readonly [keyof typeof types, string, number])[] = [
  ['e164', msisdn, found],
  ['e164', `+${msisdn}`, found],
  ['e164', `tel:+${msisdn}`, found],
  ['e164', imsi, unknown],
  ['imsi', imsi, found],
  ['imsi', msisdn, unknown],
  ['sip', `sip:+${msisdn}@ims.${home};user=phone`, found],
  ['sip', `sip:${msisdn}@ims.example.org`, found],
  ['sip', `sip:${imsi}@ims.${home}`, found],
  ['sip', `sips:${imsi}@IMS.${home.toUpperCase()}:5061;transport=tls`, found],
  ['sip', `sip:${imsi}@ims.mnc002.mcc262.3gppnetwork.org`, unknown],
  ['sip', `sip:${imsi}@ims.example.org`, unknown],
  ['sip', 'sip:somebody@ims.example.org', unknown],
  ['nai', `0${imsi}@nai.epc.${home}`, found],
  ['nai', `1${imsi}@wlan.${home}`, found],
  ['nai', `6${imsi}@nai.epc.${home}`, found],
  ['nai', `2${imsi}@nai.epc.${home}`, unknown],
  ['nai', `${imsi}@ims.${home}`, found],
  ['nai', `${imsi}@example.org`, unknown],
  ['nai', 'somebody@example.org', unknown],
  ['private', `${imsi}@ims.${home}`, found],
  ['private', imsi, found],
  ['private', `${imsi}1`, unknown],
  ['private', 'somebody', unknown]
]

t.test(
  'RFC 8506 8.46 to 8.48: a subscriber is found by number and by IMSI, in every type of name',
  async t => {
    for (const [type, data, code] of names) {
      const id = { 'Subscription-Id-Type': types[type], 'Subscription-Id-Data': data }
      t.equal(await resultOf({ 'Subscription-Id': [id] }), code, `${type} ${data}`)
    }
    const both = [
      { 'Subscription-Id-Type': types.private, 'Subscription-Id-Data': 'somebody' },
      { 'Subscription-Id-Type': types.nai, 'Subscription-Id-Data': `0${imsi}@nai.epc.${home}` }
    ]
    t.equal(await resultOf({ 'Subscription-Id': both }), found, 'the first that is known')
  }
)

t.test('an MNC of three digits is one of three, and an IMSI may be short', async t => {
  await server.open('three', 'go', 1_000_000, '13105550100', '310410123456789')
  await server.open('short', 'go', 1_000_000, '4915100000002', '26201123456789')
  const named = (data: string) => [{ 'Subscription-Id-Type': 3, 'Subscription-Id-Data': data }]
  for (const [data, code] of [
    ['0310410123456789@nai.epc.mnc410.mcc310.3gppnetwork.org', found],
    ['310410123456789@ims.mnc410.mcc310.3gppnetwork.org', found],
    ['310410123456789@ims.mnc411.mcc310.3gppnetwork.org', unknown],
    [`026201123456789@nai.epc.${home}`, found],
    [`26201123456789@ims.${home}`, found]
  ] as const) {
    t.equal(await resultOf({ 'Subscription-Id': named(data) }), code, data)
  }
})

const extended: readonly (readonly [string, string, number])[] = [
  ['Subscription-Id-E164', msisdn, found],
  ['Subscription-Id-IMSI', imsi, found],
  ['Subscription-Id-SIP-URI', `sip:${imsi}@ims.${home}`, found],
  ['Subscription-Id-SIP-URI', `sip:+${msisdn}@ims.${home}`, found],
  ['Subscription-Id-NAI', `0${imsi}@nai.epc.${home}`, found],
  ['Subscription-Id-NAI', 'somebody@example.org', unknown],
  ['Subscription-Id-Private', `${imsi}@ims.${home}`, found],
  ['Subscription-Id-Private', imsi, found]
]

t.test('RFC 8506 8.58 to 8.63: each form finds its subscriber in an extension, too', async t => {
  const none = { 'Subscription-Id': [] }
  for (const [name, data, code] of extended) {
    const who = { ...none, 'Subscription-Id-Extension': [{ [name]: data }] }
    t.equal(await resultOf(who), code, `${name} ${data}`)
  }
})
