import t from 'tap'
import { limits } from '../../src/domain/limits.ts'
import { ask, createBench, decide, message, open } from './toy.ts'

t.test('what arrives in one turn is decided on the evolving state and committed once', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve()
  t.match(await open(service), { kind: 'done' })
  await ask(service, message('initial', 0, 0))
  watched.groups.length = 0
  watched.asked.length = 0
  const answers = await Promise.all(
    [1, 2, 3, 3].map(number => ask(service, message('update', number, 10)))
  )
  t.same(
    answers.map(answer => answer.repeated),
    [false, false, false, true]
  )
  t.equal(bench.account().wallet.available, 1_000_000 - 30)
  t.equal(watched.groups.length, 1, 'one call')
  t.equal(watched.groups[0]?.length, 1, 'of one commit')
  t.same(watched.asked, [], 'and nothing was loaded')
})

t.test('accounts of one turn share a call of the store, up to its limit', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve({ limits: { ...limits, commitsPerGroup: 4 } })
  for (let i = 0; i < 6; i++) {
    await open(service, { accountId: `a${i}`, lines: [{ msisdn: `49151${i}` }] })
  }
  const sent = (type: 'initial' | 'update', number: number) =>
    Promise.all(
      [0, 1, 2, 3, 4, 5].map(i =>
        ask(
          service,
          message(type, number, 1, {
            sessionId: `s${i}`,
            subscribers: [{ type: 'msisdn', value: `49151${i}` }]
          })
        )
      )
    )
  await sent('initial', 0)
  watched.groups.length = 0
  await sent('update', 1)
  t.same(
    watched.groups.map(group => group.length),
    [4, 2]
  )
  t.equal(service.stats().largestGroup, 4)
})

t.test('at most so many requests are decided together', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve({ limits: { ...limits, requestsPerDecision: 2 } })
  await open(service)
  await ask(service, message('initial', 0, 0))
  watched.groups.length = 0
  await Promise.all([1, 2, 3, 4, 5].map(number => ask(service, message('update', number, 10))))
  t.equal(watched.groups.length, 3)
  t.equal(bench.account().wallet.available, 1_000_000 - 50)
})

t.test('two servers that charge one account at the same time lose nothing', async t => {
  const bench = createBench()
  const servers = [bench.serve(), bench.serve(), bench.serve()]
  await open(servers[0]!.service)
  const sends = Array.from({ length: 60 }, (_, i) =>
    ask(servers[i % 3]!.service, message('initial', 0, 1 + i, { sessionId: `s${i}` }))
  )
  await bench.advance(10_000)
  const answers = await Promise.all(sends)
  t.ok(answers.every(({ outcome }) => outcome === 'success'))
  t.equal(bench.account().wallet.available, 1_000_000 - (60 * 61) / 2)
  t.equal(bench.account().openSessions, 60)
  t.ok(servers.some(({ service }) => service.stats().conflicts > 0))
})

t.test(
  'a refusal is confirmed against the store, a stored repeat needs no confirmation',
  async t => {
    const bench = createBench()
    const { service, watched } = bench.serve()
    await open(service)
    await ask(service, message('initial', 0, 0))
    watched.groups.length = 0
    const denied = await ask(service, message('update', 1, 5, { context: 'denied' }))
    t.equal(denied.outcome, 'service-denied')
    t.equal(watched.groups[0]?.[0]?.write, null, 'a commit that only checks')
    watched.groups.length = 0
    t.ok((await ask(service, message('initial', 0, 0))).repeated)
    t.equal(watched.groups.length, 0)
  }
)

t.test('a refusal on documents of yesterday is decided again', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve({
    decide(state, request, now) {
      const poor = (state.account?.wallet.available ?? 0) < 2_000_000
      if (request.kind === 'charging' && poor) {
        return {
          answer: { kind: 'charging', outcome: 'credit-limit-reached', units: [], repeated: false },
          changes: null
        }
      }
      return decide(state, request, now)
    }
  })
  const other = bench.serve()
  await open(service)
  t.equal((await ask(service, message('initial', 0, 0))).outcome, 'credit-limit-reached')
  watched.meanwhile = () =>
    other.service.accounts.submit({
      kind: 'top-up',
      accountId: 'a1',
      amount: 5_000_000,
      operation: { key: 'k', digest: 'd' }
    })
  t.equal((await ask(service, message('initial', 0, 0))).outcome, 'success')
})

