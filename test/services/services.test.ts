/** Services over a socket: IMS calls, messages, and contexts of an operator's own, as the demo catalogue prices them. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { MessageInput } from '../../src/diameter/dictionary/index.ts'
import { event, messages, newSessionId, services, sms, startOcs } from '../support/ocs.ts'

type Ccr = MessageInput<'CCR'>
type Ims = NonNullable<NonNullable<Ccr['Service-Information']>['IMS-Information']>

const folder = mkdtempSync(join(tmpdir(), 'gyro-services-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
cpSync('conf/catalogue', folder, { recursive: true })
edit('services.yaml', 'contexts:\n', 'contexts:\n  "*@games.example": 500\n')
edit('catalogue.yaml', 'quota:\n', 'unnamed-refunds: false\nquota:\n')
edit('services.yaml', 'services:\n', gamesService())
edit('services.yaml', 'rating-groups: [101]', 'contexts: ["32260"]\n    rating-groups: [101, 200]')
edit(
  'destinations.yaml',
  '  - destination: elsewhere',
  '    routing-numbers: ["D019"]\n  - destination: elsewhere'
)
edit(
  'offers/prepaid-go.yaml',
  'prices:\n',
  'prices:\n  - rule: games\n    service: games\n    price: "0.50"\n'
)

const ocs = await startOcs(t, folder)
const { peer } = ocs
let lines = 0

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(join(folder, file), 'utf8')
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`)
  writeFileSync(join(folder, file), text.replace(from, to))
}

function gamesService(): string {
  return 'services:\n  - service: games\n    unit: messages\n    rating-groups: [500]\n'
}

async function account(topUp: number, offers?: string[]): Promise<[string, string]> {
  lines += 1
  const msisdn = String(4915300000000 + lines)
  await ocs.open(`s${lines}`, msisdn, topUp, offers)
  return [`s${lines}`, msisdn]
}

/** A call as an IMS node charges it, to its end; returns what it cost and its answers. */
async function call(
  ims: Ims,
  seconds: number | null,
  change: { group?: number; plmn?: string; offers?: string[]; more?: object } = {}
) {
  const [id, msisdn] = await account(10_000_000, change.offers)
  const packet =
    change.plmn === undefined ? {} : { 'PS-Information': { '3GPP-SGSN-MCC-MNC': change.plmn } }
  const ccr = (type: number, number: number, units: object): Ccr => ({
    'Session-Id': `${id};call`,
    'Service-Context-Id': 'ext.01.001.8.32260@3gpp.org',
    'CC-Request-Type': type,
    'CC-Request-Number': number,
    'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }],
    'Multiple-Services-Credit-Control': [
      { ...(change.group === undefined ? {} : { 'Rating-Group': change.group }), ...units }
    ],
    'Service-Information': {
      'IMS-Information': { 'Node-Functionality': 0, ...ims },
      ...packet,
      ...change.more
    }
  })
  const first = await peer.ccr(ccr(1, 0, { 'Requested-Service-Unit': { 'CC-Time': 30 } }))
  const used = seconds === null ? {} : { 'Used-Service-Unit': [{ 'CC-Time': seconds }] }
  const last = await peer.ccr(ccr(3, 1, used))
  const [cdr] = await ocs.cdrs(id)
  const wallet = await ocs.wallet(id)
  return { first, last, cdr, wallet, id, cost: 10_000_000 - wallet.available - wallet.reserved }
}

const cost = async (...args: Parameters<typeof call>) => (await call(...args)).cost
const germany = { 'Role-Of-Node': 0, 'Called-Party-Address': 'tel:+4930123456' }
const france = {
  'Role-Of-Node': 0,
  'Called-Party-Address': 'sip:+33123456789@ims.example;user=phone'
}

t.test('TS 32.260 5.2: an originating call is priced by the number that is called', async t => {
  const { first, last, cdr, cost: paid } = await call(germany, 90, { group: 100 })
  t.same(services(first), [[2001, 30, null]])
  t.equal(last.resultCode, 2001)
  t.equal(paid, 135_000, '90 seconds at 0.09 a minute')
  t.match(cdr, {
    amount: 135_000,
    seconds: 90,
    context: '32260',
    facts: { calledParty: 'tel:+4930123456', roleOfNode: 0 }
  })
  t.equal(await cost(germany, 20), 90_000, 'the first minute whole; without a rating group')
  t.equal(await cost(france, 61), 730_000, 'set-up and two started minutes')
})

t.test('TS 32.260 5.2: called numbers come in every form, and mean the same', async t => {
  for (const called of [
    'tel:+4930123456',
    'tel:030123456',
    'tel:004930123456',
    'sip:+4930123456@ims.example;user=phone',
    'sip:030123456;phone-context=+49@ims.example',
    'tel:+49-30-12(34)56',
    '115'
  ]) {
    t.equal(await cost({ 'Role-Of-Node': 0, 'Called-Party-Address': called }, 60), 90_000, called)
  }
  const abroad = { 'Role-Of-Node': 0, 'Called-Party-Address': '+4930123456' }
  t.equal(await cost(abroad, 60, { plmn: '20801' }), 90_000, 'also from another country')
})

