/** What a session may not do, and what two asks of one service get, over a socket. */
import t from 'tap'
import { peerProfiles } from '../../../src/diameter/gy/profiles.ts'
import { unitsMax } from '../../../src/domain/units.ts'
import { ccr, MB, type Mscc, msccOf, startCreditServer } from '../../support/credit-server.ts'

const server = await startCreditServer(t)
const { peer } = server
t.beforeEach(() => {
  server.profile = peerProfiles['3gpp']
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
const ask = (octets: number): Mscc => ({
  'Rating-Group': 10,
  'Requested-Service-Unit': { 'CC-Total-Octets': BigInt(octets) }
})
const octetsOf = (mscc: ReturnType<typeof msccOf>) =>
  Number(mscc['Granted-Service-Unit']?.['CC-Total-Octets'])

t.test(
  'RFC 8506 8.23: reports that add up to more than 2^53-1 are 5004 with the AVP, and not settled',
  async t => {
    const { id, session, who } = await subscriber('go', 1_000_000)
    const free = (octets: bigint, more: object = {}): Mscc => ({
      'Rating-Group': 20,
      'Used-Service-Unit': [{ 'CC-Total-Octets': octets }],
      ...more
    })
    await peer.ccr(ccr(session, 'initial', 0, [ask(MB)], who))
    const most = BigInt(unitsMax)
    const first = await peer.ccr(ccr(session, 'update', 1, [free(most - 5n)], who))
    t.equal(first.resultCode, 2001)
    const before = await server.wallet(id)
    const second = await peer.ccr(ccr(session, 'update', 2, [free(3n), free(6n)], who))
    t.equal(second.resultCode, 5004)
    t.match(second.avps, { 'Multiple-Services-Credit-Control': [], 'CC-Request-Number': 2 })
    t.match(second.avps['Failed-AVP'], [
      {
        'Multiple-Services-Credit-Control': [{ 'Used-Service-Unit': [{ 'CC-Total-Octets': 6n }] }]
      }
    ])
    t.same(await server.wallet(id), before)
    const last = await peer.ccr(ccr(session, 'termination', 3, [free(5n)], who))
    t.equal(last.resultCode, 2001, 'what still fits is settled')
    t.match(await server.cdrs(session), [{ octets: unitsMax }])
  }
)

t.test('money beyond 2^53-1 millionths is 5004 at command level, too', async t => {
  const { session, who } = await subscriber('go', 1_000_000)
  const world = { 'Service-Information': { 'PS-Information': { '3GPP-SGSN-MCC-MNC': '31026' } } }
  const used = { 'Used-Service-Unit': [{ 'CC-Input-Octets': 5n, 'CC-Output-Octets': 2n ** 52n }] }
  await peer.ccr(ccr(session, 'initial', 0, [], { ...who, ...world, 'Requested-Service-Unit': {} }))
  for (const number of [1, 2, 3]) {
    const answer = await peer.ccr(ccr(session, 'update', number, [], { ...who, ...world, ...used }))
    if (answer.resultCode === 2001) continue
    t.equal(answer.resultCode, 5004)
    t.match(answer.avps['Failed-AVP'], [
      { 'Used-Service-Unit': [{ 'CC-Output-Octets': 2n ** 52n }] }
    ])
    return
  }
  t.fail('it was counted')
})

t.test('a service that is asked for twice is granted twice, and all of it is reserved', async t => {
  const { id, session, who } = await subscriber('go', 1_000_000)
  const opened = await peer.ccr(ccr(session, 'initial', 0, [ask(MB), ask(2 * MB)], who))
  t.same(opened.avps['Multiple-Services-Credit-Control'].map(octetsOf), [MB, 2 * MB])
  t.same(await server.wallet(id), { available: 970_000, reserved: 30_000 })
  const used = { 'Used-Service-Unit': [{ 'CC-Total-Octets': BigInt(MB) }] }
  const reports = [
    { ...ask(MB), ...used },
    { ...ask(MB), ...used }
  ]
  await peer.ccr(ccr(session, 'update', 1, reports, who))
  t.same(await server.wallet(id), { available: 960_000, reserved: 20_000 })
  await peer.ccr(ccr(session, 'termination', 2, [{ 'Rating-Group': 10, ...used }], who))
  t.same(await server.wallet(id), { available: 970_000, reserved: 0 })
})

t.test('with money for less, the second ask gets the rest or is refused', async t => {
  const { id, session, who } = await subscriber('go', 15_000)
  const asks = [ask(MB), ask(MB), ask(MB)]
  const opened = await peer.ccr(ccr(session, 'initial', 0, asks, who))
  const services = opened.avps['Multiple-Services-Credit-Control']
  t.same(services.map(octetsOf), [MB, 500_000, Number.NaN])
  t.same(
    services.map(mscc => mscc['Result-Code']),
    [2001, 2001, 4012]
  )
  t.same(await server.wallet(id), { available: 0, reserved: 15_000 })
  await peer.ccr(ccr(session, 'termination', 1, [], who))
  t.same(await server.wallet(id), { available: 15_000, reserved: 0 })
})

t.test('RFC 6733 6.8: Auth-Application-Id is that of the header, or 5004', async t => {
  const { id, session, who } = await subscriber('go', 1_000_000)
  const other = { ...who, 'Auth-Application-Id': 16_777_238 }
  const answer = await peer.ccr(ccr(session, 'initial', 0, [ask(MB)], other))
  t.equal(answer.resultCode, 5004)
  t.match(answer.avps['Failed-AVP'], [{ 'Auth-Application-Id': 16_777_238 }])
  t.same(await server.wallet(id), { available: 1_000_000, reserved: 0 })
})

t.test(
  'a client that is not told of final units asks again, and gets what was topped up, or 4012',
  async t => {
    const { id, session, who } = await subscriber('go', 20_000)
    server.profile = peerProfiles.open5gs
    const opened = msccOf(await peer.ccr(ccr(session, 'initial', 0, [ask(MB)], who)))
    t.equal(octetsOf(opened), 2 * MB)
    t.equal(opened['Final-Unit-Indication'], undefined)
    const used = { 'Used-Service-Unit': [{ 'CC-Total-Octets': 2_000_000n }] }
    const reporting = async (number: number) =>
      msccOf(await peer.ccr(ccr(session, 'update', number, [{ ...ask(MB), ...used }], who)))
    await server.topUp(id, 20_000)
    const more = await reporting(1)
    t.equal(octetsOf(more), 2 * MB)
    t.equal(more['Final-Unit-Indication'], undefined)
    const refused = await reporting(2)
    t.equal(refused['Result-Code'], 4012)
    t.equal(refused['Granted-Service-Unit'], undefined)
    t.same(await server.wallet(id), { available: 0, reserved: 0 })
  }
)
