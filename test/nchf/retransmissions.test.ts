/**
 * Property: whatever is lost, repeated or overtaken between a consumer and two servers on one store, each event that
 * arrived at all is debited once.
 */
import fc from 'fast-check'
import t from 'tap'
import { startChf } from '../support/chf.ts'
import { base } from '../support/nchf-client.ts'

const price = 70_000
const chf = await startChf(t)
const other = await startChf(t, { state: chf.state })
const clients = [await chf.connect(), await other.connect()] as const
let runs = 0

/** How one event is sent: whether the first try arrives, and which servers get it, the first try and the repeats. */
const sending = fc.record({
  /** Equal numbers: events that differ in nothing but their time stamps. */
  sequence: fc.integer({ min: 0, max: 2 }),
  lost: fc.boolean(),
  /** The first try comes behind this many of the repeats. */
  overtaken: fc.integer({ min: 0, max: 2 }),
  servers: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 4 }),
  sameStamp: fc.boolean()
})
type Sending = typeof sending extends fc.Arbitrary<infer T> ? T : never

function bodyOf(imsi: string, sequence: number, stamp: number, repeated: boolean) {
  return {
    subscriberIdentifier: `imsi-262010000000${imsi}`,
    nfConsumerIdentification: { nodeFunctionality: 'SMSF', nFFqdn: 'smsf.example.org' },
    invocationTimeStamp: new Date(Date.UTC(2026, 10, 21, 10, 0, 0) + 1_000 * stamp).toISOString(),
    invocationSequenceNumber: sequence,
    ...(repeated ? { retransmissionIndicator: true } : {}),
    oneTimeEvent: true,
    oneTimeEventType: 'PEC',
    multipleUnitUsage: [
      {
        ratingGroup: 200,
        usedUnitContainer: [{ localSequenceNumber: 1, serviceSpecificUnits: 1 }]
      }
    ],
    sMSChargingInformation: { recipientInfo: [{ recipientGPSI: 'msisdn-4930123456' }] }
  }
}

/** Sends one event as told; returns whether it arrived at all. */
async function send(imsi: string, from: number, how: Sending): Promise<boolean> {
  const [first = 0, ...repeats] = how.servers
  const original = bodyOf(imsi, how.sequence, from, false)
  const tries = repeats.map((server, index) => {
    const stamp = how.sameStamp ? from : from + 1 + index
    return { server, body: bodyOf(imsi, how.sequence, stamp, true) }
  })
  if (!how.lost) {
    tries.splice(Math.min(how.overtaken, tries.length), 0, { server: first, body: original })
  }
  const locations = new Set<string | undefined>()
  for (const { server, body } of tries) {
    const answer = await clients[server as 0 | 1].post(base, body)
    if (answer.status !== 201) throw new Error(`answered ${answer.status}`)
    locations.add(answer.headers['location']?.split('/').at(-1))
  }
  if (locations.size > 1) throw new Error('one event has several references')
  return tries.length > 0
}

t.test('each event that arrived is debited once', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(sending, { minLength: 1, maxLength: 6 }), async plan => {
      runs++
      const imsi = String(runs).padStart(3, '0')
      await chf.open(`p${runs}`, imsi, 10)
      let arrived = 0
      const equal = new Set<number>()
      for (const [index, how] of plan.entries()) {
        // A lost event that is like an earlier one cannot be told from a repeat of that.
        const lost = how.lost && !equal.has(how.sequence)
        const overtaken = equal.has(how.sequence) ? 0 : how.overtaken
        if (await send(imsi, index * 10, { ...how, lost, overtaken })) arrived++
        equal.add(how.sequence)
      }
      const left = (await chf.wallet(`p${runs}`))?.available
      if (left !== 10_000_000 - arrived * price) throw new Error(`${arrived} arrived, ${left} left`)
    }),
    { numRuns: 120, ...(process.env['FC_SEED'] ? { seed: Number(process.env['FC_SEED']) } : {}) }
  )
  t.ok(runs >= 120)
})
