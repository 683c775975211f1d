/** Explanations name the limits that a usage counts under, and the one that bound what was granted. */
import t from 'tap'
import { viewSimulation } from '../../src/api/simulation-views.ts'
import { explain } from '../../src/charging/explain/explain.ts'
import { explainSession } from '../../src/charging/explain/rerate.ts'
import { simulationLines } from '../../src/cli/show-simulation.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import type { Catalogue } from '../../src/rating/catalogue.ts'
import { type EngineDriver, request, start } from '../support/engine-driver.ts'
import { catalogueOf, limited, openWith, standardOffers } from '../support/limits-catalogue.ts'
import { playAll, step } from '../support/steps.ts'

const MB = 1_000_000
const EUR = 1_000_000
const abroad = { facts: { plmn: '310410' } }

const inForce = (current: Catalogue) => ({
  current,
  byVersion: new Map([[current.version, current]])
})

function told(driver: EngineDriver, asked: ChargingRequest, catalogue: Catalogue = limited) {
  const state = driver.stateFor(asked)
  const decision = driver.decide(asked)
  const explained = explain(state, asked, decision, inForce(catalogue), driver.now)
  driver.apply(decision)
  return explained.units[0]!
}

t.test('a grant that ends at a limit says which, and how it stood before and after', async t => {
  const driver = openWith(['capped'], 100 * EUR)
  const first = told(driver, request('initial', 0, [{ ask: { octets: 8 * MB } }], abroad))
  // 8 MB at 2.00 would cost 16.00; the limit is 10.00.
  t.match(first.grant, { granted: 5 * MB, limited: true, final: true })
  t.match(first.limits, [
    {
      limit: 'capped/roaming',
      unit: 'money',
      amount: 10 * EUR,
      before: { used: 0, reserved: 0 },
      after: { used: 0, reserved: 10 * EUR },
      obstacle: null,
      bound: true
    }
  ])
  t.equal(first.limits[0]?.validUntil, Date.UTC(2026, 10, 30, 23), 'midnight in Berlin')
  const used = { used: { octets: 5 * MB }, ask: { octets: MB } }
  const refused = told(driver, request('update', 1, [used], abroad))
  t.equal(refused.outcome, 'credit-limit-reached')
  t.match(refused.limits, [
    { before: { reserved: 10 * EUR }, after: { used: 10 * EUR }, bound: true }
  ])
  const home = request('update', 2, [{ ask: { octets: MB } }], { facts: { plmn: '26201' } })
  t.match(told(driver, home).limits, [{ obstacle: 'zone', bound: false }])
})

t.test('a wallet that ends before the limit is what bound the grant', async t => {
  const driver = openWith(['capped'], 4 * EUR)
  const unit = told(driver, request('initial', 0, [{ ask: { octets: 8 * MB } }], abroad))
  t.match(unit.grant, { granted: 2 * MB, limited: true })
  t.match(unit.limits, [{ bound: false, after: { reserved: 4 * EUR } }])
})

t.test('a limit of units, of the line, and one that all lines share', async t => {
  const driver = openWith(['metered'], 100 * EUR)
  const unit = told(driver, request('initial', 0, [{ ask: { octets: 8 * MB } }]))
  t.match(
    unit.limits.map(({ limit, lineId, obstacle, bound }) => [limit, lineId, obstacle, bound]),
    [
      ['metered/weekly', '', null, false],
      ['metered/own', '', 'service', false],
      ['metered/daily', '4915100000001', null, true]
    ]
  )
})

t.test('what the line can have carried stands beside the report', async t => {
  const slow = catalogueOf(standardOffers, { 'line-rate': '1 MB' })
  const driver = openWith(['go'], 100 * EUR, slow)
  told(driver, request('initial', 0, [{ ask: { octets: MB } }]), slow)
  driver.now += 30_000
  const unit = told(driver, request('update', 1, [{ used: { octets: 500 * MB } }]), slow)
  // 30 s and a minute more, at 1 MB a second.
  t.same(unit.plausible, { unit: 'octets', reported: 500 * MB, most: 90 * MB })
  t.equal(unit.settled.find(({ suspense }) => suspense)?.units, 410 * MB)
  const none = openWith(['go'], 100 * EUR)
  told(none, request('initial', 0, [{ ask: { octets: MB } }]))
  t.equal(told(none, request('update', 1, [{ used: { octets: MB } }])).plausible, null)
})

t.test('an open session says what it holds of limits', async t => {
  const driver = openWith(['metered'], 100 * EUR)
  driver.charge(request('initial', 0, [{ ask: { octets: 2 * MB } }]))
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }], { sessionId: 's;2' }))
  const stand = { account: driver.account!, lines: [...driver.lines.values()] }
  const { limits } = explainSession(driver.sessions.get('s;1')!, inForce(limited), stand)
  t.match(limits, [
    { limit: 'metered/weekly', held: 2 * MB, after: { reserved: 3 * MB } },
    { limit: 'metered/daily', lineId: '4915100000001', held: 2 * MB, amount: 3 * MB }
  ])
})

t.test('people read it in a simulation', async t => {
  const usage = { service: 'internet', units: 8 * MB, facts: { plmn: '310410' } }
  const played = playAll(
    {
      account: { offers: ['capped'], topUp: 100 * EUR, lines: [] },
      start,
      steps: [step('use', usage)]
    },
    inForce(limited)
  )
  const json = viewSimulation(played, ['use'])
  t.match(json.steps[0]?.requests[1]?.events, [
    { type: 'threshold', subject: 'capped/roaming', threshold: '80 %', direction: 'up' },
    { threshold: '100 %', status: 'capped' }
  ])
  const text = simulationLines(json).join('\n')
  t.match(
    text,
    'limit capped/roaming: 0.000000 used and 10.000000 held of 10.000000, until 2026-11-30T23:00:00.000Z; nothing more is granted because of it'
  )
  t.match(
    text,
    'granted 5 MB, the last: as many as were asked for; less, because limit capped/roaming has no more'
  )
  t.match(text, 'event threshold 100 % up: capped/roaming, status capped')
  t.match(text, 'limit capped/roaming: 0.000000 -> 10.000000 used and 0.000000 held of 10.000000')
})
