/**
 * The laws of money for tariff switches, pools and money that the client rates, over random histories. What was
 * funded and used is counted here, from what the test itself sent.
 */
import fc from 'fast-check'
import t from 'tap'
import type {
  ChargingRequest,
  MultipleUnitUsage,
  RequestedMoney,
  UsedUnits
} from '../../src/domain/request.ts'
import { chargeFor } from '../../src/rating/price.ts'
import { banded, nightfall } from '../support/banded-catalogue.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'

const MB = 1_000_000
const pools = new Map([
  ['internet', 1],
  ['voice', 1]
])
const catalogue = { ...banded, quota: { ...banded.quota, pools, holding: 60, triggers: [3] } }
const catalogues = { current: catalogue, byVersion: new Map([[catalogue.version, catalogue]]) }

function open(topUp: number, at: number): EngineDriver {
  const driver = new EngineDriver(catalogues)
  driver.now = at
  const lines = [{ msisdn: '4915100000001' }]
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp })
  return driver
}
const none = { octets: null, inputOctets: null, outputOctets: null, seconds: null, messages: null }

/** A report of octets on either side of a switch. */
function sided(number: number, before: number, after: number, asks: boolean): ChargingRequest {
  const usage: MultipleUnitUsage = {
    ratingGroup: 10,
    serviceIdentifiers: [],
    requested: asks ? { octets: null, seconds: null, messages: null } : null,
    used: { ...none, octets: before + after },
    after: { ...none, octets: after }
  }
  return { ...request('update', number), usages: [usage] }
}
const priceOf = (ref: string) => catalogue.rules.get(ref)!.price
const octets = fc.integer({ min: 0, max: 9 * MB })

t.test(
  'a session across a switch costs the same however its usage is split into reports',
  async t => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(octets, fc.boolean()), { minLength: 1, maxLength: 12 }),
        fc.array(fc.tuple(octets, fc.boolean()), { minLength: 1, maxLength: 12 }),
        octets,
        (early, late, across) => {
          const driver = open(1_000 * MB, nightfall - 600_000)
          let number = 0
          driver.charge(request('initial', number++, [{ ask: null }]))
          for (const [units, asks] of early) driver.charge(sided(number++, units, 0, asks))
          driver.charge(sided(number++, 0, 0, true))
          driver.now = nightfall + 1_000
          const [[first, asks] = [0, true], ...rest] = late
          driver.charge(sided(number++, across, first, asks))
          for (const [units, again] of rest) driver.charge(sided(number++, units, 0, again))
          driver.charge(request('termination', number))
          const day = early.reduce((sum, [units]) => sum + units, across)
          const night = late.reduce((sum, [units]) => sum + units, 0)
          const cost =
            chargeFor(priceOf('c0ffee00:go/home'), day) +
            chargeFor(priceOf('c0ffee00:go/night'), night)
          t.equal(driver.cdrs()[0]?.amount, cost)
          t.same(driver.wallet(), { available: 1_000 * MB - cost, reserved: 0 })
        }
      ),
      { numRuns: 200 }
    )
  }
)

t.test(
  'usage within a grant across a switch takes nothing but what was reserved for it',
  async t => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300_000 }),
        fc.integer({ min: 1, max: 20 * MB }),
        fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(0.995)),
        fc.integer({ min: 0, max: 2 * MB }),
        (funds, asked, share, earlier) => {
          const driver = open(funds, nightfall - 600_000)
          driver.charge(request('initial', 0, [{ ask: { octets: earlier + 1 } }]))
          const before = driver.sessions.get('s;1')?.services[0]?.grant?.units ?? 0
          const used = Math.min(earlier, before)
          const made = request('update', 1, [{ ask: { octets: asked }, used: { octets: used } }])
          const granted = driver.charge(made).units[0]?.granted?.amount ?? 0
          const { available } = driver.wallet()
          driver.now = nightfall + 1_000
          const early = Math.floor(granted * share)
          driver.charge(sided(2, early, granted - early, false))
          t.ok(driver.wallet().available >= available, 'nothing more is debited')
          t.ok(available >= 0)
          t.equal(driver.wallet().reserved, 0)
        }
      ),
      { numRuns: 300 }
    )
  }
)

