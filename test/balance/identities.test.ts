import t from 'tap'
import { createRecentMap } from '../../src/balance/recent-map.ts'
import type { SubscriberId } from '../../src/domain/subscriber.ts'
import { ask, createBench, message, msisdn, open } from './toy.ts'

const imsi = (value: string): SubscriberId => ({ type: 'imsi', value })
const both = [msisdn('4915100000001'), imsi('262010000000001')]

t.test('a line is found by either identity, once', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve()
  await open(service)
  watched.asked.length = 0
  t.equal((await ask(service, message('initial', 0, 1, { subscribers: both }))).outcome, 'success')
  t.ok(
    watched.asked[0]?.includes('msisdn:4915100000001 imsi:262010000000001'),
    'both are asked for'
  )
  watched.asked.length = 0
  for (const [i, subscriber] of both.entries()) {
    t.equal(
      (await ask(service, message('update', 1 + i, 1, { subscribers: [subscriber] }))).outcome,
      'success'
    )
  }
  t.same(watched.asked, [], 'from the cache')
  t.equal(bench.account().wallet.available, 1_000_000 - 3)
})

t.test('identities that nobody can be found by do not matter', async t => {
  const bench = createBench()
  const { service } = bench.serve()
  await open(service)
  const nai: SubscriberId = { type: 'nai', value: 'someone@example' }
  const found = message('initial', 0, 1, { subscribers: [nai, imsi('262010000000001')] })
  t.equal((await ask(service, found)).outcome, 'success')
  const unknown = message('initial', 0, 1, { sessionId: 'other', subscribers: [nai] })
  t.equal((await ask(service, unknown)).outcome, 'user-unknown')
})

t.test(
  'an unknown subscriber is refused, nothing is written, and it is not remembered',
  async t => {
    const bench = createBench()
    const { service } = bench.serve()
    t.equal((await ask(service, message('initial', 0, 1))).outcome, 'user-unknown')
    t.equal((await ask(service, message('update', 1, 1))).outcome, 'user-unknown')
    t.equal(bench.state.accounts.size, 0)
    await open(service)
    t.equal((await ask(service, message('initial', 0, 1))).outcome, 'success')
  }
)

t.test('identities of two accounts in one request are refused and logged', async t => {
  const bench = createBench()
  const { service } = bench.serve()
  await open(service)
  await open(service, { accountId: 'a2', lines: [{ msisdn: '4915100000002' }] })
  const mixed = message('initial', 0, 1, {
    subscribers: [msisdn('4915100000002'), imsi('262010000000001')]
  })
  t.equal((await ask(service, mixed)).outcome, 'user-unknown')
  t.equal((await ask(service, { ...mixed, subscribers: both })).outcome, 'success')
  t.equal((await ask(service, { ...mixed, sessionId: 'again' })).outcome, 'user-unknown')
  t.equal(bench.logged.length, 2)
  t.match(bench.logged[0], { fields: { accounts: ['a2', 'a1'] } })
})

t.test('a request without a subscriber is found by its session', async t => {
  const bench = createBench()
  const { service } = bench.serve()
  const other = bench.serve()
  await open(service)
  const nobody = { subscribers: [] }
  t.equal((await ask(service, message('initial', 0, 1, nobody))).outcome, 'user-unknown')
  t.equal((await ask(service, message('update', 1, 1, nobody))).outcome, 'unknown-session')
  t.equal((await ask(service, message('termination', 2, 1, nobody))).outcome, 'unknown-session')
  await ask(service, message('initial', 0, 1))
  t.equal((await ask(other.service, message('update', 1, 1, nobody))).outcome, 'success')
  other.watched.asked.length = 0
  t.equal((await ask(other.service, message('update', 2, 1, nobody))).outcome, 'success')
  t.same(other.watched.asked, [])
  await ask(service, message('termination', 3, 1, nobody))
  t.ok((await ask(other.service, message('termination', 3, 1, nobody))).repeated, 'closed, too')
  t.equal(bench.account().wallet.available, 1_000_000 - 4)
})

t.test('a claimed identity whose account was never opened is unknown until it is', async t => {
  const bench = createBench()
  const { service } = bench.serve()
  bench.state.identities.set('msisdn:4915100000001', 'a1\n4915100000001')
  t.equal((await ask(service, message('initial', 0, 1))).outcome, 'user-unknown')
  t.match(await open(service), { kind: 'done' })
  t.equal((await ask(service, message('initial', 0, 1))).outcome, 'success')
})

t.test('a recent map forgets what was not used lately', async t => {
  const map = createRecentMap<number>(10)
  for (let i = 0; i < 100; i++) {
    map.set(`k${i}`, i)
    t.equal(map.get('k0'), 0, 'what is used stays')
    t.ok(map.size() <= 10)
  }
  t.equal(map.get('k50'), undefined)
  t.equal(map.get('k99'), 99)
  map.delete('k99')
  t.equal(map.get('k99'), undefined)
})
