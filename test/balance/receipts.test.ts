/** How long a server knows what it has done: closed sessions, events, operations and answers. */
import t from 'tap'
import { createEngine } from '../../src/charging/engine.ts'
import { limits } from '../../src/domain/limits.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { catalogues } from '../support/catalogue.ts'
import { DAY, HOUR, request } from '../support/engine-driver.ts'
import { ask, createBench, open } from './toy.ts'

const MB = 1_000_000
const minute = 60_000

/** A server of the real engine, and a way to ask one that remembers nothing but what the store has. */
async function serve(more: Partial<Record<keyof typeof limits, number>> = {}) {
  const bench = createBench()
  const engine = createEngine(() => catalogues)
  const options = { ...engine, limits: { ...limits, ...more } }
  const { service } = bench.serve(options)
  await open(service, { offers: ['go'], topUp: 100 * MB })
  const lines = [{ msisdn: '4915100000002' }]
  await open(service, { accountId: 'a2', lines, offers: ['go'], topUp: 100 * MB })
  return {
    bench,
    service,
    fresh: () => bench.serve(options).service,
    spent: (id = 'a1') => 100 * MB - bench.account(id).wallet.available
  }
}

function session(sessionId: string): readonly [ChargingRequest, ChargingRequest] {
  return [
    request('initial', 0, [{ ask: null }], { sessionId }),
    request('termination', 1, [{ used: { octets: MB } }], { sessionId })
  ]
}

t.test('a closed session is known for 24 hours', async t => {
  const { bench, service, fresh, spent } = await serve()
  const [first, last] = session('s')
  await ask(service, first)
  await ask(service, last)
  bench.now += DAY - minute
  t.match(await ask(fresh(), last), { outcome: 'success', repeated: true })
  t.match(await ask(fresh(), first), { outcome: 'success', repeated: true })
  t.equal(spent(), 10_000)
  bench.now += 2 * HOUR
  t.match(await ask(fresh(), last), { outcome: 'unknown-session', repeated: false })
  t.equal(spent(), 20_000)
})

t.test('a debit can be repeated and named for 24 hours', async t => {
  const { bench, service, fresh, spent } = await serve()
  const sms = (number: number, event?: ChargingRequest['event']) =>
    request('event', number, [{ ratingGroup: 200, ask: { messages: 3 } }], {
      sessionId: `e;${event === undefined ? 1 : number}`,
      context: '32274',
      ...(event === undefined ? {} : { event })
    })
  const original = { sessionId: 'e;1', number: 1 }
  const refund = (number: number) => {
    const asked = sms(number, { action: 'refund', correlation: null, original })
    const one = { octets: null, seconds: null, messages: 1 }
    return { ...asked, usages: asked.usages.map(usage => ({ ...usage, requested: one })) }
  }
  await ask(service, sms(1))
  t.equal(spent(), 210_000)
  bench.now += DAY - minute
  t.match(await ask(fresh(), sms(1)), { repeated: true })
  t.match(await ask(fresh(), refund(2)), { units: [{ outcome: 'success' }] })
  t.equal(spent(), 140_000)
  bench.now += DAY + 2 * HOUR
  t.match(await ask(fresh(), refund(3)), { units: [{ outcome: 'rating-failed' }] })
  t.equal(spent(), 140_000)
})

t.test('an operation is known by its key for seven days, in its account', async t => {
  const { bench, service, fresh, spent } = await serve()
  const topUp = (accountId: string, digest = 'd') =>
    ({ kind: 'top-up', accountId, amount: 5, operation: { key: 'k', digest } }) as const
  t.match(await service.accounts.submit(topUp('a1')), { kind: 'done', repeated: false })
  t.match(await service.accounts.submit(topUp('a2')), { kind: 'done', repeated: false })
  bench.now += 7 * DAY - minute
  t.match(await fresh().accounts.submit(topUp('a1')), { kind: 'done', repeated: true })
  t.match(await fresh().accounts.submit(topUp('a1', 'other')), { reason: 'key-reused' })
  const pack = { kind: 'subscribe', accountId: 'a1', offer: 'pack' } as const
  const bought = { ...pack, operation: { key: 'p', digest: 'd' } }
  t.match(await service.accounts.submit(bought), { kind: 'done', repeated: false })
  t.match(await fresh().accounts.submit(bought), { kind: 'done', repeated: true })
  t.match(await fresh().accounts.submit({ ...bought, operation: { key: 'p', digest: 'e' } }), {
    reason: 'key-reused'
  })
  t.equal(spent(), MB - 5, 'the pack was paid once')
  bench.now += 2 * minute
  t.match(await fresh().accounts.submit(topUp('a1')), { kind: 'done', repeated: false })
})

t.test('answers of terminated sessions are remembered, at least of the last so many', async t => {
  t.equal(limits.closedAnswers, 20_000, 'of which at least half are kept')
  for (const count of [2, 3, 4, 5, 9]) {
    const { bench, service, spent } = await serve({ closedAnswers: 4 })
    const update = (n: number) =>
      request('update', 1, [{ ask: null, used: { octets: MB } }], { sessionId: `s;${n}` })
    for (let n = 0; n < count; n++) {
      const [first, last] = session(`s;${n}`)
      for (const each of [first, update(n), { ...last, number: 2 }]) await ask(service, each)
    }
    const before = spent()
    const answers = async (n: number, amount: object | null) => {
      for (const each of [session(`s;${n}`)[0], update(n)]) {
        const again = await ask(service, each)
        const expected = { outcome: 'success', repeated: true, units: [{ granted: amount }] }
        t.match(again, expected, `${n} of ${count}`)
      }
    }
    await answers(count - 1, { amount: 10 * MB })
    await answers(count - 2, { amount: 10 * MB })
    if (count > 4) await answers(0, null)
    t.equal(spent(), before)
    t.equal(bench.account().openSessions, 0)
  }
})
