/**
 * A node: this server as the others on its store see it. It says which clients it reaches, and brings them the
 * orders that lie in its inbox. A message is removed when its order has ended, so what a killed server had in hand
 * is found and sent anew by another.
 */
import type { Exchange, Message, Notifier } from '../charging/ports.ts'
import type { Logger } from '../domain/log.ts'
import type { OrderResult, SessionOrder } from '../domain/order.ts'
import type { Scheduler } from '../domain/time.ts'
import { createLoop } from './loop.ts'
import type { Envelope, Router } from './router.ts'

export interface NodeOptions {
  readonly name: string
  readonly exchange: Exchange
  /** Brings an order to a client that this server reaches. */
  readonly notifier: Notifier
  /** Origin-Hosts that it reaches, in small letters, and the processes that hold its connections. */
  readonly hosts: () => readonly string[]
  /** For orders whose client has gone from here meanwhile. */
  readonly router: Router
  readonly finished: (order: SessionOrder, result: OrderResult) => void
  readonly scheduler: Scheduler
  readonly logger: Logger
}

export interface Node {
  start(): void
  /** Other clients are reached now: said to the others soon. */
  changed(): void
  /** Something lies in the inbox. */
  wake(): void
  /** Takes no more orders. What is in hand goes on; what is not ended is for others. */
  stop(): Promise<void>
}

const lookEveryMs = 100
const lookAgainMs = 1_000
const announceEveryMs = 1_000
/** Time for a few more connections after the first. */
const announceSoonMs = 20
/** A node that has not said for so long that it is there, is gone. */
const holdMs = 3_000
const messagesPerLook = 256

export function createNode(options: NodeOptions): Node {
  const { name, exchange, notifier, router, finished, scheduler, logger } = options
  let last = '0'
  let stopped = true
  let failing = false

  const inbox = createLoop(scheduler, async () => {
    try {
      const messages = await exchange.receive(name, last, messagesPerLook)
      for (const message of messages) {
        last = message.id
        serve(message).catch(warn)
      }
      failing = false
      return messages.length === messagesPerLook ? 0 : lookEveryMs
    } catch (error) {
      warn(error)
      return lookAgainMs
    }
  })
  const announcements = createLoop(scheduler, async () => {
    // A failure shows in the inbox, too.
    if (!stopped) await exchange.announce(name, options.hosts(), holdMs).catch(() => {})
    return announceEveryMs
  })

  async function serve({ id, value }: Message): Promise<void> {
    const { order } = JSON.parse(value) as Envelope
    const result = await notifier.deliver(order)
    // The client may be reached by another node now, or by this one on a new connection.
    if (result === 'unreachable') await router.resend(value)
    else finished(order, result)
    await exchange.remove(name, [id])
  }

  function warn(error: unknown): void {
    if (!failing) logger.warn({ error: String(error) }, 'orders for clients cannot be received now')
    failing = true
  }

  return {
    start() {
      stopped = false
      announcements.start()
      inbox.start()
    },
    changed: () => announcements.wake(announceSoonMs),
    wake: () => inbox.wake(0),
    async stop() {
      stopped = true
      announcements.stop()
      inbox.stop()
      await exchange.leave(name).catch(() => {})
    }
  }
}
