/** Postpaid 10 GB: what is left is saved, what is more costs by the gigabyte, and the bill has a bound. */
import t from 'tap'
import { Customer } from '../support/customer.ts'

t.test('each gigabyte beyond the allowance that is begun in a month costs 3.00', async t => {
  const emil = new Customer(['postpaid-10gb'], '2026-11-01 00:00')
  t.equal(emil.wallet(), '-24.99')
  t.equal(emil.surfs('8 GB'), '8 GB for 0.00')
  t.same(emil.notices(), ['postpaid-10gb/data: 80 % up'])
  // 2 GB are left. Half a gigabyte more begins the first.
  t.equal(emil.surfs('2.5 GB'), '2.5 GB for 3.00')
  t.same(emil.notices(), ['postpaid-10gb/data: 100 % up'])
  t.equal(emil.surfs('500 MB'), '500 MB for 0.00', 'the other half of it is paid')
  t.equal(emil.surfs('1.2 GB'), '1.2 GB for 6.00', 'the second, and the third is begun')
  // -24.99 - 3.00 - 6.00.
  t.equal(emil.wallet(), '-33.99')
  t.equal(emil.unaccounted(), '0.00')
})

t.test('overage stops at 30.00, until he says that it may go on', async t => {
  const emil = new Customer(['postpaid-10gb'], '2026-11-01 00:00')
  // 10 GB are in it, and 10 more cost 30.00.
  t.equal(emil.surfs('25 GB'), '20 GB for 30.00, then stopped')
  t.equal(emil.chooses('overage', { beyond: 'period' }, true), 'done')
  t.equal(emil.surfs('1 GB'), '1 GB for 3.00')
  // -24.99 - 30.00 - 3.00.
  t.equal(emil.wallet(), '-57.99')
  t.equal(emil.unaccounted(), '0.00')
})

t.test('what is paid of the last gigabyte is his, in one piece or in many', async t => {
  const emil = new Customer(['postpaid-10gb'], '2026-11-01 00:00')
  t.equal(emil.surfs('10 GB'), '10 GB for 0.00')
  // Nine gigabytes are begun.
  t.equal(emil.surfs('8.5 GB'), '8.5 GB for 27.00')
  // Half of the ninth, and the tenth, which ends at 30.00.
  t.equal(emil.surfs('20 GB'), '1.5 GB for 3.00, then stopped')
  const anna = new Customer(['postpaid-10gb'], '2026-11-01 00:00')
  anna.surfs('19 GB')
  t.equal(anna.surfs('1 MB'), '1 MB for 3.00', 'the tenth is begun')
  for (let n = 0; n < 3; n++) t.equal(anna.surfs('333 MB'), '333 MB for 0.00', 'and paid')
  t.equal(anna.surfs('1 MB'), 'stopped')
  t.equal(anna.unaccounted(), '0.00')
})

t.test('what is left goes into the next month, once', async t => {
  const emil = new Customer(['postpaid-10gb'], '2026-11-01 00:00')
  emil.surfs('4 GB')
  emil.waitsUntil('2026-12-01 00:00')
  t.same([...emil.left()].sort(), ['data: 10 GB', 'data: 6 GB, saved'])
  // The 6 GB that were saved, and 1 of the new ones.
  t.equal(emil.surfs('7 GB'), '7 GB for 0.00')
  t.same(
    emil.left().filter(text => !text.endsWith('saved')),
    ['data: 9 GB']
  )
  emil.waitsUntil('2027-01-01 00:00')
  t.same([...emil.left()].sort(), ['data: 10 GB', 'data: 9 GB, saved'])
  // 3 x 24.99.
  t.equal(emil.wallet(), '-74.97')
  t.equal(emil.unaccounted(), '0.00')
})

t.test('when the credit of 150.00 is used up, the fee is not owed: the plan rests', async t => {
  const emil = new Customer(['postpaid-10gb'], '2026-11-01 00:00')
  // 6 x 24.99 = 149.94; a seventh does not fit.
  emil.waitsUntil('2027-05-01 00:00')
  t.equal(emil.wallet(), '-149.94')
  t.same(emil.notices(), ['postpaid-10gb: suspended'])
  t.equal(emil.surfs('1 MB'), 'stopped')
  t.equal(emil.topsUp('149.94'), 'done')
  t.equal(emil.surfs('1 MB'), '1 MB for 0.00')
  t.same(emil.notices(), ['postpaid-10gb: resumed'])
  t.equal(emil.wallet(), '-24.99')
  t.equal(emil.unaccounted(), '0.00')
})
