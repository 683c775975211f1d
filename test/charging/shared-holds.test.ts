/**
 * What the services of a session hold together under one price: what using all of it would add, whatever is reported
 * or given back, and in whatever order. docs/charging-rules.md §4 and §5.
 */
import fc from 'fast-check'
import t from 'tap'
import type { Catalogue } from '../../src/rating/catalogue.ts'
import { chargeFor } from '../../src/rating/price.ts'
import { nightfall } from '../support/banded-catalogue.ts'
import { type EngineDriver, request } from '../support/engine-driver.ts'
import { openWith } from '../support/limits-catalogue.ts'
import { withOwnPrice as of } from '../support/own-price.ts'
import {
  ask,
  data,
  EUR,
  graduated,
  MB,
  models,
  runSteps,
  stepsOf,
  usage,
  useAll
} from '../support/shared-price.ts'

t.test('what one service gives back stays held where another one will need it', async t => {
  for (const more of [{}, { ask: { octets: 600_000 } }]) {
    for (const terms of [{ flat: '0.990001' }, { flat: '0.990001', over: 'day' }]) {
      const driver = openWith(['own'], 990_001, of(terms))
      driver.charge(request('initial', 0, [ask(1, 600_000), ask(2, 300_000)]))
      t.same(driver.wallet(), { available: 0, reserved: 990_001 })
      driver.charge(request('update', 1, [usage(1, { used: { octets: 0 }, ...more })]))
      t.same(driver.wallet(), { available: 0, reserved: 990_001 })
      useAll(driver, 1)
      driver.charge(request('termination', 2, [usage(2, { used: { octets: 300_000 } })]))
      t.same(driver.wallet(), { available: 0, reserved: 0 })
    }
  }
})

t.test('what the units of another tier cost is held by those that come to it', async t => {
  const open = () => {
    const driver = openWith(['own'], 361_000, of(graduated))
    driver.charge(request('initial', 0, [ask(1, 3_900_000), ask(2, 4_200_000)]))
    t.same(driver.wallet(), { available: 0, reserved: 361_000 })
    return driver
  }
  const again = open()
  const report = usage(1, { used: { octets: 0 }, ask: { octets: 3_900_000 } })
  const { units } = again.charge(request('update', 1, [report]))
  t.match(units, [{ granted: { amount: 3_900_000 } }])
  t.same(again.wallet(), { available: 0, reserved: 361_000 })
  const back = open()
  back.charge(request('update', 1, [usage(1, { used: { octets: 0 } })]))
  t.same(back.wallet(), { available: 233_000, reserved: 128_000 })
  const mirror = open()
  mirror.charge(request('update', 1, [usage(2, { used: { octets: 4_200_000 } })]))
  t.same(mirror.wallet(), { available: 0, reserved: 361_000 - 128_000 })
})

const givesBack = (id: number, sessionId = 's;1') =>
  request('update', id, [usage(id, { used: { octets: 0 } })], { sessionId })

t.test('grants across a switch and in a shared period hold what others do not', async t => {
  const terms = { price: '0.01', per: '1 MB', step: '1 kB', 'set-up': '0.05' }
  const night = { rule: 'night', service: 'internet', times: ['night'], flat: '0.20' }
  const prices = [night, { rule: 'data', service: 'internet', ...terms }]
  const [alone, both] = [[2], [1, 2]].map(ids => {
    const driver = openWith(['own'], EUR, of({}, { prices }), undefined, nightfall - 600_000)
    driver.charge(
      request(
        'initial',
        0,
        ids.map(id => ask(id, MB))
      )
    )
    return driver
  }) as [EngineDriver, EngineDriver]
  t.ok(alone.sessions.get('s;1')?.services[0]?.grant?.change)
  both.charge(givesBack(1))
  t.same(both.wallet(), alone.wallet())

  for (const first of ['s;1', 's;2']) {
    const driver = openWith(['own'], 2 * EUR, of({ flat: '0.99', over: 'day' }))
    for (const sessionId of first === 's;1' ? ['s;1', 's;2'] : ['s;2', 's;1']) {
      const asks = sessionId === 's;1' ? [ask(1, MB), ask(2, MB)] : [ask(1, MB)]
      driver.charge(request('initial', 0, asks, { sessionId }))
    }
    driver.charge(givesBack(1))
    t.same(driver.wallet(), { available: 1_010_000, reserved: 990_000 }, `${first} holds it`)
    driver.charge(givesBack(2))
    t.same(driver.wallet(), { available: 1_010_000, reserved: 990_000 }, 'for the other session')
    driver.charge(givesBack(1, 's;2'))
    t.same(driver.wallet(), { available: 2 * EUR, reserved: 0 })
  }
})

