/** How much is granted and reserved, and when it is the last: docs/charging-rules.md §5, claim by claim. */
import fc from 'fast-check'
import t from 'tap'
import { poolReference } from '../../src/charging/pool.ts'
import { peerProfiles } from '../../src/diameter/gy/profiles.ts'
import type { FinalUnits } from '../../src/domain/answer.ts'
import type { Catalogue, Price } from '../../src/rating/catalogue.ts'
import { chargeFor } from '../../src/rating/price.ts'
import { banded, nightfall } from '../support/banded-catalogue.ts'
import { catalogue } from '../support/catalogue.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'
import { inForce } from '../support/small-catalogue.ts'

const MB = 1_000_000

function opened(current: Catalogue, topUp: number, offers = ['go'], now?: number): EngineDriver {
  const driver = new EngineDriver(inForce(current))
  if (now !== undefined) driver.now = now
  const lines = [{ msisdn: '4915100000001' }]
  const answer = driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers, topUp })
  if (answer.kind !== 'done') throw new Error(answer.detail)
  return driver
}
/** The catalogue with this price of data at home. */
function priced(price: Price, of: Catalogue = catalogue): Catalogue {
  const go = of.offers.get('go')!
  const prices = go.prices.map(rule => (rule.ref.endsWith(':go/home') ? { ...rule, price } : rule))
  return {
    ...of,
    offers: new Map([...of.offers, ['go', { ...go, prices }]]),
    rules: new Map([...of.rules, ...prices.map(rule => [rule.ref, rule] as const)])
  }
}
const asking = (octets: number) => ({ ask: { octets } })
const granted = (answer: ReturnType<EngineDriver['charge']>) => answer.units[0]?.granted?.amount

t.test('an empty ask gets the first size, then what lasts the target at the rate', async t => {
  const driver = opened(catalogue, 1_000 * MB)
  const ask = (number: number, used: number) =>
    granted(driver.charge(request('update', number, [{ ask: null, used: { octets: used } }])))
  driver.charge(request('initial', 0, [{ ask: null }]))
  driver.now += 59_999
  t.equal(ask(1, 3 * MB), 10 * MB, 'the session is not old enough')
  driver.now += 1
  t.equal(ask(2, 3 * MB), 30 * MB, '6 MB in 60 s are 30 MB in 300 s')
  driver.now += 60_000
  t.equal(ask(3, 0), 15 * MB, '6 MB in 120 s')
  driver.now += 6_000_000
  t.equal(ask(4, 0), MB, 'the minimum')
  t.equal(ask(5, 50_000 * MB), 1_000 * MB, 'the maximum')
})

t.test('a grant from the wallet reserves exactly what using all of it adds', async t => {
  const price = fc.constantFrom<Price>(
    { model: 'per-unit', amount: 10_000, per: MB, step: 100_000, minimum: 0, setUp: 0 },
    { model: 'per-unit', amount: 7, per: 3, step: 11, minimum: 250, setUp: 999 },
    { model: 'package', amount: 50_000, size: 700 },
    { model: 'flat', amount: 12_345 }
  )
  const octets = fc.integer({ min: 1, max: 5_000 })
  fc.assert(
    fc.property(
      price,
      fc.array(octets, { maxLength: 5 }),
      octets,
      fc.integer({ min: 0, max: 200_000 }),
      (price, reports, ask, funds) => {
        const driver = opened(priced(price), funds)
        driver.charge(request('initial', 0))
        const reported = reports.map(units => ({ used: { octets: units } }))
        driver.charge(request('update', 1, reported))
        const answer = driver.charge(request('update', 2, [asking(ask)]))
        const { available, reserved } = driver.wallet()
        const units = granted(answer) ?? 0
        const used = reports.reduce((sum, each) => sum + each, 0)
        const adds = (more: number) => chargeFor(price, used + more) - chargeFor(price, used)
        t.equal(reserved, adds(units))
        t.ok(units === ask || available < 0 || adds(units + 1) > available + reserved)
        driver.charge(request('update', 3, [{ used: { octets: units } }]))
        t.same(driver.wallet(), { available, reserved: 0 })
      }
    ),
    { numRuns: 300 }
  )
})

