import t from 'tap'
import { systemClock, systemRandom, systemScheduler } from '../../src/ops/clock.ts'

t.test('the wall clock tells milliseconds since 1970 and the other never goes back', async t => {
  t.ok(Math.abs(systemClock.now() - Date.now()) < 1_000)
  const before = systemClock.monotonic()
  t.ok(systemClock.monotonic() >= before)
})

t.test('soon runs once the turn has ended', async t => {
  const order: string[] = []
  await new Promise<void>(resolve => {
    systemScheduler.soon(() => {
      order.push('soon')
      resolve()
    })
    order.push('turn')
  })
  t.same(order, ['turn', 'soon'])
})

t.test('later runs after its delay unless it is cancelled', async t => {
  const ran: string[] = []
  const cancel = systemScheduler.later(1, () => ran.push('cancelled'))
  cancel()
  await new Promise<void>(resolve => {
    const hold = setTimeout(() => {}, 5_000)
    systemScheduler.later(20, () => {
      clearTimeout(hold)
      ran.push('kept')
      resolve()
    })
  })
  t.same(ran, ['kept'])
})

t.test('hex gives exactly so many lowercase digits, and never the same twice', async t => {
  const seen = new Set<string>()
  for (let i = 0; i < 2_000; i++) seen.add(systemRandom.hex(16))
  t.equal(seen.size, 2_000)
  for (const text of seen) if (!/^[0-9a-f]{16}$/.test(text)) t.fail(text)
  for (const digits of [0, 1, 7, 33, 8_192]) t.equal(systemRandom.hex(digits).length, digits)
})

t.test('fraction lies from 0 up to 1 and spreads evenly', async t => {
  let sum = 0
  for (let i = 0; i < 10_000; i++) {
    const value = systemRandom.fraction()
    if (!(value >= 0 && value < 1)) t.fail(`${value}`)
    sum += value
  }
  t.ok(Math.abs(sum / 10_000 - 0.5) < 0.03)
})
