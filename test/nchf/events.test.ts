import t from 'tap'
import { type Chf, startChf } from '../support/chf.ts'
import { base, type NchfClient, referenceIn } from '../support/nchf-client.ts'

const EUR = 1_000_000
const chf: Chf = await startChf(t)
const smsf: NchfClient = await chf.connect()
await chf.open('a1', '001', 1)
await chf.open('poor', '002', 0.1)
await chf.open('a3', '003', 3)
let messages = 0

/** An SMS to a German number. */
function event(imsi: string, type: 'IEC' | 'PEC' | undefined, units: number, more: object = {}) {
  messages++
  const counted = { serviceSpecificUnits: units }
  const entry =
    type === 'PEC'
      ? { ratingGroup: 200, usedUnitContainer: [{ localSequenceNumber: 1, ...counted }] }
      : { ratingGroup: 200, requestedUnit: counted }
  return {
    subscriberIdentifier: `imsi-262010000000${imsi}`,
    nfConsumerIdentification: { nodeFunctionality: 'SMSF', nFFqdn: 'smsf.example.org' },
    invocationTimeStamp: new Date(Date.UTC(2026, 10, 21, 10, 0, messages)).toISOString(),
    invocationSequenceNumber: 1,
    oneTimeEvent: true,
    ...(type === undefined ? {} : { oneTimeEventType: type }),
    multipleUnitUsage: [entry],
    sMSChargingInformation: {
      recipientInfo: [
        { recipientReceivedAddress: { sMaddressType: 'MSISDN', sMaddressData: '4930123456' } }
      ]
    },
    ...more
  }
}

t.test('an immediate event is debited at once, and has a CDR of its own', async t => {
  const answer = await smsf.post(base, event('001', 'IEC', 2))
  t.equal(answer.status, 201)
  t.ok(answer.headers['location'])
  t.match(answer.body.multipleUnitInformation, [
    { ratingGroup: 200, resultCode: 'SUCCESS', grantedUnit: { serviceSpecificUnits: 2 } }
  ])
  t.notOk('triggers' in answer.body.multipleUnitInformation[0], 'there is nothing to report')
  t.match(await chf.wallet('a1'), { available: 0.86 * EUR, reserved: 0 })
  t.match(chf.cdrs('a1'), [{ flags: ['event'], amount: 0.14 * EUR, messages: 2, context: '32274' }])
  t.same(await chf.sessions('a1'), [])
})

t.test('an event that is sent again is debited once; another one like it is debited', async t => {
  const body = event('001', 'IEC', 1)
  const first = await smsf.post(base, body)
  const same = await smsf.post(base, body)
  const later = { ...body, invocationTimeStamp: '2026-11-21T11:00:00Z' }
  const flagged = await smsf.post(base, { ...later, retransmissionIndicator: true })
  for (const again of [same, flagged]) {
    t.equal(again.status, 201)
    t.equal(again.headers['location'], first.headers['location'])
    t.same(again.body.multipleUnitInformation, first.body.multipleUnitInformation)
  }
  t.match(await chf.wallet('a1'), { available: 0.79 * EUR })
  const another = await smsf.post(base, later)
  t.not(another.headers['location'], first.headers['location'])
  t.match(await chf.wallet('a1'), { available: 0.72 * EUR })
})

t.test(
  'an event that another server answered is repeated there or here, and debited once',
  async t => {
    const other = await startChf(t, { state: chf.state })
    const there = await other.connect()
    const before = (await chf.wallet('a3'))?.available ?? 0
    const first = await smsf.post(base, event('003', 'IEC', 1, { chargingId: 77 }))
    for (const client of [there, smsf, there]) {
      const again = await client.post(
        base,
        event('003', 'IEC', 1, { chargingId: 77, retransmissionIndicator: true })
      )
      t.equal(again.status, 201)
      t.equal(referenceIn(again), referenceIn(first))
      t.same(again.body.multipleUnitInformation, first.body.multipleUnitInformation)
    }
    t.match(await chf.wallet('a3'), { available: before - 0.07 * EUR })
  }
)

t.test(
  'a repeat whose original never came is debited; the original that comes late is not',
  async t => {
    const other = await startChf(t, { state: chf.state })
    const there = await other.connect()
    const before = (await chf.wallet('a3'))?.available ?? 0
    const original = event('003', 'IEC', 1, { chargingId: 78 })
    const repeat = event('003', 'IEC', 1, { chargingId: 78, retransmissionIndicator: true })
    const served = await there.post(base, repeat)
    t.match(served.body.multipleUnitInformation, [{ resultCode: 'SUCCESS' }])
    const late = await smsf.post(base, original)
    t.equal(referenceIn(late), referenceIn(served))
    t.match(await chf.wallet('a3'), { available: before - 0.07 * EUR })
    const another = await smsf.post(base, event('003', 'IEC', 1, { chargingId: 78 }))
    t.not(referenceIn(another), referenceIn(served))
    const lateAgain = await there.post(base, original)
    t.not(referenceIn(lateAgain), '')
    t.match(await chf.wallet('a3'), { available: before - 0.14 * EUR }, 'also behind another one')
  }
)

