import fc from 'fast-check'
import t from 'tap'
import { inRanges, withNumber } from '../../src/charging/ranges.ts'
import { findAnswer, keepAnswer } from '../../src/charging/receipt.ts'
import type {
  Advice,
  ChargingAnswer,
  FinalUnits,
  GrantConditions
} from '../../src/domain/answer.ts'
import { catalogue, catalogues } from '../support/catalogue.ts'

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
  t.same(findAnswer(kept, 'update', 19, catalogues), { ...answer, repeated: true })
  t.equal(findAnswer(kept, 'update', 3, catalogues), null, 'too old')
  t.equal(findAnswer(kept, 'termination', 19, catalogues), null, 'another type')
  t.equal(findAnswer(kept, 'update', 1, catalogues), null, 'not a prefix of another number')
  const bare = { ...answer, units: [] }
  t.same(findAnswer(keepAnswer([], 'initial', 0, bare), 'initial', 0, catalogues), {
    ...bare,
    repeated: true
  })
})

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value)
const number = fc.nat()
const finalUnits: FinalUnits = {
  ref: 'c0ffee00:portal',
  action: 'redirect',
  redirect: { type: 'url', address: 'https://pay.example.com/;a,b|"' },
  filterRules: ['permit out ip from 192.0.2.1 to assigned'],
  filterIds: ['one, two'],
  retry: 60
}
const conditions: fc.Arbitrary<GrantConditions> = fc.record({
  tariffChange: number,
  inputOctets: maybe(number),
  holding: maybe(number),
  consumption: number,
  triggers: maybe(fc.array(number)),
  pool: maybe(
    fc.record({ id: number, digits: number, exponent: fc.integer({ min: -20, max: 9 }) })
  ),
  finalUnits: maybe(fc.constant(finalUnits))
})
const advice: fc.Arbitrary<Advice> = fc.record({
  cost: maybe(number),
  remaining: maybe(fc.integer()),
  low: maybe(fc.boolean()),
  currency: fc.constantFrom('EUR', 'USD')
})

t.test('conditions and advice of an answer are kept whole', async t => {
  const current = { ...catalogue, finalUnits: new Map([[finalUnits.ref, finalUnits]]) }
  const known = { current, byVersion: new Map() }
  fc.assert(
    fc.property(fc.array(conditions, { minLength: 1 }), advice, (list, told) => {
      const answer: ChargingAnswer = {
        kind: 'charging',
        outcome: 'success',
        repeated: false,
        advice: told,
        units: list.map(each => ({
          ratingGroup: 10,
          serviceIdentifiers: [],
          outcome: 'success',
          granted: { unit: 'money', amount: 7 },
          validity: 3600,
          threshold: 0,
          final: each.finalUnits === null ? null : 'redirect',
          conditions: each
        }))
      }
      const kept = keepAnswer([], 'update', 1, answer)
      t.notMatch(kept[0], /["\\]/, 'nothing that JSON would escape')
      t.same(findAnswer(kept, 'update', 1, known), { ...answer, repeated: true })
    }),
    { numRuns: 200 }
  )
})
