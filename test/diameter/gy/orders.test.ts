import t, { type Test } from 'tap'
import { createGyNotifier } from '../../../src/diameter/gy/orders.ts'
import { createDiameterListener } from '../../../src/diameter/listener.ts'
import type { OrderResult, SessionOrder } from '../../../src/domain/order.ts'
import type { SessionRoute } from '../../../src/domain/route.ts'
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
  const routes: SessionRoute[] = []
  const listener = createDiameterListener({
    listen: { host: '127.0.0.1', port: 0 },
    identity,
    charge(request, reply) {
      routes.push(request.route)
      reply(grantAll(request))
    },
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
  /** The order of a session whose last request came over this connection. */
  const orderOver = async (client: DiameterClient): Promise<SessionOrder> => {
    await client.ccr()
    const route = routes.at(-1)
    if (route === undefined) throw new Error('no request came')
    return { ...anOrder, route }
  }
  return { connect, notifier, sent, changes, orderOver }
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

t.test(
  'an order goes over the connection of the last request, or another one when that is gone',
  async t => {
    const { connect, notifier, orderOver } = await listening(t)
    const clients = [await connect('dra.example.org'), await connect('dra.example.org')] as const
    const counts = () => clients.map(client => orders(client, 'RAR').length)
    const [first, second] = [await orderOver(clients[0]), await orderOver(clients[1])]
    const deliver = async (wanted: SessionOrder, client: DiameterClient, ...codes: number[]) => {
      const before = orders(client, 'RAR').length
      const delivered = notifier.deliver(wanted)
      for (const [i, code] of codes.entries()) {
        answerOrder(client, 'RAR', await order(client, 'RAR', before + i), code)
      }
      return delivered
    }
    for (let i = 0; i < 3; i++) t.equal(await deliver(second, clients[1], 2001), 'accepted')
    for (let i = 0; i < 2; i++) t.equal(await deliver(first, clients[0], 2001), 'accepted')
    t.same(counts(), [2, 3])
    t.equal(await deliver(second, clients[1], 5002, 5002), 'unknown-session')
    t.same(counts(), [2, 5], 'asked again where it was answered')
    t.equal(await notifier.deliver(second), 'timeout')
    t.same(counts(), [3, 7], 'without an answer it is sent again on the other one')
    clients[1].end()
    await clients[1].closed
    t.equal(await deliver(second, clients[0], 2001), 'accepted')
    t.same(counts(), [4, 7])
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
