/**
 * A Redis Cluster over plain connections, one a node. The cluster client of ioredis is not used because it
 * sends commands again after a connection was lost, and a commit must never be sent again blindly.
 */
import { GyroError } from '../../domain/errors.ts'
import type { Logger } from '../../domain/log.ts'
import { type Argument, type Connection, connect, type Request } from './connection.ts'
import { replyCode } from './errors.ts'
import type { RedisLocation } from './location.ts'
import type { Call, Servers } from './servers.ts'
import { slotCount, slotOf } from './slots.ts'

/** Attempts that a call has while its slot moves; with the pause they stay below two seconds. */
const attemptsMax = 50
const tryAgainMs = 30
/** A node that a redirection names has this long to be connected. */
const redirectMs = 1_000
const refreshPauseMs = 100

/** Resolves when the cluster is known; rejects with GYRO_STORE_UNAVAILABLE after the time. */
export async function connectCluster(
  location: RedisLocation,
  withinMs: number,
  logger: Logger
): Promise<Servers> {
  const servers = new ClusterServers(location, logger)
  try {
    await servers.start(withinMs)
  } catch (error) {
    servers.close()
    throw error
  }
  return servers
}

interface Pending {
  readonly index: number
  readonly call: Call
  /** Where a redirection sent it; null: to the owner of its slot. */
  target: Connection | null
  asking: boolean
}

class ClusterServers implements Servers {
  readonly cluster = true
  readonly #location: RedisLocation
  readonly #logger: Logger
  readonly #connections = new Map<string, Connection>()
  readonly #owners = new Array<Connection | undefined>(slotCount)
  #refreshing: Promise<void> | null = null
  #closed = false

  constructor(location: RedisLocation, logger: Logger) {
    this.#location = location
    this.#logger = logger
  }

  async start(withinMs: number): Promise<void> {
    const seeds = this.#location.nodes.map(node => this.#connection(node.host, node.port))
    try {
      await Promise.any(seeds.map(seed => seed.ready(withinMs)))
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error
    }
    await this.#readTopology()
    await Promise.all(this.#masters().map(master => master.ready(withinMs)))
  }

  async send(call: Call): Promise<unknown> {
    const [reply] = await this.sendAll([call])
    if (reply instanceof Error) throw reply
    return reply
  }

  async sendAll(calls: readonly Call[]): Promise<unknown[]> {
    const replies = new Array<unknown>(calls.length)
    let pending: Pending[] = calls.map((call, index) => ({
      index,
      call,
      target: null,
      asking: false
    }))
    for (let attempt = 0; pending.length > 0; attempt++) {
      await this.#sendOnce(pending, replies)
      if (attempt === attemptsMax) break
      pending = await this.#redirected(pending, replies)
    }
    return replies
  }

  async everywhere(name: string, args: readonly Argument[]): Promise<unknown[]> {
    return Promise.all(this.#masters().map(master => master.send({ name, args })))
  }

  close(): void {
    this.#closed = true
    for (const connection of this.#connections.values()) connection.close()
  }

  /** One write to each node, with its part of the calls. */
  async #sendOnce(pending: readonly Pending[], replies: unknown[]): Promise<void> {
    const parts = new Map<Connection, Pending[]>()
    for (const item of pending) {
      const connection = item.target ?? this.#owners[slotOf(item.call.key)]
      if (connection === undefined) {
        replies[item.index] = new Error(`CLUSTERDOWN no node holds the slot of ${item.call.key}`)
        this.#refresh()
        continue
      }
      const part = parts.get(connection)
      if (part === undefined) parts.set(connection, [item])
      else part.push(item)
    }
    const sent = Array.from(parts, async ([connection, part]) => {
      const requests: Request[] = []
      for (const { call, asking } of part) {
        if (asking) requests.push({ name: 'asking', args: [] })
        requests.push(call)
      }
      const answers = await connection.sendAll(requests)
      let at = 0
      for (const { index, asking } of part) {
        if (asking) at++
        replies[index] = answers[at++]
      }
    })
    await Promise.all(sent)
  }

  /** The calls that were refused unexecuted because their slot is elsewhere, with their new targets. */
  async #redirected(pending: readonly Pending[], replies: unknown[]): Promise<Pending[]> {
    const again: Pending[] = []
    let pause = false
    for (const item of pending) {
      const reply = replies[item.index]
      if (!(reply instanceof Error)) continue
      const code = replyCode(reply)
      if (code === 'TRYAGAIN') pause = true
      if (await this.#aim(item, code, reply)) again.push(item)
    }
    if (pause) await new Promise(resolve => setTimeout(resolve, tryAgainMs))
    return again
  }

  /** Sets the next target of a call that failed; false: the failure stands. */
  async #aim(item: Pending, code: string, error: Error): Promise<boolean> {
    item.asking = code === 'ASK'
    item.target = null
    if (code === 'TRYAGAIN') return true
    if (code === 'MOVED' || code === 'ASK') {
      item.target = await this.#redirection(error)
      if (item.target === null) return false
      if (code === 'ASK') return true
      this.#owners[slotOf(item.call.key)] = item.target
      this.#refresh()
      return true
    }
    if (mayHaveMoved(code)) this.#refresh()
    return false
  }

  /** The node that `MOVED 1234 host:port` or `ASK 1234 host:port` names; null: not reached. */
  async #redirection(error: Error): Promise<Connection | null> {
    const address = error.message.split(' ')[2] ?? ''
    const colon = address.lastIndexOf(':')
    const host = address.slice(0, colon)
    if (host === '') return null
    const connection = this.#connection(host, Number(address.slice(colon + 1)))
    try {
      await connection.ready(redirectMs)
      return connection
    } catch {
      return null
    }
  }

