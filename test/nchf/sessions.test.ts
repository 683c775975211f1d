import t from 'tap'
import { type Chf, startChf } from '../support/chf.ts'
import {
  ask,
  base,
  type NchfClient,
  pduSession,
  referenceIn,
  request,
  used
} from '../support/nchf-client.ts'

const MB = 1_000_000
const EUR = 1_000_000
const chf: Chf = await startChf(t)
const smf: NchfClient = await chf.connect()
let accounts = 0

/** An account with its IMSI. */
async function account(topUp: number, offers?: string[]) {
  accounts++
  const digits = String(accounts).padStart(3, '0')
  await chf.open(`a${accounts}`, digits, topUp, offers)
  return { id: `a${accounts}`, imsi: `262010000000${digits}` }
}

const update = (reference: string) => `${base}/${reference}/update`
const release = (reference: string) => `${base}/${reference}/release`

t.test('usage that adds up to more than 2^53-1 is 400, and nothing of it is settled', async t => {
  const { imsi } = await account(20)
  const pdu = pduSession(imsi)
  const location = (await smf.post(base, request(pdu, 1, [ask()]))).headers['location'] ?? ''
  const half = used(2 ** 52)
  t.equal((await smf.post(`${location}/update`, request(pdu, 2, [half]))).status, 200)
  const over = await smf.post(`${location}/update`, request(pdu, 3, [half]))
  t.equal(over.status, 400)
  const param = '/multipleUnitUsage/0/usedUnitContainer/0/totalVolume'
  t.match(over.body, { cause: 'CHARGING_FAILED', invalidParams: [{ param }] })
  t.equal((await smf.post(`${location}/release`, request(pdu, 4, [used(5)]))).status, 204)
})

t.test('a session is created, updated and released, and its usage is charged once', async t => {
  const { id, imsi } = await account(20)
  const pdu = pduSession(imsi)
  const created = await smf.post(base, request(pdu, 1, [ask()]))
  t.equal(created.status, 201)
  t.equal(created.type, 'application/json')
  const location = created.headers['location'] ?? ''
  t.match(location, new RegExp(`^http://127.0.0.1:${chf.port}${base}/[0-9a-f]{32}$`))
  t.match(created.body, {
    invocationSequenceNumber: 1,
    invocationTimeStamp: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
    sessionFailover: 'FAILOVER_SUPPORTED',
    multipleUnitInformation: [
      {
        ratingGroup: 10,
        resultCode: 'SUCCESS',
        grantedUnit: { totalVolume: 10 * MB },
        validityTime: 3_600,
        volumeQuotaThreshold: 2 * MB
      }
    ]
  })
  const [group] = created.body.multipleUnitInformation
  t.same(
    group.triggers.map((trigger: { triggerType: string }) => trigger.triggerType),
    ['QUOTA_EXHAUSTED', 'QUOTA_THRESHOLD', 'VALIDITY_TIME']
  )
  t.notOk('finalUnitIndication' in group)
  const updated = await smf.post(`${location}/update`, request(pdu, 2, [used(8 * MB)]))
  t.equal(updated.status, 200)
  t.equal(updated.body.invocationSequenceNumber, 2)
  t.equal(updated.body.multipleUnitInformation[0].grantedUnit.totalVolume, 10 * MB)
  const body = request(pdu, 3, [{ ...used(2 * MB), requestedUnit: undefined }])
  const released = await smf.post(`${location}/release`, body)
  t.equal(released.status, 204)
  t.equal(released.body, '')
  t.match(await chf.wallet(id), { available: 19.9 * EUR, reserved: 0 })
  t.match(chf.cdrs(id), [
    {
      sessionId: referenceIn(created),
      amount: 0.1 * EUR,
      octets: 10 * MB,
      cause: 'normalRelease',
      flags: [],
      context: '32255',
      facts: {
        apn: 'internet',
        plmn: '26201',
        rat: 10,
        slice: '1-010203',
        pduSession: 5,
        chargingId: pdu.chargingId.toString(16).padStart(8, '0')
      }
    }
  ])
})

t.test('version 2 is served by the same handler, and named in its Location', async t => {
  const { imsi } = await account(20)
  const v2 = base.replace('v3', 'v2')
  const created = await smf.post(v2, request(pduSession(imsi), 1, [ask()]))
  t.equal(created.status, 201)
  t.match(created.headers['location'], '/nchf-convergedcharging/v2/chargingdata/')
})

