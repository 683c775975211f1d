/**
 * Services under one price that are used in any order, where limits and buckets of money are for some of them alone:
 * nothing passes its limit, and nothing that was granted goes unpaid. docs/charging-rules.md §5 and §16.
 */
import fc from 'fast-check'
import t from 'tap'
import type { Catalogue } from '../../src/rating/catalogue.ts'
import { chargeFor } from '../../src/rating/price.ts'
import { type EngineDriver, request } from '../support/engine-driver.ts'
import { openWith } from '../support/limits-catalogue.ts'
import { withOwnPrice as of } from '../support/own-price.ts'
import {
  ask,
  data,
  EUR,
  home,
  MB,
  micro,
  models,
  runSteps,
  stepsOf,
  usage,
  world
} from '../support/shared-price.ts'

const places = fc.constantFrom<object>(
  {},
  { zones: ['world'] },
  { zones: ['home'] },
  { 'service-identifiers': [1] },
  { 'service-identifiers': [1, 2], zones: ['world'] }
)
const money = fc.integer({ min: 1, max: 400_000 })
const limits = fc.array(fc.tuple(places, money), { maxLength: 3 }).map(list =>
  list.map(([place, amount], at) => ({
    limit: `cap${at}`,
    ...data,
    ...place,
    money: micro(amount)
  }))
)
const allowances = fc.array(fc.tuple(places, money), { maxLength: 3 }).map(list =>
  list.map(([place, amount], at) => ({
    ...{ allowance: `gift${at}`, ...data, ...place, money: micro(amount) },
    priority: (at * 7) % 3
  }))
)

const step = stepsOf(4, 4 * MB, [0, 1, 30, 100], fc.boolean())

function hold(what: string, ...sums: [number | undefined, number][]): void {
  for (const [found, wanted] of sums) {
    if (found !== wanted) throw new Error(`${what}: ${found} is not ${wanted}`)
  }
}

/** What must be true after every request. */
function check(driver: EngineDriver): void {
  const held = new Map<string, number>()
  const add = (key: string, amount: number) => held.set(key, (held.get(key) ?? 0) + amount)
  for (const { grant } of driver.sessions.get('s;1')?.services ?? []) {
    for (const { source, bucket, amount } of grant?.draws ?? []) {
      add(source === 'wallet' ? '' : bucket, amount)
    }
    for (const { counter, units } of grant?.holds ?? []) add(counter, units)
  }
  const { available, reserved } = driver.wallet()
  if (available < 0) throw new Error(`the wallet is at ${available}`)
  hold('wallet', [reserved, held.get('') ?? 0])
  for (const bucket of driver.account!.buckets) {
    hold(bucket.id, [bucket.reserved, held.get(bucket.id) ?? 0])
  }
  for (const { id, used, reserved, amount } of driver.account!.counters) {
    hold(id, [reserved, held.get(id) ?? 0])
    if (used + reserved > (amount ?? 0)) throw new Error(`${id}: ${used} and ${reserved}`)
  }
}

t.test('no limit and no floor is passed, in whatever order services are used', async t => {
  fc.assert(
    fc.property(
      models,
      fc.boolean(),
      limits,
      allowances,
      fc.integer({ min: 0, max: 500_000 }),
      fc.array(step, { minLength: 1, maxLength: 10 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(0, 50, 99, 100))),
      (model, over, limits, allowances, funds, steps, order) => {
        const catalogue: Catalogue = of(
          { ...model, ...(over ? { over: 'day' } : {}) },
          {
            ...(limits.length === 0 ? {} : { limits }),
            ...(allowances.length === 0 ? {} : { allowances })
          }
        )
        const driver = openWith(['own'], funds, catalogue)
        const granted = runSteps(driver, steps, () => check(driver))
        for (const [index, [id, share]] of order.entries()) {
          const octets = Math.floor(((granted.get(id) ?? 0) * share) / 100)
          granted.delete(id)
          const used = usage(id, { used: { octets } })
          driver.charge(request('update', steps.length + index, [used], world))
          check(driver)
        }
        const cost = [...driver.sessions.values()]
          .flatMap(({ services }) => services.flatMap(({ parts }) => parts))
          .reduce((sum, { price, amount }) => (price.endsWith('own/data') ? sum + amount : sum), 0)
        const ref = `${catalogue.version}:own/data`
        const position = driver.sessions.get('s;1')?.positions.find(({ price }) => price === ref)
        const [count] = [...driver.lines.values()].flatMap(({ counts }) => counts ?? [])
        const total = count?.units ?? position?.units ?? 0
        hold('cost', [cost, chargeFor(catalogue.rules.get(ref)!.price, total)])
        driver.charge(request('termination', steps.length + order.length))
        check(driver)
        hold('the end', [driver.wallet().reserved, 0])
      }
    ),
    { numRuns: Number(process.env['GYRO_RUNS'] ?? 200) }
  )
  t.pass('all of them')
})

