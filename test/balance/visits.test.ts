import fc from 'fast-check'
import t from 'tap'
import { createEngine } from '../../src/charging/engine.ts'
import type { ChargingRequest, RequestType } from '../../src/domain/request.ts'
import { catalogues } from '../support/catalogue.ts'
import { request } from '../support/engine-driver.ts'
import { ask, createBench, message, msisdn, open } from './toy.ts'

const a = { subscribers: [msisdn('4915100000001')] }
const b = { subscribers: [msisdn('4915100000002')] }
const stranger = { subscribers: [msisdn('4915100000099')] }
const nobody = { subscribers: [] }

/** Servers on one store, with the accounts a1 and a2. */
async function serve(count = 1) {
  const bench = createBench()
  const servers = Array.from({ length: count }, () => bench.serve())
  await open(servers[0]!.service)
  await open(servers[0]!.service, { accountId: 'a2', lines: [{ msisdn: '4915100000002' }] })
  return { bench, servers: servers.map(({ service }) => service), watched: servers[0]!.watched }
}

const spent = (bench: ReturnType<typeof createBench>, id: string) =>
  1_000_000 - bench.account(id).wallet.available

t.test('usage of an open session is its account’s, whatever subscriber is named', async t => {
  for (const count of [1, 2, 3]) {
    const { bench, servers } = await serve(count)
    const to = (i: number) => servers[i % count]!
    t.equal((await ask(to(0), message('initial', 0, 1, a))).outcome, 'success')
    t.equal((await ask(to(1), message('update', 1, 10, b))).outcome, 'success')
    t.equal((await ask(to(1), message('update', 2, 100, nobody))).outcome, 'success')
    t.equal((await ask(to(2), message('update', 3, 1_000, stranger))).outcome, 'success')
    t.match(await ask(to(0), message('update', 1, 10, b)), { repeated: true })
    t.equal((await ask(to(1), message('termination', 4, 10_000, b))).outcome, 'success')
    t.equal(spent(bench, 'a1'), 11_111)
    t.equal(spent(bench, 'a2'), 0)
    t.equal(bench.account('a1').openSessions, 0)
    t.equal(bench.state.accounts.get('a2')?.sessions.size, 0)
  }
})

t.test(
  'identities that contradict each other do not lose the usage of an open session',
  async t => {
    const { bench, servers } = await serve()
    const both = { subscribers: [...b.subscribers, { type: 'imsi', value: '262010000000001' }] }
    await ask(servers[0]!, message('initial', 0, 1, a))
    const fresh = bench.serve().service
    t.equal(
      (await ask(fresh, message('update', 1, 10, both as Partial<ChargingRequest>))).outcome,
      'success'
    )
    t.equal(spent(bench, 'a1'), 11)
  }
)

t.test('a repeat is known in the account that charged it, also after the end', async t => {
  const { bench, servers } = await serve(2)
  await ask(servers[0]!, message('initial', 0, 1, a))
  await ask(servers[0]!, message('update', 1, 10, b))
  await ask(servers[0]!, message('termination', 2, 100, b))
  t.match(await ask(servers[1]!, message('update', 1, 10, b)), { repeated: true })
  t.match(await ask(servers[1]!, message('termination', 2, 100, b)), { repeated: true })
  t.match(await ask(servers[1]!, message('termination', 2, 100, stranger)), { repeated: true })
  t.equal(spent(bench, 'a1'), 111)
  t.equal(spent(bench, 'a2'), 0)
})

t.test('what comes after the end belongs to the subscriber that is named', async t => {
  const { bench, servers } = await serve()
  await ask(servers[0]!, message('initial', 0, 1, a))
  await ask(servers[0]!, message('termination', 1, 0, a))
  await ask(servers[0]!, message('update', 2, 10, b))
  t.equal(spent(bench, 'a2'), 10)
  t.equal((await ask(servers[0]!, message('update', 3, 10, stranger))).outcome, 'user-unknown')
  t.equal(spent(bench, 'a1'), 1)
})

