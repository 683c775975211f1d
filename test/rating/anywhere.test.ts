/** The most that units may cost wherever they come: never less than what they cost anywhere, and hardly more. */
import fc from 'fast-check'
import t from 'tap'
import { unitsMax } from '../../src/domain/units.ts'
import { mostFor } from '../../src/rating/anywhere.ts'
import { priceFor } from '../../src/rating/price.ts'
import type { Price } from '../../src/rating/prices/types.ts'

const few = (max: number) => fc.integer({ min: 1, max })
const counting = {
  per: fc.constantFrom(1, 3, 10),
  step: few(6),
  minimum: fc.integer({ min: 0, max: 9 }),
  setUp: fc.constantFrom(0, 0, 17)
}
const tiers = fc
  .array(fc.record({ size: few(15), amount: fc.integer({ min: 0, max: 60 }) }), {
    minLength: 1,
    maxLength: 4
  })
  .map(list => {
    let upTo = 0
    return list.map(({ size, amount }, index) => {
      upTo += size
      return { upTo: index === list.length - 1 ? unitsMax : upTo, amount: amount + 1 }
    })
  })
const plain: fc.Arbitrary<Price> = fc.oneof(
  fc.record({ model: fc.constant('flat' as const), amount: few(99) }),
  fc.record({ model: fc.constant('package' as const), amount: few(99), size: few(9) }),
  fc.record({ model: fc.constant('per-unit' as const), amount: few(60), ...counting }),
  fc.record({ model: fc.constant('graduated' as const), tiers, ...counting }),
  fc.record({ model: fc.constant('volume' as const), tiers, ...counting }),
  tiers.map(list => {
    let total = 0
    const stairs = list.map(({ upTo, amount }) => {
      total += amount
      return { upTo, total }
    })
    return { model: 'stairs' as const, stairs }
  })
)
const marked = (of: fc.Arbitrary<Price>): fc.Arbitrary<Price> =>
  fc.record({ model: fc.constant('mark-up' as const), share: fc.constantFrom(5_000, 13_333), of })

t.test('the most that units cost anywhere', async t => {
  fc.assert(
    fc.property(
      fc.oneof({ weight: 4, arbitrary: plain }, marked(plain), marked(marked(plain))),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 60 }),
      few(30),
      (price, from, room, units) => {
        let most = 0
        for (let at = from; at + units <= from + room; at++) {
          most = Math.max(most, priceFor(price, at + units) - priceFor(price, at))
        }
        const found = mostFor(price, from, from + room, units)
        if (found < most) throw new Error(`${found} is less than ${most}`)
        const slack = price.model === 'mark-up' ? 9 : 1
        if (found > most + slack) throw new Error(`${found} is more than ${most}`)
      }
    ),
    { numRuns: 20_000 }
  )
  t.equal(mostFor({ model: 'free' }, 0, 9, 5), 0)
})

t.test('the last whole step before the end counts, too', async t => {
  const tiers = [
    { upTo: 23, amount: 1 },
    { upTo: 37, amount: 6 },
    { upTo: unitsMax, amount: 8 }
  ]
  const price = { model: 'graduated', tiers, per: 1, step: 2, minimum: 3, setUp: 0 } as const
  // Steps end at 33 and at 61: from there to there are 4 x 6 + 24 x 8.
  t.equal(mostFor(price, 21, 61, 27), 216)
})
