/** What is free for everybody, from the request to the store: of whom nobody knows, and while the store is away. */
import t from 'tap'
import { createEngine } from '../../src/charging/engine.ts'
import type { CdrRecord, OutboxRecord } from '../../src/domain/record.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import type { Catalogue } from '../../src/rating/catalogue.ts'
import { catalogue as standard } from '../support/catalogue.ts'
import { request, type UsageTemplate } from '../support/engine-driver.ts'
import { createJournalState, createMemoryJournal, journaled } from '../support/memory-journal.ts'
import { ask, createBench, msisdn, open } from './toy.ts'

/** Rating group 20 is listed as free. */
const anywhere = { legs: null, zones: null, destinations: null }
const current: Catalogue = { ...standard, free: [{ service: 'free-internet', match: anywhere }] }
const stranger = { subscribers: [msisdn('4915199999999')] }
const octets = 1_000_000

async function serve() {
  const bench = createBench()
  const state = createJournalState()
  const written = (run: () => void) => void setImmediate(run)
  const journal = createMemoryJournal(state, { alive: () => true, written })
  const engine = createEngine(() => ({ current, byVersion: new Map() }))
  const { service, watched } = bench.serve({ journal, ...engine })
  service.startReplay()
  await open(service, { offers: ['go'], topUp: 1_000_000 })
  const lines = [{ msisdn: '4915100000002' }]
  await open(service, { accountId: 'a2', lines, offers: ['go'], topUp: 1_000_000 })
  return {
    bench,
    service,
    state,
    async inOutage(...asked: ChargingRequest[]) {
      watched.fail = 'before'
      const answers = Promise.all(asked.map(each => ask(service, each)))
      await bench.advance(6_000)
      return await answers
    },
    async comeBack() {
      watched.fail = null
      await bench.advance(30_000)
    },
    cdrs(): CdrRecord[] {
      return [...bench.state.outbox.values()]
        .flat()
        .map(({ value }) => JSON.parse(value) as OutboxRecord)
        .filter(record => record.kind === 'cdr')
    }
  }
}

function call(type: ChargingRequest['type'], number: number, usage: UsageTemplate, more: object) {
  const facts = number === 0 ? { calledParty: 'tel:112' } : {}
  const usages = [{ ratingGroup: 100, ...usage }]
  return request(type, number, usages, { context: '32260', facts, ...more })
}

const free = (usage: UsageTemplate, more: object = {}) =>
  request('initial', 0, [{ ratingGroup: 20, ...usage }], more)

t.test('an emergency of whom nobody knows, or who is two, is that of the account', async t => {
  const { service, bench, cdrs } = await serve()
  const two = {
    subscribers: [msisdn('4915100000002'), { type: 'imsi' as const, value: '262010000000001' }]
  }
  for (const [sessionId, who] of [
    ['nobody', stranger],
    ['two', two]
  ] as const) {
    const more = { ...who, sessionId }
    t.match(await ask(service, call('initial', 0, { ask: null }, more)), { outcome: 'success' })
    const end = call('termination', 1, { used: { seconds: 30 } }, { ...more, subscribers: [] })
    t.match(await ask(service, end), { outcome: 'success' })
    t.not((await ask(service, free({ ask: null }, { ...who, sessionId: 'x' }))).outcome, 'success')
  }
  const said = { accountId: 'emergency', flags: ['emergency'], seconds: 30, amount: 0 }
  t.match(cdrs(), [
    { ...said, sessionId: 'nobody', msisdn: '4915199999999', imsi: null },
    { ...said, sessionId: 'two', msisdn: '4915100000002', imsi: '262010000000001' }
  ])
  t.equal(bench.account('a1').wallet.available, 1_000_000)
  t.equal(bench.account('a2').wallet.available, 1_000_000)
})

t.test('without the store all but what is free is refused, whoever asks', async t => {
  const served = await serve()
  const paid = { ask: null, used: { octets } }
  const answers = await served.inOutage(
    free({ ask: null }, { ...stranger, sessionId: 'free' }),
    call('initial', 0, { ask: null }, { ...stranger, sessionId: 'call' }),
    request('initial', 0, [{ ask: null }], { sessionId: 'paid' }),
    request('update', 1, [paid, { ratingGroup: 20, ask: null }], { sessionId: 'both' }),
    request('update', 1, [paid], { sessionId: 'used' }),
    request('event', 0, [{ ask: { octets } }, { ratingGroup: 20, ask: null }], { sessionId: 'e' })
  )
  t.same(
    answers.map(({ outcome, units }) => [outcome, ...units.map(each => each.outcome)]),
    [
      ['success', 'success'],
      ['success', 'success'],
      ['too-busy'],
      ['success', 'service-denied', 'success'],
      ['too-busy'],
      ['too-busy']
    ]
  )
  await served.comeBack()
  t.equal(served.bench.account().wallet.available, 1_000_000 - 20_000, 'what was used twice')
  t.equal(served.bench.account().wallet.reserved, 0, 'and nothing is held for it')
})

t.test('what a stranger was granted costs nobody, and other usage is a dead letter', async t => {
  const served = await serve()
  await served.inOutage(
    free({ ask: null }, { ...stranger, sessionId: 'free' }),
    request('update', 3, [{ used: { octets } }], { ...stranger, sessionId: 'used' }),
    call('initial', 0, { ask: null, used: { seconds: 5 } }, { ...stranger, sessionId: 'call' })
  )
  await served.comeBack()
  await served.bench.advance(60_000)
  t.equal(journaled(served.state), 0)
  const letters = served.state.letters.map(text => JSON.parse(text))
  t.equal(letters.filter(({ reason }) => reason === 'user-unknown').length, letters.length)
  t.match(served.state.letters.join(' '), /sessionId\W+used/)
  t.notMatch(served.state.letters.join(' '), /sessionId\W+call/)
  t.equal(served.bench.account('emergency').openSessions, 1)
  t.same(served.cdrs(), [])
  for (const id of ['a1', 'a2']) t.equal(served.bench.account(id).wallet.available, 1_000_000)
})
