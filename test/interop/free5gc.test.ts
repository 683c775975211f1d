/** The free5GC SMF, as a model, against the real listener, lanes and engine; and against servers with one fault. */
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startChf } from '../support/chf.ts'
import { base, connectNchf, referenceIn } from '../support/nchf-client.ts'
import { type Free5gcPlan, runFree5gc } from './models/free5gc.ts'
import { problemsOf } from './models/outcome.ts'

const MB = 1_000_000
const chf = await startChf(t)
const client = await chf.connect()
let accounts = 0

/** prepaid-go at home: 0.01 for a megabyte, by started 100 kB. */
const price = (octets: number): number => Math.ceil(octets / 100_000) * 1_000

async function session(topUp: number, plan: Omit<Free5gcPlan, 'imsi'>) {
  accounts++
  const digits = String(accounts).padStart(3, '0')
  const id = `a${accounts}`
  await chf.open(id, digits, topUp)
  const { meanwhile } = plan
  const before = { money: topUp * MB }
  const outcome = await runFree5gc(client, {
    ...plan,
    imsi: `262010000000${digits}`,
    ...(meanwhile === undefined
      ? {}
      : {
          meanwhile: async () => {
            before.money += 5 * MB
            const operation = { key: `${id}-top-up`, digest: '' }
            const amount = 5 * MB
            await chf.service.accounts.submit({ kind: 'top-up', accountId: id, amount, operation })
            await meanwhile()
          }
        })
  })
  const wallet = await chf.wallet(id)
  const problems = problemsOf(outcome, {
    before: before.money,
    after: wallet?.available ?? 0,
    reserved: wallet?.reserved ?? 0,
    openSessions: (await chf.sessions(id)).length,
    price,
    step: 100_000
  })
  return { id, outcome, problems }
}

for (const upfs of [1, 2] as const) {
  t.test(`with money and ${upfs} UPFs it gets what it wants and pays for it`, async t => {
    const { outcome, problems } = await session(5, { wants: 47_312_345, upfs })
    t.same(problems, [])
    t.match(outcome, { ended: 'by-user', served: 47_312_345 })
  })

  t.test(`with ${upfs} UPFs it is blocked when the money ends, and not before`, async t => {
    const { outcome, problems } = await session(0.25, { wants: 47_312_345, upfs })
    t.same(problems, [])
    t.equal(outcome.ended, 'cut')
    t.ok(outcome.served >= 24 * MB, String(outcome.served))
  })
}

t.test('without money it passes no more than what goes before the first answer', async t => {
  const { outcome } = await session(0, { wants: 5 * MB, upfs: 1 })
  t.equal(outcome.ended, 'cut')
  t.equal(outcome.unmetered, 0)
  t.ok(outcome.served <= 4_000)
})

t.test('it goes on after a top-up, once it asks again', async t => {
  const plan = { wants: 20 * MB, upfs: 1, meanwhile: async () => {}, patienceMs: 1 } as const
  const { outcome, problems } = await session(0.05, plan)
  t.same(problems, [])
  t.match(outcome, { ended: 'by-user', served: 20 * MB })
})

t.test('volumes that have wrapped at 2^31 are counted whole, and no grant is above it', async t => {
  await chf.open('big', '900', 1_000)
  const notifyUri = 'http://127.0.0.1:9/nsmf-callback/notify_1'
  const body = (usages: readonly object[], second: number) => ({
    subscriberIdentifier: 'imsi-262010000000900',
    chargingId: 900,
    nfConsumerIdentification: { nodeFunctionality: 'SMF' },
    invocationTimeStamp: `2026-11-21T10:00:0${second}Z`,
    invocationSequenceNumber: 0,
    notifyUri,
    multipleUnitUsage: usages
  })
  const reference = referenceIn(await client.post(base, body([], 0)))
  const wrapped = {
    ratingGroup: 10,
    requestedUnit: { totalVolume: 5_000_000_000 },
    usedUnitContainer: [{ localSequenceNumber: 0, totalVolume: 3_000_000_000 | 0 }]
  }
  const answer = await client.post(`${base}/${reference}/update`, body([wrapped], 1))
  t.equal(answer.status, 200)
  t.match(await chf.wallet('big'), { available: 1_000 * MB - 30 * MB - 0.1 * MB })
  const [unit] = answer.body.multipleUnitInformation
  t.ok(unit.grantedUnit.totalVolume <= 0x7fff_ffff)
  t.equal(unit.volumeQuotaThreshold, unit.grantedUnit.totalVolume * 0.8, 'the volume to report at')
})

/** Faults of a server that the model must notice. */
const faults = {
  'drops-the-upf': /unmetered/,
  'drops-the-triggers': /unmetered/,
  'grants-above-2^31': /unmetered/,
  'refuses-the-create': /unmetered/,
  'never-grants': /cut off with money/
} as const
type Fault = keyof typeof faults

async function startFaulty(fault: Fault) {
  const server = createServer()
  server.on('stream', (stream, headers) => {
    let text = ''
    stream.on('error', () => {})
    stream.on('data', chunk => {
      text += chunk
    })
    stream.on('end', () => {
      if (headers[':path'] === base) {
        const location = `http://127.0.0.1${base}/1`
        const status = fault === 'refuses-the-create' ? 500 : 201
        stream.respond({ ':status': status, 'content-type': 'application/json', location })
        stream.end('{}')
        return
      }
      const totalVolume = fault === 'grants-above-2^31' ? 3_000_000_000 : 10 * MB
      const units = JSON.parse(text).multipleUnitUsage.map(({ uPFID }: { uPFID: string }) => ({
        ratingGroup: 10,
        resultCode: 'SUCCESS',
        ...(fault === 'drops-the-upf' ? {} : { uPFID }),
        ...(fault === 'never-grants' ? {} : { grantedUnit: { totalVolume } }),
        volumeQuotaThreshold: 8 * MB,
        ...(fault === 'drops-the-triggers'
          ? {}
          : { triggers: [{ triggerType: 'QUOTA_EXHAUSTED' }, { triggerType: 'QUOTA_THRESHOLD' }] })
      }))
      stream.respond({ ':status': 200, 'content-type': 'application/json' })
      stream.end(JSON.stringify({ multipleUnitInformation: units }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

for (const [fault, expected] of Object.entries(faults)) {
  t.test(`the model notices a server that ${fault}`, async t => {
    const { server, port } = await startFaulty(fault as Fault)
    const bad = await connectNchf(port, false)
    const outcome = await runFree5gc(bad, { imsi: '1', wants: 30 * MB, upfs: 1 })
    const due = price(outcome.served)
    const problems = problemsOf(outcome, {
      before: 5 * MB + due,
      after: 5 * MB,
      reserved: 0,
      openSessions: 0,
      price,
      step: 100_000
    })
    t.match(problems.join('\n'), expected)
    bad.session.destroy()
    server.close()
  })
}
