/** Explanations say what the engine did: over random histories, figure by figure. */
import fc from 'fast-check'
import t from 'tap'
import { explain } from '../../src/charging/explain/explain.ts'
import { explainRecord, explainSession } from '../../src/charging/explain/rerate.ts'
import type { ChargingAnswer } from '../../src/domain/answer.ts'
import type { ChargingRequest, RequestType } from '../../src/domain/request.ts'
import { catalogue, catalogues } from '../support/catalogue.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'

const step = fc.record({
  type: fc.constantFrom<RequestType>('initial', 'update', 'update', 'update', 'termination'),
  session: fc.integer({ min: 1, max: 2 }),
  group: fc.constantFrom(10, 11, 20, 100, 999),
  used: fc.option(fc.integer({ min: 0, max: 8_000_000 })),
  ask: fc.option(fc.integer({ min: 0, max: 9_000_000 })),
  plmn: fc.constantFrom('26201', '31041'),
  wait: fc.constantFrom(0, 1_000, 90_000, 3_600_000)
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function requestOf({ type, session, group, used, ask, plmn }: Step, number: number) {
  const unit = group === 100 ? 'seconds' : 'octets'
  return request(
    type,
    number,
    [
      {
        ratingGroup: group,
        ...(used === null || type === 'initial' ? {} : { used: { [unit]: used } }),
        ...(ask === null || type === 'termination'
          ? {}
          : { ask: ask === 0 ? null : { [unit]: ask } })
      }
    ],
    { sessionId: `s;${session}`, facts: { plmn, calledParty: '+4930123456' } }
  )
}

function checkOne(driver: EngineDriver, asked: ChargingRequest): void {
  const state = driver.stateFor(asked)
  const whole = { ...state, nextDue: state.nextDue === Infinity ? 0 : state.nextDue }
  const decision = driver.engine.decide(whole, asked, driver.now)
  const told = explain(whole, asked, decision, catalogues, driver.now)
  driver.apply(decision)
  const answer = decision.answer as ChargingAnswer
  if (answer.repeated) return
  const [unit] = told.units
  const [usage] = asked.usages
  if (unit === undefined || usage === undefined) throw new Error('no unit is explained')
  const used = decision.changes === null ? 0 : (usage.used?.octets ?? usage.used?.seconds ?? 0)
  const settled = unit.settled.reduce((sum, slice) => sum + slice.units, 0)
  if (settled !== used) throw new Error(`${settled} units are explained, ${used} were used`)
  const moved = told.positions.reduce((sum, p) => sum + p.amountAfter - p.amountBefore, 0)
  const debited = unit.settled.reduce((sum, slice) => sum + slice.amount, 0)
  if (moved !== debited) throw new Error(`positions moved by ${moved}, slices say ${debited}`)
  const granted = answer.units[0]?.granted ?? null
  if ((granted === null) !== (unit.grant === null)) throw new Error('a grant is not explained')
  if (granted === null || unit.grant === null) return
  if (unit.grant.granted !== granted.amount) throw new Error('another grant is explained')
  const { wanted, limited, price } = unit.grant
  if (limited ? granted.amount >= wanted : granted.amount !== wanted) {
    throw new Error(`${granted.amount} were granted, ${wanted} wanted, limited ${limited}`)
  }
  const matched = unit.rules.find(({ obstacle }) => obstacle === null)?.price ?? ''
  const blocked = catalogue.rules.get(matched)?.price.model === 'blocked'
  if (price !== (blocked ? '' : matched)) throw new Error(`${matched} is said, ${price} granted`)
}

t.test('whatever happens, the explanation has the figures of the decision', async t => {
  const offers = fc.constantFrom<string[]>(['go'], ['go', 'pack'], ['family'], ['post'], ['iot'])
  fc.assert(
    fc.property(offers, fc.array(step, { maxLength: 15 }), (subscribed, steps) => {
      const driver = EngineDriver.open(subscribed, 1_200_000)
      for (const [number, one] of steps.entries()) {
        driver.now += one.wait
        checkOne(driver, requestOf(one, number))
      }
      for (const cdr of driver.cdrs()) {
        if (explainRecord(cdr, catalogues).agrees !== true) throw new Error('a CDR disagrees')
      }
      for (const session of driver.sessions.values()) {
        if (explainSession(session, catalogues).agrees !== true) throw new Error('a session does')
      }
    }),
    { numRuns: 400 }
  )
  t.pass('400 histories')
})

t.test('a record whose amount is not what its price gives is found', async t => {
  const driver = EngineDriver.open(['go'], 1_000_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  driver.charge(request('termination', 1, [{ used: { octets: 250_000 } }]))
  const cdr = driver.cdrs()[0]!
  t.match(explainRecord(cdr, catalogues), {
    agrees: true,
    prices: [
      { price: 'c0ffee00:go/home', before: 0, units: 250_000, amount: 3_000, rerated: 3_000 }
    ]
  })
  const part = cdr.parts[0]!
  const wrong = { ...cdr, parts: [{ ...part, amount: 2_500 }] }
  t.equal(explainRecord(wrong, catalogues).agrees, false)
  const older = { ...cdr, parts: [{ ...part, price: 'abad1dea:go/home' }] }
  const lost = { ...catalogues, lost: new Set(['abad1dea']) }
  t.match(explainRecord(older, lost), { agrees: null, prices: [{ rerated: null }] })
})

t.test('buckets that were passed over say why', async t => {
  const driver = EngineDriver.open(['go', 'pack'], 5_000_000)
  const told = (asked: ChargingRequest) => {
    const state = driver.stateFor(asked)
    const decision = driver.decide(asked)
    const explained = explain(state, asked, decision, catalogues, driver.now)
    driver.apply(decision)
    return explained.units[0]?.buckets
  }
  t.match(told(request('initial', 0, [{ ask: { octets: 5_000_000 } }])), [{ obstacle: null }])
  t.match(told(request('update', 1, [{ ratingGroup: 11, ask: null }])), [{ obstacle: 'used-up' }])
  t.match(told(request('update', 2, [{ ratingGroup: 100, ask: null }])), [{ obstacle: 'service' }])
  const abroad = request('update', 3, [{ ask: null }], { facts: { plmn: '31041' } })
  t.match(told(abroad), [{ obstacle: 'zone' }])
})
