/** Every price model against its definition, spelled out without any shortcut, and the laws that hold for all of them. */
import fc from 'fast-check'
import t from 'tap'
import { unitsMax } from '../../src/domain/units.ts'
import { affordable, chargeFor, stepOf } from '../../src/rating/price.ts'
import type { Counting, Price, Tier } from '../../src/rating/prices/types.ts'

function ceil(a: bigint, b: bigint): bigint {
  return a / b + (a % b === 0n ? 0n : 1n)
}

function counted({ minimum, step }: Counting, units: bigint): bigint {
  let sum = BigInt(minimum)
  if (units > sum) sum += ceil(units - sum, BigInt(step)) * BigInt(step)
  return sum
}

/** The definition in docs/charging-rules.md. */
function definition(price: Price, units: bigint): bigint {
  if (units === 0n) return 0n
  switch (price.model) {
    case 'per-unit':
      return (
        BigInt(price.setUp) + ceil(counted(price, units) * BigInt(price.amount), BigInt(price.per))
      )
    case 'flat':
      return BigInt(price.amount)
    case 'package':
      return ceil(units, BigInt(price.size)) * BigInt(price.amount)
    case 'stairs':
      return BigInt(
        (price.stairs.find(({ upTo }) => units <= BigInt(upTo)) ?? price.stairs.at(-1)!).total
      )
    case 'graduated': {
      const many = counted(price, units)
      let weight = 0n
      let from = 0n
      for (const [index, { upTo, amount }] of price.tiers.entries()) {
        const end = index === price.tiers.length - 1 || many < BigInt(upTo) ? many : BigInt(upTo)
        if (end > from) weight += (end - from) * BigInt(amount)
        from = BigInt(upTo)
      }
      return BigInt(price.setUp) + ceil(weight, BigInt(price.per))
    }
    case 'volume': {
      // The largest of the totals of all counts that are passed on the way.
      const many = counted(price, units)
      let weight = 0n
      for (let n = BigInt(price.minimum); n <= many; n += BigInt(price.step)) {
        const tier = price.tiers.find(({ upTo }) => n <= BigInt(upTo)) ?? price.tiers.at(-1)!
        const here = n * BigInt(tier.amount)
        if (here > weight) weight = here
      }
      return BigInt(price.setUp) + ceil(weight, BigInt(price.per))
    }
    case 'mark-up':
      return ceil(definition(price.of, units) * BigInt(price.share), 10_000n)
    default:
      return 0n
  }
}

const amount = fc.integer({ min: 0, max: 50 })
const counting = {
  per: fc.integer({ min: 1, max: 20 }),
  step: fc.integer({ min: 1, max: 20 }),
  minimum: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 })),
  setUp: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }))
}
const bounds = fc
  .uniqueArray(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 4 })
  .map(list => list.toSorted((a, b) => a - b))
const tiers = fc
  .tuple(bounds, fc.array(amount, { minLength: 5, maxLength: 5 }))
  .map(([ends, amounts]): Tier[] =>
    [...ends, unitsMax].map((upTo, index) => ({ upTo, amount: amounts[index] ?? 1 }))
  )
const simple: fc.Arbitrary<Price> = fc.oneof(
  fc.record({ model: fc.constant('per-unit' as const), amount, ...counting }),
  fc.record({ model: fc.constant('flat' as const), amount }),
  fc.record({
    model: fc.constant('package' as const),
    amount: fc.integer({ min: 1, max: 50 }),
    size: fc.integer({ min: 1, max: 60 })
  }),
  fc.tuple(bounds, fc.array(amount, { minLength: 5, maxLength: 5 })).map(([ends, amounts]) => ({
    model: 'stairs' as const,
    stairs: [...ends, unitsMax].map((upTo, index) => ({
      upTo,
      total: amounts.slice(0, index + 1).reduce((sum, one) => sum + one, 0)
    }))
  })),
  fc.record({ model: fc.constant('graduated' as const), tiers, ...counting }),
  fc.record({ model: fc.constant('volume' as const), tiers, ...counting })
)
const anyPrice: fc.Arbitrary<Price> = fc.oneof(
  simple,
  fc.record({
    model: fc.constant('mark-up' as const),
    share: fc.oneof(fc.integer({ min: 1, max: 30_000 }), fc.constant(12_000)),
    of: simple
  })
)
const units = fc.nat(300)
const runs = { numRuns: 10_000 }

t.test('every model charges what its definition says', async t => {
  fc.assert(
    fc.property(anyPrice, units, (price, n) => {
      return BigInt(chargeFor(price, n)) === definition(price, BigInt(n))
    }),
    runs
  )
  t.pass('for every price and number of units')
})

t.test('no total is below that of fewer units', async t => {
  fc.assert(
    fc.property(anyPrice, units, units, (price, a, b) => {
      return chargeFor(price, a + b) >= chargeFor(price, a)
    }),
    runs
  )
  t.pass('for every price')
})

