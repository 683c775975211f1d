import t from 'tap'
import {
  decodePlan,
  encodePlan,
  entryAt,
  type Plan,
  planOf,
  sameVersions
} from '../../src/catalogue/plan.ts'

const hour = 3_600_000
const now = Date.UTC(2026, 10, 21, 12)
const entry = (version: string, from: number) => ({ version, from })

t.test('the first plan is in force ever since', async t => {
  const plan = planOf(null, [entry('a', 0)], now, false)
  t.same(plan.entries, [entry('a', 0)])
  t.equal(entryAt(plan, 5).version, 'a')
})

t.test('a new version takes effect now, and never earlier', async t => {
  const before = planOf(null, [entry('a', 0)], now - hour, false)
  const plan = planOf(before, [entry('b', 0)], now, false)
  t.same(plan.entries, [entry('a', 0), entry('b', now)])
  t.equal(entryAt(plan, now - 1).version, 'a')
  t.equal(entryAt(plan, now).version, 'b')
  const backdated = planOf(before, [entry('a', 0), entry('c', now - 10 * hour)], now, false)
  t.same(backdated.entries, [entry('a', 0), entry('c', now)])
})

t.test('coming versions wait for their date, in their order', async t => {
  const plan = planOf(null, [entry('a', 0), entry('b', now + 1), entry('c', now + 2)], now, true)
  t.same(
    [now, now + 1, now + 2].map(at => entryAt(plan, at).version),
    ['a', 'b', 'c']
  )
  t.same(planOf(plan, [entry('a', 0)], now, false).entries, [entry('a', 0)], 'and may be withdrawn')
})

t.test('what is the same stays as it is, also when its files have moved', async t => {
  const before = planOf(null, [entry('a', 0), entry('b', now)], now - hour, false)
  const moved = planOf(before, [entry('b', 0)], now + hour, false)
  t.ok(sameVersions(before, moved))
  t.notOk(sameVersions(before, planOf(before, [entry('a', 0)], now + hour, false)))
  t.notOk(sameVersions(null, moved))
})

t.test('what is long over is forgotten', async t => {
  let plan: Plan | null = null
  for (let at = now; at <= now + 40 * hour; at += hour) {
    plan = planOf(plan, [entry(`v${at}`, 0)], at, false)
  }
  const last = now + 40 * hour
  t.ok(plan !== null && plan.entries.length <= 32)
  t.equal(entryAt(plan as Plan, last - 20 * hour).version, `v${last - 20 * hour}`)
})

t.test('a plan is read as it was written, and none of another format', async t => {
  const plan = planOf(null, [entry('a', 0), entry('b', now + 1)], now, true)
  t.same(decodePlan(encodePlan(plan)), plan)
  t.throws(() => decodePlan('{"format":2}'), { code: 'GYRO_DOCUMENT_FORMAT' })
})