t.test('TS 32.260 5.2: a call that is not answered costs nothing, and no set-up', async t => {
  for (const seconds of [0, null]) {
    const { cost: paid, wallet, cdr } = await call(france, seconds, { group: 100 })
    t.equal(paid, 0)
    t.equal(wallet.reserved, 0)
    t.equal(cdr?.amount, 0)
  }
})

t.test('TS 32.260 5.2: a terminating leg is free at home and in the EU, and metered', async t => {
  const called = { 'Role-Of-Node': 1, 'Called-Party-Address': 'tel:+4915300000001' }
  const { cost: paid, cdr, first } = await call(called, 90, { group: 100 })
  t.same(services(first), [[2001, 30, null]])
  t.equal(paid, 0)
  t.match(cdr, { amount: 0, seconds: 90, parts: [{ price: /prepaid-go\/called$/, units: 90 }] })
  t.equal(await cost(called, 90, { plmn: '20801' }), 0)
  t.equal(await cost(called, 90, { plmn: '310410' }), 580_000, 'two started minutes')
})

t.test('TS 32.260 5.2: minutes of an allowance are not spent on calls that come in', async t => {
  const family = { offers: ['family-20gb'], group: 100 }
  const units = async (ims: Ims) => ocs.units((await call(ims, 60, family)).id)
  const full = 20_000_000_000 + 300 * 60
  t.equal(await units({ ...germany, 'Role-Of-Node': 1 }), full)
  t.equal(await units(germany), full - 60)
})

t.test(
  'TS 32.275 5.2: a forwarded leg is paid by who forwards it, as a call to where it goes',
  async t => {
    const diverted = {
      more: { 'MMTel-Information': { 'Supplementary-Service': [{ 'MMTel-SService-Type': 6 }] } }
    }
    const to = { 'Role-Of-Node': 1, 'Called-Party-Address': 'tel:+33123456789' }
    const { cost: paid, cdr } = await call(to, 60, diverted)
    t.equal(paid, 440_000)
    t.equal(cdr?.facts.leg, 'forwarding')
  }
)

t.test('TS 32.260 5.2: media of video make a video call, unless the video was refused', async t => {
  const media = (...names: string[]) => ({
    ...germany,
    'SDP-Media-Component': names.map(name => ({ 'SDP-Media-Name': name }))
  })
  t.equal(await cost(media('audio 49170 RTP/AVP 97'), 60), 90_000)
  t.equal(await cost(media('m=audio 49170 RTP/AVP 97', 'm=video 51372 RTP/AVP 31'), 60), 180_000)
  t.equal(await cost(media('audio 49170 RTP/AVP 97', 'video 0 RTP/AVP 31'), 60), 90_000)
  const described = { ...germany, 'SDP-Session-Description': ['c=IN', 'm=video 51372 RTP/AVP 31'] }
  t.equal(await cost(described, 60, { group: 100 }), 180_000)
  t.equal(
    await cost(germany, 60, { group: 200 }),
    180_000,
    'by its context, where the catalogue says so'
  )
})

t.test('TS 32.299 7.2.120: a ported number is priced by where it is routed', async t => {
  const ported = { ...france, 'Number-Portability-Routing-Information': '+4930' }
  t.equal(await cost(ported, 60), 90_000)
  t.equal(await cost({ ...france, 'Number-Portability-Routing-Information': 'd01912' }, 60), 90_000)
  const inUri = { 'Role-Of-Node': 0, 'Called-Party-Address': 'tel:+33123456789;npdi;rn=+49-30' }
  t.equal(await cost(inUri, 60), 90_000)
  const unknown = { ...germany, 'Number-Portability-Routing-Information': 'C123' }
  t.equal(await cost(unknown, 60), 90_000, 'one that is not in the table says nothing')
})

t.test('TS 32.260 5.2: an emergency call is free for everybody, however it is marked', async t => {
  for (const ims of [
    { 'Called-Party-Address': 'tel:112' },
    { 'Called-Party-Address': 'urn:service:sos.police' },
    { ...france, 'IMS-Emergency-Indicator': 1 }
  ]) {
    const { first, cost: paid, cdr } = await call(ims, 300, { group: 100 })
    t.same(services(first), [[2001, 30, null]])
    t.equal(paid, 0)
    t.ok(cdr?.flags.includes('emergency'))
  }
})

/** An SMS with reservation (ECUR): what is granted, and what is left after the termination. */
async function message(topUp: number, asked: number | null, used: number | null, info?: object) {
  const [id, msisdn] = await account(topUp)
  const base = event(msisdn, 'debit', { 'Session-Id': newSessionId() })
  const { 'Requested-Action': _, ...ccr } = { ...base, ...info }
  const ask = {
    ...ccr,
    'CC-Request-Type': 1,
    'Multiple-Services-Credit-Control': [messages(asked)]
  }
  const first = await peer.ccr(ask)
  const held = await ocs.wallet(id)
  const units =
    used === null ? {} : { 'Used-Service-Unit': [{ 'CC-Service-Specific-Units': BigInt(used) }] }
  const end = {
    ...ccr,
    'CC-Request-Type': 3,
    'CC-Request-Number': 1,
    'Multiple-Services-Credit-Control': [{ 'Rating-Group': 200, ...units }]
  }
  const last = await peer.ccr(end)
  await peer.ccr(end)
  return { first, last, held, after: await ocs.wallet(id), cdrs: await ocs.cdrs(id) }
}

