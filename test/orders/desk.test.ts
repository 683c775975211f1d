import t, { type Test } from 'tap'
import type { Store } from '../../src/balance/store.ts'
import type { Notifier } from '../../src/charging/ports.ts'
import type { OrderRecord, OrderResult, SessionOrder } from '../../src/domain/order.ts'
import type { SessionRoute } from '../../src/domain/route.ts'
import type { ChargingSession } from '../../src/domain/session.ts'
import { systemClock, systemScheduler } from '../../src/ops/clock.ts'
import { createDesk } from '../../src/orders/desk.ts'
import { createNode } from '../../src/orders/node.ts'
import { createRouter } from '../../src/orders/router.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'
import { createMemoryState, createMemoryStore } from '../support/memory-store.ts'
import { keyOf, writeOf } from '../support/store-writes.ts'

const gy: SessionRoute = { protocol: 'gy', peer: 'pgw.example' }

/** A session of the account `a1`, as the engine leaves it. */
function sessionOf(id: string, change: Partial<ChargingSession> = {}): ChargingSession {
  const driver = EngineDriver.open(['go'], 20_000_000)
  driver.charge(request('initial', 0, [{ ask: {} }], { sessionId: id }))
  const session = driver.sessions.get(id)
  if (session === undefined) throw new Error('no session')
  return { ...session, startedAt: 1, ...change }
}

interface Options {
  readonly store: Store
  readonly sessions: readonly ChargingSession[]
  /** Origin-Hosts that the node reaches; it answers so. */
  readonly hosts?: readonly string[]
  readonly deliver?: Notifier['deliver']
  readonly nchf?: Notifier
  readonly patienceMs?: number
}

/** A server: desk, router and node over the store. */
function serve(t: Test, name: string, options: Options) {
  const { store, sessions, hosts = ['pgw.example'] } = options
  const delivered: SessionOrder[] = []
  const ended: (readonly [sessionId: string, result: OrderResult])[] = []
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const ports = { exchange: store.exchange, clock: systemClock, scheduler: systemScheduler, logger }
  const finished = (order: SessionOrder, result: OrderResult) =>
    void ended.push([order.sessionId, result])
  const router = createRouter({
    ...ports,
    finished,
    notifiers: options.nchf === undefined ? {} : { nchf: options.nchf },
    posted: () => node.wake(),
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs })
  })
  const deliver = options.deliver ?? (async () => 'accepted')
  const node = createNode({
    ...ports,
    name,
    router,
    finished,
    hosts: () => hosts,
    notifier: {
      deliver(order) {
        delivered.push(order)
        return deliver(order)
      }
    }
  })
  const desk = createDesk({
    ...ports,
    orders: store.orders,
    router,
    accounts: {
      session: async id => sessions.find(session => session.id === id) ?? null,
      sessions: async () => ({ items: sessions, next: null })
    }
  })
  node.start()
  desk.start()
  const stop = async () => {
    desk.stop()
    router.stop()
    await node.stop()
  }
  t.teardown(stop)
  return { delivered, ended, stop }
}

const block: OrderRecord = {
  accountId: 'a1',
  sessionId: null,
  action: 'abort',
  cause: 'block',
  ratingGroup: null,
  at: 1_000
}

