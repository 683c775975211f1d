import t from 'tap'
import type { HandedRequests, HandOver } from '../../src/balance/hand-over.ts'
import type { ChargingService } from '../../src/balance/service.ts'
import { writerOf } from '../../src/balance/versions.ts'
import { ask, createBench, message, open } from './toy.ts'

type Offer = HandOver['offer']

/**
 * Two servers, of which the second commits before each of the first's next commits; `offer` is what the first is
 * offered to hand its requests over.
 */
async function rivals(offer: (winner: ChargingService) => Offer, races = 2) {
  const bench = createBench()
  const second = bench.serve()
  const seen: { writer: string; handed: HandedRequests }[] = []
  const hand = offer(second.service)
  const first = bench.serve({
    handOver: {
      offer(writer, handed, done) {
        seen.push({ writer, handed })
        return hand(writer, handed, done)
      }
    }
  })
  await open(second.service)
  await ask(second.service, message('initial', 0, 0))
  await ask(first.service, message('update', 1, 1))
  let left = races
  const interfere = async () => {
    if (--left > 0) first.watched.meanwhile = interfere
    await ask(second.service, message('initial', 0, 10, { sessionId: `other ${left}` }))
  }
  first.watched.meanwhile = interfere
  return { bench, first, second, seen }
}

const available = 1_000_000

t.test('after two lost races the worker that won them decides, once', async t => {
  const { bench, first, second, seen } = await rivals(winner => (writer, handed, done) => {
    t.equal(writer, winner.writer)
    winner.takeOver(JSON.parse(JSON.stringify(handed)), done)
    return true
  })
  const sent = [2, 3].map(number => ask(first.service, message('update', number, 100)))
  await bench.rest()
  const answers = await Promise.all(sent)
  t.match(answers, [
    { outcome: 'success', repeated: false },
    { outcome: 'success', repeated: false }
  ])
  t.equal(bench.account().wallet.available, available - 1 - 20 - 200)
  t.equal(seen.length, 1)
  t.match(seen[0]?.handed, { accountId: 'a1', withinMs: 1_000 })
  t.match(
    [first, second].map(({ service }) => service.stats()),
    [{ conflicts: 2, handedOver: 1 }, { handedOver: 0 }]
  )
  t.match(await ask(first.service, message('update', 2, 100)), { repeated: true })
  const after = ask(first.service, message('update', 4, 1_000))
  await bench.advance(100)
  t.match(await after, { outcome: 'success' })
  t.equal(bench.account().wallet.available, available - 1 - 20 - 1_200)
})

t.test('without such a worker, or an answer of it, the request is decided here', async t => {
  for (const offer of [
    () => () => false,
    () => (_writer: string, _handed: HandedRequests, done: (answers: []) => void) => {
      done([])
      return true
    }
  ] as ((winner: ChargingService) => Offer)[]) {
    const { bench, first } = await rivals(offer)
    const sent = ask(first.service, message('update', 2, 100))
    await bench.advance(1_000)
    t.match(await sent, { outcome: 'success', repeated: false })
    t.equal(bench.account().wallet.available, available - 1 - 20 - 100)
  }
})

t.test('an answer lost on its way back debits nothing twice', async t => {
  const { bench, first } = await rivals(winner => (_, handed, done) => {
    winner.takeOver(handed, () => done([]))
    return true
  })
  const sent = ask(first.service, message('update', 2, 100))
  await bench.advance(1_000)
  t.match(await sent, { outcome: 'success', repeated: true })
  t.equal(bench.account().wallet.available, available - 1 - 20 - 100)
})

t.test('what was handed over is not handed on', async t => {
  const { bench, first, seen } = await rivals(() => () => t.fail('handed on'), 3)
  const { request, lineId } = { request: message('update', 2, 100), lineId: '4915100000001' }
  const handed = { accountId: 'a1', requests: [{ request, lineId }], withinMs: 500 }
  const answers = new Promise(resolve => first.service.takeOver(handed, resolve))
  await bench.advance(400)
  t.match(await answers, [{ outcome: 'success' }])
  t.same(seen, [])
})

t.test('what cannot be decided in time is given back undecided', async t => {
  const { bench, first } = await rivals(() => () => false)
  first.watched.fail = 'before'
  const handed = {
    accountId: 'a1',
    requests: [{ request: message('update', 2, 100), lineId: '4915100000001' }],
    withinMs: 500
  }
  const answers = new Promise(resolve => first.service.takeOver(handed, resolve))
  await bench.advance(600)
  t.same(await answers, [null])
  first.watched.fail = null
  await bench.advance(5_000)
  t.equal(bench.account().wallet.available, available - 1, 'nor is it decided afterwards')
  await first.service.close()
  t.same(await new Promise(resolve => first.service.takeOver(handed, resolve)), [null])
})

t.test('a version names its writer', async t => {
  t.equal(writerOf(`000000001${'ab12'.padEnd(15, '.')}ffffffffffff`), 'ab12')
  t.equal(writerOf(`000000001${'x'.repeat(15)}ffffffffffff`), 'x'.repeat(15))
})
