/** Smart Prepaid with its packs, as Anna uses it. */
import t from 'tap'
import { Customer } from '../support/customer.ts'

const berlin = '+4930123456'
const paris = '+33123456789'

t.test('without a pack Anna pays for what she uses', async t => {
  const anna = new Customer(['smart'], '2026-11-02 09:00', '20.00')
  // 250 MB x 0.01 = 2.50.
  t.equal(anna.surfs('250 MB'), '250 MB for 2.50')
  // The same in the EU as at home.
  t.equal(anna.surfs('250 MB', { where: 'France' }), '250 MB for 2.50')
  // The first minute whole, then by the second: 0.09 for 30 seconds, 0.09 x 61 / 60 = 0.0915 for 61.
  t.equal(anna.calls(berlin, '30 s'), '30 s for 0.09')
  t.equal(anna.calls(berlin, '61 s'), '61 s for 0.0915')
  // To France: 0.15 for the connection, and 0.29 for each of two minutes that were begun = 0.73.
  t.equal(anna.calls(paris, '61 s'), '61 s for 0.73')
  t.equal(anna.isCalled('10 min'), '10 min for 0.00')
  t.equal(anna.texts(berlin), 'sent for 0.07')
  t.equal(anna.texts(paris), 'sent for 0.19')
  // 20.00 - 2.50 - 2.50 - 0.09 - 0.0915 - 0.73 - 0.07 - 0.19 = 13.8285.
  t.equal(anna.wallet(), '13.8285')
  t.equal(anna.unaccounted(), '0.00')
})

t.test('when her wallet is empty she is stopped, and a top-up is all that it takes', async t => {
  const anna = new Customer(['smart'], '2026-11-02 09:00', '1.00')
  // 1.00 / 0.01 = 100 MB.
  t.equal(anna.surfs('150 MB'), '100 MB for 1.00, then stopped')
  t.equal(anna.texts(berlin), 'stopped')
  t.equal(anna.topsUp('5.00'), 'done')
  t.equal(anna.surfs('50 MB'), '50 MB for 0.50')
  t.equal(anna.wallet(), '4.50')
  t.equal(anna.unaccounted(), '0.00')
})

t.test('packs are used before money: the one that ends sooner first', async t => {
  const anna = new Customer(['smart'], '2026-11-02 09:00', '20.00')
  t.equal(anna.buys('pack-month'), 'done')
  t.equal(anna.buys('pack-day'), 'done')
  // 20.00 - 9.99 - 1.49 = 8.52.
  t.equal(anna.wallet(), '8.52')
  t.equal(anna.surfs('1.5 GB'), '1.5 GB for 0.00')
  t.same(
    anna.left(),
    ['data: 9.5 GB', 'data: 0 kB'],
    'all of the day, half a gigabyte of the month'
  )
  // 9.5 GB of the pack, and 100 MB x 0.01 = 1.00 for what is more.
  t.equal(anna.surfs('9.6 GB'), '9.6 GB for 1.00')
  t.equal(anna.wallet(), '7.52')
  t.equal(anna.unaccounted(), '0.00')
})

t.test('the day pack ends after 24 hours, used or not', async t => {
  const anna = new Customer(['smart'], '2026-11-02 09:00', '20.00')
  anna.buys('pack-day')
  anna.waitsUntil('2026-11-03 08:59')
  t.equal(anna.surfs('100 MB'), '100 MB for 0.00')
  anna.waitsUntil('2026-11-03 09:00')
  t.equal(anna.surfs('100 MB'), '100 MB for 1.00')
  t.same(anna.left(), [])
  t.equal(anna.unaccounted(), '0.00')
})

t.test('the monthly pack goes on while it is paid, and half of it can be saved once', async t => {
  const anna = new Customer(['smart'], '2026-11-02 09:00', '25.00')
  anna.buys('pack-month')
  anna.surfs('2 GB')
  // 30 days on: 9.99 again, 25.00 - 2 x 9.99 = 5.02. Of the 8 GB that were left 5 are saved.
  anna.waitsUntil('2026-12-02 09:00')
  t.equal(anna.wallet(), '5.02')
  t.same([...anna.left()].sort(), ['data: 10 GB', 'data: 5 GB, saved'])
  t.equal(anna.surfs('6 GB'), '6 GB for 0.00')
  t.same(anna.left(), ['data: 0 kB, saved', 'data: 9 GB'], 'what was saved goes first')
  // In January 5.02 do not pay for it: the pack rests, nothing is owed, and data costs what it costs.
  anna.waitsUntil('2027-01-01 09:00')
  t.same(anna.notices(), ['pack-month: suspended'])
  t.equal(anna.wallet(), '5.02')
  t.same(anna.left(), [])
  t.equal(anna.topsUp('10.00'), 'done')
  // 15.02 - 9.99 = 5.03.
  t.equal(anna.surfs('1 GB'), '1 GB for 0.00')
  t.same(anna.notices(), ['pack-month: resumed'])
  t.equal(anna.wallet(), '5.03')
  t.equal(anna.unaccounted(), '0.00')
})

t.test('the welcome gift pays for data and messages at home, and for nothing else', async t => {
  const anna = new Customer(['smart', 'welcome'], '2026-11-02 09:00', '10.00')
  t.equal(anna.surfs('300 MB'), '300 MB for 0.00')
  t.equal(anna.texts(berlin), 'sent for 0.00')
  // 5.00 - 3.00 - 0.07 = 1.93.
  t.same(anna.left(), ['gift: 1.93'])
  t.equal(anna.calls(berlin, '1 min'), '1 min for 0.09')
  t.equal(anna.surfs('100 MB', { where: 'France' }), '100 MB for 1.00')
  // 2.00, of which the gift has 1.93.
  t.equal(anna.surfs('200 MB'), '200 MB for 0.07')
  // 10.00 - 0.09 - 1.00 - 0.07 = 8.84.
  t.equal(anna.wallet(), '8.84')
  t.equal(anna.unaccounted(), '0.00')
})

t.test('packs are for Smart Prepaid alone', async t => {
  const other = new Customer(['prepaid-go'], '2026-11-02 09:00', '20.00')
  t.equal(other.buys('pack-day'), 'offer-conflict')
  t.equal(other.wallet(), '20.00')
})
