/** Retry-After of a consumer or an NRF that is overloaded: RFC 9110 10.2.3, TS 29.500 6.4. */
import t from 'tap'
import type { Scheduler } from '../../src/domain/time.ts'
import { createNchfNotifier } from '../../src/nchf/notifier.ts'
import { nfProfile } from '../../src/nchf/nrf-profile.ts'
import { createOutgoing } from '../../src/nchf/outgoing.ts'
import { createRegistration } from '../../src/nchf/registration.ts'
import { retryAfterMs } from '../../src/nchf/retry-after.ts'
import { createTokens } from '../../src/nchf/tokens.ts'
import { systemClock, systemRandom, systemScheduler } from '../../src/ops/clock.ts'
import { type Answer, type Scope, sessionOrder, startConsumer } from '../support/nchf-consumer.ts'
import { plainProfile, startNrf } from '../support/nrf.ts'
import { keepLog } from '../support/open-test-store.ts'

const instanceId = '6f1c2a52-59c9-4a5e-9d2f-0d6b6b0c7a11'

/** Keeps the pauses that are asked for, and lasts none of them. */
function hastened() {
  const pauses: number[] = []
  const scheduler: Scheduler = {
    ...systemScheduler,
    later(ms, run) {
      pauses.push(ms)
      return systemScheduler.later(1, run)
    }
  }
  return { pauses, scheduler }
}

function outgoingOf(t: Scope) {
  const outgoing = createOutgoing({ clock: systemClock, scheduler: systemScheduler })
  t.teardown(() => outgoing.close())
  return outgoing
}

async function deliver(t: Scope, ...answers: Answer[]) {
  const consumer = await startConsumer(t, ...answers)
  const { pauses, scheduler } = hastened()
  const ports = { outgoing: outgoingOf(t), random: systemRandom, scheduler }
  const result = await createNchfNotifier(ports).deliver(sessionOrder(consumer.uri))
  return { result, pauses, sent: consumer.notified.length }
}

const busy = (status: number, after: string): Answer => [status, { 'retry-after': after }]

t.test('Retry-After is a number of seconds or a date', async t => {
  const now = Date.parse('2026-11-21T08:00:00.000Z')
  const cases: [string | undefined, number | null][] = [
    [undefined, null],
    ['0', 0],
    ['120', 120_000],
    ['Sat, 21 Nov 2026 08:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 07:59:00 GMT', 0],
    ['Sat, 99 Nov 2026 07:59:00 GMT', null],
    ['-1', null],
    ['1.5', null],
    ['99999999999999', null],
    ['soon', null],
    ['', null]
  ]
  for (const [header, ms] of cases) t.equal(retryAfterMs(header, now), ms, String(header))
})

t.test('a consumer that says when is asked then, as often as it says so', async t => {
  const five = await deliver(t, ...[1, 2, 3, 4, 5].map(() => busy(503, '9')), [204])
  t.equal(five.result, 'accepted')
  t.same(five.pauses.slice(0, 4), [9_000, 9_000, 9_000, 9_000])
  t.equal(five.sent, 6)
  const date = new Date(Date.now() + 60_000).toUTCString()
  const { pauses, result } = await deliver(t, busy(429, date), [204])
  t.equal(result, 'accepted')
  t.ok((pauses[0] ?? 0) > 50_000 && (pauses[0] ?? 0) <= 60_000, String(pauses))
  const none = await deliver(t, busy(503, '0'), [503], [204])
  t.match(none, { result: 'accepted', pauses: [1_000, 2_000] }, 'never sooner than usual')
})

t.test('a consumer that wants to be left alone for long is given up at once', async t => {
  t.match(await deliver(t, busy(503, '3600')), { result: 'timeout', sent: 1, pauses: [] })
  const { result, pauses, sent } = await deliver(t, busy(503, '50'))
  t.same([result, sent, pauses], ['timeout', 3, [50_000, 50_000]])
})

t.test('an NRF that says when is asked then, within five minutes', async t => {
  const nrf = await startNrf(t)
  const after = (seconds: number) => ({ status: 503, headers: { 'retry-after': `${seconds}` } })
  nrf.faults.push(after(90), { status: 429, headers: { 'retry-after': '86400' } }, { status: 503 })
  const { pauses, scheduler } = hastened()
  const registration = createRegistration({
    outgoing: outgoingOf(t),
    scheduler,
    random: systemRandom,
    logger: keepLog(),
    nrfUri: nrf.uri,
    profile: nfProfile(plainProfile(instanceId))
  })
  t.teardown(() => registration.stop())
  registration.start()
  await nrf.until('PATCH 204')
  const [first = 0, second = 0, third = 0] = pauses
  t.ok(first >= 90_000 && first < 91_000, String(first))
  t.ok(second >= 300_000 && second < 302_000, String(second))
  t.ok(third < 6_000, String(third))
})

t.test('an NRF that gives no tokens for a while is asked after it', async t => {
  const nrf = await startNrf(t)
  let now = 0
  const tokens = createTokens({
    outgoing: outgoingOf(t),
    clock: { now: systemClock.now, monotonic: () => now },
    logger: keepLog(),
    nrfUri: nrf.uri,
    instanceId,
    scope: 'nsmf-callback'
  })
  nrf.faults.push({ status: 503, headers: { 'retry-after': '60' } })
  t.equal(await tokens.authorization(), null)
  now = 59_999
  t.equal(await tokens.authorization(), null)
  t.equal(nrf.answered.length, 1)
  now = 60_001
  t.match(await tokens.authorization(), /^Bearer /)
})
