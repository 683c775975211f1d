/**
 * The charging clients that exist, as models, against the real server: nobody hangs, goes unmetered, is charged
 * more or less than was used, or is cut off with money. That the models would notice is shown with bad servers.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { call } from '../e2e/api-client.ts'
import { embeddedSettings, serve, temporaryFolder } from '../e2e/gyro-process.ts'
import { type Fault, startBadServer } from './models/bad-server.ts'
import { kamailioIdentity, runKamailio } from './models/kamailio.ts'
import { magmaIdentity, runMagma } from './models/magma.ts'
import { open5gsIdentity, runOpen5gs } from './models/open5gs.ts'
import { problemsOf, type SessionOutcome } from './models/outcome.ts'
import { connectWire, type Identity, type Plan, type Wire } from './models/wire.ts'

interface Model {
  readonly name: string
  readonly identity: Identity
  readonly run: (wire: Wire, plan: Plan) => Promise<SessionOutcome>
  /** prepaid-go at home, in millionths. */
  readonly price: (units: number) => number
  readonly step: number
  readonly wants: number
  /** Pays for less than is wanted; then a top-up for all of it. */
  readonly scarce: string
  /** Bad servers beyond those that every model is shown. */
  readonly noticesToo: Readonly<Partial<Record<Fault, RegExp>>>
  readonly notices: Readonly<Record<'answers-2002' | 'grants-nothing' | 'never-answers', RegExp>>
}

/** 0.01 for a megabyte, by started 100 kB. */
const dataPrice = (octets: number): number => Math.ceil(octets / 100_000) * 1_000
/** 0.09 for 60 seconds: the first minute whole, then by the second. */
const voicePrice = (seconds: number): number => (seconds === 0 ? 0 : Math.max(60, seconds) * 1_500)

const models: readonly Model[] = [
  {
    name: 'Open5GS',
    identity: open5gsIdentity,
    run: runOpen5gs,
    price: dataPrice,
    step: 100_000,
    wants: 27_312_345,
    // Its first grant takes all of it, and what is topped up meanwhile still comes in time.
    scarce: '0.055',
    notices: {
      'answers-2002': /cut off with money.*2002/,
      'grants-nothing': /unmetered/,
      'never-answers': /hangs/
    },
    noticesToo: { 'counts-wrongly': /hangs/, 'ends-too-early': /cut off with money/ }
  },
  {
    name: 'Kamailio',
    identity: kamailioIdentity,
    run: runKamailio,
    price: voicePrice,
    step: 1,
    wants: 307,
    scarce: '0.20',
    notices: {
      'answers-2002': /cut off with money.*2002/,
      'grants-nothing': /cut off with money/,
      'never-answers': /cut off with money.*timed out/
    },
    noticesToo: { 'ends-too-early': /cut off with money/ }
  },
  {
    name: 'Magma',
    identity: magmaIdentity,
    run: runMagma,
    price: dataPrice,
    step: 100_000,
    wants: 2_345_678,
    scarce: '0.015',
    notices: {
      'answers-2002': /cut off with money.*2002/,
      'grants-nothing': /cut off with money/,
      'never-answers': /cut off with money.*timed out/
    },
    noticesToo: { 'forgets-the-group': /hangs/, 'ends-too-early': /cut off with money/ }
  }
]

// Each client is known by its Origin-Host, and answered by its own profile.
const config = join(temporaryFolder(), 'gyro.yaml')
writeFileSync(
  config,
  `diameter:
  peers:
    - { originHost: ${open5gsIdentity.host}, profile: open5gs }
    - { originHost: ${kamailioIdentity.host}, profile: kamailio }
    - { originHost: ${magmaIdentity.host}, profile: magma }
`
)
const server = await serve({ ...embeddedSettings(), GYRO_CONFIG: config })
t.teardown(() => server.stop())
const { api } = server
const micros = (amount: string): number => Math.round(Number(amount) * 1e6)
let accounts = 0

/** One session of a new account with this much money: how it went, and whom it wronged. */
async function session(model: Model, money: string, topUp: string | null = null) {
  const n = ++accounts
  const id = `model-${n}`
  const msisdn = String(4915100001000 + n)
  const imsi = String(262010000001000 + n)
  await call(api, 'POST', '/v1/accounts', { id, lines: [{ msisdn, imsi }], offers: ['prepaid-go'] })
  const pay = (amount: string, key: string) =>
    call(api, 'POST', `/v1/accounts/${id}/top-ups`, { amount }, { 'idempotency-key': key })
  if (money !== '0') await pay(money, `${id}-1`)
  const wire = await connectWire(server.diameterPort, model.identity, 10_000)
  const outcome = await model.run(wire, {
    sessionId: `${model.identity.host};${n};app_gy`,
    msisdn,
    imsi,
    wants: model.wants,
    ...(topUp === null ? {} : { meanwhile: async () => void (await pay(topUp, `${id}-2`)) })
  })
  wire.end()
  const { wallet } = (await call(api, 'GET', `/v1/accounts/${id}`)).body
  const open = (await call(api, 'GET', `/v1/sessions?account=${id}`)).body.items
  const problems = problemsOf(outcome, {
    before: micros(money) + (topUp === null ? 0 : micros(topUp)),
    after: micros(wallet.available),
    reserved: micros(wallet.reserved),
    openSessions: open.length,
    price: model.price,
    step: model.step
  })
  return { outcome, problems }
}

for (const model of models) {
  t.test(`TS 32.299 6.3: ${model.name} with money gets what it wants and pays for it`, async t => {
    const { outcome, problems } = await session(model, '5.00')
    t.same(problems, [])
    t.match(outcome, { ended: 'by-user', served: model.wants })
  })

  t.test(`RFC 8506 5.6.1: ${model.name} is cut when the money ends, and not before`, async t => {
    const { outcome, problems } = await session(model, model.scarce)
    t.same(problems, [])
    t.equal(outcome.ended, 'cut')
    t.ok(outcome.served > 0 && outcome.served < model.wants)
  })

  t.test(`RFC 8506 5.2: ${model.name} without money is refused, and pays nothing`, async t => {
    const { outcome, problems } = await session(model, '0')
    t.same(problems, [])
    t.not(outcome.ended, 'by-user')
    t.equal(outcome.served, 0)
  })

  t.test(`RFC 8506 5.3: ${model.name} goes on after a top-up`, async t => {
    const { outcome, problems } = await session(model, model.scarce, '5.00')
    t.same(problems, [])
    t.match(outcome, { ended: 'by-user', served: model.wants })
  })

  t.test(`the model of ${model.name} notices a bad server`, async t => {
    for (const [fault, expected] of Object.entries({ ...model.notices, ...model.noticesToo })) {
      const bad = await startBadServer(fault as Fault)
      const wire = await connectWire(bad.port, model.identity, 300)
      const plan = { sessionId: `s;${fault}`, msisdn: '4915100000001', imsi: '262010000000001' }
      const outcome = await model.run(wire, { ...plan, wants: model.wants })
      // As if it charged rightly: only what the client suffers counts.
      const due = model.price(outcome.served)
      const problems = problemsOf(outcome, {
        before: 5_000_000 + due,
        after: 5_000_000,
        reserved: 0,
        openSessions: 0,
        price: model.price,
        step: model.step
      })
      t.match(problems.join('\n'), expected, `${fault}: ${problems}`)
      wire.end()
      bad.stop()
    }
  })
}