t.test('any split into reports costs the same', async t => {
  fc.assert(
    fc.property(anyPrice, fc.array(fc.nat(40), { maxLength: 30 }), (price, reports) => {
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
  fc.assert(
    fc.property(anyPrice, units, fc.nat(2_000), (price, position, budget) => {
      const n = affordable(price, position, budget)
      if (n < 0 || !Number.isSafeInteger(position + n)) return false
      const cost = (more: number) => chargeFor(price, position + more) - chargeFor(price, position)
      if (position + n === unitsMax) return true
      return cost(n) <= budget && cost(n + 1) > budget
    }),
    { numRuns: 20_000 }
  )
  t.pass('for every price, position and budget')
})

t.test('large amounts are exact, or an error where they are no safe integer', async t => {
  const GB = 1_000_000_000
  const big: Price = {
    model: 'graduated',
    tiers: [
      { upTo: 5_000 * GB, amount: 9_999_999 },
      { upTo: unitsMax, amount: 3_333_333 }
    ],
    per: 1_000_003,
    step: 1,
    minimum: 0,
    setUp: 0
  }
  const weight = 5_000n * 1_000_000_000n * 9_999_999n + 4_000n * 1_000_000_000n * 3_333_333n
  t.equal(BigInt(chargeFor(big, 9_000 * GB)), ceil(weight, 1_000_003n))
  t.throws(() => chargeFor({ ...big, per: 1 }, unitsMax), { code: 'GYRO_UNCOUNTABLE' })
  t.throws(() => chargeFor({ model: 'package', size: 1, amount: 1_000 }, unitsMax), {
    code: 'GYRO_UNCOUNTABLE'
  })
  const n = affordable(big, 0, 60_000_000_000_000)
  t.ok(chargeFor(big, n) <= 60_000_000_000_000)
  t.ok(chargeFor(big, n + 1) > 60_000_000_000_000)
})

t.test('graduated tiers, worked out by hand', async t => {
  const price: Price = {
    model: 'graduated',
    tiers: [
      { upTo: 100, amount: 10 },
      { upTo: 500, amount: 5 },
      { upTo: unitsMax, amount: 1 }
    ],
    per: 1,
    step: 1,
    minimum: 0,
    setUp: 0
  }
  t.equal(chargeFor(price, 100), 1_000)
  t.equal(chargeFor(price, 101), 1_005)
  t.equal(chargeFor(price, 500), 3_000)
  t.equal(chargeFor(price, 700), 3_200)
  t.equal(affordable(price, 0, 1_004), 100)
  t.equal(affordable(price, 100, 2_001), 401)
})

t.test('volume tiers never give anything back, worked out by hand', async t => {
  const price: Price = {
    model: 'volume',
    tiers: [
      { upTo: 100, amount: 10 },
      { upTo: unitsMax, amount: 8 }
    ],
    per: 1,
    step: 1,
    minimum: 0,
    setUp: 0
  }
  t.equal(chargeFor(price, 100), 1_000)
  t.equal(chargeFor(price, 101), 1_000, '101 x 8 is less than is charged already')
  t.equal(chargeFor(price, 125), 1_000)
  t.equal(chargeFor(price, 126), 1_008)
  t.equal(affordable(price, 100, 0), 25)
  const dearer: Price = {
    ...price,
    tiers: [
      { upTo: 100, amount: 10 },
      { upTo: unitsMax, amount: 12 }
    ]
  }
  t.equal(chargeFor(dearer, 101), 1_212)
  t.equal(affordable(dearer, 0, 1_100), 100, 'the next unit would cost 212 at once')
})

t.test('first and next intervals, packages, stairs, flat prices and mark-ups', async t => {
  const calls: Price = {
    model: 'per-unit',
    amount: 60_000,
    per: 60,
    step: 6,
    minimum: 30,
    setUp: 0
  }
  t.equal(chargeFor(calls, 1), 30_000, '30/6: the first 30 seconds whole')
  t.equal(chargeFor(calls, 31), 36_000, 'then every 6')
  const pack: Price = { model: 'package', amount: 5_000_000, size: 1_000 }
  t.equal(chargeFor(pack, 1), 5_000_000)
  t.equal(chargeFor(pack, 1_000), 5_000_000)
  t.equal(chargeFor(pack, 1_001), 10_000_000)
  t.equal(affordable(pack, 1, 0), 999)
  const stairs: Price = {
    model: 'stairs',
    stairs: [
      { upTo: 10, total: 100 },
      { upTo: 20, total: 100 },
      { upTo: unitsMax, total: 300 }
    ]
  }
  t.equal(chargeFor(stairs, 10), 100)
  t.equal(chargeFor(stairs, 20), 100)
  t.equal(chargeFor(stairs, 21), 300)
  t.equal(affordable(stairs, 0, 299), 20)
  t.equal(affordable(stairs, 0, 300), unitsMax)
  const flat: Price = { model: 'flat', amount: 99 }
  t.equal(chargeFor(flat, 0), 0)
  t.equal(chargeFor(flat, 1), 99)
  t.equal(affordable(flat, 0, 98), 0)
  t.equal(affordable(flat, 1, 0), unitsMax - 1)
  const roaming: Price = { model: 'mark-up', share: 12_000, of: calls }
  t.equal(chargeFor(roaming, 31), 43_200)
  t.equal(stepOf(roaming), 6)
  t.equal(stepOf(pack), 1_000)
})
