/** Beyond the EU: sixty countries and the rest of the world out of one table. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { Customer } from '../support/customer.ts'

const berlin = '+4930123456'

t.test('the table has sixty countries, each with data, calls and messages', async t => {
  const [, ...rows] = readFileSync('conf/catalogue/tables/roaming.csv', 'utf8').trim().split('\n')
  const countries = rows.map(row => row.split(',')).filter(([country]) => /^[2-7]/.test(country!))
  t.equal(new Set(countries.map(([country]) => country)).size, 60)
  t.equal(countries.length, 180)
})

t.test('a megabyte costs what the country says', async t => {
  const clara = new Customer(['smart'], '2026-11-02 09:00', '100.00')
  // 10 MB each: 10 x 0.10, 10 x 0.50, 10 x 2.00, and 10 x 5.00 in a country that has no row.
  t.equal(clara.surfs('10 MB', { where: 'Switzerland' }), '10 MB for 1.00')
  t.equal(clara.surfs('10 MB', { where: 'the USA' }), '10 MB for 5.00')
  t.equal(clara.surfs('10 MB', { where: 'India' }), '10 MB for 20.00')
  t.equal(clara.surfs('10 MB', { where: 'Bhutan' }), '10 MB for 50.00')
  // Every 10 kB that were begun: 25 kB are three, 3 x 0.005 = 0.015.
  t.equal(clara.surfs('25 kB', { where: 'the USA' }), '25 kB for 0.015')
  // 100.00 - 1.00 - 5.00 - 20.00 - 50.00 - 0.015.
  t.equal(clara.wallet(), '23.985')
  t.match(clara.lastCdr().parts[0]?.price, /:smart\/roaming@310\+311.*\/internet/)
  t.equal(clara.unaccounted(), '0.00')
})

t.test('satellite networks at sea and in the air are barred', async t => {
  const clara = new Customer(['smart'], '2026-11-02 09:00', '100.00')
  t.equal(clara.surfs('1 MB', { where: 'at sea' }), 'barred')
  t.equal(clara.calls(berlin, '1 min', 'at sea'), 'barred')
  t.equal(clara.wallet(), '100.00')
})

t.test('calls: the first half minute whole, and being called costs half', async t => {
  const clara = new Customer(['smart'], '2026-11-02 09:00', '100.00')
  // 0.60 a minute in the USA: 10 seconds are 30, 0.30; 90 seconds are 0.90.
  t.equal(clara.calls(berlin, '10 s', 'the USA'), '10 s for 0.30')
  t.equal(clara.calls(berlin, '90 s', 'the USA'), '90 s for 0.90')
  // Half of 2 x 0.60 in the USA, of 2 x 2.40 in Bhutan; nothing in France.
  t.equal(clara.isCalled('2 min', 'the USA'), '2 min for 0.60')
  t.equal(clara.isCalled('2 min', 'Bhutan'), '2 min for 2.40')
  t.equal(clara.isCalled('2 min', 'France'), '2 min for 0.00')
  t.equal(clara.texts(berlin, 'the USA'), 'sent for 0.25')
  t.equal(clara.texts(berlin, 'Bhutan'), 'sent for 0.50')
  // 100.00 - 0.30 - 0.90 - 0.60 - 2.40 - 0.25 - 0.50.
  t.equal(clara.wallet(), '95.05')
  t.equal(clara.unaccounted(), '0.00')
})

t.test('a travel pack is used before the table, and only there', async t => {
  const clara = new Customer(['smart'], '2026-11-02 09:00', '20.00')
  t.equal(clara.buys('pack-travel'), 'done')
  t.equal(clara.surfs('600 MB', { where: 'India' }), '600 MB for 0.00')
  t.equal(clara.surfs('100 MB'), '100 MB for 1.00', 'at home she pays as ever')
  // 400 MB are left; one more costs 0.50 in the USA.
  t.equal(clara.surfs('401 MB', { where: 'the USA' }), '401 MB for 0.50')
  // 20.00 - 12.99 - 1.00 - 0.50.
  t.equal(clara.wallet(), '5.51')
  t.equal(clara.unaccounted(), '0.00')
})