const step = fc.record({
  group: fc.constantFrom(10, 11, 100, 20),
  used: fc.integer({ min: 0, max: 12 * MB }),
  after: fc.integer({ min: 0, max: 100 }),
  ask: fc.constantFrom('none', 'empty', 'value', 'money'),
  money: fc.integer({ min: 0, max: 50_000 }),
  wait: fc.constantFrom(0, 1_000, 200_000, 4_000_000, 30_000_000)
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Units, money, or both. */
function usedOf(units: UsedUnits, kind: number, money: RequestedMoney): UsedUnits {
  if (kind % 3 === 0) return { ...units, money }
  return kind % 3 === 1 ? { ...none, money } : units
}

function requestOf(number: number, step: Step): ChargingRequest {
  const voice = step.group === 100
  const amount = voice ? Math.floor(step.used / 40_000) : step.used
  const after = Math.floor((amount * step.after) / 100)
  const units = (count: number) => ({ ...none, [voice ? 'seconds' : 'octets']: count })
  const money = { amount: step.money, currency: null }
  const asked = { octets: null, seconds: null, messages: null }
  const usage: MultipleUnitUsage = {
    ratingGroup: step.group,
    serviceIdentifiers: [],
    requested:
      step.ask === 'none'
        ? null
        : step.ask === 'value'
          ? { ...asked, octets: 3 * MB, inputOctets: MB, seconds: 90 }
          : step.ask === 'money' && step.money > 0
            ? { ...asked, money }
            : asked,
    used: step.used === 0 ? null : usedOf(units(amount), step.money, money),
    ...(step.after > 50 ? { after: units(after) } : {}),
    ...(step.after > 90 ? { straddling: units(amount - after) } : {})
  }
  const context = voice ? '32260' : '32251'
  const facts = { plmn: '26201', calledParty: 'tel:+49301234567' }
  return {
    ...request(number === 0 ? 'initial' : 'update', number),
    context,
    facts,
    usages: [usage]
  }
}

/** funded = available + reserved + recorded + not yet recorded; grants hold what is reserved. */
function check(driver: EngineDriver, funded: number): void {
  const { available, reserved } = driver.wallet()
  const recorded = driver.cdrs().reduce((sum, cdr) => sum + cdr.amount, 0)
  const sum = available + reserved + recorded + driver.unrecorded()
  if (sum !== funded) throw new Error(`${sum} is not ${funded}`)
  let held = 0
  for (const session of driver.sessions.values()) {
    for (const { grant } of session.services) {
      for (const draw of grant?.draws ?? []) held += draw.amount
    }
  }
  if (held !== reserved) throw new Error(`grants hold ${held}, the wallet says ${reserved}`)
}

t.test('money is conserved with pools, switches and money, and a repeat moves none', async t => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 * MB }),
      fc.integer({ min: 0, max: 86_400_000 }),
      fc.array(step, { minLength: 1, maxLength: 15 }),
      (funds, shift, steps) => {
        const driver = open(funds, nightfall - shift)
        steps.forEach((each, number) => {
          driver.now += each.wait
          const made = requestOf(number, each)
          const answer = driver.charge(made)
          check(driver, funds)
          if (!driver.sessions.has('s;1')) return
          const again = driver.decide(made)
          t.equal(again.changes, null)
          const { repeated, ...same } = again.answer as typeof answer
          t.equal(repeated, true)
          t.equal(JSON.stringify(plain(same)), JSON.stringify(plain(answer)))
        })
        driver.charge(request('termination', steps.length))
        driver.now += 100_000_000
        driver.submit({ kind: 'sweep', accountId: 'a1' })
        check(driver, funds)
        t.equal(driver.wallet().reserved, 0)
      }
    ),
    { numRuns: 300 }
  )
})

/** What goes onto the wire. */
function plain(answer: object): object {
  const { kind, outcome, units } = answer as { kind: string; outcome: string; units: object[] }
  return { kind, outcome, units: units.map(unit => ({ conditions: null, ...unit })) }
}