t.test('what is sent again is answered again, and charged once', async t => {
  const { id, imsi } = await account(20)
  const pdu = pduSession(imsi)
  const first = request(pdu, 1, [ask()])
  const created = await smf.post(base, first)
  const reference = referenceIn(created)
  const later = new Date(Date.now() + 2_000).toISOString()
  const node = await startChf(t, { state: chf.state })
  const elsewhere = await node.connect()
  for (const [client, body] of [
    [smf, first],
    [smf, { ...first, invocationTimeStamp: later }],
    [smf, { ...first, invocationTimeStamp: later, retransmissionIndicator: true }],
    [elsewhere, { ...first, invocationTimeStamp: later }]
  ] as const) {
    const again = await client.post(base, body)
    t.equal(again.status, 201)
    t.equal(referenceIn(again), reference)
    t.same(again.body.multipleUnitInformation, created.body.multipleUnitInformation)
  }
  t.equal((await chf.sessions(id)).length, 1)
  const report = request(pdu, 2, [used(5 * MB)])
  const answers = [
    await smf.post(update(reference), report),
    await smf.post(update(reference), { ...report, invocationTimeStamp: later }),
    await elsewhere.post(update(reference), { ...report, retransmissionIndicator: true })
  ]
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200]
  )
  t.match(await chf.wallet(id), { available: 19.85 * EUR, reserved: 0.1 * EUR })
  const unseen = { ...request(pdu, 3, [used(MB)]), retransmissionIndicator: true }
  await smf.post(update(reference), unseen)
  t.match(await chf.wallet(id), { available: 19.84 * EUR }, 'the first of it never arrived')
  const last = request(pdu, 4, [{ ...used(MB), requestedUnit: undefined }])
  for (const client of [smf, elsewhere, smf]) {
    t.equal((await client.post(release(reference), last)).status, 204)
  }
  t.match(await chf.wallet(id), { available: 19.93 * EUR, reserved: 0 })
  t.equal(chf.cdrs(id).length, 1)
})

t.test('a session identity that is used again begins another session', async t => {
  const { id, imsi } = await account(20)
  const pdu = pduSession(imsi)
  const at = (seconds: number) => ({
    invocationTimeStamp: new Date(Date.now() + 1_000 * seconds).toISOString()
  })
  const seen = new Set<string>()
  for (const round of [1, 2, 3]) {
    const created = await smf.post(base, request(pdu, 1, [ask()], at(round)))
    t.equal(created.body.multipleUnitInformation[0].grantedUnit.totalVolume, 10 * MB)
    const reference = referenceIn(created)
    t.notOk(seen.has(reference))
    seen.add(reference)
    t.equal((await smf.post(update(reference), request(pdu, 2, [used(MB)]))).status, 200)
    if (round === 2) continue // its consumer forgets it
    t.equal((await smf.post(release(reference), request(pdu, 3, null))).status, 204)
  }
  const fresh = await startChf(t, { state: chf.state })
  const created = await (await fresh.connect()).post(base, request(pdu, 1, [ask()], at(9)))
  t.notOk(seen.has(referenceIn(created)), 'also on a node that knows nothing of it')
  t.match(await chf.wallet(id), { available: 19.77 * EUR, reserved: 0.2 * EUR })
})

t.test('sequence 0 for ever: every report is charged, a repeated one is not', async t => {
  const { id, imsi } = await account(20)
  const pdu = pduSession(imsi)
  const reference = referenceIn(await smf.post(base, request(pdu, 0, null)))
  const report = (second: number) => {
    const triggerTimestamp = `2026-11-21T10:00:0${second}Z`
    const usedUnitContainer = [{ localSequenceNumber: 0, totalVolume: MB, triggerTimestamp }]
    return request(pdu, 0, [{ ratingGroup: 10, requestedUnit: {}, usedUnitContainer }])
  }
  for (const second of [1, 2, 3]) await smf.post(update(reference), report(second))
  t.match(await chf.wallet(id), { available: 19.87 * EUR })
  await smf.post(update(reference), { ...report(3), retransmissionIndicator: true })
  await smf.post(update(reference), report(2))
  t.match(await chf.wallet(id), { available: 19.87 * EUR })
  const end = { ...report(4), invocationTimeStamp: '2026-11-21T10:00:05Z' }
  t.equal((await smf.post(release(reference), end)).status, 204)
  t.equal((await smf.post(release(reference), end)).status, 204)
  t.match(await chf.wallet(id), { available: 19.96 * EUR, reserved: 0 })
})