t.test('a session that has expired, and was not swept, is not open', async t => {
  const { bench, servers } = await serve()
  await ask(servers[0]!, message('initial', 0, 1, a))
  bench.now += 3_600_000
  await ask(servers[0]!, message('update', 1, 10, b))
  t.equal(spent(bench, 'a1'), 1)
  t.equal(spent(bench, 'a2'), 10)
})

t.test(
  'an event under the id of another account’s live session leaves its route alone',
  async t => {
    const { bench, servers } = await serve(2)
    await ask(servers[0]!, message('initial', 0, 1, a))
    t.equal((await ask(servers[0]!, message('event', 7, 10, b))).outcome, 'success')
    t.match(await ask(servers[1]!, message('event', 7, 10, b)), { repeated: true })
    t.equal((await ask(servers[1]!, message('update', 1, 100, nobody))).outcome, 'success')
    t.equal(spent(bench, 'a1'), 101)
    t.equal(spent(bench, 'a2'), 10)
  }
)

t.test(
  'the directory is asked for nothing while sessions are where their subscribers are',
  async t => {
    const { servers, watched } = await serve()
    await ask(servers[0]!, message('initial', 0, 1, a))
    watched.asked.length = 0
    await ask(servers[0]!, message('update', 1, 10, a))
    await ask(servers[0]!, message('termination', 2, 10, a))
    t.same(watched.asked, [])
  }
)

t.test('a store that fails while a request visits charges it once', async t => {
  for (const fail of ['before', 'after'] as const) {
    const { bench, servers, watched } = await serve()
    await ask(servers[0]!, message('initial', 0, 1, a))
    watched.fail = fail
    const answer = ask(servers[0]!, message('update', 1, 10, b))
    await bench.advance(200)
    watched.fail = null
    await bench.advance(2_000)
    t.equal((await answer).outcome, 'success')
    t.equal(spent(bench, 'a1'), 11)
    t.equal(spent(bench, 'a2'), 0)
  }
})

t.test('two servers, one session and any subscribers: its account pays, once', async t => {
  const octets = fc.integer({ min: 0, max: 3_000_000 })
  const who = fc.constantFrom(a, b, stranger, nobody)
  const step = fc.record({
    octets,
    who,
    at: fc.nat(1),
    together: fc.boolean(),
    again: fc.boolean()
  })
  const run = async (steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) => {
    const bench = createBench()
    const engine = createEngine(() => catalogues)
    const servers = [bench.serve(engine), bench.serve(engine)].map(({ service }) => service)
    const more = { offers: ['go'], topUp: 10_000_000 }
    await open(servers[0]!, more)
    const lines = [{ msisdn: '4915100000002' }]
    await open(servers[1]!, { ...more, accountId: 'a2', lines })
    await ask(servers[0]!, request('initial', 0, [{ ask: null }], { sessionId: 's', ...a }))
    const sent: Promise<unknown>[] = []
    let sum = 0
    for (const [i, { at, again, together, ...said }] of steps.entries()) {
      const type: RequestType = i === steps.length - 1 ? 'termination' : 'update'
      if (!together || type === 'termination') await settled(bench, sent)
      const message = request(type, 1 + i, [{ ask: null, used: { octets: said.octets } }], {
        sessionId: 's',
        ...said.who
      })
      sum += said.octets
      sent.push(ask(servers[at]!, message))
      if (again) sent.push(ask(servers[1 - at]!, message))
    }
    await settled(bench, sent)
    const debit = 10_000_000 - bench.account('a1').wallet.available
    t.equal(debit, Math.ceil(sum / 100_000) * 1_000)
    t.equal(bench.account('a2').wallet.available, 10_000_000)
    t.equal(bench.account('a1').wallet.reserved, 0)
    t.equal(bench.account('a1').openSessions, 0)
  }
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), run), {
    numRuns: 60
  })
})