t.test('original and repeat at two servers at the same time are debited once', async t => {
  const other = await startChf(t, { state: chf.state })
  const there = await other.connect()
  const before = (await chf.wallet('a3'))?.available ?? 0
  for (let round = 0; round < 10; round++) {
    const body = event('003', 'PEC', 1, { chargingId: 200 + round })
    const fresh = event('003', 'PEC', 1, { chargingId: 200 + round })
    const [here, elsewhere] = await Promise.all([
      smsf.post(base, body),
      there.post(base, { ...fresh, retransmissionIndicator: true })
    ])
    t.equal(referenceIn(here), referenceIn(elsewhere))
  }
  t.match(await chf.wallet('a3'), { available: before - 0.7 * EUR })
})

t.test('a message to several recipients is debited for each by where it is', async t => {
  const before = (await chf.wallet('a3'))?.available ?? 0
  const to = (...numbers: string[]) => ({
    sMSChargingInformation: {
      recipientInfo: numbers.map(number => ({ recipientGPSI: `msisdn-${number}` }))
    }
  })
  const one = await smsf.post(base, event('003', 'IEC', 1, to('33123456789')))
  t.match(one.body.multipleUnitInformation, [{ resultCode: 'SUCCESS' }])
  const abroad = before - ((await chf.wallet('a3'))?.available ?? 0)
  t.not(abroad, 0.07 * EUR, 'another price than at home')
  const both = await smsf.post(base, event('003', 'IEC', 2, to('4930123456', '33123456789')))
  t.match(both.body.multipleUnitInformation, [{ grantedUnit: { serviceSpecificUnits: 2 } }])
  const left = (await chf.wallet('a3'))?.available
  t.equal(left, before - 2 * abroad - 0.07 * EUR)
})

t.test('an immediate event that cannot be paid is refused whole', async t => {
  const { status, body } = await smsf.post(base, event('002', undefined, 2))
  t.equal(status, 201)
  t.match(body.multipleUnitInformation, [{ resultCode: 'QUOTA_LIMIT_REACHED' }])
  t.match(await chf.wallet('poor'), { available: 0.1 * EUR, reserved: 0 })
})

t.test('what was delivered before its event is debited in full, and once', async t => {
  const body = event('002', 'PEC', 3)
  for (let time = 0; time < 2; time++) {
    const answer = await smsf.post(base, body)
    t.equal(answer.status, 201)
    t.match(answer.body.multipleUnitInformation, [{ ratingGroup: 200, resultCode: 'SUCCESS' }])
  }
  t.match(await chf.wallet('poor'), { available: -0.11 * EUR, reserved: 0 })
  t.match(chf.cdrs('poor'), [{ amount: 0.21 * EUR, messages: 3, flags: ['event', 'overdraft'] }])
})

t.test('a message with reservation: reserved before, debited or given back after', async t => {
  const template = event('001', 'IEC', 1, { oneTimeEvent: undefined, oneTimeEventType: undefined })
  const begin = async () => {
    messages++
    const invocationTimeStamp = new Date(Date.UTC(2026, 10, 21, 10, 0, messages)).toISOString()
    return smsf.post(base, { ...template, invocationTimeStamp })
  }
  const end = (location: string | undefined, serviceSpecificUnits: number) =>
    smsf.post(`${location}/release`, {
      ...template,
      invocationSequenceNumber: 2,
      multipleUnitUsage: [
        {
          ratingGroup: 200,
          usedUnitContainer: [{ localSequenceNumber: 1, serviceSpecificUnits }]
        }
      ]
    })
  const before = (await chf.wallet('a1'))?.available ?? 0
  const [sent, failed] = [await begin(), await begin()]
  t.not(
    sent.headers['location'],
    failed.headers['location'],
    'two messages, alike but for the time'
  )
  t.match(await chf.wallet('a1'), { reserved: 0.14 * EUR })
  t.equal((await end(sent.headers['location'], 1)).status, 204)
  t.equal((await end(failed.headers['location'], 0)).status, 204)
  t.match(await chf.wallet('a1'), { available: before - 0.07 * EUR, reserved: 0 })
})