t.test('a request that meets a bug fails alone', async t => {
  const bench = createBench()
  const { service } = bench.serve()
  await open(service)
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  await ask(service, message('initial', 0, 0, { traceId }))
  const answers = await Promise.all([
    ask(service, message('update', 1, 10)),
    ask(service, message('update', 2, 10, { context: 'boom' })),
    ask(service, message('update', 3, 10))
  ])
  t.same(
    answers.map(answer => answer.outcome),
    ['success', 'unable-to-comply', 'success']
  )
  t.equal(bench.account().wallet.available, 1_000_000 - 20)
  t.equal(service.stats().assertions, 1)
  const text = JSON.stringify(bench.logged)
  t.match(text, 'a decision failed')
  t.match(bench.logged, [{ fields: { traceId } }])
  t.notMatch(text, '4915100000001', 'identities are masked')
  t.match(text, '**********001')
  t.match(await service.accounts.submit({ kind: 'block', accountId: 'a1', reason: '' }), {
    kind: 'refused',
    reason: 'invalid'
  })
})

t.test('the cache is bounded, and what was dropped is loaded again', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve({ limits: { ...limits, cachedDocuments: 6 } })
  for (let i = 0; i < 4; i++) {
    await open(service, { accountId: `a${i}`, lines: [{ msisdn: `49151${i}` }] })
    const subscribers = [{ type: 'msisdn' as const, value: `49151${i}` }]
    await ask(service, message('initial', 0, 1, { sessionId: `s${i}`, subscribers }))
  }
  t.ok(service.stats().cachedDocuments <= 6)
  t.ok(service.stats().lanes <= 2)
  watched.asked.length = 0
  const subscribers = [{ type: 'msisdn' as const, value: '491510' }]
  await ask(service, message('update', 1, 1, { sessionId: 's0', subscribers }))
  t.same(watched.asked, ['load 1'])
  await ask(service, message('update', 2, 1, { sessionId: 's0', subscribers }))
  t.same(watched.asked, ['load 1'])
  t.equal(bench.account('a0').wallet.available, 1_000_000 - 3)
})

t.test('a closed session is known by its receipt, on any server', async t => {
  const bench = createBench()
  const { service } = bench.serve()
  const other = bench.serve()
  await open(service)
  await Promise.all([
    ask(service, message('initial', 0, 0)),
    ask(service, message('termination', 1, 7))
  ])
  t.ok((await ask(other.service, message('termination', 1, 7))).repeated, 'the termination')
  t.ok((await ask(other.service, message('initial', 0, 0))).repeated, 'the initial request')
  t.ok((await ask(service, message('initial', 0, 0))).repeated, 'where it was closed, too')
  t.equal(bench.account().wallet.available, 1_000_000 - 7)
})

t.test('an event is known by its receipt, and one never seen needs no look-up of it', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve()
  await open(service)
  watched.asked.length = 0
  const event = message('event', 0, 9, { sessionId: 'event-1' })
  t.notOk((await ask(service, event)).repeated)
  t.notOk(watched.asked.includes('receipt event-1'))
  t.ok((await ask(service, event)).repeated)
  t.ok(watched.asked.includes('receipt event-1'))
  t.equal(bench.account().wallet.available, 1_000_000 - 9)
})

t.test('the directory entry of a session is renewed once a day', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve()
  await open(service)
  const renewed: boolean[] = []
  for (let number = 0; number < 8; number++) {
    watched.groups.length = 0
    await ask(service, message(number === 0 ? 'initial' : 'update', number, 1))
    renewed.push(watched.groups[0]?.[0]?.write?.sessions[0]?.directory !== null)
    bench.now += 9 * 3_600_000
  }
  t.same(renewed, [true, false, false, true, false, false, true, false])
})
