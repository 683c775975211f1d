/** The cap on roaming data that the EU prescribes, in the plans that are paid afterwards. */
import t from 'tap'
import { Customer } from '../support/customer.ts'

const abroad = { where: 'the USA' } as const

t.test('data abroad stops at 59.50, after a notice at 80 % and with one at 100 %', async t => {
  const dora = new Customer(['postpaid-10gb'], '2026-11-01 00:00')
  // 0.50 a megabyte; 80 % of 59.50 = 47.60 are 95.2 MB.
  t.equal(dora.surfs('95 MB', abroad), '95 MB for 47.50')
  t.same(dora.notices(), [])
  t.equal(dora.surfs('200 kB', abroad), '200 kB for 0.10')
  t.same(dora.notices(), ['postpaid-10gb/roaming: 80 % up'])
  // 59.50 - 47.60 = 11.90 are 23.8 MB.
  t.equal(dora.surfs('50 MB', abroad), '23.8 MB for 11.90, then stopped')
  t.same(dora.notices(), ['postpaid-10gb/roaming: 100 % up, roaming-capped'])
  t.equal(dora.surfs('1 MB', abroad), 'stopped')
  t.same(dora.notices(), [], 'each is told once')
  t.equal(dora.calls('+4930123456', '1 min', 'the USA'), '1 min for 0.60', 'she can still call')
  t.equal(dora.surfs('1 GB'), '1 GB for 0.00', 'and surf at home')
  // -24.99 - 59.50 - 0.60.
  t.equal(dora.wallet(), '-85.09')
  t.equal(dora.unaccounted(), '0.00')
})

t.test('who says so goes on until the month ends, and has the cap again after it', async t => {
  const dora = new Customer(['postpaid-10gb'], '2026-11-01 00:00', '500.00')
  t.equal(dora.surfs('200 MB', abroad), '119 MB for 59.50, then stopped')
  t.equal(dora.chooses('roaming', { beyond: 'period' }), 'done')
  t.equal(dora.surfs('81 MB', abroad), '81 MB for 40.50')
  t.same(dora.notices(), [
    'postpaid-10gb/roaming: 80 % up',
    'postpaid-10gb/roaming: 100 % up, roaming-capped'
  ])
  dora.waitsUntil('2026-12-01 00:00')
  t.equal(dora.surfs('200 MB', abroad), '119 MB for 59.50, then stopped')
  // 500.00 - 2 x 24.99 - 59.50 - 40.50 - 59.50.
  t.equal(dora.wallet(), '290.52')
  t.equal(dora.unaccounted(), '0.00')
})

t.test('another cap can be chosen, and none of data abroad at all', async t => {
  const dora = new Customer(['unlimited'], '2026-11-01 00:00')
  t.equal(dora.chooses('roaming', { amount: '10.00' }), 'done')
  t.equal(dora.surfs('50 MB', abroad), '20 MB for 10.00, then stopped')
  t.equal(dora.chooses('roaming', { amount: '0' }), 'done')
  t.equal(dora.surfs('1 MB', abroad), 'barred')
  t.equal(dora.surfs('1 GB', { where: 'France' }), '1 GB for 0.00', 'the EU is not abroad')
  t.equal(dora.unaccounted(), '0.00')
})

t.test('in a family each line has a cap of its own', async t => {
  const five = new Customer(['family-50gb'], '2026-11-01 00:00', '200.00', 5)
  t.equal(five.takes(4).surfs('200 MB', abroad), '119 MB for 59.50, then stopped')
  t.equal(five.takes(5).surfs('10 MB', abroad), '10 MB for 5.00')
  t.equal(five.takes(4).surfs('1 MB', abroad), 'stopped')
  // 200.00 - 49.99 - 59.50 - 5.00.
  t.equal(five.wallet(), '85.51')
  t.equal(five.unaccounted(), '0.00')
})

t.test(
  'what is free at home counts under the cap abroad, where it costs what other data costs',
  async t => {
    const dora = new Customer(['postpaid-10gb'], '2026-11-01 00:00')
    t.equal(dora.surfs('100 MB', { ...abroad, zeroRated: true }), '100 MB for 50.00')
    t.equal(dora.surfs('20 MB', abroad), '19 MB for 9.50, then stopped')
    t.equal(dora.surfs('1 MB', { ...abroad, zeroRated: true }), 'stopped')
    t.equal(dora.surfs('1 GB', { zeroRated: true }), '1 GB for 0.00', 'at home it is free')
    t.equal(dora.unaccounted(), '0.00')
  }
)
