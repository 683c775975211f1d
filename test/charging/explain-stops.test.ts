/** Explanations say that an allowance lets nothing else pay (`used-up: stop`), where that is why less was granted. */
import t from 'tap'
import { viewExplanation, viewSimulation } from '../../src/api/simulation-views.ts'
import { explainSession } from '../../src/charging/explain/rerate.ts'
import { explanationLines } from '../../src/cli/explain.ts'
import { simulationLines } from '../../src/cli/show-simulation.ts'
import { request, start } from '../support/engine-driver.ts'
import { catalogueOf, limited, openWith, standardOffers } from '../support/limits-catalogue.ts'
import { playAll, step } from '../support/steps.ts'

const MB = 1_000_000
const EUR = 1_000_000
const inForce = { current: limited, byVersion: new Map([[limited.version, limited]]) }
const stop = 'is used up (used-up: stop)'

function played(offer: string, units: number, topUp = 100 * EUR, catalogue = limited) {
  const inForce = { current: catalogue, byVersion: new Map([[catalogue.version, catalogue]]) }
  const use = () => step('use', { service: 'internet', units, facts: { plmn: '26201' } })
  const account = { offers: [offer], topUp, lines: [] }
  const simulation = playAll({ account, start, steps: [use(), use()] }, inForce)
  return viewSimulation(simulation, ['use', 'use'])
}

t.test('the last units, and the refusal after them, while the wallet is full', async t => {
  const json = played('stopping', 2 * MB)
  const [first, second] = json.steps.map(({ requests }) => requests[0]?.units[0])
  t.match(first?.grant, { granted: MB, limited: true })
  t.match(
    first?.grant?.because,
    /; less, because buckets .* nothing else pays once stopping\S* is used up \(used-up: stop\)$/
  )
  t.match(second, { outcome: 'success', grant: null }, 'the portal is all that is left')
  t.match(second?.buckets, [{ obstacle: 'used-up', stops: true }])
  const text = simulationLines(json).join('\n')
  t.match(text, `nothing is available in it, and nothing else pays once it ${stop}`)
  t.notMatch(text, 'wallet have no more')
})

t.test('a refusal says it too', async t => {
  const plain = standardOffers.map(offer => ({
    ...offer,
    allowances: (offer.allowances ?? []).map(({ 'final-units': _, ...rest }) => rest)
  }))
  const json = played('stopping', 2 * MB, 100 * EUR, catalogueOf(plain))
  const unit = json.steps[1]?.requests[0]?.units[0]
  t.match(unit, { outcome: 'credit-limit-reached', buckets: [{ stops: true }] })
})

t.test('where it has not stopped anything, nothing is said of it', async t => {
  t.notMatch(simulationLines(played('stopping', MB / 2)).join('\n'), 'used-up: stop')
  const other = simulationLines(played('go', 200 * MB, EUR)).join('\n')
  t.match(other, 'less, because buckets and wallet have no more')
  t.notMatch(other, 'used-up: stop')
})

t.test('an open session says what it stops at', async t => {
  const driver = openWith(['stopping'], 100 * EUR)
  driver.charge(request('initial', 0, [{ ask: { octets: MB / 2 } }]))
  const stand = { account: driver.account!, lines: [...driver.lines.values()] }
  const open = explainSession(driver.sessions.get('s;1')!, inForce, stand)
  t.match(open.stops, [{ lineId: '', unit: 'octets', available: MB / 2 }])
  const text = explanationLines(viewExplanation('s;1', open, [])).join('\n')
  t.match(text, `: 500 kB left; nothing else pays once it ${stop}`)
})

t.test('an open session says what refused it, though it never drew from it', async t => {
  const driver = openWith(['stopping'], 100 * EUR)
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }]))
  const other = { sessionId: 's;2' }
  driver.charge(request('initial', 0, [{ ask: { octets: MB } }, { ratingGroup: 200 }], other))
  const stand = { account: driver.account!, lines: [...driver.lines.values()] }
  const refused = explainSession(driver.sessions.get('s;2')!, inForce, stand)
  t.match(refused.stops, [{ lineId: '', unit: 'octets', available: 0 }])
  t.equal(refused.stops.length, 1)
  const voice = { ...other, sessionId: 's;3', context: '32260' }
  driver.charge(request('initial', 0, [{ ratingGroup: 100, ask: { seconds: 60 } }], voice))
  t.same(explainSession(driver.sessions.get('s;3')!, inForce, stand).stops, [], 'not for calls')
})

t.test('a limit that is reached at the same unit hides nothing', async t => {
  const both = standardOffers.map(offer => {
    const limit = { limit: 'daily', services: ['internet'], amount: '1 MB', period: 'day' }
    return offer.offer === 'stopping' ? { ...offer, limits: [limit] } : offer
  })
  const json = played('stopping', 2 * MB, 100 * EUR, catalogueOf(both))
  for (const step of json.steps) {
    const unit = step.requests[0]?.units[0]
    t.match(unit, { limits: [{ verdict: 'bound' }], buckets: [{ stops: true }] })
  }
  const tighter = both.map(offer =>
    offer.limits?.[0]?.limit === 'daily'
      ? { ...offer, limits: [{ ...offer.limits[0], amount: '500 kB' }] }
      : offer
  )
  const limit = played('stopping', 2 * MB, 100 * EUR, catalogueOf(tighter))
  t.match(limit.steps[0]?.requests[0]?.units[0], {
    limits: [{ verdict: 'bound' }],
    buckets: [{ stops: false }]
  })
})

t.test('what is used beyond it says why it is in suspense', async t => {
  const account = { offers: ['stopping'], topUp: 100 * EUR, lines: [] }
  const usages = (used: number) => [
    {
      service: 'internet',
      ratingGroup: null,
      serviceIdentifiers: [],
      used: { octets: used },
      asked: null
    }
  ]
  const asks = [{ ...usages(0)[0]!, used: null, asked: { octets: MB } }]
  const steps = [
    step('initial', { usages: asks, facts: { plmn: '26201' } }),
    step('termination', { usages: usages(MB + 1) })
  ]
  const json = viewSimulation(playAll({ account, start, steps }, inForce), ['initial', 'end'])
  const unit = json.steps[1]?.requests[0]?.units[0]
  t.match(unit, { settled: [{}, { units: 1, suspense: true }], buckets: [{ stops: true }] })
})
