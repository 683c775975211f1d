/** Repeats, order, result codes and sessions that are not there, over a socket: RFC 8506 5, 7 and 9, RFC 6733 3. */
import t from 'tap'
import { flags } from '../../../src/diameter/codec/header.ts'
import { peerProfiles } from '../../../src/diameter/gy/profiles.ts'
import { catalogue } from '../../support/catalogue.ts'
import { ccr, msccOf, startCreditServer } from '../../support/credit-server.ts'
import { answerOf } from '../../support/diameter-client.ts'

const server = await startCreditServer(t)
const { peer } = server
const threeGpp = peerProfiles['3gpp']
t.beforeEach(() => {
  server.catalogue = catalogue
  server.profile = threeGpp
})
let numbers = 0
async function subscriber(offer: string, topUp: number) {
  numbers += 1
  const id = `a${numbers}`
  const msisdn = String(4915200000000 + numbers)
  await server.open(id, offer, topUp, msisdn)
  const who = { 'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }] }
  return { id, session: `pgw;${id}`, who }
}
const service = (ratingGroup: number, used?: bigint, units: object | null = {}) => ({
  'Rating-Group': ratingGroup,
  ...(units === null ? {} : { 'Requested-Service-Unit': units }),
  ...(used === undefined ? {} : { 'Used-Service-Unit': [{ 'CC-Total-Octets': used }] })
})

t.test(
  'RFC 8506 6.5: a repeat gets the same answer, with the T flag or without, and moves nothing',
  async t => {
    const { id, session, who } = await subscriber('go', 1_000_000)
    const requests = [
      ccr(session, 'initial', 0, [service(10)], who),
      ccr(session, 'update', 1, [service(10, 4_000_000n)], who),
      ccr(session, 'termination', 2, [service(10, 1_000_000n, null)], who)
    ]
    for (const request of requests) {
      const first = await peer.ccr(request)
      const wallet = await server.wallet(id)
      const plain = await peer.ccr(request)
      const bytes = peer.encodeCcr(request)
      bytes[4] = bytes.readUInt8(4) | flags.retransmitted
      const flagged = answerOf('CCA', await peer.exchange(bytes))
      for (const repeat of [plain, flagged]) t.same(repeat.avps, first.avps)
      t.same(await server.wallet(id), wallet)
    }
    t.same(await server.wallet(id), { available: 950_000, reserved: 0 })
    t.equal((await server.cdrs(session)).length, 1)
  }
)

t.test('RFC 6733 3: the T flag alone makes no request a repeat', async t => {
  const { id, session, who } = await subscriber('go', 1_000_000)
  const bytes = peer.encodeCcr(ccr(session, 'initial', 0, [service(10)], who))
  bytes[4] = bytes.readUInt8(4) | flags.retransmitted
  t.equal(answerOf('CCA', await peer.exchange(bytes)).resultCode, 2001)
  t.equal((await server.wallet(id)).reserved, 100_000)
})

t.test('RFC 8506 5.1.2: parallel requests of one session are all served, in any order', async t => {
  const { id, session, who } = await subscriber('go', 10_000_000)
  const groups = [10, 11, 20]
  await peer.ccr(
    ccr(
      session,
      'initial',
      0,
      groups.map(group => service(group)),
      who
    )
  )
  const order = [5, 2, 9, 1, 7, 3, 8, 4, 6]
  const answers = await Promise.all(
    order.map(number => {
      const group = groups[number % 3] as number
      return peer.ccr(ccr(session, 'update', number, [service(group, 1_000_000n)], who))
    })
  )
  answers.forEach((answer, index) => {
    t.equal(answer.avps['CC-Request-Number'], order[index])
    t.equal(msccOf(answer)['Granted-Service-Unit']?.['CC-Total-Octets'], 10_000_000n)
  })
  t.equal((await server.wallet(id)).available, 10_000_000 - 60_000 - 200_000)
  const late = await peer.ccr(ccr(session, 'update', 5, [service(10, 1_000_000n)], who))
  t.equal(late.resultCode, 2001)
  t.equal((await server.wallet(id)).available, 10_000_000 - 60_000 - 200_000, 'it was a repeat')
  await peer.ccr(ccr(session, 'termination', 10, [], who))
  t.same(await server.wallet(id), { available: 9_940_000, reserved: 0 })
})

t.test(
  'RFC 8506 7: a termination may be sent before the answer to the initial request',
  async t => {
    const { id, session, who } = await subscriber('go', 1_000_000)
    const [opened, ended] = await Promise.all([
      peer.ccr(ccr(session, 'initial', 0, [service(10)], who)),
      peer.ccr(ccr(session, 'termination', 1, [service(10, 500_000n, null)], who))
    ])
    t.equal(opened.resultCode, 2001)
    t.equal(ended.resultCode, 2001)
    t.same(await server.wallet(id), { available: 995_000, reserved: 0 })
    t.match(await server.cdrs(session), [{ amount: 5_000, cause: 'normalRelease' }])
  }
)

t.test(
  'RFC 8506 7: a termination that overtakes the initial request leaves nothing reserved',
  async t => {
    const { id, session, who } = await subscriber('go', 1_000_000)
    const [ended, opened] = await Promise.all([
      peer.ccr(ccr(session, 'termination', 1, [service(10, 500_000n, null)], who)),
      peer.ccr(ccr(session, 'initial', 0, [service(10)], who))
    ])
    t.equal(ended.resultCode, 5002)
    t.equal(opened.resultCode, 5002)
    t.same(await server.wallet(id), { available: 995_000, reserved: 0 })
  }
)

t.test(
  'RFC 8506 7: usage of an unknown session is settled once, and answered as the profile says',
  async t => {
    for (const [unknownSession, code] of [
      ['unknown-session', 5002],
      ['success', 2001]
    ] as const) {
      server.profile = { ...threeGpp, unknownSession }
      const { id, session, who } = await subscriber('go', 1_000_000)
      const late = ccr(session, 'update', 4, [service(10, 1_000_000n)], who)
      for (let time = 0; time < 3; time++) {
        const answer = await peer.ccr(late)
        t.equal(answer.resultCode, code)
        t.notOk(
          answer.avps['Multiple-Services-Credit-Control'].some(
            mscc => mscc['Granted-Service-Unit']
          ),
          'and nothing is granted'
        )
      }
      t.same(await server.wallet(id), { available: 990_000, reserved: 0 })
      t.match(await server.cdrs(session), [{ amount: 10_000, flags: ['no-session'] }])
    }
  }
)

t.test(
  'RFC 8506 7: usage that comes after Validity-Time but within Tcc is that of the grant',
  async t => {
    const { id, session, who } = await subscriber('go', 1_000_000)
    await peer.ccr(ccr(session, 'initial', 0, [service(10)], who))
    server.now += 5_000_000
    const late = await peer.ccr(
      ccr(session, 'update', 1, [service(10, 10_000_000n, { 'CC-Total-Octets': 10_000_000n })], who)
    )
    t.equal(msccOf(late)['Result-Code'], 2001)
    t.same(await server.wallet(id), { available: 800_000, reserved: 100_000 })
    await peer.ccr(ccr(session, 'termination', 2, [], who))
  }
)

t.test('RFC 8506 9: each service has its own result, beside 2001 for the request', async t => {
  const [go] = [...catalogue.offers.values()]
  const rules = go!.prices.map(rule =>
    rule.service === 'sms' ? { ...rule, price: { model: 'blocked' as const } } : rule
  )
  rules.push({
    ...rules[0]!,
    ref: 'c0ffee00:go/log',
    service: 'log',
    price: { model: 'unmetered' }
  })
  server.catalogue = {
    ...catalogue,
    services: new Map([
      ...catalogue.services,
      ['log', { id: 'log', unit: 'octets', destinations: false }]
    ]),
    ratingGroups: new Map([...catalogue.ratingGroups, [30, 'log']]),
    offers: new Map([['go', { ...go!, prices: rules }]])
  }
  const { session, who } = await subscriber('go', 0)
  const opened = await peer.ccr(
    ccr(
      session,
      'initial',
      0,
      [20, 30, 10, 200, 99].map(group => service(group)),
      who
    )
  )
  t.equal(opened.resultCode, 2001)
  t.same(
    opened.avps['Multiple-Services-Credit-Control'].map(mscc => mscc['Result-Code']),
    [2001, 4011, 4012, 4010, 5031]
  )
  t.equal(opened.avps['Failed-AVP'].length, 1, 'Failed-AVP stands at command level')
  const failed = opened.avps['Failed-AVP'][0]!
  t.ok(failed.includes(Buffer.from([0, 0, 0, 99])), 'and names the rating group')
})

t.test(
  'RFC 8506 9.1: at command level the outcome of the one service is that of the request',
  async t => {
    const { session, who } = await subscriber('go', 0)
    const refused = await peer.ccr(
      ccr(session, 'initial', 0, [], { ...who, 'Requested-Service-Unit': {} })
    )
    t.equal(refused.resultCode, 4012)
    const context = { ...who, 'Service-Context-Id': '32299@3gpp.org', 'Requested-Service-Unit': {} }
    const unrated = await peer.ccr(ccr(`${session};2`, 'initial', 0, [], context))
    t.equal(unrated.resultCode, 5031)
    t.ok(unrated.avps['Failed-AVP'][0]?.includes(Buffer.from('32299@3gpp.org')))
  }
)

t.test('RFC 8506 9.2: a subscriber that nobody knows is 5030 for the whole request', async t => {
  const who = {
    'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': '4999999999999' }]
  }
  const refused = await peer.ccr(ccr('pgw;nobody', 'initial', 0, [service(10)], who))
  t.equal(refused.resultCode, 5030)
  t.same(refused.avps['Multiple-Services-Credit-Control'], [])
})

t.test('RFC 8506 9.1: used units are debited also where the request is refused', async t => {
  const { id, session, who } = await subscriber('go', 100_000)
  await peer.ccr(ccr(session, 'initial', 0, [service(10)], who))
  const over = await peer.ccr(ccr(session, 'update', 1, [service(10, 25_000_000n)], who))
  t.equal(over.resultCode, 2001)
  t.equal(msccOf(over)['Result-Code'], 4012)
  t.same(await server.wallet(id), { available: -150_000, reserved: 0 })
})