t.test(
  'TS 32.274 5.2.2: an SMS is reserved before it is sent and debited when it has been',
  async t => {
    const { first, held, after, cdrs } = await message(1_000_000, 2, 2)
    t.same(services(first), [[2001, 2, null]])
    t.same(held, { available: 860_000, reserved: 140_000 })
    t.same(after, { available: 860_000, reserved: 0 })
    t.match(cdrs, [{ amount: 140_000, messages: 2, cause: 'normalRelease' }])
  }
)

t.test('TS 32.274 5.2.2: an SMS that was not delivered is not debited', async t => {
  for (const used of [null, 0]) {
    const { after, last, cdrs } = await message(1_000_000, 1, used)
    t.equal(last.resultCode, 2001)
    t.same(after, { available: 1_000_000, reserved: 0 })
    t.match(cdrs, [{ amount: 0, messages: 0 }])
  }
  const part = await message(1_000_000, 3, 1)
  t.same(part.after, { available: 930_000, reserved: 0 }, 'one of three')
})

t.test('TS 32.274 5.2.2: without money for it an SMS is 4012', async t => {
  const { first, after } = await message(69_999, 1, null)
  t.same(services(first), [[4012, null, null]])
  t.same(after, { available: 69_999, reserved: 0 })
})

t.test(
  'TS 32.274 5.2: messages that arrive are free; to send one to oneself is to send one',
  async t => {
    const [id, msisdn] = await account(1_000_000)
    const from = (originator: string, recipient: string) => {
      const info = sms(recipient)['SMS-Information']
      const party = { 'Address-Type': 1, 'Address-Data': originator }
      const smsInformation = { ...info, 'Originator-Received-Address': party }
      return peer.ccr(
        event(msisdn, 'debit', { 'Service-Information': { 'SMS-Information': smsInformation } })
      )
    }
    t.equal((await from('4917099999999', msisdn)).resultCode, 2001)
    t.equal((await ocs.wallet(id)).available, 1_000_000)
    await from(msisdn, msisdn)
    t.equal((await ocs.wallet(id)).available, 930_000)
    await from(msisdn, '4917099999999')
    t.equal((await ocs.wallet(id)).available, 860_000)
  }
)

t.test('TS 32.270 5.2: an MMS is priced for each recipient, and free for who gets it', async t => {
  const [id, msisdn] = await account(1_000_000)
  const mms = (type: number, ...to: string[]) =>
    peer.ccr(
      event(msisdn, 'debit', {
        'Service-Context-Id': '32270@3gpp.org',
        'Multiple-Services-Credit-Control': [messages(null, 210)],
        'Service-Information': {
          'MMS-Information': {
            'Message-Type': type,
            'Recipient-Address': to.map(data => ({ 'Address-Type': 1, 'Address-Data': data }))
          }
        }
      })
    )
  t.same(services(await mms(1, '4917012345678', '33612345678')), [[2001, 2, null]])
  t.equal((await ocs.wallet(id)).available, 220_000)
  t.same(services(await mms(5, msisdn)), [[2001, 1, null]])
  t.equal((await ocs.wallet(id)).available, 220_000)
  t.same(services(await mms(1, '4917012345678')), [[4012, null, null]])
})

t.test(
  "RFC 8506 8.42: a context of an operator's own is charged as the catalogue says",
  async t => {
    const [id, msisdn] = await account(1_000_000)
    const play = (context: string) =>
      peer.ccr(event(msisdn, 'debit', { 'Service-Context-Id': context, 'Service-Information': {} }))
    t.equal((await play('chess@games.example')).resultCode, 2001)
    t.equal((await ocs.wallet(id)).available, 500_000)
    t.match(await ocs.cdrs(id), [{ context: 'chess@games.example', parts: [{ ratingGroup: 500 }] }])
    const unknown = await play('chess@nobody.example')
    t.equal(unknown.resultCode, 5031)
    t.ok(unknown.avps['Failed-AVP'].length > 0)
  }
)

t.test('RFC 8506 6.4: a catalogue may forbid refunds that name no debit', async t => {
  const [id, msisdn] = await account(1_000_000)
  const ask = { 'Multiple-Services-Credit-Control': [messages(1)] }
  t.same(services(await peer.ccr(event(msisdn, 'refund', ask))), [[5031, null, null]])
  const session = { 'Session-Id': newSessionId() }
  await peer.ccr(event(msisdn, 'debit', { ...session, ...ask }))
  const named = await peer.ccr(event(msisdn, 'refund', { ...session, ...ask }))
  t.same(services(named), [[2001, 1, null]])
  t.equal((await ocs.wallet(id)).available, 1_000_000)
})
