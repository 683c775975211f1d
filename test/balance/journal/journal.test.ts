import t, { type Test } from 'tap'
import type { ServiceOptions } from '../../../src/balance/service.ts'
import type { StandIn } from '../../../src/charging/decision.ts'
import { limits } from '../../../src/domain/limits.ts'
import type { ChargingRequest } from '../../../src/domain/request.ts'
import { derivedTraceId } from '../../../src/trace/trace-id.ts'
import { createJournalState, createMemoryJournal, journaled } from '../../support/memory-journal.ts'
import { ask, createBench, decide, hour, message, msisdn, open } from '../toy.ts'

/** A service whose journal is written after so many turns of the bench; `null`: the disk hangs. */
function serve(more: Partial<ServiceOptions> = {}, disk: { hangs: boolean } = { hangs: false }) {
  const bench = createBench()
  const state = createJournalState()
  const journal = createMemoryJournal(state, {
    alive: () => true,
    written: run => {
      if (!disk.hangs) setImmediate(run)
    }
  })
  const { service, watched } = bench.serve({ journal, ...more })
  service.startReplay()
  return { bench, service, watched, state }
}

type Served = ReturnType<typeof serve>

/** Asks while the store is away; the answer, and the milliseconds until it came. */
async function askInOutage({ bench, service, watched }: Served, ...requests: ChargingRequest[]) {
  watched.fail = 'before'
  const from = bench.now
  let ended = from
  const answers = Promise.all(requests.map(request => ask(service, request))).then(given => {
    ended = bench.now
    return given
  })
  await bench.advance(6_000)
  return { answers: await answers, milliseconds: ended - from }
}

async function comeBack({ bench, watched }: Served, ms = 10_000): Promise<void> {
  watched.fail = null
  await bench.advance(ms)
}

t.test('usage is journaled before its refusal, in time, and replayed', async t => {
  const served = serve()
  const { bench, service, state } = served
  await open(service)
  await ask(service, message('initial', 0, 0))
  const { answers, milliseconds } = await askInOutage(
    served,
    message('update', 1, 100),
    message('update', 2, 0),
    message('termination', 3, 50)
  )
  t.same(
    answers.map(answer => answer.outcome),
    ['too-busy', 'too-busy', 'too-busy']
  )
  t.ok(milliseconds <= 4_500, `${milliseconds} ms`)
  t.equal(journaled(state), 2, 'what reports no usage is not kept')
  await comeBack(served)
  t.equal(journaled(state), 0)
  t.equal(bench.account().wallet.available, 1_000_000 - 150)
  t.match(service.stats(), { journalWritten: 2, journalReplayed: 2, journalDead: 0 })
  await ask(service, message('update', 1, 100))
  t.equal(bench.account().wallet.available, 1_000_000 - 150, 'a repeat changes nothing')
})

t.test('what a slow store answers in time is not journaled', async t => {
  const served = serve()
  const { bench, service, watched } = served
  await open(service)
  watched.fail = 'before'
  const answer = ask(service, message('update', 0, 100))
  await bench.advance(2_000)
  watched.fail = null
  await bench.advance(1_000)
  t.equal((await answer).outcome, 'success')
  t.equal(service.stats().journalWritten, 0)
})

t.test('a commit that took effect unseen is not charged again', async t => {
  const served = serve()
  const { bench, service, watched } = served
  await open(service)
  watched.fail = 'after'
  const answer = ask(service, message('update', 0, 100))
  await bench.advance(6_000)
  t.equal((await answer).outcome, 'too-busy')
  await comeBack(served)
  t.equal(bench.account().wallet.available, 1_000_000 - 100)
  t.equal(service.stats().journalReplayed, 1)
})

t.test('a repeat in the outage is journaled once', async t => {
  const served = serve()
  await open(served.service)
  await askInOutage(served, message('update', 0, 100))
  await askInOutage(served, message('update', 0, 100))
  t.equal(journaled(served.state), 1)
  await comeBack(served)
  t.equal(served.bench.account().wallet.available, 1_000_000 - 100)
})

t.test('a disk that hangs holds up an answer for half a second', async t => {
  const served = serve({}, { hangs: true })
  await open(served.service)
  const { answers, milliseconds } = await askInOutage(served, message('update', 0, 100))
  t.equal(answers[0]?.outcome, 'too-busy')
  t.ok(milliseconds > 4_000 && milliseconds < 4_900, `${milliseconds} ms`)
})

