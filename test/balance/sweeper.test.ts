import t from 'tap'
import { ask, createBench, decide, hour, message, open } from './toy.ts'

t.test('sessions whose time is over are closed within seconds', async t => {
  const bench = createBench()
  const { service } = bench.serve()
  await open(service)
  service.start()
  for (let i = 0; i < 3; i++) await ask(service, message('initial', 0, 1, { sessionId: `s${i}` }))
  await bench.advance(hour - 2_000)
  t.equal(bench.account().openSessions, 3)
  await bench.advance(5_000)
  t.equal(bench.account().openSessions, 0)
  t.equal(bench.account().sweepAt, 0)
  t.equal(bench.state.accounts.get('a1')?.sessions.size, 0)
  t.equal(bench.state.accounts.get('a1')?.sweep.size, 0)
  t.ok((await ask(service, message('termination', 0, 1, { sessionId: 's1' }))).repeated)
  await service.close()
})

t.test(
  'more due sessions than one decision takes are closed one decision after another',
  async t => {
    const bench = createBench()
    const { service, watched } = bench.serve()
    await open(service)
    const opened = Array.from({ length: 150 }, (_, i) =>
      ask(service, message('initial', 0, 0, { sessionId: `s${i}` }))
    )
    await Promise.all(opened)
    bench.now += hour
    await ask(service, message('initial', 0, 0, { sessionId: 'later' }))
    watched.groups.length = 0
    t.equal(await service.sweep(), 3)
    t.same(
      watched.groups.map(group => group[0]?.write?.closed.length),
      [64, 64, 22]
    )
    t.equal(bench.account().openSessions, 1)
    t.equal(bench.account().sweepAt, bench.now + hour, 'the session that is left')
    t.equal(await service.sweep(), 0)
  }
)

t.test('two servers may sweep one store', async t => {
  const bench = createBench()
  const servers = [bench.serve().service, bench.serve().service]
  for (let i = 0; i < 20; i++) {
    const subscribers = [{ type: 'msisdn' as const, value: `49151${i}` }]
    await open(servers[0]!, { accountId: `a${i}`, lines: [{ msisdn: `49151${i}` }] })
    await ask(servers[i % 2]!, message('initial', 0, 0, { sessionId: `s${i}`, subscribers }))
  }
  bench.now += hour
  const sweeps = Promise.all(servers.map(service => service.sweep()))
  await bench.advance(5_000)
  const [first = 0, second = 0] = await sweeps
  t.equal(first + second, 20, 'each account once')
  for (let i = 0; i < 20; i++) t.equal(bench.account(`a${i}`).openSessions, 0)
})

t.test('a request on an account closes what is due there, without a sweeper', async t => {
  const bench = createBench()
  const { service } = bench.serve({
    decide(state, request, now) {
      t.ok(state.due.every(id => state.sessions.has(id)))
      dues.push([...state.due])
      nexts.push(state.nextDue)
      return decide(state, request, now)
    }
  })
  const dues: string[][] = []
  const nexts: (number | null)[] = []
  await open(service)
  await ask(service, message('initial', 0, 0, { sessionId: 's1' }))
  bench.now += 1_000
  await ask(service, message('initial', 0, 0, { sessionId: 's2' }))
  bench.now += hour - 1_000
  dues.length = 0
  nexts.length = 0
  await ask(service, message('update', 1, 0, { sessionId: 's2' }))
  t.same(dues, [['s1']])
  t.same(nexts, [bench.now + 1_000])
})

t.test('a sweep that fails is tried again, and old receipts are dropped', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve()
  let dropped = -1
  const failing = bench.serve({
    store: {
      ...watched.store,
      async dueAccounts() {
        throw new Error('away')
      },
      async dropReceipts(beforeHour) {
        dropped = beforeHour
      }
    }
  })
  await open(service)
  failing.service.start()
  await bench.advance(601_000)
  t.ok(bench.logged.length >= 500)
  t.match(bench.logged[0], { message: 'sweeping sessions failed' })
  t.equal(dropped, Math.floor(bench.now / hour) - 25)
  await failing.service.close()
  const before = bench.logged.length
  await bench.advance(5_000)
  t.equal(bench.logged.length, before, 'a closed service sweeps no more')
})
