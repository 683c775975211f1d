import t from 'tap'
import { remarksOf } from '../../src/rerate/remarks.ts'

t.test('what a re-rating leaves as it is, of one and of several', async t => {
  t.same(remarksOf({ unpriced: 0, otherCurrency: 0 }), [])
  t.same(remarksOf({ unpriced: 1, otherCurrency: 1 }), [
    '1 part of the CDRs has no price in this catalogue and stays as it is',
    '1 CDR is in another currency and is left out'
  ])
  t.same(remarksOf({ unpriced: 2, otherCurrency: 3 }), [
    '2 parts of the CDRs have no price in this catalogue and stay as they are',
    '3 CDRs are in other currencies and are left out'
  ])
})
