import fc from 'fast-check'
import t from 'tap'
import { slicesOf } from '../../src/cdr/account-slices.ts'

t.test('slices hold every account once, in order, and no more numbers than they may', async t => {
  const accounts = fc.array(fc.nat(120), { maxLength: 60 })
  fc.assert(
    fc.property(accounts, fc.integer({ min: 1, max: 200 }), (list, most) => {
      const upTo = new Map(list.map((number, index) => [`a${index}`, number]))
      const slices = slicesOf(upTo, most)
      t.same(
        slices.flatMap(({ ids, numbers }) => ids.map((id, index) => [id, numbers[index]])),
        [...upTo]
      )
      for (const [index, { numbers }] of slices.entries()) {
        const sum = numbers.reduce((all, number) => all + number, 0)
        t.ok(numbers.length > 0 && (sum <= most || numbers.length === 1))
        const next = slices[index + 1]?.numbers[0]
        if (next !== undefined) t.ok(sum + next > most, 'no slice is smaller than it need be')
      }
    })
  )
})