const world50 = { limit: 'cap', ...data, zones: ['world'], money: '0.50', 'final-units': 'portal' }
const outcomes = (answer: ReturnType<EngineDriver['charge']>) =>
  answer.units.map(({ outcome, granted }) => [outcome, granted?.amount])
const counters = (driver: EngineDriver) =>
  driver.account!.counters.map(({ used, reserved }) => [used, reserved])

t.test('a limit holds what falls once also where another service holds it', async t => {
  const driver = openWith(['own'], EUR, of({ flat: '0.99' }, { limits: [world50] }))
  driver.charge(request('initial', 0, [ask(1, MB)], home))
  const refused = driver.charge(request('update', 1, [ask(2, MB)], world))
  t.match(refused.units, [{ outcome: 'success', granted: null, final: 'redirect', validity: 300 }])
  t.same(counters(driver), [[0, 0]])
  driver.charge(request('update', 2, [usage(1, { used: { octets: 1 } })], world))
  const paid = driver.charge(request('update', 3, [ask(2, MB)], world))
  t.same(outcomes(paid), [['success', MB]], 'what is paid already costs nothing')

  const enough = { ...world50, money: '1.00' }
  const both = openWith(['own'], EUR, of({ flat: '0.99' }, { limits: [enough] }))
  both.charge(request('initial', 0, [ask(1, MB)], home))
  t.same(outcomes(both.charge(request('update', 1, [ask(2, MB)], world))), [['success', MB]])
  t.same(both.wallet(), { available: 10_000, reserved: 990_000 }, 'once of the wallet')
  t.same(counters(both), [[0, 990_000]])
  both.charge(request('update', 2, [usage(2, { used: { octets: 1 } })], world))
  t.same(counters(both), [[990_000, 0]])
  both.charge(request('termination', 3, [usage(1, { used: { octets: MB } })]))
  t.same(counters(both), [[990_000, 0]])
})

t.test('units that may be used first raise what others hold of their limit', async t => {
  const steep = { tiers: [{ 'up-to': '2 MB', price: '0.10' }, { price: '0.40' }], per: '1 MB' }
  const limit = { ...world50, money: '0.60' }
  const own = of({ ...steep, step: '1 kB' }, { limits: [limit] })
  const driver = openWith(['own'], 9 * EUR, own)
  driver.charge(request('initial', 0, [ask(1, 2 * MB)], world))
  t.same(counters(driver), [[0, 200_000]])
  const beside = driver.charge(request('update', 1, [ask(2, 2 * MB)], home))
  const [[, amount]] = outcomes(beside) as [[string, number]]
  t.equal(amount, 1_333_000, 'as many as leave it within')
  t.same(counters(driver), [[0, 599_901]], 'with a millionth for rounding')
  driver.charge(request('update', 2, [usage(2, { used: { octets: amount } })], world))
  driver.charge(request('update', 3, [usage(1, { used: { octets: 2 * MB } })], world))
  t.same(counters(driver), [[599_900, 0]])
})

t.test('the wallet holds what a bucket of money may not pay for', async t => {
  const gift = { allowance: 'gift', ...data, 'service-identifiers': [1], money: '0.99' }
  const open = (funds: number) => {
    const driver = openWith(['own'], funds, of({ flat: '0.99' }, { allowances: [gift] }))
    driver.charge(request('initial', 0, [ask(1, MB)], home))
    return driver
  }
  const poor = open(980_000)
  t.same(outcomes(poor.charge(request('update', 1, [ask(2, MB)]))), [
    ['credit-limit-reached', undefined]
  ])
  const rich = open(990_000)
  t.same(outcomes(rich.charge(request('update', 1, [ask(2, MB)]))), [['success', MB]])
  t.same(rich.wallet(), { available: 0, reserved: 990_000 })
  rich.charge(request('update', 2, [usage(1, { used: { octets: 1 } })]))
  t.same(rich.wallet(), { available: 990_000, reserved: 0 }, 'the bucket has paid for both')
  check(rich)
})

t.test(
  'usage counts under the limits of where it was granted, wherever it is reported',
  async t => {
    const driver = openWith(['own'], EUR, of({ flat: '0.99' }, { limits: [world50] }))
    driver.charge(request('initial', 0, [ask(1, MB)], home))
    driver.charge(request('update', 1, [], world))
    driver.charge(request('update', 2, [usage(1, { used: { octets: MB } })], world))
    t.same(counters(driver), [[0, 0]])
    t.same(driver.wallet(), { available: 10_000, reserved: 0 })
  }
)
