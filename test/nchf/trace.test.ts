/** W3C Trace Context: the trace-id of a create is that of the session and of all its CDRs. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { createNchfNotifier } from '../../src/nchf/notifier.ts'
import { createOutgoing } from '../../src/nchf/outgoing.ts'
import { traceIdIn } from '../../src/nchf/trace-context.ts'
import { systemClock, systemRandom, systemScheduler } from '../../src/ops/clock.ts'
import { derivedTraceId, traceIdOf } from '../../src/trace/trace-id.ts'
import { startChf } from '../support/chf.ts'
import { ask, base, pduSession, referenceIn, request, used } from '../support/nchf-client.ts'
import { sessionOrder, startConsumer } from '../support/nchf-consumer.ts'

const MB = 1_000_000
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parent = '00f067aa0ba902b7'
const traceparent = `00-${traceId}-${parent}-01`
const other = `00-${'c'.repeat(32)}-${parent}-00`

t.test('3.2, 4.3: which traceparent counts', async t => {
  const zeros = '0'.repeat(32)
  const cases: readonly (readonly [string | string[] | undefined, string | undefined])[] = [
    [traceparent, traceId],
    [`00-${traceId}-${parent}-00`, traceId],
    [`00-${traceId}-${parent}-ff`, traceId],
    // Of a version that is not known more may follow.
    [`01-${traceId}-${parent}-01`, traceId],
    [`cc-${traceId}-${parent}-01-what-may-come`, traceId],
    [`cc-${traceId}-${parent}-01.what`, undefined],
    [`cc-${traceId}-${parent}-012`, undefined],
    [`00-${traceId}-${parent}-01-more`, undefined],
    [`00-${traceId}-${parent}-01-`, undefined],
    [`ff-${traceId}-${parent}-01`, undefined],
    [`00-${zeros}-${parent}-01`, undefined],
    [`00-${traceId}-${zeros.slice(16)}-01`, undefined],
    [`00-${traceId.toUpperCase()}-${parent}-01`, undefined],
    [`00-${traceId}-${parent.toUpperCase()}-01`, undefined],
    [`0-${traceId}-${parent}-01`, undefined],
    [`00-${traceId.slice(1)}-${parent}-01`, undefined],
    [`00-${traceId}-${parent}-1`, undefined],
    [`00-${traceId}-${parent}-0x`, undefined],
    [`00-${traceId}-${parent}`, undefined],
    [` ${traceparent}`, undefined],
    // Two of them, as HTTP joins them.
    [`${traceparent}, ${traceparent}`, undefined],
    [[traceparent, traceparent], undefined],
    ['', undefined],
    [undefined, undefined]
  ]
  for (const [header, expected] of cases) t.equal(traceIdIn(header), expected, String(header))
})

t.test('without one it follows from the session id: SHA-256, the first half', async t => {
  const digest = createHash('sha256').update('pgw.example.org;1;42').digest('hex')
  t.equal(derivedTraceId('pgw.example.org;1;42'), digest.slice(0, 32))
  t.equal(traceIdOf({ sessionId: 'pgw.example.org;1;42' }), digest.slice(0, 32))
  t.equal(traceIdOf({ sessionId: 'pgw.example.org;1;42', traceId }), traceId)
})

t.test('the trace of the create is that of the session, whatever comes later', async t => {
  const chf = await startChf(t)
  await chf.open('a1', '001', 20)
  const smf = await chf.connect()
  const pdu = pduSession('262010000000001')
  const create = request(pdu, 1, [ask()])
  const created = await smf.post(base, create, { traceparent })
  const reference = referenceIn(created)
  const repeated = await smf.post(base, create, { traceparent: other })
  t.equal(referenceIn(repeated), reference, 'a repeat in another trace is a repeat')
  const session = async () => (await chf.sessions('a1')).map(each => each.traceId)
  t.same(await session(), [traceId])
  await smf.post(`${base}/${reference}/update`, request(pdu, 2, [used(8 * MB)]), {
    traceparent: other
  })
  t.same(await session(), [traceId])
  // Another server, which has the session from the store alone.
  const node = await startChf(t, { state: chf.state })
  const elsewhere = await node.connect()
  await elsewhere.post(`${base}/${reference}/update`, request(pdu, 3, [used(MB)]))
  const last = { ...used(2 * MB), requestedUnit: undefined }
  const released = await elsewhere.post(`${base}/${reference}/release`, request(pdu, 4, [last]))
  t.equal(released.status, 204)
  // What comes behind the end, at a third one.
  const third = await startChf(t, { state: chf.state })
  const late = await (await third.connect()).post(
    `${base}/${reference}/update`,
    request(pdu, 5, [used(MB)]),
    { traceparent: other }
  )
  t.equal(late.status, 404)
  t.match(chf.cdrs('a1'), [
    { number: 1, flags: [], traceId },
    { number: 2, flags: ['late'], traceId }
  ])
})

t.test('a session whose consumer gave none keeps nothing for it', async t => {
  const chf = await startChf(t)
  await chf.open('a1', '001', 20)
  const smf = await chf.connect()
  for (const headers of [{}, { traceparent: `00-${'0'.repeat(32)}-${parent}-01` }]) {
    const pdu = pduSession('262010000000001')
    const reference = referenceIn(await smf.post(base, request(pdu, 1, [ask()]), headers))
    const [session] = await chf.sessions('a1')
    t.notOk(session && 'traceId' in session)
    const last = { ...used(MB), requestedUnit: undefined }
    await smf.post(`${base}/${reference}/release`, request(pdu, 2, [last]), { traceparent })
  }
  // An update of a session that never began here is of a trace of its own.
  const update = request(pduSession('262010000000001'), 2, [used(MB)])
  await smf.post(`${base}/${'ab'.repeat(16)}/update`, update, { traceparent })
  const cdrs = chf.cdrs('a1')
  t.match(cdrs, [{ flags: [] }, { flags: [] }, { flags: ['no-session'] }])
  for (const cdr of cdrs) t.notOk('traceId' in cdr)
})

t.test('an event has that of its request', async t => {
  const chf = await startChf(t)
  await chf.open('a1', '001', 20)
  const smsf = await chf.connect()
  const sms = (n: number) => ({
    subscriberIdentifier: 'imsi-262010000000001',
    nfConsumerIdentification: { nodeFunctionality: 'SMSF' },
    invocationTimeStamp: new Date(Date.now() - n * 1_000).toISOString(),
    invocationSequenceNumber: n,
    oneTimeEvent: true,
    oneTimeEventType: 'IEC',
    sMSChargingInformation: { recipientInfo: [{ recipientGPSI: 'msisdn-4917012345678' }] },
    multipleUnitUsage: [{ ratingGroup: 100, requestedUnit: { serviceSpecificUnits: 1 } }]
  })
  for (const n of [1, 2]) {
    const sent = await smsf.post(base, sms(n), n === 1 ? { traceparent } : {})
    t.equal(sent.status, 201, JSON.stringify(sent.body))
  }
  t.match(chf.cdrs('a1'), [{ traceId }, { traceId: undefined }])
})

t.test(
  'notifications are of the trace that the consumer gave, each with a fresh parent',
  async t => {
    const smf = await startConsumer(t, [204])
    const outgoing = createOutgoing({ clock: systemClock, scheduler: systemScheduler })
    t.teardown(() => outgoing.close())
    const ports = { outgoing, random: systemRandom, scheduler: systemScheduler }
    const notifier = createNchfNotifier(ports)
    const order = sessionOrder(smf.uri)
    await notifier.deliver({ ...order, traceId })
    await notifier.deliver({ ...order, traceId })
    await notifier.deliver(order)
    const [first, second, none] = smf.notified.map(({ headers }) => headers['traceparent'])
    for (const header of [first, second]) {
      t.match(header, new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`))
      t.equal(traceIdIn(header), traceId)
    }
    t.not(first, second)
    t.equal(none, undefined)
  }
)