t.test('a poison request does not hold up the others, and ends as a dead letter', async t => {
  const served = serve()
  const { bench, service, state } = served
  await open(service)
  await askInOutage(
    served,
    message('update', 0, 1, { context: 'boom', sessionId: 'poison' }),
    message('update', 0, 2, { sessionId: 'unknown', subscribers: [msisdn('4999')] }),
    message('update', 0, 100)
  )
  await comeBack(served, 1_500)
  t.equal(bench.account().wallet.available, 1_000_000 - 100, 'at once')
  t.equal(journaled(state), 2)
  await bench.advance(20_000)
  t.equal(journaled(state), 0)
  t.match(service.stats(), { journalReplayed: 1, journalDead: 2 })
  const reasons = state.letters.map(letter => JSON.parse(letter).reason)
  t.same(reasons.toSorted(), ['unable-to-comply', 'user-unknown'])
  t.match(state.letters.join(' '), /poison/)
  t.match(
    bench.logged.filter(({ fields }) => 'alarm' in fields),
    [{ fields: { alarm: 'journal-dead-letters' } }]
  )
  const said = bench.logged.filter(({ message }) => message.includes('cannot be charged'))
  t.same(
    said.map(({ fields }) => JSON.stringify(fields)).toSorted(),
    [
      { session: 'poison', traceId: derivedTraceId('poison'), reason: 'unable-to-comply' },
      { session: 'unknown', traceId: derivedTraceId('unknown'), reason: 'user-unknown' }
    ].map(fields => JSON.stringify(fields))
  )
})

t.test('what is older than the receipts is not replayed: it may have been charged', async t => {
  const served = serve()
  const { bench, service, state } = served
  await open(service)
  await askInOutage(served, message('update', 0, 100))
  bench.now += limits.receiptHours * hour
  await comeBack(served)
  t.equal(bench.account().wallet.available, 1_000_000)
  t.match(state.letters, [/older than the receipts/])
  t.equal(service.stats().journalDead, 1)
})

t.test('a full journal is an alarm, and the answer the same', async t => {
  const served = serve({ limits: { ...limits, journalOctets: 100 } })
  const { bench, service } = served
  await open(service)
  await askInOutage(served, message('update', 0, 100))
  const { answers } = await askInOutage(served, message('update', 1, 100))
  t.equal(answers[0]?.outcome, 'too-busy')
  t.match(service.stats(), { journalWritten: 1, journalLost: 1, journalFailing: 1 })
  t.match(
    bench.logged.filter(({ fields }) => 'alarm' in fields),
    [{ fields: { alarm: 'journal-full' } }]
  )
})

t.test('a request is replayed with the instant of its arrival', async t => {
  const seen: (number | undefined)[] = []
  const served = serve({
    decide(state, request, now) {
      if (request.kind === 'charging') seen.push(request.receivedAt)
      return decide(state, request, now)
    }
  })
  await open(served.service)
  const arrived = served.bench.now
  await askInOutage(served, message('update', 0, 100))
  served.bench.now += hour
  await comeBack(served)
  t.same(seen, [arrived])
})

/** Everything of context `free` is granted alone. */
const standIn: StandIn = (request, known) =>
  request.context === 'free' || known?.apn === 'free'
    ? {
        answer: { kind: 'charging', outcome: 'success', units: [], repeated: false },
        request: { ...request, facts: { apn: 'free' } },
        whole: true
      }
    : null

async function openAndGrant(t: Test): Promise<Served> {
  const served = serve({ standIn })
  await open(served.service)
  const { answers } = await askInOutage(served, message('initial', 0, 0, { context: 'free' }))
  t.equal(answers[0]?.outcome, 'success')
  t.equal(journaled(served.state), 1, 'kept for the CDR, though nothing was used')
  return served
}

t.test('a session that was granted without the store waits for its replay', async t => {
  const served = await openAndGrant(t)
  const { bench, service, state, watched } = served
  watched.fail = null
  const before = watched.groups.length
  const update = await ask(service, message('update', 1, 7))
  t.equal(update.outcome, 'success', 'its facts are remembered')
  t.equal(watched.groups.length, before, 'the store was not asked')
  t.equal(journaled(state), 2)
  await bench.advance(5_000)
  t.equal(journaled(state), 0)
  t.equal(bench.account().wallet.available, 1_000_000 - 7)
  await ask(service, message('update', 2, 5))
  t.equal(service.stats().grantedAlone, 2)
  t.equal(bench.account().wallet.available, 1_000_000 - 12, 'from then on it is like any other')
})

t.test('while the store is known to be away, what is free does not wait for it', async t => {
  const served = await openAndGrant(t)
  const { service } = served
  const from = served.bench.now
  const other = message('initial', 0, 0, { context: 'free', sessionId: 'other' })
  t.equal((await ask(service, other)).outcome, 'success')
  t.equal(served.bench.now, from)
})

t.test('without a journal a request is refused as ever', async t => {
  const bench = createBench()
  const { service, watched } = bench.serve({ standIn })
  await open(service)
  watched.fail = 'before'
  const answer = ask(service, message('update', 0, 100))
  await bench.advance(6_000)
  t.equal((await answer).outcome, 'too-busy')
  t.equal(service.stats().journalWritten, 0)
})