t.test('units of a step that is paid cost nothing, also with an empty wallet', async t => {
  const driver = opened(catalogue, 1_000)
  driver.charge(request('initial', 0))
  driver.charge(request('update', 1, [{ used: { octets: 1 } }]))
  t.same(driver.wallet(), { available: 0, reserved: 0 })
  const rest = driver.charge(request('update', 2, [asking(MB)]))
  t.match(rest.units, [{ granted: { amount: 99_999 }, final: 'terminate' }])
  t.same(driver.wallet(), { available: 0, reserved: 0 })
})

t.test(
  'a grant is final when less than one step is left, of buckets or down to the floor',
  async t => {
    const final = (driver: EngineDriver, octets: number) =>
      driver.charge(request('initial', 0, [asking(octets)])).units[0]?.final
    t.equal(final(opened(catalogue, 11_000), MB), null, 'one step is left')
    t.equal(final(opened(catalogue, 10_999), MB), 'terminate')
    const packed = () => {
      const driver = opened(catalogue, 1_000_999)
      driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
      return driver
    }
    t.equal(final(packed(), 5 * MB - 1), null, 'an octet is left in the bucket')
    t.equal(final(packed(), 5 * MB), 'terminate')
    t.equal(final(opened(catalogue, 0, ['post']), 99_900_000), null, 'down to the credit limit')
    t.equal(final(opened(catalogue, 0, ['post']), 99_900_001), 'terminate')
  }
)

t.test('a grant spans a switch where both sides and a step of each to spare are paid', async t => {
  const spans = (topUp: number) => {
    const driver = opened(banded, topUp, ['go'], nightfall - 600_000)
    const [unit] = driver.charge(request('initial', 0, [asking(10 * MB)])).units
    return [unit?.conditions?.tariffChange ?? 0, unit?.validity, driver.wallet().reserved]
  }
  // 10 MB by day cost 0.10; a step costs 0.001 by day and 0.0002 by night.
  t.same(spans(102_400), [nightfall, 3600, 101_200])
  t.same(spans(102_399), [0, 600, 100_000])
})

const portal: FinalUnits = {
  ref: 'c0ffee00:portal',
  action: 'redirect',
  redirect: { type: 'url', address: 'https://pay.example.com/' },
  filterRules: [],
  filterIds: [],
  retry: 120
}
const walled: FinalUnits = {
  ...{ ...portal, ref: 'c0ffee00:walled', action: 'restrict', retry: 60 },
  redirect: null
}

/** The catalogue whose policy, and whose offer, say what the last units end in. */
function ending(policy?: FinalUnits, offer?: FinalUnits): Catalogue {
  const go = catalogue.offers.get('go')!
  const own = offer === undefined ? go : { ...go, finalUnits: offer }
  return {
    ...catalogue,
    finalUnits: new Map([portal, walled].map(each => [each.ref, each])),
    quota: { ...catalogue.quota, ...(policy === undefined ? {} : { finalUnits: policy }) },
    offers: new Map([...catalogue.offers, ['go', own]])
  }
}

t.test('final units end as the offer says, else the policy, else in TERMINATE', async t => {
  const final = (current: Catalogue, profile = peerProfiles['3gpp']) =>
    opened(current, 10_000).charge(request('initial', 0, [asking(MB)], { profile })).units[0]?.final
  t.equal(final(ending()), 'terminate')
  t.equal(final(ending(portal)), 'redirect')
  t.equal(final(ending(portal, walled)), 'restrict')
  t.equal(final(ending(undefined, portal)), 'redirect')
  t.equal(final(ending(portal, walled), peerProfiles.kamailio), 'terminate', 'it cannot redirect')
})

