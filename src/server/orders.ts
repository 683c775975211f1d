/** Orders for clients, put together: the desk that sends them out, and this server as a node that brings them. */
import type { Notifier } from '../charging/ports.ts'
import { createGyNotifier } from '../diameter/gy/orders.ts'
import type { BaseIdentity } from '../diameter/peer/base-messages.ts'
import type { Peers } from '../diameter/peers.ts'
import type { Logger } from '../domain/log.ts'
import type { OrderResult, SessionOrder } from '../domain/order.ts'
import { createNchfNotifier } from '../nchf/notifier.ts'
import { systemClock, systemRandom, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Metrics } from '../ops/metrics.ts'
import { createDesk } from '../orders/desk.ts'
import { createNode } from '../orders/node.ts'
import { createRouter } from '../orders/router.ts'
import type { House } from './compose.ts'
import type { NchfTls } from './nchf-tls.ts'
import { openOutgoing, tokensOf } from './nrf.ts'
import type { OpenParts } from './open-parts.ts'

/** The clients that hang on this server by a connection. */
export interface Reach {
  readonly notifier: Notifier
  /** Their Origin-Hosts, in small letters, and the processes that hold their connections. */
  hosts(): readonly string[]
}

/** Before the listeners are open. */
export const unreached: Reach = {
  notifier: { deliver: () => Promise.resolve('unreachable') },
  hosts: () => []
}

export interface OrdersOptions {
  readonly config: Config
  readonly house: House
  readonly reach: Reach
  readonly tls: NchfTls
  readonly log: Logger
  readonly metrics: Metrics
  readonly open: OpenParts
}

export function reachOf(
  peers: Peers,
  identity: Pick<BaseIdentity, 'originHost' | 'originRealm' | 'originStateId'>,
  metrics: Metrics
): Reach {
  const sent = metrics.counters(
    'gyro_order_requests_total',
    'Requests sent to clients for orders, also those that were sent again.',
    ['command']
  )
  const notifier = createGyNotifier({
    identity,
    peers,
    scheduler: systemScheduler,
    onSent: command => sent({ command })
  })
  return { notifier, hosts: () => [peers.process, ...peers.hosts()] }
}

/** Begins to send and to take orders. `changed`: other clients are reached now. */
export function openOrders(options: OrdersOptions): { changed(): void } {
  const { house, reach, log, metrics, open } = options
  const { exchange, orders } = house.store
  const finished = finishing(options)
  const name = systemRandom.hex(16)
  const ports = { exchange, finished, clock: systemClock, scheduler: systemScheduler, logger: log }
  const notifications = openNotifications(options)
  const router = createRouter({
    ...ports,
    notifiers: { nchf: notifications.notifier },
    posted: to => {
      if (to === name) node.wake()
    }
  })
  const node = createNode({
    ...ports,
    name,
    router,
    notifier: reach.notifier,
    hosts: () => reach.hosts()
  })
  const desk = createDesk({ ...ports, orders, router, accounts: house.service.accounts })
  metrics.gauge('gyro_orders_waiting', 'Orders for clients that no node has taken yet.', () =>
    orders.depth()
  )
  open.hold('orders', async () => {
    desk.stop()
    router.stop()
    await node.stop()
    notifications.close()
  })
  node.start()
  desk.start()
  return { changed: () => node.changed() }
}

/** Nchf consumers are reached from anywhere, by their notifyUri. */
function openNotifications({ config, tls, log, metrics }: OrdersOptions): {
  readonly notifier: Notifier
  close(): void
} {
  const sent = metrics.counters(
    'gyro_notifications_total',
    'Notifications sent to NF consumers for orders, also those that were sent again.',
    ['type']
  )
  const outgoing = openOutgoing(tls)
  const notifier = createNchfNotifier({
    outgoing,
    scheduler: systemScheduler,
    random: systemRandom,
    tokens: tokensOf(config, outgoing, log),
    onSent: type => sent({ type })
  })
  return { notifier, close: () => outgoing.close() }
}

const lost: readonly OrderResult[] = ['unreachable', 'undeliverable', 'timeout']

/** Counts how an order ended, and closes the session that its client does not know. */
function finishing({
  house,
  metrics,
  log
}: OrdersOptions): (order: SessionOrder, result: OrderResult) => void {
  const ended = metrics.counters(
    'gyro_orders_total',
    'Orders for the clients of sessions that have ended, by what became of them.',
    ['action', 'cause', 'result']
  )
  return (order, result) => {
    const { action, cause, accountId, sessionId, lastAt } = order
    ended({ action, cause, result })
    if (lost.includes(result)) log.warn({ action, cause, accountId, result }, 'an order was lost')
    if (result !== 'unknown-session') return
    // Nobody waits for it: the sweeper closes the session when this fails.
    void house.service.accounts.submit({
      kind: 'close-session',
      accountId,
      sessionId,
      lastAt,
      cause: action === 'abort' ? 'managementIntervention' : 'abnormalRelease'
    })
  }
}
