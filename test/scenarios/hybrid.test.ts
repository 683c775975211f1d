/** Prepaid and postpaid lines in one account: one wallet, a base offer for each line, credit for some of them. */
import t from 'tap'
import { Customer } from '../support/customer.ts'

const berlin = '+4930123456'
const [mother, tom] = [1, 2]

/** The mother is postpaid, and her fee of 24.99 is paid out of the 30.00; Tom is prepaid. 5.01 are left. */
const hybrid = () =>
  new Customer([], '2026-11-01 00:00', '30.00', [['postpaid-10gb'], ['prepaid-go']])

t.test('the prepaid line stops where the wallet is empty, the postpaid line goes on', async t => {
  const two = hybrid()
  t.equal(two.wallet(), '5.01')
  // 501 MB x 0.01, in started 100 kB.
  t.equal(two.takes(tom).surfs('1 GB'), '501 MB for 5.01, then stopped')
  t.equal(two.wallet(), '0.00')
  t.equal(two.calls(berlin, '1 min'), 'stopped')
  // 10 GB are in the offer; half a gigabyte more begins the first at 3.00.
  t.equal(two.takes(mother).surfs('10.5 GB'), '10.5 GB for 3.00')
  t.equal(two.wallet(), '-3.00', 'on credit')
  t.equal(two.takes(tom).surfs('1 MB'), 'stopped', 'what she owes is not his to spend')
  t.equal(two.topsUp('4.00'), 'done')
  // 4.00 - 3.00 = 1.00: 100 MB.
  t.equal(two.surfs('1 GB'), '100 MB for 1.00, then stopped')
  t.equal(two.unaccounted(), '0.00')
})

t.test('the allowance of a line is its own', async t => {
  const two = hybrid()
  t.same(two.takes(mother).left(), ['data: 10 GB'])
  t.same(two.takes(tom).left(), [])
  t.equal(two.surfs('100 MB'), '100 MB for 1.00', 'none of it out of the 10 GB')
  t.equal(two.buysForTheLine('data-5gb'), 'funds-insufficient', '5.01 - 1.00 < 4.99')
  two.topsUp('1.00')
  t.equal(two.buysForTheLine('data-5gb'), 'done')
  t.same(two.left(), ['data: 5 GB'])
  // 5.01 - 1.00 + 1.00 - 4.99.
  t.equal(two.wallet(), '0.02')
  t.equal(two.surfs('6 GB'), '5.002 GB for 0.02, then stopped')
  t.same(two.takes(mother).left(), ['data: 10 GB'])
  t.equal(two.unaccounted(), '0.00')
})

t.test('the fee of the postpaid line renews on credit, month after month', async t => {
  const two = hybrid()
  two.waitsUntil('2026-12-15 00:00')
  // 5.01 - 24.99.
  t.equal(two.wallet(), '-19.98')
  t.equal(two.takes(tom).surfs('1 MB'), 'stopped')
  t.equal(two.takes(mother).surfs('1 GB'), '1 GB for 0.00')
  t.equal(two.unaccounted(), '0.00')
})

t.test('a line leaves the family plan for a prepaid offer of its own, and comes back', async t => {
  const five = new Customer(['family-20gb'], '2026-11-01 00:00', '10.00', 2)
  t.equal(five.takes(tom).calls(berlin, '100 min'), '100 min for 0.00')
  t.equal(five.buysForTheLine('prepaid-go'), 'done')
  t.equal(five.surfs('100 MB'), '100 MB for 1.00', 'nothing of the pool')
  // 2 min x 0.09, and the 200 minutes that he has left rest.
  t.equal(five.calls(berlin, '2 min'), '2 min for 0.18')
  t.equal(five.takes(mother).surfs('1 GB'), '1 GB for 0.00')
  t.same(five.left(), ['data: 19 GB', 'minutes: 300 min'])
  t.equal(five.takes(tom).givesUp('prepaid-go'), 'done')
  t.same(five.left(), ['data: 19 GB', 'minutes: 200 min'], 'as he left them')
  t.equal(five.calls(berlin, '10 min'), '10 min for 0.00')
  t.equal(five.unaccounted(), '0.00')
})

t.test('what rests is not renewed; a line that comes back gets its minutes in full', async t => {
  const five = new Customer(['family-20gb'], '2026-11-01 00:00', '10.00', 2)
  five.takes(tom).calls(berlin, '100 min')
  five.buysForTheLine('prepaid-go')
  five.waitsUntil('2027-01-10 00:00')
  five.calls(berlin, '1 min')
  t.same(five.left(), ['data: 20 GB'])
  t.equal(five.givesUp('prepaid-go'), 'done')
  t.same(five.left(), ['data: 20 GB', 'minutes: 300 min'])
  t.equal(five.unaccounted(), '0.00')
})

t.test('a line changes its own plan; the rest of the fee is given back to the second', async t => {
  const two = hybrid()
  two.waitsUntil('2026-11-16 00:00')
  two.takes(mother).surfs('4 GB')
  t.equal(two.changesTheLineTo('smart', 'postpaid-10gb'), 'done')
  t.ok(two.lastCdr().offers.includes('postpaid-10gb'))
  two.surfs('1 MB')
  t.same(two.lastCdr().offers, ['smart'])
  t.equal(two.takes(tom).changesTheLineTo('smart', 'postpaid-10gb'), 'subscription-unknown')
  t.equal(two.unaccounted(), '0.00')
})