t.test('money that is not there any more is not held', async t => {
  const driver = openWith(['own'], 361_000, of(graduated))
  driver.charge(request('initial', 0, [ask(1, 3_900_000), ask(2, 4_200_000)]))
  driver.charge(request('update', 1, [usage(1, { used: { octets: 9 * MB } })]))
  const { available, reserved } = driver.wallet()
  t.ok(available < 0, 'of what was used beyond the grant')
  t.equal(reserved, 245_000, 'and no more than was held')
})

const step = stepsOf(3, 5 * MB, [0, 30, 100], fc.constant(false))

/** What the session's grants hold, and what using all of it would add. */
function holdings(driver: EngineDriver, catalogue: Catalogue) {
  const session = driver.sessions.get('s;1')
  let [units, wallet, gift] = [0, 0, 0]
  for (const { grant } of session?.services ?? []) {
    for (const { source, units: drawn, amount } of grant?.draws ?? []) {
      units += drawn
      if (source === 'wallet') wallet += amount
      else gift += amount
    }
  }
  const ref = `${catalogue.version}:own/data`
  const counts = [...driver.lines.values()].flatMap(line => line.counts ?? [])
  const used = counts[0]?.units ?? session?.positions.find(({ price }) => price === ref)?.units ?? 0
  const { price } = catalogue.rules.get(ref)!
  return { wallet, gift, due: chargeFor(price, used + units) - chargeFor(price, used) }
}

function same(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new Error(`${what}: ${found} is not ${wanted}`)
}

t.test(
  'services under one price hold together what using all of it would add, in any order',
  async t => {
    fc.assert(
      fc.property(
        models,
        fc.boolean(),
        fc.integer({ min: 0, max: 700_000 }),
        fc.integer({ min: 1, max: 300_000 }),
        fc.integer({ min: 1, max: 900_000 }),
        fc.array(step, { minLength: 1, maxLength: 12 }),
        (model, over, funds, gift, cap, steps) => {
          const catalogue = of(
            { ...model, ...(over ? { over: 'day' } : {}) },
            {
              allowances: [{ allowance: 'gift', ...data, money: String(gift / EUR) }],
              limits: [{ limit: 'cap', ...data, money: String(cap / EUR) }]
            }
          )
          const driver = openWith(['own'], funds, catalogue)
          runSteps(driver, steps, () => {
            const { wallet, gift: given, due } = holdings(driver, catalogue)
            same('held', wallet + given, due)
            same('reserved', driver.wallet().reserved, wallet)
            same('floor', driver.wallet().available >= 0, true)
            same('gift', driver.account!.buckets[0]?.reserved, given)
            const [counter] = driver.account!.counters
            same('counter', counter?.reserved, wallet + given)
            same('cap', counter!.used + counter!.reserved <= cap, true)
          })
          driver.charge(request('termination', steps.length))
          same('end', driver.wallet().reserved, 0)
          same('end', driver.account!.buckets[0]?.reserved, 0)
        }
      ),
      { numRuns: 300 }
    )
    t.pass('all of them')
  }
)
