/** Two settings of the quota policy that keep sessions from one another: validity with jitter, and shares of what is left. */
import t from 'tap'
import { viewSimulation } from '../../src/api/simulation-views.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { request, start } from '../support/engine-driver.ts'
import { catalogueOf, openWith, standardOffers } from '../support/limits-catalogue.ts'
import { playAll, step } from '../support/steps.ts'

const MB = 1_000_000
const EUR = 1_000_000

const jittered = catalogueOf(standardOffers, { 'validity-jitter': 10 })
const shared = catalogueOf(standardOffers, { 'fair-share': true })

function named(sessionId: string, more: Partial<ChargingRequest> = {}): Partial<ChargingRequest> {
  return { sessionId, ...more }
}

t.test('sessions that begin together come back at different times', async t => {
  const driver = openWith(['go'], 1000 * EUR, jittered)
  const validityOf = (session: number, number: number) => {
    const type = number === 0 ? 'initial' : 'update'
    const asked = request(type, number, [{ ask: { octets: 1000 } }], named(`pgw;1;${session}`))
    return driver.charge(asked).units[0]?.validity ?? 0
  }
  const first = Array.from({ length: 300 }, (_, session) => validityOf(session, 0))
  t.ok(first.every(validity => validity >= 3240 && validity <= 3600))
  // A tenth of an hour has 361 seconds: three in each ninth of it at the very least, of 300.
  for (let part = 0; part < 9; part++) {
    const from = 3240 + part * 40
    t.ok(first.filter(validity => validity >= from && validity < from + 40).length >= 3, `${from}`)
  }
  const next = first.map((_, session) => validityOf(session, 1))
  t.ok(next.filter((validity, session) => validity !== first[session]).length > 250, 'each time')
})

t.test('a repeat has the validity of the answer, also when that is not kept any more', async t => {
  const driver = openWith(['go'], 1000 * EUR, jittered)
  const asked = request('initial', 0, [{ ask: { octets: 1000 } }], named('pgw;1;7'))
  const answer = driver.charge(asked)
  driver.sessions.set('pgw;1;7', { ...driver.sessions.get('pgw;1;7')!, answers: [] })
  const again = driver.charge(asked)
  t.equal(again.repeated, true)
  t.equal(again.units[0]?.validity, answer.units[0]?.validity)
  t.not(answer.units[0]?.validity, 3600)
})

t.test('jitter makes no validity longer than the bands of an allowance, nor shorter', async t => {
  const at = Date.parse('2026-11-21T21:30:00+01:00')
  const driver = openWith(['go', 'nights'], 1000 * EUR, jittered, ['4915100000001'], at)
  const validities = Array.from({ length: 20 }, (_, session) => {
    const asked = request('initial', 0, [{ ask: { octets: 1000 } }], named(`s;${session}`))
    return driver.charge(asked).units[0]?.validity
  })
  t.same(new Set(validities), new Set([1800]), 'the night begins at ten')
})

t.test('what is left is shared among the open sessions that leave the size to us', async t => {
  // 0.30 are 30 MB at home, in started steps of 100 kB.
  const driver = openWith(['go'], 0.3 * EUR, shared)
  const grantOf = (session: string, number: number, ask: object, used = 0) => {
    const usage = number === 0 ? { ask } : { ask, used: { octets: used } }
    const asked = request(number === 0 ? 'initial' : 'update', number, [usage], named(session))
    return driver.charge(asked).units[0]
  }
  t.match(
    grantOf('a', 0, {}),
    { granted: { amount: 10 * MB }, final: null },
    'alone: the first size'
  )
  t.match(grantOf('b', 0, {}), { granted: { amount: 10 * MB } }, 'twice that is there')
  t.match(grantOf('c', 0, {}), { granted: { amount: 3_333_333 } }, 'a third of 10 MB')
  t.match(grantOf('d', 0, { octets: 5 * MB }), { granted: { amount: 5 * MB } }, 'as it was asked')
  t.match(grantOf('e', 0, {}), { granted: { amount: MB } }, 'never less than the least size')
  t.match(grantOf('a', 1, {}, 2 * MB), { granted: { amount: 1_720_000 } }, 'what it had comes back')
})

t.test(
  'a share of an allowance, and of what a limit leaves; what is free is not shared',
  async t => {
    const grants = (offer: string, facts: object, sessions: number) => {
      const driver = openWith([offer], 100 * EUR, shared)
      return Array.from({ length: sessions }, (_, session) => {
        const asked = request('initial', 0, [{ ask: {} }], named(`s;${session}`, { facts }))
        return driver.charge(asked).units[0]?.granted?.amount
      })
    }
    const home = { plmn: '26201' }
    t.same(grants('stopping', home, 2), [MB, undefined], 'less than two of the least size')
    t.same(grants('metered', home, 2), [3 * MB, undefined], 'the first is alone')
    t.same(grants('flat', home, 3), [10 * MB, 10 * MB, 10 * MB])
    // 10.00 are 5 MB abroad.
    const driver = openWith(['capped'], 100 * EUR, shared)
    const ask = (session: string, octets?: number) =>
      driver.charge(
        request('initial', 0, [{ ask: octets === undefined ? {} : { octets } }], {
          ...named(session),
          facts: { plmn: '310410' }
        })
      ).units[0]?.granted?.amount
    t.equal(ask('x', 2 * MB), 2 * MB)
    t.equal(ask('y'), 1_500_000, 'half of the three that the limit leaves')
  }
)

t.test('without the settings nothing is shared and nothing differs', async t => {
  const driver = openWith(['go'], 0.3 * EUR)
  const all = ['a', 'b', 'c', 'd'].map(session => {
    const unit = driver.charge(request('initial', 0, [{ ask: {} }], named(session))).units[0]
    return [unit?.granted?.amount, unit?.validity]
  })
  t.same(
    all.slice(0, 3),
    Array.from({ length: 3 }, () => [10 * MB, 3600])
  )
  t.same(all[3], [undefined, 0])
  t.throws(() => catalogueOf(standardOffers, { 'validity-jitter': 51 }), /validity-jitter/)
})

t.test('a dry run says that a grant is a share', async t => {
  const catalogues = { current: shared, byVersion: new Map([[shared.version, shared]]) }
  const initial = (session: string) =>
    step('initial', {
      session,
      facts: { plmn: '26201' },
      usages: [
        { service: 'internet', ratingGroup: null, serviceIdentifiers: [], used: null, asked: {} }
      ]
    })
  const account = { offers: ['go'], topUp: 0.15 * EUR, lines: [] }
  const steps = [initial('a'), initial('b')]
  const played = viewSimulation(playAll({ account, start, steps }, catalogues), ['a', 'b'])
  t.match(played.steps[1]?.requests[0]?.units[0]?.grant, {
    basis: 'share',
    wanted: 2_500_000,
    granted: 2_500_000,
    limited: false,
    because: 'its share of what is left, among the open sessions of the account'
  })
})
