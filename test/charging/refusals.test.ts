/** Refusals: what stands higher in the table of docs/charging-rules.md is told before what stands below it. */
import fc from 'fast-check'
import t from 'tap'
import type { ChargingAnswer } from '../../src/domain/answer.ts'
import { limits } from '../../src/domain/limits.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import type { OfferFile } from '../../src/rating/load/source.ts'
import {
  EngineDriver,
  HOUR,
  profile,
  request,
  type UsageTemplate
} from '../support/engine-driver.ts'
import { EUR, History, MB, offers as ofHistories, step } from '../support/history.ts'
import { catalogueOf, openWith, standardOffers } from '../support/limits-catalogue.ts'

const world = { facts: { plmn: '310410' } }
const data = (used?: number): UsageTemplate => ({
  ask: { octets: MB },
  ...(used === undefined ? {} : { used: { octets: used } })
})

/** Data at home is not metered, abroad it is barred; messages may be limited to nothing; calls are not sold at all. */
const strict: OfferFile = {
  offer: 'strict',
  kind: 'base',
  name: 'Strict',
  limits: [
    { limit: 'sms', services: ['sms'], counts: 'units', settable: true, period: 'day' },
    { limit: 'abroad', services: ['internet'], zones: ['world'], amount: '1 MB', period: 'day' }
  ],
  prices: [
    { rule: 'home', service: 'internet', zones: ['home'], unmetered: true },
    { rule: 'world', service: 'internet', zones: ['world'], blocked: true },
    { rule: 'sms', service: 'sms', price: '0.07' }
  ]
}
const plan: OfferFile = {
  offer: 'fee',
  kind: 'base',
  name: 'With a fee',
  fee: '10.00',
  'fee-every': 'anniversary',
  allowances: [{ allowance: 'data', services: ['internet'], amount: '1 MB', period: 'day' }]
}
const catalogue = catalogueOf([...standardOffers, strict, plan])
const open = (offer: string, topUp = 100 * EUR) => openWith([offer], topUp, catalogue)
const outcomes = ({ outcome, units }: ChargingAnswer) => [
  outcome,
  ...units.map(each => each.outcome)
]
const first = (driver: EngineDriver, usage: UsageTemplate, more: Partial<ChargingRequest> = {}) =>
  outcomes(driver.charge(request('initial', 0, [usage], more)))

function block(driver: EngineDriver): void {
  driver.submit({ kind: 'block', accountId: 'a1', reason: 'test' })
}

/** As if so many sessions were open. */
function full(driver: EngineDriver): EngineDriver {
  driver.account = { ...driver.account!, openSessions: limits.sessionsPerAccount }
  return driver
}

t.test(
  'nobody known comes first, then a session that is not open, whatever else is so',
  async t => {
    const none = new EngineDriver()
    for (const type of ['initial', 'update', 'termination', 'event'] as const) {
      const huge = request(type, 1, [data(Number.MAX_SAFE_INTEGER)])
      t.same(outcomes(none.charge(huge)), ['user-unknown'], type)
    }
    const driver = full(open('go'))
    block(driver)
    for (const type of ['update', 'termination'] as const) {
      t.same(outcomes(driver.charge(request(type, 1, []))), ['unknown-session'])
      const lenient = {
        profile: { ...profile, unknownSession: 'success' as const },
        sessionId: 'x'
      }
      t.same(outcomes(driver.charge(request(type, 1, [], lenient))), ['success'])
    }
  }
)

t.test(
  'what cannot be counted comes before too many sessions, and that before a block',
  async t => {
    const half = { octets: 2 ** 52 }
    const both = [
      { ratingGroup: 10, used: half },
      { ratingGroup: 11, used: half }
    ]
    const driver = full(open('go'))
    block(driver)
    t.same(outcomes(driver.charge(request('initial', 0, both))), ['invalid-value'])
    t.same(first(driver, data()), ['resources-exceeded'])
    t.same(first(driver, { ratingGroup: 99, ask: null }), ['resources-exceeded'])
    const few = open('go')
    block(few)
    t.same(outcomes(few.charge(request('initial', 0, both))), ['invalid-value'])
    t.same(first(few, data()), ['service-denied'])
    t.same(first(few, { ratingGroup: 99, ask: null }), ['service-denied'])
  }
)

t.test('usage of a session that cannot begin is settled once all the same', async t => {
  const driver = full(open('go'))
  const asked = request('initial', 0, [data(3 * MB)])
  t.same(outcomes(driver.charge(asked)), ['resources-exceeded'])
  driver.charge(asked)
  t.same(driver.wallet(), { available: 99_970_000, reserved: 0 })
  t.match(driver.cdrs(), [{ amount: 30_000, octets: 3 * MB, flags: ['no-session'] }])
  t.equal(driver.account!.openSessions, limits.sessionsPerAccount)
  const blocked = open('go')
  block(blocked)
  t.same(first(blocked, data(3 * MB)), ['success', 'service-denied'])
  t.equal(blocked.wallet().available, 99_970_000)
})

t.test('what is reported is settled behind each refusal of a service', async t => {
  for (const spoil of [
    (driver: EngineDriver) => block(driver),
    (driver: EngineDriver) => driver.submit({ ...choice, amount: '0' }),
    (driver: EngineDriver) => driver.submit({ ...choice, amount: '0.02' })
  ]) {
    const driver = open('capped')
    driver.charge(request('initial', 0, [data()], world))
    spoil(driver)
    const answer = driver.charge(request('update', 1, [data(MB)], world))
    t.not(answer.units[0]?.outcome, 'success')
    t.same(driver.wallet(), { available: 98 * EUR, reserved: 0 })
  }
})

