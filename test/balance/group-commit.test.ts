import t from 'tap'
import { createGroup } from '../../src/balance/group.ts'
import { ask, createBench, message, open } from './toy.ts'

t.test('calls of a turn go out together and each gets its own result', async t => {
  const calls: number[][] = []
  const results: string[] = []
  let scheduled = 0
  const group = createGroup<number, number, string>({
    async call(many) {
      calls.push([...many])
      if (many.includes(13)) throw new Error('away')
      return many.map(one => one * 2)
    },
    callsMax: 3,
    schedule: () => scheduled++,
    done: (whose, result) => results.push(`${whose} ${result}`),
    failed: (whose, error) => results.push(`${whose} ${(error as Error).message}`)
  })
  for (const one of [1, 2, 3, 13, 5]) group.add(one, `n${one}`)
  t.equal(scheduled, 2, 'a full group went at once')
  group.send()
  t.equal(group.inFlight(), 5)
  await new Promise(resolve => setImmediate(resolve))
  t.same(calls, [
    [1, 2, 3],
    [13, 5]
  ])
  t.same(results, ['n1 2', 'n2 4', 'n3 6', 'n13 away', 'n5 away'])
  t.equal(group.inFlight(), 0)
  t.equal(group.largest(), 3)
  t.equal(group.sent(), 2)
})

t.test('a commit that was applied although the store failed is answered, not repeated', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve()
  await open(service)
  await ask(service, message('initial', 0, 0))
  watched.fail = 'after'
  const answer = ask(service, message('update', 1, 25))
  const bought = service.accounts.submit({
    kind: 'subscribe',
    accountId: 'a1',
    offer: 'pack',
    operation: null
  })
  await bench.rest()
  watched.fail = null
  await bench.advance(1_000)
  t.match(await answer, { outcome: 'success', repeated: false })
  t.match(await bought, { kind: 'done' })
  t.equal(bench.account().wallet.available, 1_000_000 - 25 - 1_000, 'once')
})

t.test('a commit that was not applied is made again', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve()
  await open(service)
  await ask(service, message('initial', 0, 0))
  watched.fail = 'before'
  const answer = ask(service, message('update', 1, 25))
  await bench.advance(500)
  t.equal(bench.account().wallet.available, 1_000_000)
  watched.fail = null
  await bench.advance(1_000)
  t.match(await answer, { outcome: 'success' })
  t.equal(bench.account().wallet.available, 1_000_000 - 25)
  t.ok(service.stats().storeFailures > 0)
})

t.test(
  'when others wrote after a commit of unknown fate, a keyless purchase is not made again',
  async t => {
    const bench = createBench()
    const { service, watched } = bench.serve()
    const other = bench.serve()
    await open(service)
    watched.fail = 'after'
    const bought = service.accounts.submit({
      kind: 'subscribe',
      accountId: 'a1',
      offer: 'pack',
      operation: null
    })
    await bench.rest()
    await ask(other.service, message('initial', 0, 5, { sessionId: 'other' }))
    watched.fail = null
    await bench.advance(1_000)
    t.match(await bought, { kind: 'refused', reason: 'unavailable' })
    t.equal(bench.account().wallet.available, 1_000_000 - 5 - 1_000, 'paid once')
  }
)

t.test(
  'with the store away everything is answered in time, and served when it is back',
  async t => {
    const bench = createBench()
    const { service, watched } = bench.serve()
    await open(service)
    await ask(service, message('initial', 0, 0))
    watched.fail = 'before'
    const known = ask(service, message('update', 1, 25))
    const unknown = ask(
      service,
      message('initial', 0, 0, { subscribers: [{ type: 'msisdn', value: '4999' }] })
    )
    const topUp = service.accounts.submit({
      kind: 'top-up',
      accountId: 'a1',
      amount: 1,
      operation: { key: 'k', digest: 'd' }
    })
    await bench.advance(4_500)
    t.equal((await known).outcome, 'too-busy')
    t.equal((await unknown).outcome, 'too-busy')
    t.match(await topUp, { kind: 'refused', reason: 'unavailable' })
    t.equal(service.stats().timedOut, 3)
    watched.fail = null
    await bench.advance(1_000)
    t.equal(bench.account().wallet.available, 1_000_000, 'nothing was decided after its time')
    t.match(await ask(service, message('update', 1, 25)), { outcome: 'success', repeated: false })
    t.equal(bench.account().wallet.available, 1_000_000 - 25)
    t.equal(service.stats().waiting, 0)
  }
)
