/** By what a request over Nchf is known again: reference, operation and number, or its content. */
import t from 'tap'
import { startChf } from '../support/chf.ts'
import { ask, base, pduSession, referenceIn, request, used } from '../support/nchf-client.ts'

const MB = 1_000_000
const EUR = 1_000_000
const HOUR = 3_600_000
let now = Date.UTC(2026, 10, 21, 12)
const chf = await startChf(t, { now: () => now })
const smf = await chf.connect()
let accounts = 0

async function account(topUp = 20) {
  accounts++
  const digits = String(accounts).padStart(3, '0')
  await chf.open(`a${accounts}`, digits, topUp)
  return { id: `a${accounts}`, imsi: `262010000000${digits}` }
}

const stamp = (seconds: number) => ({
  invocationTimeStamp: new Date(now + 1_000 * seconds).toISOString()
})

t.test('reference, operation and sequence number are the key', async t => {
  const { id, imsi } = await account()
  const [one, two] = [pduSession(imsi), pduSession(imsi)]
  const first = referenceIn(await smf.post(base, request(one, 1, [ask()])))
  const second = referenceIn(await smf.post(base, request(two, 1, [ask()])))
  const report = { ...used(MB), requestedUnit: undefined }
  const send = (reference: string, operation: string, sequence: number, more = {}) =>
    smf.post(`${base}/${reference}/${operation}`, request(one, sequence, [report], more))
  await send(first, 'update', 2)
  await send(second, 'update', 2)
  t.match(await chf.wallet(id), { available: 19.98 * EUR }, 'another reference')
  await send(first, 'update', 2, { ...stamp(5), supportedFeatures: '0' })
  t.match(await chf.wallet(id), { available: 19.98 * EUR }, 'whatever is in it')
  await send(first, 'update', 3)
  t.match(await chf.wallet(id), { available: 19.97 * EUR }, 'another number')
  await send(first, 'release', 3)
  t.match(await chf.wallet(id), { available: 19.96 * EUR }, 'another operation')
  t.equal((await send(first, 'release', 3)).status, 204)
  t.match(await chf.wallet(id), { available: 19.96 * EUR, reserved: 0 })
})

t.test('by its profile a consumer is known by content, whatever its sequence is', async t => {
  const free = await startChf(t, { state: chf.state, now: () => now, profile: 'free5gc' })
  for (const [client, sequence, charged] of [
    [smf, 7, 1],
    [smf, 0, 2],
    [await free.connect(), 7, 2]
  ] as const) {
    const { id, imsi } = await account()
    const pdu = pduSession(imsi)
    const reference = referenceIn(await client.post(base, request(pdu, 1, null)))
    const send = (octets: number, more = {}) => {
      const body = request(pdu, sequence, [{ ...used(octets), requestedUnit: undefined }], more)
      return client.post(`${base}/${reference}/update`, body)
    }
    await send(MB)
    await send(MB, { ...stamp(3), retransmissionIndicator: true })
    await send(MB, stamp(4))
    await send(MB + 1)
    const cost = charged === 1 ? 0.01 * EUR : 0.021 * EUR
    t.match(await chf.wallet(id), { available: 20 * EUR - cost }, `sequence ${sequence}`)
  }
})

t.test('a create after the first update is a repeat by its time stamp alone', async t => {
  const { imsi } = await account()
  const pdu = pduSession(imsi)
  const create = (more: object) => smf.post(base, request(pdu, 1, [ask()], more))
  const reference = referenceIn(await create(stamp(0)))
  t.equal(referenceIn(await create(stamp(1))), reference, 'nothing has come in between')
  await smf.post(`${base}/${reference}/update`, request(pdu, 2, [used(MB)]))
  t.equal(referenceIn(await create(stamp(0))), reference)
  for (let sequence = 3; sequence < 20; sequence++) {
    await smf.post(`${base}/${reference}/update`, request(pdu, sequence, [ask()]))
  }
  t.equal(referenceIn(await create(stamp(0))), reference, 'also when its answer is not kept')
  const next = referenceIn(await create(stamp(2)))
  t.not(next, reference)
  t.equal((await chf.sessions(`a${accounts}`)).length, 2)
})

let events = 0

function sms(imsi: string, sequence: number, seconds: number, more: object = {}) {
  return {
    subscriberIdentifier: `imsi-${imsi}`,
    nfConsumerIdentification: { nodeFunctionality: 'SMSF', nFFqdn: 'smsf.example.org' },
    ...stamp(seconds),
    invocationSequenceNumber: sequence,
    oneTimeEvent: true,
    oneTimeEventType: 'IEC',
    multipleUnitUsage: [{ ratingGroup: 200, requestedUnit: { serviceSpecificUnits: 1 } }],
    sMSChargingInformation: { recipientInfo: [{ recipientGPSI: 'msisdn-4930123456' }] },
    chargingId: ++events,
    ...more
  }
}

t.test('an event is known for 24 hours, by any server', async t => {
  const { id, imsi } = await account()
  const other = await startChf(t, { state: chf.state, now: () => now })
  const elsewhere = await other.connect()
  const body = sms(imsi, 1, 0)
  const again = { ...body, ...stamp(60), retransmissionIndicator: true }
  const reference = referenceIn(await smf.post(base, body))
  now += 24 * HOUR - 60_000
  for (const each of [body, again]) {
    t.equal(referenceIn(await elsewhere.post(base, each)), reference)
  }
  t.match(await chf.wallet(id), { available: 19.93 * EUR })
  now += 2 * HOUR
  await elsewhere.post(base, again)
  t.match(await chf.wallet(id), { available: 19.86 * EUR }, 'it is an event like any other then')
})

t.test('of two events that are alike, a lost one cannot be told from a repeat', async t => {
  const { id, imsi } = await account()
  const repeated = { retransmissionIndicator: true }
  await smf.post(base, sms(imsi, 1, 0, { chargingId: 1 }))
  // The second one never arrived as it was first sent.
  await smf.post(base, sms(imsi, 1, 2, { chargingId: 1, ...repeated }))
  t.match(await chf.wallet(id), { available: 19.93 * EUR })
  await smf.post(base, sms(imsi, 2, 3, { chargingId: 1, ...repeated }))
  t.match(await chf.wallet(id), { available: 19.86 * EUR }, 'its number tells it apart')
  await smf.post(base, sms(imsi, 1, 4, { chargingId: 2, ...repeated }))
  t.match(await chf.wallet(id), { available: 19.79 * EUR }, 'and so does its content')
})
