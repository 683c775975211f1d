import t from 'tap'
import { limits } from '../../src/domain/limits.ts'
import { blockNames } from '../../src/nchf/information.ts'
import { startChf } from '../support/chf.ts'
import { ask, base, pduSession, request, used } from '../support/nchf-client.ts'

const chf = await startChf(t)
const smf = await chf.connect()
const imsi = '262010000000001'
await chf.open('a1', '001', 100)
const kept = () => {
  const cdr = chf.cdrs('a1').at(-1)
  return { flags: cdr?.flags ?? [], blocks: JSON.parse(cdr?.information ?? 'null') }
}

async function begin(more: object) {
  const pdu = pduSession(imsi)
  const created = await smf.post(base, request(pdu, 1, [ask()], more))
  t.equal(created.status, 201)
  return { pdu, location: created.headers['location'] ?? '' }
}

t.test('the CDR of a session has its blocks with every member, as they were said last', async t => {
  const roaming = { multipleQFIcontainer: [{ qFI: 5, totalVolume: 9 }], unknownMember: ['ü"\\'] }
  const { location, pdu } = await begin({ roamingQBCInformation: roaming })
  const moved = {
    pDUSessionChargingInformation: {
      uetimeZone: '+01:00',
      pduSessionInformation: { pduSessionID: 5, dnnId: 'internet', ratType: 'EUTRA' }
    }
  }
  t.equal((await smf.post(`${location}/update`, request(pdu, 2, [used(1)], moved))).status, 200)
  const [session] = await chf.sessions('a1')
  t.equal(session?.facts.rat, 6)
  t.equal((await smf.post(`${location}/release`, request(pdu, 3, [], moved))).status, 204)
  t.same(kept(), {
    flags: [],
    blocks: {
      pDUSessionChargingInformation: {
        chargingId: pdu.chargingId,
        uetimeZone: '+01:00',
        pduSessionInformation: {
          pduSessionID: 5,
          dnnId: 'internet',
          ratType: 'EUTRA',
          networkSlicingInfo: { sNSSAI: { sst: 1, sd: '010203' } },
          servingCNPlmnId: { mcc: '262', mnc: '01' }
        }
      },
      roamingQBCInformation: roaming
    }
  })
})

t.test('every block of the release is kept, also of a one-time event', async t => {
  const blocks: Record<string, object> = Object.fromEntries(
    blockNames.map((name, n) => [name, { member: { n } }])
  )
  blocks['nEFChargingInformation'] = { aPIName: 'a', more: 1 }
  const event = { ...blocks, oneTimeEvent: true, oneTimeEventType: 'IEC', unknown: { x: 1 } }
  const body = request(pduSession(imsi), 1, [ask(200, { serviceSpecificUnits: 1 })], event)
  t.equal((await smf.post(base, body)).status, 201)
  t.same(kept().blocks, blocks)
  const wrong = await smf.post(base, { ...body, nSPAChargingInformation: 'text' })
  t.match(wrong, { status: 400, body: { detail: /nSPAChargingInformation/ } })
})

t.test('blocks beyond the limit are named in the CDR, and the others kept', async t => {
  const large = { text: 'x'.repeat(limits.informationCharacters) }
  const { location, pdu } = await begin({ roamingQBCInformation: large })
  t.equal((await smf.post(`${location}/release`, request(pdu, 2, [used(1)]))).status, 204)
  const { blocks, flags } = kept()
  t.same(flags, ['information-left-out'])
  t.same(blocks.leftOut, ['roamingQBCInformation'])
  t.match(blocks, { pDUSessionChargingInformation: { chargingId: pdu.chargingId } })
})

t.test('a body of absurd depth is refused, and the server goes on', async t => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  const text = (levels: number) =>
    JSON.stringify(request(pduSession(imsi), 0, [ask()], { triggers: [] })).replace(
      '"triggers":[]',
      `"nSPAChargingInformation":{"a":${nested(levels)}}`
    )
  for (const levels of [200_000, 3_000]) {
    const reply = await smf.post(base, text(levels))
    t.match(reply, { status: 400, body: { cause: 'INVALID_MSG_FORMAT' } })
  }
  t.equal((await smf.post(base, text(40))).status, 201)
})