t.test('an unknown subscriber is 404, an empty wallet is a refused group', async t => {
  const unknown = await smf.post(base, request(pduSession('262019999999999'), 1, [ask()]))
  t.match(unknown, {
    status: 404,
    type: 'application/problem+json',
    body: { cause: 'USER_UNKNOWN' }
  })
  t.notOk(unknown.headers['location'])
  const { imsi } = await account(0)
  const pdu = pduSession(imsi)
  const created = await smf.post(base, request(pdu, 1, [ask(), ask(20)]))
  t.equal(created.status, 201)
  t.match(created.body.multipleUnitInformation, [
    {
      ratingGroup: 10,
      resultCode: 'QUOTA_LIMIT_REACHED',
      triggers: [{ triggerType: 'QUOTA_EXHAUSTED', triggerCategory: 'IMMEDIATE_REPORT' }]
    },
    { ratingGroup: 20, resultCode: 'SUCCESS', grantedUnit: { totalVolume: 10 * MB } }
  ])
  t.notOk('grantedUnit' in created.body.multipleUnitInformation[0])
  const unsold = await smf.post(base, request(pduSession(imsi), 1, [ask(77)]))
  t.match(unsold.body.multipleUnitInformation, [{ ratingGroup: 77, resultCode: 'RATING_FAILED' }])
  const nobody = request(pdu, 1, [ask()], { subscriberIdentifier: undefined })
  t.match(await smf.post(base, nobody), { status: 400, body: { cause: 'CHARGING_FAILED' } })
})

t.test('the last units are final, and what was used beyond them is charged', async t => {
  const { id, imsi } = await account(0.05)
  const pdu = pduSession(imsi)
  const created = await smf.post(base, request(pdu, 1, [ask()]))
  t.match(created.body.multipleUnitInformation, [
    {
      grantedUnit: { totalVolume: 5 * MB },
      finalUnitIndication: { finalUnitAction: 'TERMINATE' },
      volumeQuotaThreshold: 0,
      validityTime: 3_600
    }
  ])
  const reference = referenceIn(created)
  const over = await smf.post(update(reference), request(pdu, 2, [used(6 * MB)]))
  t.match(over.body.multipleUnitInformation, [{ resultCode: 'QUOTA_LIMIT_REACHED' }])
  t.match(await chf.wallet(id), { available: -0.01 * EUR, reserved: 0 })
})

t.test('a blocked account is told so', async t => {
  const { id, imsi } = await account(20)
  const pdu = pduSession(imsi)
  const reference = referenceIn(await smf.post(base, request(pdu, 1, [ask()])))
  await chf.service.accounts.submit({ kind: 'block', accountId: id, reason: 'fraud' })
  const updated = await smf.post(update(reference), request(pdu, 2, [used(MB)]))
  t.match(updated.body.multipleUnitInformation, [{ resultCode: 'END_USER_SERVICE_DENIED' }])
  const refused = await smf.post(base, request(pduSession(imsi), 1, [ask()]))
  t.match(refused, { status: 403, body: { cause: 'END_USER_REQUEST_DENIED' } })
  t.match(await chf.wallet(id), { available: 19.99 * EUR })
})

t.test('usage of a reference that nobody knows is settled once, and answered 404', async t => {
  const { id, imsi } = await account(20)
  const pdu = pduSession(imsi)
  const report = request(pdu, 7, [used(MB)])
  for (let time = 0; time < 3; time++) {
    t.match(await smf.post(update('0123456789abcdef'), report), {
      status: 404,
      body: { cause: 'CONTEXT_NOT_FOUND' }
    })
  }
  t.match(await chf.wallet(id), { available: 19.99 * EUR, reserved: 0 })
  t.match(chf.cdrs(id), [{ flags: ['no-session'], amount: 0.01 * EUR }])
  const nobody = request(pdu, 7, [used(MB)], { subscriberIdentifier: undefined })
  t.equal((await smf.post(release('fedcba'), nobody)).status, 404)
})

t.test('two user plane functions with one rating group have a quota each', async t => {
  const { id, imsi } = await account(20)
  const pdu = pduSession(imsi)
  const upfs = ['b7e2fa2c-5b2a-4a4b-9a53-0d7c1f8d9a01', 'b7e2fa2c-5b2a-4a4b-9a53-0d7c1f8d9a02']
  const created = await smf.post(
    base,
    request(
      pdu,
      1,
      upfs.map(uPFID => ({ ...ask(), uPFID }))
    )
  )
  t.match(
    created.body.multipleUnitInformation,
    upfs.map(uPFID => ({ uPFID, ratingGroup: 10, grantedUnit: { totalVolume: 10 * MB } }))
  )
  t.match(await chf.wallet(id), { reserved: 0.2 * EUR }, 'both are covered')
  const reference = referenceIn(created)
  await smf.post(update(reference), request(pdu, 2, [used(4 * MB, { uPFID: upfs[1] })]))
  t.match(await chf.wallet(id), { available: 19.76 * EUR, reserved: 0.2 * EUR })
  const rest = upfs.map(uPFID => ({ ...used(3 * MB, { uPFID }), requestedUnit: undefined }))
  t.equal((await smf.post(release(reference), request(pdu, 3, rest))).status, 204)
  t.match(await chf.wallet(id), { available: 19.9 * EUR, reserved: 0 })
  const parts = chf.cdrs(id)[0]?.parts.map(({ upf, units }) => [upf, units])
  t.same(parts, [
    [upfs[0], 3 * MB],
    [upfs[1], 7 * MB]
  ])
})

