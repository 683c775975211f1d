import t from 'tap'
import { limits } from '../../src/domain/limits.ts'
import { ask, createBench, decide, message, open } from './toy.ts'

t.test('ten thousand accounts opened at once are grouped', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve()
  const count = 10_000
  const answers = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      open(service, {
        accountId: `a${i}`,
        lines: [{ msisdn: String(4915100000000 + i), imsi: String(262010000000000 + i) }]
      })
    )
  )
  t.ok(answers.every(answer => answer.kind === 'done'))
  t.equal(bench.state.accounts.size, count)
  t.equal(bench.state.identities.size, 2 * count)
  t.ok(watched.groups.length <= count / limits.commitsPerGroup + 2, `${watched.groups.length}`)
  t.ok(watched.asked.length < 300, `${watched.asked.length} other calls`)
})

t.test('an account is opened once, and its identities belong to nobody else', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve()
  t.match(await open(service), { kind: 'done' })
  t.match(await open(service), { kind: 'refused', reason: 'account-exists' })
  t.match(await open(service, { accountId: 'a2' }), {
    kind: 'refused',
    reason: 'identity-taken',
    detail: /msisdn:4915100000001/
  })
  const twice = [{ msisdn: '1' }, { msisdn: '2', imsi: '3' }, { imsi: '3' }]
  t.match(await open(service, { accountId: 'a3', lines: twice }), {
    kind: 'refused',
    reason: 'invalid',
    detail: /imsi:3/
  })
  t.match(await open(service, { accountId: 'a3', lines: [{}] }), {
    kind: 'refused',
    reason: 'invalid'
  })
  watched.asked.length = 0
  const refused = await open(service, {
    accountId: 'a4',
    lines: [{ msisdn: '4' }],
    offers: ['none']
  })
  t.match(refused, { kind: 'refused', reason: 'offer-unknown' })
  t.same(watched.asked, [], 'and nothing was claimed for it')
  t.equal(bench.state.identities.size, 2)
})

t.test('two servers that open one account at the same time open it once', async t => {
  const bench = createBench()
  const servers = [bench.serve().service, bench.serve().service]
  const answers = await Promise.all(servers.map(service => open(service)))
  t.same(answers.map(answer => answer.kind).sort(), ['done', 'refused'])
  t.match(
    answers.find(answer => answer.kind === 'refused'),
    { reason: 'account-exists' }
  )
  t.equal(bench.account().wallet.available, 1_000_000)
})

t.test('a claim that was left by a failure does not stop the same account', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve()
  watched.fail = 'before'
  t.match(await open(service), { kind: 'refused', reason: 'unavailable' })
  watched.fail = null
  bench.state.identities.set('msisdn:4915100000001', 'a1\n4915100000001')
  t.match(await open(service), { kind: 'done' })
})

t.test('a top-up with the same key is done once', async t => {
  const bench = createBench()
  const { service } = bench.serve()
  const other = bench.serve().service
  await open(service)
  const topUp = {
    kind: 'top-up',
    accountId: 'a1',
    amount: 500,
    operation: { key: 'k', digest: 'd' }
  } as const
  const answers = await Promise.all([
    service.accounts.submit(topUp),
    service.accounts.submit(topUp)
  ])
  t.match(answers, [{ repeated: false }, { repeated: true }], 'in one decision')
  t.match(await service.accounts.submit(topUp), { kind: 'done', repeated: true })
  t.match(await other.accounts.submit(topUp), { kind: 'done', repeated: true })
  t.equal(bench.account().wallet.available, 1_000_500)
  const unknown = await service.accounts.submit({ ...topUp, accountId: 'none' })
  t.match(unknown, { kind: 'refused', reason: 'account-unknown' })
})

t.test('accounts and sessions are read afresh, page by page', async t => {
  const bench = createBench()
  const { service } = bench.serve({
    present: (account, lines) => ({ account: { ...account, currency: 'XTS' }, lines })
  })
  const other = bench.serve().service
  for (let i = 0; i < 5; i++) {
    await open(service, { accountId: `a${i}`, lines: [{ msisdn: `49${i}` }] })
  }
  const subscribers = [{ type: 'msisdn' as const, value: '493' }]
  for (let i = 0; i < 5; i++) {
    await ask(other, message('initial', 0, 1, { sessionId: `s${i}`, subscribers }))
  }
  const first = [{ type: 'msisdn' as const, value: '491' }]
  await ask(other, message('initial', 0, 1, { sessionId: 'first', subscribers: first }))
  const view = await service.accounts.view('a3')
  t.equal(view?.account.openSessions, 5)
  t.equal(view?.account.currency, 'XTS', 'as the engine presents it')
  t.same(
    view?.lines.map(line => line.msisdn),
    ['493']
  )
  t.equal(await service.accounts.view('none'), null)
  t.equal(await service.accounts.sessions('none', null, 10), null)

  async function all<T>(
    page: (cursor: string | null) => Promise<{ items: readonly T[]; next: string | null } | null>
  ) {
    const items: T[] = []
    let cursor: string | null = null
    do {
      const got = await page(cursor)
      items.push(...(got?.items ?? []))
      cursor = got?.next ?? null
    } while (cursor !== null)
    return items
  }
  for (const limit of [1, 2, 3, 5, 100]) {
    const accounts = await all(cursor => service.accounts.list(cursor, limit))
    t.same(accounts.map(({ account }) => account.id).sort(), ['a0', 'a1', 'a2', 'a3', 'a4'])
    const one = await all(cursor => service.accounts.sessions('a3', cursor, limit))
    t.same(one.map(({ id }) => id).sort(), ['s0', 's1', 's2', 's3', 's4'])
    const every = await all(cursor => service.accounts.allSessions(cursor, limit))
    t.same(every.map(({ id }) => id).sort(), ['first', 's0', 's1', 's2', 's3', 's4'])
  }
  for (const cursor of ['x', '[1]', '{}']) {
    await t.rejects(service.accounts.allSessions(cursor, 1), { code: 'GYRO_INPUT_INVALID' })
  }
})

