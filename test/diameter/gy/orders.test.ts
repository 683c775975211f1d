import t, { type Test } from 'tap'
import { createGyNotifier } from '../../../src/diameter/gy/orders.ts'
import { createDiameterListener } from '../../../src/diameter/listener.ts'
import type { OrderResult, SessionOrder } from '../../../src/domain/order.ts'
import { systemClock, systemRandom, systemScheduler } from '../../../src/ops/clock.ts'
import { connectDiameter, type DiameterClient } from '../../support/diameter-client.ts'
import { grantAll, listenerIdentity as identity } from '../../support/diameter-listener.ts'
import { answerOrder, order, orders } from '../../support/orders.ts'

const anOrder: SessionOrder = {
  action: 'reauthorize',
  cause: 'top-up',
  ratingGroup: null,
  accountId: 'a1',
  sessionId: 's;1',
  origin: { host: 'PGW.example.org', realm: 'example.org' },
  route: { protocol: 'gy', peer: 'dra.example.org' },
  lastAt: 1
}

/** A listener with a notifier that is patient for a tenth of a second. */
async function listening(t: Test) {
  const sent: string[] = []
  const changes: (readonly string[])[] = []
  const listener = createDiameterListener({
    listen: { host: '127.0.0.1', port: 0 },
    identity,
    charge: (request, reply) => reply(grantAll(request)),
    onPeers: () => changes.push(listener.peers.hosts()),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom
  })
  const { port } = await listener.listen()
  t.teardown(() => listener.close(100))
  const notifier = createGyNotifier({
    identity,
    peers: listener.peers,
    scheduler: systemScheduler,
    onSent: command => sent.push(command),
    answerMs: 100,
    pauseMs: 20
  })
  const connect = async (host: string): Promise<DiameterClient> => {
    const client = await connectDiameter(port)
    await client.cer({ 'Origin-Host': host })
    t.teardown(() => client.end())
    return client
  }
  return { connect, notifier, sent, changes }
}

const results: readonly (readonly [code: number, result: OrderResult])[] = [
  [2001, 'accepted'],
  [2002, 'accepted'],
  [5012, 'refused'],
  [4001, 'refused']
]
for (const [code, result] of results) {
  t.test(`an answer of ${code} ends the order: ${result}`, async t => {
    const { connect, notifier, sent } = await listening(t)
    const dra = await connect('DRA.example.org')
    const delivered = notifier.deliver(anOrder)
    answerOrder(dra, 'RAR', await order(dra, 'RAR'), code)
    t.equal(await delivered, result)
    t.same(sent, ['RAR'])
  })
}

t.test(
  'RFC 6733 8.5: an Abort-Session-Request goes to the client itself when its agent is away',
  async t => {
    const { connect, notifier } = await listening(t)
    const pgw = await connect('pgw.example.org')
    const delivered = notifier.deliver({ ...anOrder, action: 'abort' })
    answerOrder(pgw, 'ASR', await order(pgw, 'ASR'), 2001)
    t.equal(await delivered, 'accepted')
  }
)

t.test(
  'RFC 6733 8.3: a RAR without an answer is sent again, on the connections of the peer in turn',
  async t => {
    const { connect, notifier, sent } = await listening(t)
    const clients = [await connect('dra.example.org'), await connect('dra.example.org')]
    t.equal(await notifier.deliver(anOrder), 'timeout')
    t.same(sent, ['RAR', 'RAR', 'RAR'])
    t.same(clients.map(client => orders(client, 'RAR').length).sort(), [1, 2])
    const late = orders(clients[0]!, 'RAR')[0]!
    answerOrder(clients[0]!, 'RAR', late, 2001)
    t.match(await clients[0]!.ccr(), { resultCode: 2001 }, 'an answer that is too late is ignored')
  }
)

t.test('an agent that cannot deliver is asked again, and then given up', async t => {
  const { connect, notifier } = await listening(t)
  const dra = await connect('dra.example.org')
  const delivered = notifier.deliver(anOrder)
  for (const nth of [0, 1, 2]) answerOrder(dra, 'RAR', await order(dra, 'RAR', nth), 3002)
  t.equal(await delivered, 'undeliverable')
})

t.test('a session is gone only when the client has said so twice', async t => {
  const { connect, notifier } = await listening(t)
  const dra = await connect('dra.example.org')
  const known = notifier.deliver(anOrder)
  answerOrder(dra, 'RAR', await order(dra, 'RAR', 0), 5002)
  answerOrder(dra, 'RAR', await order(dra, 'RAR', 1), 2001)
  t.equal(await known, 'accepted', 'the first RAR had overtaken the answer to the CCR')
  const gone = notifier.deliver(anOrder)
  answerOrder(dra, 'RAR', await order(dra, 'RAR', 2), 5002)
  answerOrder(dra, 'RAR', await order(dra, 'RAR', 3), 5002)
  t.equal(await gone, 'unknown-session')
})

t.test('nobody there, or gone before the answer: unreachable', async t => {
  const { connect, notifier, changes } = await listening(t)
  t.equal(await notifier.deliver(anOrder), 'unreachable')
  const dra = await connect('dra.example.org')
  const delivered = notifier.deliver(anOrder)
  await order(dra, 'RAR')
  dra.end()
  t.equal(await delivered, 'unreachable')
  t.same(changes, [['dra.example.org'], []])
  const nchf = { protocol: 'nchf', notifyUri: 'http://127.0.0.1/' } as const
  t.equal(
    await notifier.deliver({ ...anOrder, route: nchf, origin: { host: '', realm: '' } }),
    'unreachable'
  )
})