const choice = { kind: 'set-limit', accountId: 'a1', limit: 'roaming', lineId: null } as const

t.test(
  'what is not sold comes before the block of an open session, and that before prices',
  async t => {
    const driver = open('strict')
    driver.charge(request('initial', 0, []))
    block(driver)
    const asks = [{ ratingGroup: 99, ask: null }, { ask: null }, { ratingGroup: 100, ask: null }]
    const answer = driver.charge(request('update', 1, asks))
    t.same(outcomes(answer), ['success', 'rating-failed', 'service-denied', 'service-denied'])
    const unnamed = { context: '32299', sessionId: 's;2' }
    const none = open('go')
    t.same(first(none, { ratingGroup: null, ask: null }, unnamed), ['success', 'rating-failed'])
  }
)

t.test('prices: not metered, none, barred; a fee that is not paid goes before none', async t => {
  t.same(first(open('strict'), data()), ['success', 'not-applicable'])
  t.same(first(open('strict', 0), data()), ['success', 'not-applicable'])
  const call = { ratingGroup: 100, ask: null }
  t.same(first(open('strict'), call), ['success', 'rating-failed'])
  t.same(first(open('strict'), data(), world), ['success', 'service-denied'])
  t.same(first(open('fee'), call), ['success', 'rating-failed'])
  const unpaid = open('fee', 10 * EUR)
  unpaid.now += 40 * 24 * HOUR
  t.same(first(unpaid, call), ['success', 'credit-limit-reached'])
})

t.test('an allowance goes before no price and before one that bars', async t => {
  const given: OfferFile = {
    offer: 'given',
    kind: 'addon',
    name: 'Given',
    allowances: [
      { allowance: 'data', services: ['internet'], amount: '1 MB', period: '30 days' },
      { allowance: 'minutes', services: ['voice'], amount: '2 min', period: '30 days' }
    ]
  }
  const { limits: _, ...unlimited } = strict
  const inForce = catalogueOf([...standardOffers, given, { ...unlimited, offer: 'other' }])
  const driver = openWith(['other', 'given'], EUR, inForce)
  t.same(first(driver, data(), world), ['success', 'success'])
  const call = { ratingGroup: 100, ask: { seconds: 60 } }
  t.same(first(driver, call, { sessionId: 's;2', context: '32260' }), ['success', 'success'])
})

t.test('another currency comes behind prices, before limits and the wallet', async t => {
  const money = { amount: EUR, currency: 'USD' }
  const dollars = (ratingGroup = 10) => ({ ratingGroup, ask: { money } })
  t.same(first(open('strict'), dollars(), world), ['success', 'service-denied'])
  const nothing = { kind: 'set-limit', accountId: 'a1', limit: 'sms', lineId: null } as const
  const driver = open('strict', 0)
  driver.submit({ ...nothing, amount: 0 })
  t.same(first(driver, dollars(200)), ['success', 'rating-failed'])
  t.same(
    first(driver, { ratingGroup: 200, ask: null }, { sessionId: 's;2' }),
    ['success', 'service-denied'],
    'a limit of nothing, before an empty wallet'
  )
})

t.test('a limit that is reached, and nothing to pay with, are 4012 or lead to a page', async t => {
  const redirected: OfferFile = {
    offer: 'led',
    kind: 'base',
    name: 'Led to a page',
    limits: [
      {
        limit: 'daily',
        services: ['internet'],
        amount: '1 MB',
        period: 'day',
        'final-units': 'portal'
      }
    ],
    'prices-of': 'go'
  }
  const inForce = catalogueOf([...standardOffers, redirected])
  const spent = (offer: string, topUp: number) => {
    const driver = openWith([offer], topUp, inForce)
    driver.charge(request('initial', 0, [{ ask: { octets: 3 * MB } }]))
    return driver.charge(request('update', 1, [data(3 * MB)])).units
  }
  t.match(spent('metered', EUR), [{ outcome: 'credit-limit-reached', granted: null }])
  t.match(spent('led', EUR), [{ outcome: 'success', granted: null, final: 'redirect' }])
  t.match(spent('go', 30_000), [{ outcome: 'credit-limit-reached', granted: null }])
  t.match(spent('stopping', EUR), [{ outcome: 'success', granted: null, final: 'redirect' }])
})

t.test('success with an ask carries units, or leads somewhere, in any history', async t => {
  let granted = 0
  let led = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...ofHistories),
      fc.integer({ min: 10 * EUR, max: 40 * EUR }),
      fc.array(step, { minLength: 20, maxLength: 40 }),
      (offer, funds, steps) => {
        const history = History.of(offer, funds)
        const { driver } = history
        const charge = driver.charge.bind(driver)
        driver.charge = asked => {
          const answer = charge(asked)
          if (asked.type === 'termination' || answer.repeated) return answer
          answer.units.forEach(({ outcome, granted: units, final }, index) => {
            if (outcome !== 'success' || asked.usages[index]?.requested == null) return
            if ((units?.amount ?? 0) > 0) granted += 1
            else if (final === 'redirect' || final === 'restrict') led += 1
            else throw new Error('success, and nothing to do')
          })
          return answer
        }
        for (const each of steps) history.run(each)
      }
    ),
    { numRuns: 80 }
  )
  t.ok(granted > 50 && led > 0, `${granted} grants, ${led} led`)
})
