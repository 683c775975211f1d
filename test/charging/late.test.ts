/** Usage that comes when its session is not open any more, or was never seen. */
import t from 'tap'
import { EngineDriver, HOUR, request } from '../support/engine-driver.ts'

const used = (octets: number) => [{ used: { octets } }]
const ask = { ask: { octets: 1_000_000 } }

function told(driver: EngineDriver) {
  return driver.cdrs().map(({ number, amount, octets, flags }) => [number, amount, octets, flags])
}

t.test('usage behind the end is settled once, goes on counting and has a CDR', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  driver.charge(request('initial', 0, [ask]))
  driver.charge(request('termination', 1, used(150_000)))
  // 150 kB have begun the second step of 100 kB, and 50 kB more are in it.
  const late = [request('update', 5, used(50_000)), request('update', 4, used(1))]
  for (const each of [...late, ...late]) driver.charge(each)
  t.same(told(driver), [
    [1, 2_000, 150_000, []],
    [2, 0, 50_000, ['late']],
    [3, 1_000, 1, ['late']]
  ])
  t.equal(driver.wallet().available, 100_000_000 - 3_000)
})

t.test('usage of a session that was never seen goes on counting from report to report', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  const reports = [
    request('update', 3, used(50_000)),
    request('update', 2, used(50_000)),
    request('termination', 4, used(1))
  ]
  for (const each of [...reports, ...reports]) driver.charge(each)
  t.same(told(driver), [
    [1, 1_000, 50_000, ['no-session']],
    [2, 0, 50_000, ['late']],
    [3, 1_000, 1, ['late']]
  ])
  t.equal(driver.charge(request('initial', 0, [ask])).outcome, 'unknown-session')
  t.same(driver.wallet(), { available: 100_000_000 - 2_000, reserved: 0 })
})

t.test('a session that is opened again goes on counting', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  const first = request('initial', 0, [ask])
  driver.charge(first)
  driver.charge(request('update', 1, used(50_000)))
  driver.now += 3 * HOUR
  t.match(driver.charge(first), { outcome: 'success', repeated: false })
  t.equal(driver.sessions.size, 1)
  t.match(driver.charge(request('update', 1, used(50_000))), { repeated: true })
  driver.charge(request('termination', 2, used(50_000)))
  t.same(told(driver), [
    [1, 1_000, 50_000, []],
    [2, 0, 50_000, []]
  ])
})

t.test('all CDRs of a session have the trace id that it began with', async t => {
  const traceId = 'a'.repeat(32)
  const other = 'b'.repeat(32)
  const driver = EngineDriver.open(['go'], 100_000_000)
  const first = request('initial', 0, [ask], { traceId })
  driver.charge(first)
  driver.now += 3 * HOUR
  // It has ended by its supervision time, and begins anew under the same id.
  driver.charge({ ...first, traceId: other })
  driver.charge(request('termination', 1, used(50_000)))
  driver.charge(request('update', 4, used(1), { traceId: other }))
  t.same(
    driver.cdrs().map(({ number, traceId: of }) => [number, of]),
    [
      [1, traceId],
      [2, traceId],
      [3, traceId]
    ]
  )
  // Of one that began without any nothing else is said later.
  const bare = EngineDriver.open(['go'], 100_000_000)
  bare.charge(request('initial', 0, [ask]))
  bare.now += 3 * HOUR
  bare.charge(first)
  bare.charge(request('termination', 1, used(50_000)))
  t.equal(bare.cdrs().length, 2)
  for (const cdr of bare.cdrs()) t.notOk('traceId' in cdr)
})