t.test('who was redirected or restricted comes back after the time of the action', async t => {
  for (const [ends, action] of [
    [portal, 'redirect'],
    [walled, 'restrict']
  ] as const) {
    const driver = opened(ending(ends), 10_000)
    driver.charge(request('initial', 0, [asking(MB)]))
    const used = { used: { octets: MB } }
    const reported = driver.charge(request('update', 1, [used]))
    const { retry } = ends
    t.match(reported.units, [{ outcome: 'success', granted: null, validity: retry, final: null }])
    const asked = driver.charge(request('update', 2, [asking(MB)]))
    t.match(asked.units, [{ outcome: 'success', granted: null, validity: retry, final: action }])
    const again = driver.charge(request('update', 3, [{ used: { octets: 0 } }]))
    t.match(again.units, [{ validity: 0 }], 'nothing final was held')
  }
})

const pools = new Map([['internet', 1]])
const pooled = (price: Price, of = catalogue): Catalogue => ({
  ...priced(price, of),
  quota: { ...of.quota, pools }
})
const perMegabyte: Price = {
  ...{ model: 'per-unit', amount: 10_000, per: MB, step: 100_000 },
  ...{ minimum: 0, setUp: 0 }
}

t.test('a grant is in a pool when one price by units, counted in the session, pays it', async t => {
  const pool = (current: Catalogue, now?: number) =>
    opened(current, 100 * MB, ['go'], now).charge(request('initial', 0, [asking(MB)])).units[0]
      ?.conditions?.pool?.id ?? null
  t.equal(pool(pooled(perMegabyte)), 1)
  t.equal(pool(pooled({ ...perMegabyte, setUp: 5, minimum: 10 })), 1)
  t.equal(pool(pooled({ model: 'flat', amount: 5 })), null)
  t.equal(pool(pooled({ model: 'package', amount: 5, size: 10 })), null)
  const over = { period: 'day', timeZone: 'UTC', by: 'line' } as const
  t.equal(pool(pooled({ ...perMegabyte, over })), null)
  t.equal(pool(pooled(perMegabyte, banded), nightfall - 600_000), null, 'two prices, by a switch')
})

t.test('the price of a unit in a pool is exact, or rounded up to nine digits', async t => {
  const unit = (amount: number, per: number) => {
    const { digits, exponent } = poolReference(1, { ...perMegabyte, amount, per })
    return [digits, exponent]
  }
  t.same(unit(10_000, MB), [1, -8])
  t.same(unit(90_000, 60), [15, -4])
  t.same(unit(10_000, 3), [333333334, -11], '0.00333333333…')
  t.same(unit(1, 7), [142857143, -15])
  t.same(unit(5_000_000, 1), [5, 0])
})

t.test('set-up, minimum and started steps are reserved beside what is in a pool', async t => {
  for (const [counting, held] of [
    [{ setUp: 500, step: MB }, 30_500],
    [{ setUp: 500, minimum: 5 * MB }, 50_500]
  ] as const) {
    const driver = opened(pooled({ ...perMegabyte, ...counting }), 10 * MB)
    const both = [asking(1_500_000), { ...asking(1_500_000), ratingGroup: 11 }]
    driver.charge(request('initial', 0, both))
    t.equal(driver.wallet().reserved, held, '0.03 in the pool, and the rest')
    const { available } = driver.wallet()
    driver.charge(request('update', 1, [{ used: { octets: 3 * MB } }]))
    t.same(driver.wallet(), { available, reserved: 0 }, 'the one may use what the other holds')
  }
})

t.test('what is available is low with the credit of the line, without what is held', async t => {
  const current = { ...catalogue, quota: { ...catalogue.quota, lowBalance: 500_000 } }
  const low = (offer: string, topUp: number, octets: number, advice = true) =>
    opened(current, topUp, [offer]).charge(request('initial', 0, [asking(octets)], { advice }))
      .advice?.low
  t.equal(low('go', 510_000, MB), false, '0.50 is not less than 0.50')
  t.equal(low('go', 509_999, MB), true)
  t.equal(low('go', 510_000, MB, false), undefined)
  t.equal(low('go', 509_999, MB, false), true, 'told without being asked')
  t.equal(low('post', 0, 50 * MB), false, '1.00 of credit')
  t.equal(low('post', 0, 50 * MB + 1), true)
})