  #connection(host: string, port: number): Connection {
    const name = `${host}:${port}`
    let connection = this.#connections.get(name)
    if (connection === undefined) {
      connection = connect(this.#location, { host, port }, this.#logger)
      this.#connections.set(name, connection)
    }
    return connection
  }

  #masters(): Connection[] {
    return [...new Set(this.#owners)].filter(owner => owner !== undefined)
  }

  /** Reads the slots anew in the background; one reading at a time, and not more often than sense. */
  #refresh(): void {
    if (this.#refreshing !== null || this.#closed) return
    const pause = new Promise(resolve => setTimeout(resolve, refreshPauseMs))
    this.#refreshing = pause
      .then(() => (this.#closed ? undefined : this.#readTopology()))
      .catch(error => this.#logger.warn({ err: error }, 'cannot read the slots of the cluster'))
      .finally(() => {
        this.#refreshing = null
      })
  }

  async #readTopology(): Promise<void> {
    let failure: unknown = null
    for (const connection of [...this.#connections.values()]) {
      try {
        this.#apply(await connection.send({ name: 'cluster', args: ['SLOTS'] }), connection)
        return
      } catch (error) {
        failure = error
      }
    }
    throw new GyroError(
      'GYRO_STORE_UNAVAILABLE',
      `cannot read the slots of the cluster ${this.#location.shown}: ${String(failure)}`,
      { cause: failure }
    )
  }

  #apply(reply: unknown, from: Connection): void {
    const ranges = Array.isArray(reply) ? reply : []
    if (ranges.length === 0) throw new Error(`${from.name} knows no slots`)
    for (const [first, last, master] of ranges) {
      const host = master[0] || from.name.slice(0, from.name.lastIndexOf(':'))
      this.#owners.fill(this.#connection(host, Number(master[1])), Number(first), Number(last) + 1)
    }
    this.#forgetLeftNodes()
  }

  /** Seeds are kept: they may come back when all others are gone. */
  #forgetLeftNodes(): void {
    const masters = new Set(this.#masters())
    const seeds = new Set(this.#location.nodes.map(node => `${node.host}:${node.port}`))
    for (const [name, connection] of this.#connections) {
      if (masters.has(connection) || seeds.has(name)) continue
      connection.close()
      this.#connections.delete(name)
    }
  }
}

/** Replies and failures of a connection after which another node may hold the slot. */
function mayHaveMoved(code: string): boolean {
  return !['NOSCRIPT', 'OOM', 'WRONGTYPE', 'ERR'].includes(code)
}
