/** IoT Meter: small, cheap, and unable to run wild. */
import t from 'tap'
import { Customer } from '../support/customer.ts'

const meters = { apn: 'meters' } as const
const [gas, water] = [1, 2]

const fleet = () => new Customer(['iot-meter'], '2026-11-01 00:00', '0', 2)

t.test('each meter has 10 MB a month over its own access point, and nothing to pay', async t => {
  const all = fleet()
  for (let day = 10; day < 14; day++) {
    all.waitsUntil(`2026-11-${day} 03:00`)
    t.equal(all.takes(gas).surfs('1.9 MB', meters), '1.9 MB for 0.00')
  }
  t.same(all.notices(), [])
  // 4 x 1.9 = 7.6 MB; with 1.9 more it is 9.5 MB, above 80 % of 10.
  all.waitsUntil('2026-11-14 03:00')
  all.surfs('1.9 MB', meters)
  t.same(all.notices(), ['iot-meter/data: 80 % up'])
  all.waitsUntil('2026-11-15 03:00')
  // Half a megabyte is left, and no price behind it.
  t.equal(all.surfs('1.9 MB', meters), '500 kB for 0.00, then stopped')
  t.equal(all.takes(water).surfs('1.9 MB', meters), '1.9 MB for 0.00', 'the other has its own')
  all.waitsUntil('2026-12-01 00:00')
  t.equal(all.takes(gas).surfs('1 MB', meters), '1 MB for 0.00')
  t.equal(all.wallet(), '0.00')
  t.equal(all.unaccounted(), '0.00')
})

t.test('a meter that runs wild stops for the day', async t => {
  const all = fleet()
  t.equal(all.takes(gas).surfs('5 MB', meters), '2 MB for 0.00, then stopped')
  t.same(all.notices(), ['iot-meter/daily: 100 % up'])
  t.equal(all.takes(water).surfs('1 MB', meters), '1 MB for 0.00')
  all.waitsUntil('2026-11-02 00:00')
  t.equal(all.takes(gas).surfs('1 MB', meters), '1 MB for 0.00', 'and starts again at midnight')
})

t.test('a card that was taken out of a meter is of no use', async t => {
  const all = fleet()
  t.equal(all.takes(gas).surfs('1 MB'), 'barred', 'over any other access point')
  t.equal(all.surfs('1 MB', { ...meters, where: 'India' }), 'barred')
  t.equal(all.calls('+4930123456', '1 min'), 'not sold')
  t.equal(all.texts('+4930123456'), 'sent for 0.00')
  for (let sent = 1; sent < 20; sent++) all.texts('+4930123456')
  t.equal(all.texts('+4930123456'), 'stopped', 'after twenty messages in the month')
  t.equal(all.unaccounted(), '0.00')
})
