import fc from 'fast-check'
import t from 'tap'
import { inRanges, withNumber } from '../../src/charging/ranges.ts'
import { findAnswer, keepAnswer } from '../../src/charging/receipt.ts'
import type { ChargingAnswer } from '../../src/domain/answer.ts'

t.test('settled numbers are a set, in whatever order they come', async t => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 60 }), numbers => {
      let ranges = ''
      for (const number of numbers) ranges = withNumber(ranges, number)
      for (let number = 0; number <= 62; number++) {
        t.equal(inRanges(ranges, number), numbers.includes(number))
      }
      t.notMatch(ranges, /(\d+)-\1(,|$)/)
    }),
    { numRuns: 50 }
  )
  t.equal([1, 2, 3, 7, 5, 6, 9].reduce(withNumber, ''), '1-3,5-7,9')
})

t.test('an answer is kept whole, and the last sixteen are kept', async t => {
  const answer: ChargingAnswer = {
    kind: 'charging',
    outcome: 'success',
    repeated: false,
    units: [
      {
        ratingGroup: 10,
        serviceIdentifiers: [1, 4294967295],
        outcome: 'success',
        granted: { unit: 'octets', amount: Number.MAX_SAFE_INTEGER },
        validity: 3600,
        threshold: 17,
        final: 'terminate'
      },
      {
        ratingGroup: null,
        serviceIdentifiers: [],
        outcome: 'credit-limit-reached',
        granted: null,
        validity: 0,
        threshold: 0,
        final: null
      }
    ]
  }
  let kept: readonly string[] = []
  for (let number = 0; number < 20; number++) kept = keepAnswer(kept, 'update', number, answer)
  t.equal(kept.length, 16)
  t.same(findAnswer(kept, 'update', 19), { ...answer, repeated: true })
  t.equal(findAnswer(kept, 'update', 3), null, 'too old')
  t.equal(findAnswer(kept, 'termination', 19), null, 'another type')
  t.equal(findAnswer(kept, 'update', 1), null, 'not a prefix of another number')
  const bare = { ...answer, units: [] }
  t.same(findAnswer(keepAnswer([], 'initial', 0, bare), 'initial', 0), { ...bare, repeated: true })
})