async function settled(bench: ReturnType<typeof createBench>, sent: Promise<unknown>[]) {
  await bench.advance(500)
  await Promise.all(sent)
}

t.test('RFC 6733 8.8: a session id is one account’s while its session is open', async t => {
  for (const count of [1, 2]) {
    const { bench, servers } = await serve(count)
    const to = (i: number) => servers[i % count]!
    t.equal((await ask(to(0), message('initial', 0, 1, a))).outcome, 'success')
    for (const number of [0, 5]) {
      const refused = await ask(to(1), message('initial', number, 7, b))
      t.match(refused, { outcome: 'unable-to-comply', repeated: false })
    }
    t.match(await ask(to(1), message('initial', 0, 1, a)), { repeated: true })
    t.equal((await ask(to(1), message('update', 1, 10, nobody))).outcome, 'success')
    t.equal((await ask(to(0), message('termination', 2, 100, a))).outcome, 'success')
    t.equal(spent(bench, 'a1'), 111)
    t.equal(spent(bench, 'a2'), 0)
    t.equal((await ask(to(1), message('initial', 0, 20, b))).outcome, 'success', 'then another’s')
    t.match(await ask(to(0), message('initial', 0, 20, b)), { repeated: true })
    t.equal((await ask(to(0), message('update', 1, 200, nobody))).outcome, 'success')
    t.equal((await ask(to(1), message('termination', 2, 2_000, nobody))).outcome, 'success')
    t.equal(spent(bench, 'a1'), 111)
    t.equal(spent(bench, 'a2'), 2_220)
    t.equal(bench.account('a1').openSessions + bench.account('a2').openSessions, 0)
  }
})

t.test('a session id of a session that has expired may begin another one', async t => {
  const { bench, servers } = await serve()
  await ask(servers[0]!, message('initial', 0, 1, a))
  bench.now += 3_600_000
  t.equal((await ask(servers[0]!, message('initial', 0, 10, b))).outcome, 'success')
  t.equal((await ask(servers[0]!, message('update', 1, 100, nobody))).outcome, 'success')
  t.equal(spent(bench, 'a1'), 1)
  t.equal(spent(bench, 'a2'), 110)
})

t.test('the id of another account’s session goes before what is asked under it', async t => {
  const bench = createBench()
  const { service } = bench.serve(createEngine(() => catalogues))
  await open(service, { offers: ['go'] })
  const lines = [{ msisdn: '4915100000002' }]
  await open(service, { accountId: 'a2', lines, offers: ['go'] })
  const sessionId = 'one'
  await ask(service, request('initial', 0, [{ ask: { octets: 1 } }], { sessionId, ...a }))
  const half = { octets: 2 ** 52 }
  const huge = [10, 11].map(ratingGroup => ({ ratingGroup, used: half }))
  await service.accounts.submit({ kind: 'block', accountId: 'a2', reason: 'test' })
  for (const usages of [huge, [{ used: { octets: 5_000_000 } }], [{ ask: null }]]) {
    const answer = await ask(service, request('initial', 0, usages, { sessionId, ...b }))
    t.match(answer, { outcome: 'unable-to-comply', units: [] })
  }
  t.equal(spent(bench, 'a2'), 0, 'and nothing of it is settled')
  const call = { context: '32260', facts: { calledParty: 'tel:112' }, sessionId, ...stranger }
  const emergency = [{ ratingGroup: 100, ask: null }]
  t.equal((await ask(service, request('initial', 0, emergency, call))).outcome, 'success')
  t.equal(bench.account('emergency').openSessions, 1)
})

t.test('a subscriber whom nobody knows comes before the session id', async t => {
  const { servers } = await serve()
  await ask(servers[0]!, message('initial', 0, 1, a))
  const answer = await ask(servers[0]!, message('initial', 0, 1, stranger))
  t.equal(answer.outcome, 'user-unknown')
})
