/** Family 50 GB: five lines, one pool of data, minutes for each of them. */
import t from 'tap'
import { Customer } from '../support/customer.ts'

const berlin = '+4930123456'
const [mother, father, grandmother, tom, lena] = [1, 2, 3, 4, 5]

const family = () => new Customer(['family-50gb'], '2026-11-01 00:00', '0', 5)

t.test('the month is paid in advance, on credit', async t => {
  const five = family()
  t.equal(five.wallet(), '-49.99')
  five.waitsUntil('2026-12-01 00:00')
  // 2 x 49.99.
  t.equal(five.wallet(), '-99.98')
  t.equal(five.unaccounted(), '0.00')
})

t.test('five lines surf from one pool, at home and in the EU', async t => {
  const five = family()
  t.equal(five.takes(mother).surfs('5 GB'), '5 GB for 0.00')
  t.equal(five.takes(father).surfs('5 GB', { where: 'France' }), '5 GB for 0.00')
  t.equal(five.takes(grandmother).surfs('1 GB'), '1 GB for 0.00')
  t.equal(five.takes(tom).surfs('20 GB'), '20 GB for 0.00')
  t.same(five.notices(), [])
  // 5 + 5 + 1 + 20 + 10 = 41 GB are more than 80 % of 50.
  t.equal(five.takes(lena).surfs('10 GB'), '10 GB for 0.00')
  t.same(five.notices(), ['family-50gb/data: 80 % up'])
  t.same(five.left(), ['data: 9 GB', 'minutes: 200 min'])
  // 9 GB are left; 100 MB x 0.01 = 1.00 for the rest.
  t.equal(five.takes(tom).surfs('9.1 GB'), '9.1 GB for 1.00')
  t.same(five.notices(), ['family-50gb/data: 100 % up'])
  five.waitsUntil('2026-12-01 00:00')
  t.equal(five.takes(mother).surfs('1 GB'), '1 GB for 0.00', 'December has its own 50 GB')
  t.same(five.left(), ['data: 49 GB', 'minutes: 200 min'])
  t.equal(five.unaccounted(), '0.00')
})

t.test('each line has 200 minutes, and nobody talks at the cost of another', async t => {
  const five = family()
  // 5 minutes beyond the 200: 5 x 0.09 = 0.45.
  t.equal(five.takes(lena).calls(berlin, '205 min'), '205 min for 0.45')
  t.equal(five.takes(mother).calls(berlin, '150 min'), '150 min for 0.00')
  t.equal(five.takes(father).calls(berlin, '200 min', 'France'), '200 min for 0.00')
  t.equal(five.takes(lena).isCalled('30 min'), '30 min for 0.00', 'calls that come in are free')
  t.same(five.takes(mother).left(), ['data: 50 GB', 'minutes: 50 min'])
  t.equal(five.unaccounted(), '0.00')
})

t.test('parents choose what a child may take of the pool', async t => {
  const five = family()
  t.equal(five.takes(tom).chooses('line-data', { amount: '3 GB' }), 'done')
  t.equal(five.surfs('2.5 GB'), '2.5 GB for 0.00')
  // 80 % of 3 GB = 2.4 GB.
  t.same(five.notices(), ['family-50gb/line-data: 80 % up'])
  t.equal(five.surfs('1 GB'), '500 MB for 0.00, then stopped')
  t.same(five.notices(), ['family-50gb/line-data: 100 % up'])
  t.equal(five.takes(lena).surfs('10 GB'), '10 GB for 0.00', 'his sister goes on')
  t.equal(five.takes(tom).chooses('line-data', { amount: '4 GB' }), 'done')
  t.equal(five.surfs('500 MB'), '500 MB for 0.00')
  t.equal(five.unaccounted(), '0.00')
})

t.test(
  'the small family plan becomes the big one: what was used of the pool stays used',
  async t => {
    const five = new Customer(['family-20gb'], '2026-11-01 00:00', '100.00', 5)
    five.takes(mother).surfs('15 GB')
    five.waitsUntil('2026-11-16 00:00')
    t.equal(five.changesTo('family-50gb', 'family-20gb'), 'done')
    // 50 GB less the 15 that are used. 15 of 30 days are left: half of 49.99, rounded up, is 24.995.
    t.equal(five.takes(lena).calls(berlin, '10 min'), '10 min for 0.00')
    t.same(five.left(), ['data: 35 GB', 'minutes: 190 min'])
    t.equal(five.wallet(), '75.005')
    t.equal(five.unaccounted(), '0.00')
  }
)