t.test(
  'entries with one key are one: their usage is added, and they are answered once',
  async t => {
    const { id, imsi } = await account(20)
    const pdu = pduSession(imsi)
    const reference = referenceIn(await smf.post(base, request(pdu, 1, [ask(), ask()])))
    const { body } = await smf.post(update(reference), request(pdu, 2, [used(MB), used(2 * MB)]))
    t.equal(body.multipleUnitInformation.length, 1)
    t.match(await chf.wallet(id), { available: 19.87 * EUR, reserved: 0.1 * EUR })
  }
)

t.test('quota management: offline is recorded only, suspended counts', async t => {
  const { id, imsi } = await account(20)
  const pdu = pduSession(imsi)
  const reference = referenceIn(await smf.post(base, request(pdu, 1, null)))
  const by = (quotaManagementIndicator: string, totalVolume: number) => ({
    ratingGroup: 10,
    requestedUnit: {},
    usedUnitContainer: [{ localSequenceNumber: 1, quotaManagementIndicator, totalVolume }]
  })
  const offline = await smf.post(
    update(reference),
    request(pdu, 2, [by('OFFLINE_CHARGING', 3 * MB)])
  )
  t.match(offline.body.multipleUnitInformation, [{ resultCode: 'QUOTA_MANAGEMENT_NOT_APPLICABLE' }])
  t.notOk('triggers' in offline.body.multipleUnitInformation[0])
  t.match(await chf.wallet(id), { available: 20 * EUR, reserved: 0 })
  const suspended = by('QUOTA_MANAGEMENT_SUSPENDED', 2 * MB)
  await smf.post(update(reference), request(pdu, 3, [{ ...suspended, requestedUnit: undefined }]))
  await smf.post(update(reference), request(pdu, 4, [by('ONLINE_CHARGING', MB)]))
  t.match(await chf.wallet(id), { available: 19.87 * EUR, reserved: 0.1 * EUR })
  await smf.post(release(reference), request(pdu, 5, null))
  t.match(chf.cdrs(id), [{ octets: 6 * MB, amount: 0.03 * EUR, flags: [] }])
})

t.test('an update that only says what happened leaves the quota as it is', async t => {
  const { id, imsi } = await account(20)
  const pdu = pduSession(imsi)
  const reference = referenceIn(await smf.post(base, request(pdu, 1, [ask()])))
  const rats = { triggerType: 'RAT_CHANGE', triggerCategory: 'IMMEDIATE_REPORT' }
  const container = { localSequenceNumber: 1, triggers: [rats] }
  const entry = { ratingGroup: 10, usedUnitContainer: [container] }
  const { status, body } = await smf.post(update(reference), request(pdu, 2, [entry]))
  t.equal(status, 200)
  t.match(body.multipleUnitInformation, [{ ratingGroup: 10, resultCode: 'SUCCESS' }])
  t.match(await chf.wallet(id), { reserved: 0.1 * EUR })
})

t.test('the serving network decides the price', async t => {
  const { id, imsi } = await account(20)
  const pdu = pduSession(imsi)
  const tai = { plmnId: { mcc: '208', mnc: '01' }, tac: '000001' }
  const information = {
    pDUSessionChargingInformation: {
      chargingId: pdu.chargingId,
      userLocationinfo: { nrLocation: { tai, ncgi: { plmnId: tai.plmnId, nrCellId: '000000010' } } }
    }
  }
  const reference = referenceIn(await smf.post(base, request(pdu, 1, [ask()], information)))
  await smf.post(release(reference), request(pdu, 2, [{ ...used(MB), requestedUnit: undefined }]))
  t.match(chf.cdrs(id), [{ amount: 0.03 * EUR, parts: [{ zone: 'eu' }] }])
})

t.test('features are what both sides have', async t => {
  const { imsi } = await account(20)
  const negotiated = async (supportedFeatures: string | undefined) => {
    const body = request(pduSession(imsi), 1, null, { supportedFeatures })
    return (await smf.post(base, body)).body.supportedFeatures
  }
  t.equal(await negotiated(undefined), undefined)
  t.equal(await negotiated('0'), '0')
  t.equal(await negotiated('2'), '2')
  t.equal(await negotiated('fffffffffffffffffffffffffffff'), '14202')
})

t.test('how failures are to be handled is said when it is configured', async t => {
  const strict = await startChf(t, { state: chf.state, failureHandling: 'TERMINATE' })
  const { imsi } = await account(20)
  const { body } = await (await strict.connect()).post(base, request(pduSession(imsi), 1, null))
  t.same(body.invocationResult, { failureHandling: 'TERMINATE' })
})