async function leave(store: Store, ...records: readonly OrderRecord[]): Promise<void> {
  const orders = records.map(record => JSON.stringify(record))
  const key = keyOf(store, `a${orders.length} ${Math.random()}`)
  const commit = { key, expected: '', wanted: { lines: [], sessions: [] } }
  await store.commit([{ ...commit, write: writeOf({ orders }) }])
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 8_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('not in time')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

t.test('each open session is asked once, but for those that began after the cause', async t => {
  const store = createMemoryStore()
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const sessions = [
    sessionOf('s1'),
    sessionOf('s2', { traceId }),
    sessionOf('new', { startedAt: 1_001 })
  ]
  await leave(store, block, block)
  const { delivered, ended } = serve(t, 'n1', { store, sessions })
  await until(async () => (await store.orders.depth()) === 0 && ended.length === 2)
  t.same(delivered.map(order => order.sessionId).sort(), ['s1', 's2'])
  t.same(delivered.map(order => order.traceId).sort(), [traceId, undefined])
  t.match(delivered[0], { action: 'abort', route: gy, origin: { host: 'pgw.example' } })
})

t.test('an order for one line asks its sessions alone', async t => {
  const store = createMemoryStore()
  const sessions = [sessionOf('s1'), sessionOf('s2', { lineId: 'other' })]
  await leave(store, { ...block, lineId: 'other' })
  const { delivered, ended } = serve(t, 'n1', { store, sessions })
  await until(async () => (await store.orders.depth()) === 0 && ended.length === 1)
  t.same(
    delivered.map(order => order.sessionId),
    ['s2']
  )
})

t.test('a block leaves an emergency call alone, the operator need not', async t => {
  const store = createMemoryStore()
  const call = sessionOf('call')
  const services = call.services.map(service => ({
    ...service,
    grant: service.grant && { ...service.grant, price: 'emergency' }
  }))
  const sessions = [{ ...call, services }, sessionOf('data')]
  const { delivered, ended } = serve(t, 'n1', { store, sessions })
  await leave(store, block)
  await until(() => ended.length === 1)
  t.same(
    delivered.map(order => order.sessionId),
    ['data']
  )
  await leave(store, { ...block, sessionId: 'call', cause: 'operator' })
  await until(() => ended.length === 2)
  t.equal(delivered[1]?.sessionId, 'call')
})

t.test('a client that no server reaches costs its order, after some patience', async t => {
  const store = createMemoryStore()
  const sessions = [sessionOf('s1')]
  const { delivered, ended } = serve(t, 'n1', { store, sessions, hosts: [], patienceMs: 300 })
  await leave(store, block)
  await until(async () => (await store.orders.depth()) === 0 && ended.length === 1)
  t.same(ended, [['s1', 'unreachable']])
  t.same(delivered, [])
})

t.test('what a node cannot deliver goes on to another, and is given up in the end', async t => {
  const state = createMemoryState()
  const stores = [createMemoryStore(state), createMemoryStore(state)] as const
  const sessions = [sessionOf('s1')]
  const gone = serve(t, 'n1', {
    store: stores[0],
    sessions,
    deliver: async () => 'unreachable'
  })
  await leave(stores[0], block)
  await until(() => gone.ended.length === 1)
  t.same(gone.ended, [['s1', 'unreachable']])
  t.ok(gone.delivered.length > 1, 'it was tried again')
})

t.test('what a server that is gone had in hand is taken over', async t => {
  const state = createMemoryState()
  const stores = [createMemoryStore(state), createMemoryStore(state)] as const
  const sessions = [sessionOf('s1')]
  const stuck = serve(t, 'n1', {
    store: stores[0],
    sessions,
    deliver: () => new Promise(() => {})
  })
  await leave(stores[0], block)
  await until(() => stuck.delivered.length === 1)
  await stuck.stop()
  const other = serve(t, 'n2', { store: stores[1], sessions })
  await until(() => other.ended.length === 1)
  t.same(other.ended, [['s1', 'accepted']])
  t.same(
    (await stores[1].exchange.nodes()).map(({ node }) => node),
    ['n2'],
    'and the server is forgotten'
  )
})

t.test('a protocol without connections is served by whoever holds the order', async t => {
  const store = createMemoryStore()
  const route: SessionRoute = { protocol: 'nchf', notifyUri: 'http://smf.example/notify' }
  const posted: SessionOrder[] = []
  const nchf: Notifier = {
    async deliver(order) {
      posted.push(order)
      return 'accepted'
    }
  }
  const { delivered, ended } = serve(t, 'n1', {
    store,
    sessions: [sessionOf('s1', { route })],
    nchf
  })
  await leave(store, { ...block, action: 'reauthorize', cause: 'top-up' })
  await until(() => ended.length === 1)
  t.match(posted, [{ sessionId: 's1', route }])
  t.same(delivered, [])
})

t.test('an order goes to the node that has the connection of the last request', async t => {
  const state = createMemoryState()
  const stores = [createMemoryStore(state), createMemoryStore(state)] as const
  const connection = 'c0ffee.3'
  const route: SessionRoute = { protocol: 'gy', peer: 'PGW.example', connection }
  const sessions = [sessionOf('s1', { route })]
  const one = serve(t, 'n1', { store: stores[0], sessions, hosts: ['beef', 'pgw.example'] })
  const hosts = ['c0ffee', 'pgw.example']
  const other = serve(t, 'n2', { store: stores[1], sessions, hosts })
  await until(async () => (await stores[0].exchange.nodes()).length === 2)
  await leave(stores[0], block)
  await until(() => other.ended.length === 1)
  hosts.pop()
  await until(async () => (await stores[0].exchange.nodes())[1]?.hosts?.length === 1)
  await new Promise(resolve => setTimeout(resolve, 100))
  await leave(stores[0], block)
  await until(() => one.ended.length === 1)
  t.equal(other.delivered.length, 1, 'and to another when it has lost the peer')
})
