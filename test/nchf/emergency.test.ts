/** Emergency PDU sessions and calls of users without a card, or without authentication (TS 23.501 5.16.4). */
import t from 'tap'
import { startChf } from '../support/chf.ts'
import { ask, base, pduSession, referenceIn, request, used } from '../support/nchf-client.ts'

const chf = await startChf(t)
const smf = await chf.connect()
await chf.open('a1', '001', 0)
const noUnits = { multipleUnitUsage: undefined }

/** A create of equipment that has no card. */
function equipment(pei: string, chargingId: number | undefined, more: object = {}) {
  const body = request(pduSession('0'), 1, [ask()], {
    pDUSessionChargingInformation: {
      ...(chargingId === undefined ? {} : { chargingId }),
      userInformation: { servedPEI: pei },
      pduSessionInformation: { pduSessionID: 5, dnnId: 'sos' }
    },
    ...more
  })
  delete body['subscriberIdentifier']
  return body
}

t.test('an emergency PDU session of equipment without a card is free and metered', async t => {
  const created = await smf.post(base, equipment('imei-490154203237518', 77))
  t.match(created, {
    status: 201,
    body: { multipleUnitInformation: [{ resultCode: 'SUCCESS', grantedUnit: {} }] }
  })
  const location = created.headers['location'] ?? ''
  const later = (sequence: number, usages: readonly object[]) => {
    const body: Record<string, unknown> = request(pduSession('0'), sequence, usages)
    delete body['subscriberIdentifier']
    delete body['pDUSessionChargingInformation']
    return body
  }
  const updated = await smf.post(`${location}/update`, later(2, [used(9_000_000)]))
  t.match(updated.body.multipleUnitInformation, [{ resultCode: 'SUCCESS' }])
  t.equal((await smf.post(`${location}/release`, later(3, [used(1_000_000)]))).status, 204)
  t.match(chf.cdrs('emergency').at(-1), {
    amount: 0,
    octets: 10_000_000,
    flags: ['emergency'],
    facts: { emergency: true, imei: '490154203237518', apn: 'sos' },
    imsi: null,
    msisdn: null
  })
})

t.test(
  'two without a card at the same SMF are two sessions, also without a charging id',
  async t => {
    const one = await smf.post(base, equipment('imei-490154203237518', undefined))
    const two = await smf.post(base, equipment('imei-350000000000006', undefined))
    const again = await smf.post(base, equipment('imei-350000000000006', undefined))
    t.same([one.status, two.status, again.status], [201, 201, 201])
    t.not(referenceIn(one), referenceIn(two))
    t.equal(referenceIn(again), referenceIn(two))
  }
)

t.test('a SUPI that was not authenticated is one, known here or not', async t => {
  const unauthenticated = (imsi: string) => {
    const pdu = pduSession(imsi)
    const userInformation = { servedPEI: 'imei-490154203237518', unauthenticatedFlag: true }
    return request(pdu, 1, [ask()], {
      pDUSessionChargingInformation: { chargingId: pdu.chargingId, userInformation }
    })
  }
  for (const imsi of ['262019999999999', '262010000000001']) {
    const created = await smf.post(base, unauthenticated(imsi))
    t.match(created, {
      status: 201,
      body: { multipleUnitInformation: [{ resultCode: 'SUCCESS' }] }
    })
    const session = referenceIn(created)
    const account = imsi === '262010000000001' ? 'a1' : 'emergency'
    t.ok(
      (await chf.sessions(account)).some(({ id }) => id === session),
      account
    )
    const release = `${base}/${session}/release`
    t.equal((await smf.post(release, request(pduSession(imsi), 2, [used(5)]))).status, 204)
    t.match(chf.cdrs(account).at(-1), { amount: 0, octets: 5, flags: ['emergency'], imsi })
  }
  t.equal((await chf.wallet('a1'))?.available, 0)
})

t.test('it may begin without asking for units, and a call without a caller is one', async t => {
  const created = await smf.post(base, equipment('imei-490154203237518', 78, noUnits))
  t.equal(created.status, 201)
  const body = equipment('imei-490154203237518', 79, {
    pDUSessionChargingInformation: undefined,
    iMSChargingInformation: { imsEmergencyIndication: true, calledPartyAddress: 'urn:service:sos' },
    multipleUnitUsage: [ask(100)]
  })
  t.match(await smf.post(base, body), {
    status: 201,
    body: { multipleUnitInformation: [{ ratingGroup: 100, resultCode: 'SUCCESS' }] }
  })
})

t.test('whoever is authenticated pays, whatever a later request leaves out', async t => {
  const pdu = pduSession('262010000000001')
  const userInformation = { servedPEI: 'imei-490154203237518', unauthenticatedFlag: false }
  const created = await smf.post(
    base,
    request(pdu, 1, [ask()], {
      pDUSessionChargingInformation: { chargingId: pdu.chargingId, userInformation }
    })
  )
  t.match(created.body.multipleUnitInformation, [{ resultCode: 'QUOTA_LIMIT_REACHED' }])
  const update = request(pdu, 2, [ask()], {
    pDUSessionChargingInformation: { userInformation: { servedPEI: 'imei-490154203237518' } }
  })
  delete update['subscriberIdentifier']
  const updated = await smf.post(`${base}/${referenceIn(created)}/update`, update)
  t.match(updated, {
    status: 200,
    body: { multipleUnitInformation: [{ resultCode: 'QUOTA_LIMIT_REACHED' }] }
  })
  const wrong = equipment('imei-490154203237518', 80)
  Object.assign(wrong, {
    pDUSessionChargingInformation: { userInformation: { unauthenticatedFlag: 'yes' } }
  })
  t.match(await smf.post(base, wrong), { status: 400, body: { cause: 'OPTIONAL_IE_INCORRECT' } })
  const nobody = equipment('', 81)
  t.match(await smf.post(base, nobody), { status: 400, body: { cause: 'CHARGING_FAILED' } })
})