t.test('documents of a newer program fail the request, not the server', async t => {
  const bench = createBench()
  const { service } = bench.serve()
  await open(service)
  const stored = bench.state.accounts.get('a1')!
  stored.account = stored.account.replace('[1,', '[2,')
  stored.version = 'newer'
  t.equal((await ask(service, message('initial', 0, 0))).outcome, 'unable-to-comply')
  t.equal((await ask(bench.serve().service, message('initial', 0, 0))).outcome, 'unable-to-comply')
  t.match(JSON.stringify(bench.logged), 'run a newer version')
})

t.test('what an answer changed is told before it goes out', async t => {
  const bench = createBench()
  const told: string[] = []
  const { service } = bench.serve({
    hooks: {
      committed: (request, answer, changes) =>
        told.push(`${request.kind} ${answer.kind} ${changes !== null}`)
    }
  })
  await open(service)
  await ask(service, message('initial', 0, 0))
  await ask(service, message('initial', 0, 0))
  t.same(told, ['open-account done true', 'charging charging true', 'charging charging false'])
})

t.test('closing answers what is in flight and refuses what comes after', async t => {
  const bench = createBench()
  const { service } = bench.serve()
  await open(service)
  const answer = ask(service, message('initial', 0, 3))
  const closed = service.close()
  t.equal((await ask(service, message('update', 1, 3))).outcome, 'too-busy')
  t.equal((await answer).outcome, 'success')
  await closed
  t.equal(service.stats().waiting, 0)
  t.equal(bench.account().wallet.available, 1_000_000 - 3)
  await service.close()
})

t.test('what waited too long is not decided', async t => {
  const bench = createBench()
  let decided = 0
  const { service, watched } = bench.serve({
    decide(...given) {
      decided++
      return decide(...given)
    }
  })
  await open(service)
  await ask(service, message('initial', 0, 0))
  decided = 0
  let release: (() => void) | undefined
  watched.meanwhile = () => new Promise(resolve => (release = () => resolve(undefined)))
  const first = ask(service, message('update', 1, 10))
  await bench.rest()
  const second = ask(service, message('update', 2, 10))
  await bench.advance(limits.requestDeadlineMs + 300)
  t.equal((await first).outcome, 'too-busy')
  t.equal((await second).outcome, 'too-busy')
  release?.()
  await bench.rest()
  t.equal(decided, 1, 'the one that was under way')
  t.equal(bench.account().wallet.available, 1_000_000 - 10)
  t.match(await ask(service, message('update', 1, 10)), { outcome: 'success', repeated: true })
  t.match(await ask(service, message('update', 2, 10)), { outcome: 'success', repeated: false })
})

t.test(
  'a request whose client gives up earlier is answered then, and not decided later',
  async t => {
    const bench = createBench()
    const { service, watched } = bench.serve()
    await open(service)
    await ask(service, message('initial', 0, 0))
    let release: (() => void) | undefined
    watched.meanwhile = () => new Promise(resolve => (release = () => resolve(undefined)))
    const first = ask(service, message('update', 1, 10))
    await bench.rest()
    const hasty = ask(service, message('update', 2, 10, { deadline: bench.now + 300 }))
    const patient = ask(service, message('update', 3, 10, { deadline: bench.now + 60_000 }))
    await bench.advance(280)
    t.equal(service.stats().waiting, 3)
    await bench.advance(50)
    t.match(await hasty, { outcome: 'too-busy' })
    t.notOk((await hasty).uncertain, 'it is certain that it is not charged')
    t.equal(service.stats().waiting, 2)
    release?.()
    t.equal((await first).outcome, 'success')
    t.equal((await patient).outcome, 'success')
    t.equal(bench.account().wallet.available, 1_000_000 - 20)
  }
)
