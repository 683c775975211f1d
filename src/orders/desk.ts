/**
 * The order desk: takes orders out of the outbox in which their causes left them, and sends each to the clients of
 * the sessions that it is for.
 *
 * One server of a store empties the outbox at a time, by a lease. A record is acknowledged once its orders are in the
 * hands of others: in the inbox of the node that reaches the client, delivered, or given up and counted. A server
 * that dies before leaves the record to the next one, which may ask a client a second time; that does no harm.
 */
import type { Accounts, Exchange, Outbox, OutboxEntry } from '../charging/ports.ts'
import type { Logger } from '../domain/log.ts'
import type { OrderRecord, SessionOrder } from '../domain/order.ts'
import { type ChargingSession, emergencyPrice } from '../domain/session.ts'
import type { Clock, Scheduler } from '../domain/time.ts'
import { createLoop } from './loop.ts'
import type { Router } from './router.ts'

export interface DeskOptions {
  readonly orders: Outbox
  readonly exchange: Exchange
  readonly accounts: Pick<Accounts, 'session' | 'sessions'>
  readonly router: Router
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
}

export interface Desk {
  start(): void
  /** Stops looking. What is not acknowledged is for the next server. */
  stop(): void
}

const lookEveryMs = 150
const lookAgainMs = 1_000
/** Short: when the server that holds it dies, orders wait so long. */
const leaseMs = 1_000
/** Nodes that are gone are looked for so often. */
const buryEveryMs = 1_000
const recordsPerLook = 256
const sessionsPerPage = 256
const messagesPerNode = 256

export function createDesk(options: DeskOptions): Desk {
  const { exchange, router, clock, scheduler, logger } = options
  const holdsLease = leaseOf(options)
  /** Records that were read and are not acknowledged yet. */
  const inHand = new Set<string>()
  let buriedAt = Number.NEGATIVE_INFINITY
  let burying = false
  let failing = false
  let stopped = true

  const loop = createLoop(scheduler, async () => {
    try {
      await round()
      failing = false
      return lookEveryMs
    } catch (error) {
      warn(error)
      return lookAgainMs
    }
  })

  async function round(): Promise<void> {
    if (!(await holdsLease())) return
    const asked = new Set<string>()
    for (const [partition, entries] of await options.orders.read(recordsPerLook)) {
      for (const entry of entries) take(partition, entry, asked)
    }
    if (burying || clock.monotonic() - buriedAt < buryEveryMs) return
    buriedAt = clock.monotonic()
    burying = true
    // Their clients may take long to come back; other orders do not wait for them.
    bury(exchange, router)
      .catch(warn)
      .finally(() => {
        burying = false
      })
  }

  function take(partition: number, entry: OutboxEntry, asked: Set<string>): void {
    const key = `${partition} ${entry.id}`
    if (inHand.has(key)) return
    inHand.add(key)
    send(JSON.parse(entry.value) as OrderRecord, asked)
      .then(() => options.orders.acknowledge(new Map([[partition, [entry.id]]])))
      .catch(warn)
      .finally(() => inHand.delete(key))
  }

  /** `asked`: the same order for one session, read twice in one round, is sent once. */
  async function send(record: OrderRecord, asked: Set<string>): Promise<void> {
    for await (const sessions of sessionsOf(options.accounts, record)) {
      const sent = sessions.map(session => {
        const key = `${session.id}\n${record.action}\n${record.ratingGroup}`
        if (asked.has(key)) return undefined
        asked.add(key)
        return router.send(addressed(record, session))
      })
      await Promise.all(sent)
    }
  }

  function warn(error: unknown): void {
    if (!failing && !stopped) {
      logger.warn({ error: String(error) }, 'orders for clients cannot be sent now')
    }
    failing = true
  }

  return {
    start() {
      stopped = false
      loop.start()
    },
    stop() {
      stopped = true
      loop.stop()
    }
  }
}

function leaseOf({ orders, clock }: DeskOptions): () => Promise<boolean> {
  let leasedUntil = Number.NEGATIVE_INFINITY
  return async () => {
    const asked = clock.monotonic()
    if (asked < leasedUntil - leaseMs / 2) return true
    leasedUntil = Number.NEGATIVE_INFINITY
    if (!(await orders.lease(leaseMs))) return false
    leasedUntil = asked + leaseMs
    return true
  }
}

/** What lies in the inboxes of nodes that are gone is sent anew. */
async function bury(exchange: Exchange, router: Router): Promise<void> {
  for (const { node, hosts } of await exchange.nodes()) {
    if (hosts !== null) continue
    const left = await exchange.receive(node, '0', messagesPerNode)
    await Promise.all(left.map(({ value }) => router.resend(value)))
    if (left.length < messagesPerNode) await exchange.forget(node)
    else
      await exchange.remove(
        node,
        left.map(({ id }) => id)
      )
  }
}

/** The open sessions that the order is for: those that began after it know its cause already. */
async function* sessionsOf(
  accounts: DeskOptions['accounts'],
  record: OrderRecord
): AsyncGenerator<readonly ChargingSession[]> {
  if (record.sessionId !== null) {
    const session = await accounts.session(record.sessionId)
    if (session !== null) yield [session]
    return
  }
  let cursor: string | null = null
  do {
    const page = await accounts.sessions(record.accountId, cursor, sessionsPerPage)
    if (page !== null) yield page.items.filter(session => concerns(record, session))
    cursor = page?.next ?? null
  } while (cursor !== null)
}

/** What one line buys for itself is nothing to the sessions of others. A block does not end an emergency call. */
function concerns({ action, at, lineId }: OrderRecord, session: ChargingSession): boolean {
  if (session.startedAt > at) return false
  if (lineId !== undefined && session.lineId !== lineId) return false
  if (action !== 'abort') return true
  return !session.services.some(({ grant }) => grant?.price === emergencyPrice)
}

function addressed(record: OrderRecord, session: ChargingSession): SessionOrder {
  const { action, cause, ratingGroup } = record
  const { id: sessionId, accountId, origin, route, lastAt } = session
  const order = { action, cause, ratingGroup, accountId, sessionId, origin, route, lastAt }
  const { traceId } = session
  return traceId === undefined ? order : { ...order, traceId }
}
