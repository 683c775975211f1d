import fc from 'fast-check'
import t from 'tap'
import { GyroError } from '../../src/domain/errors.ts'
import { unitsMax } from '../../src/domain/units.ts'
import type { Price } from '../../src/rating/catalogue.ts'
import { affordable, chargeFor, stepOf } from '../../src/rating/price.ts'

type PerUnit = Extract<Price, { model: 'per-unit' }>

/** The definition, step by step and without any shortcut. */
function oracle(price: PerUnit, units: number): bigint {
  if (units === 0) return 0n
  const minimum = BigInt(price.minimum)
  const step = BigInt(price.step)
  const over = BigInt(units) - minimum
  const rounded = over <= 0n ? minimum : minimum + ceil(over, step) * step
  return BigInt(price.setUp) + ceil(rounded * BigInt(price.amount), BigInt(price.per))
}

function ceil(a: bigint, b: bigint): bigint {
  return a / b + (a % b === 0n ? 0n : 1n)
}

const price = (small: boolean): fc.Arbitrary<PerUnit> =>
  fc.record({
    model: fc.constant('per-unit' as const),
    amount: fc.integer({ min: 0, max: small ? 50 : 500_000_000 }),
    per: fc.integer({ min: 1, max: small ? 20 : 5_000_000_000 }),
    step: fc.integer({ min: 1, max: small ? 20 : 2_000_000_000 }),
    minimum: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: small ? 30 : 2_000_000_000 })),
    setUp: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: small ? 40 : 50_000_000 }))
  })

const anyPrice = fc.oneof(price(true), price(false))
const units = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.maxSafeInteger().map(Math.abs),
  fc.integer({ min: 0, max: 200 }).map(n => unitsMax - n)
)

t.test('a charge is what the definition says, or an error where it is no safe integer', async t => {
  fc.assert(
    fc.property(anyPrice, units, (price, units) => {
      const expected = oracle(price, units)
      if (expected <= BigInt(unitsMax)) return BigInt(chargeFor(price, units)) === expected
      return refuses(() => chargeFor(price, units))
    }),
    { numRuns: 5_000 }
  )
  t.pass('for every price and number of units')
})

function refuses(run: () => unknown): boolean {
  try {
    run()
    return false
  } catch (error) {
    return error instanceof GyroError && error.code === 'GYRO_UNCOUNTABLE'
  }
}

t.test('a charge never falls when units are added', async t => {
  fc.assert(
    fc.property(price(true), fc.nat(500), fc.nat(500), (price, a, b) => {
      return chargeFor(price, a + b) >= chargeFor(price, a)
    })
  )
  t.pass('for every price')
})

t.test('any split of a session into reports costs the same', async t => {
  fc.assert(
    fc.property(price(true), fc.array(fc.nat(100), { maxLength: 30 }), (price, reports) => {
      let position = 0
      let sum = 0
      for (const report of reports) {
        sum += chargeFor(price, position + report) - chargeFor(price, position)
        position += report
      }
      return sum === chargeFor(price, position)
    })
  )
  t.pass('for every price and split')
})

t.test('what is affordable costs no more than the budget, and one unit more does', async t => {
  const fits = (price: PerUnit, position: number, units: number, budget: number) =>
    oracle(price, position + units) - oracle(price, position) <= BigInt(budget)
  const check = (price: PerUnit, position: number, budget: number) => {
    if (oracle(price, position) > BigInt(unitsMax)) return true
    const n = affordable(price, position, budget)
    if (n < 0 || !Number.isSafeInteger(position + n)) return false
    if (!fits(price, position, n, budget)) return false
    if (position + n === unitsMax) return true
    // A total beyond 2^53-1 cannot be charged, so it is not affordable either.
    const tooMuch = oracle(price, position + n + 1) > BigInt(unitsMax)
    return tooMuch || !fits(price, position, n + 1, budget)
  }
  fc.assert(fc.property(price(true), fc.nat(300), fc.nat(3_000), check), { numRuns: 10_000 })
  const budget = fc.oneof(fc.nat(1_000), fc.maxSafeInteger().map(Math.abs))
  fc.assert(fc.property(price(false), units, budget, check), { numRuns: 10_000 })
  t.pass('for every price, position and budget')
})

t.test('free, blocked and overdrawn', async t => {
  const data: Price = {
    model: 'per-unit',
    amount: 10_000,
    per: 1_000_000,
    step: 100_000,
    minimum: 0,
    setUp: 0
  }
  t.equal(chargeFor({ model: 'free' }, 5), 0)
  t.equal(chargeFor({ model: 'blocked' }, 5), 0)
  t.equal(affordable({ model: 'free' }, 5, 0), unitsMax - 5)
  t.equal(affordable({ model: 'free' }, 5, -1), unitsMax - 5, 'free is free also below zero')
  t.equal(affordable({ model: 'blocked' }, 5, 1_000), 0)
  t.equal(affordable(data, 1, 0), 99_999, 'the rest of a started step is paid')
  t.equal(affordable(data, 1, -1), 0)
  t.equal(affordable(data, 0, 0), 0)
  t.equal(stepOf(data), 100_000)
  t.equal(stepOf({ model: 'free' }), 1)
  t.equal(stepOf({ model: 'blocked' }), 1)
})

t.test('a set-up fee alone is paid once', async t => {
  const call: Price = { model: 'per-unit', amount: 0, per: 1, step: 1, minimum: 0, setUp: 150_000 }
  t.equal(chargeFor(call, 1), 150_000)
  t.equal(chargeFor(call, 3_600), 150_000)
  t.equal(affordable(call, 0, 149_999), 0)
  t.equal(affordable(call, 0, 150_000), unitsMax)
  t.equal(affordable(call, 7, 0), unitsMax - 7)
})
