/** Unlimited, with fair use at home and in the EU. */
import t from 'tap'
import { Customer } from '../support/customer.ts'

const berlin = '+4930123456'
const paris = '+33123456789'

t.test('data at home is free without end; from 100 GB on it is slower', async t => {
  const ben = new Customer(['unlimited'], '2026-11-10 12:00', '39.99')
  t.equal(ben.surfs('79 GB'), '79 GB for 0.00')
  t.same(ben.notices(), [])
  t.equal(ben.surfs('1 GB'), '1 GB for 0.00')
  t.same(ben.notices(), ['unlimited/fair-use: 80 % up'])
  t.equal(ben.surfs('50 GB'), '50 GB for 0.00', 'nothing stops him')
  t.same(ben.notices(), ['unlimited/fair-use: 100 % up, throttled'])
  t.same(ben.statuses(), ['throttled'])
  t.equal(ben.surfs('50 GB'), '50 GB for 0.00')
  t.same(ben.notices(), [], 'and each is told once')
  // His month begins on the 10th. 39.99 - 39.99 - 39.99.
  ben.waitsUntil('2026-12-10 00:00')
  t.equal(ben.surfs('1 GB'), '1 GB for 0.00')
  t.same(ben.notices(), ['unlimited/fair-use: 100 % down'])
  t.same(ben.statuses(), [], 'at full speed again')
  t.equal(ben.wallet(), '-39.99')
  t.equal(ben.unaccounted(), '0.00')
})

t.test('in the EU 30 GB are fair use, and a gigabyte more costs the surcharge', async t => {
  const ben = new Customer(['unlimited'], '2026-11-10 12:00', '39.99')
  t.equal(ben.surfs('30 GB', { where: 'France' }), '30 GB for 0.00')
  // 2 GB x 1.10 = 2.20, and 1.5 MB are two megabytes that were begun: 2 x 0.0011 = 0.0022.
  t.equal(ben.surfs('2 GB', { where: 'France' }), '2 GB for 2.20')
  t.equal(ben.surfs('1.5 MB', { where: 'France' }), '1.5 MB for 0.0022')
  t.equal(ben.surfs('20 GB'), '20 GB for 0.00', 'home is not touched')
  // 0 - 2.20 - 0.0022.
  t.equal(ben.wallet(), '-2.2022')
  t.equal(ben.unaccounted(), '0.00')
})

t.test('calls and messages to Germany are in it, others cost what they cost', async t => {
  const ben = new Customer(['unlimited'], '2026-11-10 12:00', '39.99')
  t.equal(ben.calls(berlin, '600 min'), '600 min for 0.00')
  t.equal(ben.calls(berlin, '10 min', 'France'), '10 min for 0.00')
  t.equal(ben.texts(berlin), 'sent for 0.00')
  // 0.15 + 3 x 0.29 = 1.02.
  t.equal(ben.calls(paris, '3 min'), '3 min for 1.02')
  t.equal(ben.texts(paris), 'sent for 0.19')
  t.equal(ben.wallet(), '-1.21')
  t.equal(ben.unaccounted(), '0.00')
})
