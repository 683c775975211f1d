/** Business Pool: one pool for the whole company, prices without tax. */
import t from 'tap'
import { Customer } from '../support/customer.ts'

const berlin = '+4930123456'

const company = () => new Customer(['business-pool'], '2026-11-01 00:00', '0', 4)

t.test('beyond the pool the company pays by the gigabyte, less from the 101st on', async t => {
  const firm = company()
  t.equal(firm.wallet(), '-499.00')
  for (const line of [1, 2]) t.equal(firm.takes(line).surfs('190 GB'), '190 GB for 0.00')
  t.same(firm.notices(), ['business-pool/line-data: 80 % up', 'business-pool/line-data: 80 % up'])
  // 500 - 380 = 120 GB are left. 60 GB x 1,000 x 0.004 = 240.00 for what is more.
  t.equal(firm.takes(3).surfs('180 GB'), '180 GB for 240.00')
  t.same([...firm.notices()].sort(), [
    'business-pool/data: 100 % up',
    'business-pool/data: 80 % up',
    'business-pool/line-data: 80 % up'
  ])
  // All lines together: 40 GB up to 100 are 160.00, and 10 GB x 1,000 x 0.002 = 20.00.
  t.equal(firm.takes(4).surfs('50 GB'), '50 GB for 180.00')
  // -499.00 - 240.00 - 180.00.
  t.equal(firm.wallet(), '-919.00')
  t.equal(firm.lastCdr().parts[0]?.tax, 'exclusive', 'the invoice adds the tax')
  t.equal(firm.unaccounted(), '0.00')
})

t.test('no line empties the pool by itself, unless its company lets it', async t => {
  const firm = company()
  t.equal(firm.takes(1).surfs('250 GB'), '200 GB for 0.00, then stopped')
  t.equal(firm.takes(2).surfs('1 GB'), '1 GB for 0.00')
  t.equal(firm.takes(1).chooses('line-data', { beyond: 'period' }), 'done')
  t.equal(firm.surfs('50 GB'), '50 GB for 0.00')
  t.same(firm.left(), ['data: 249 GB', 'minutes: 10000 min'])
  t.equal(firm.unaccounted(), '0.00')
})

t.test('minutes are pooled too, and billed by the second behind them', async t => {
  const firm = company()
  for (const line of [1, 2]) firm.takes(line).calls(berlin, '4999 min')
  t.same(firm.left(), ['data: 500 GB', 'minutes: 2 min'])
  // 2 minutes are left; 61 seconds x 0.05 / 60 = 0.05083333…, rounded up to the millionth.
  t.equal(firm.takes(3).calls(berlin, '181 s'), '181 s for 0.050834')
  t.equal(firm.unaccounted(), '0.00')
})
