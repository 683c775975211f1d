/**
 * Which way an order goes: a protocol with connections, to the inbox of a node that has one to the client or its
 * agent; any other, straight to the notifier of its protocol.
 *
 * When no node reaches the client, the order waits a while: after a restart clients take some seconds to connect
 * again. Then it is lost, and counted.
 */
import type { Exchange, Notifier } from '../charging/ports.ts'
import type { OrderResult, SessionOrder } from '../domain/order.ts'
import type { SessionRoute } from '../domain/route.ts'
import type { Clock, Scheduler } from '../domain/time.ts'
import { hostsOf, placeOf } from './places.ts'

export interface RouterOptions {
  readonly exchange: Exchange
  /** Those that any node can use. */
  readonly notifiers: Readonly<Partial<Record<SessionRoute['protocol'], Notifier>>>
  /** The order has ended. */
  readonly finished: (order: SessionOrder, result: OrderResult) => void
  /** Something lies in the inbox of a node. */
  readonly posted: (node: string) => void
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** How long an order may wait for its client to be reached; 10 s unless given. */
  readonly patienceMs?: number
}

export interface Router {
  /** Resolves once the order is in other hands, or given up. Rejects with GYRO_STORE_UNAVAILABLE. */
  send(order: SessionOrder, hops?: number): Promise<void>
  /** The same for a message that was in an inbox. */
  resend(message: string): Promise<void>
  /** What still waits for its client is given back: it rejects, and is for the next server. */
  stop(): void
}

/** What lies in an inbox. */
export interface Envelope {
  readonly order: SessionOrder
  /** Nodes that could not deliver it, after all. */
  readonly hops: number
}

const patienceDefaultMs = 10_000
const askAgainMs = 250
/** The registry is asked at most so often. */
const registryMs = 50
const hopsMax = 5

export function createRouter(options: RouterOptions): Router {
  const { exchange, notifiers, finished, posted, clock, scheduler } = options
  const patienceMs = options.patienceMs ?? patienceDefaultMs
  let registry: ReturnType<Exchange['nodes']> | null = null
  let registryAt = 0
  let stopped = false

  function nodes(): ReturnType<Exchange['nodes']> {
    if (registry === null || clock.monotonic() - registryAt >= registryMs) {
      registry = exchange.nodes()
      registryAt = clock.monotonic()
    }
    return registry
  }

  async function nodeOf(order: SessionOrder): Promise<string | null> {
    const known = await nodes()
    return placeOf(
      order,
      known.map(({ node, hosts }) => [node, hosts ?? []])
    )
  }

  function pause(): Promise<void> {
    return new Promise(resolve => void scheduler.later(askAgainMs, resolve))
  }

  async function send(order: SessionOrder, hops = 0): Promise<void> {
    const notifier = notifiers[order.route.protocol]
    if (notifier !== undefined) {
      finished(order, await notifier.deliver(order))
      return
    }
    const deadline = clock.monotonic() + patienceMs
    while (hostsOf(order).length > 0 && hops <= hopsMax) {
      const node = await nodeOf(order)
      if (node !== null) {
        await exchange.post(node, [JSON.stringify({ order, hops } satisfies Envelope)])
        posted(node)
        return
      }
      if (clock.monotonic() >= deadline) break
      await pause()
      if (stopped) throw new Error('the server stops')
    }
    finished(order, 'unreachable')
  }

  return {
    send,
    async resend(message) {
      const { order, hops } = JSON.parse(message) as Envelope
      // Until what is said of the node that could not deliver it is true again.
      await pause()
      return send(order, hops + 1)
    },
    stop() {
      stopped = true
    }
  }
}
