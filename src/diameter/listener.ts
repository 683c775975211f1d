/**
 * The Diameter front-end: listens, keeps the connections of all peers, and ends them in good order.
 *
 * Any Origin-Host may connect, several times at once and again at once: a gateway behind NAT, or
 * one that
 * restarts, is the same peer to the store. What is bounded is the number of connections from one
 * address,
 * and the time until a connection has said who it is.
 */
import { createServer, type Server, type Socket } from 'node:net'
import type { Charge } from '../charging/ports.ts'
import { limits as defaultLimits } from '../domain/limits.ts'
import type { Logger } from '../domain/log.ts'
import type { Clock, Random, Scheduler } from '../domain/time.ts'
import { createChargingHandler, type OnRequest } from './gy/charging.ts'
import { defaultProfiles, type ProfileResolver } from './gy/profiles.ts'
import type { BaseIdentity } from './peer/base-messages.ts'
import { Connection } from './peer/connection.ts'
import type { ConnectionLimits, ConnectionOptions } from './peer/ports.ts'
import { watchdogDefaultMs } from './peer/watchdog.ts'
import { createPeerTable, type Peers } from './peers.ts'

export interface DiameterListenerOptions {
  /** Port 0: any free one. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Without hostIpAddresses, each peer is told the address that it connected to. */
  readonly identity: Omit<BaseIdentity, 'hostIpAddresses'> & {
    readonly hostIpAddresses?: readonly string[]
  }
  readonly charge: Charge
  readonly profiles?: ProfileResolver
  readonly logger: Logger
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  /**
   * Called for every answered CCR: CC-Request-Type (0: unknown), Result-Code of the command,
   * duration.
   */
  readonly onRequest?: OnRequest
  /** 1 for a new connection, -1 for one that has ended. */
  readonly onConnection?: (delta: 1 | -1) => void
  /** A peer has its first connection, or has lost its last. */
  readonly onPeers?: () => void
  readonly limits?: ConnectionLimits & { readonly connectionsPerAddress: number }
  /** Tw of RFC 3539; default 30 s. */
  readonly watchdogMs?: number
  /** How long a peer may take to close after a DPR or a refusal; default 2 s. */
  readonly closingMs?: number
  /** Refuse requests for another Destination-Realm with 3003; default: serve any. */
  readonly strictRealm?: boolean
}

export interface DiameterListener {
  /** Resolves with the address that it listens on; rejects when it cannot. */
  listen(): Promise<{ readonly host: string; readonly port: number }>
  /**
   * Stops accepting, sends DPR to every peer, answers what is in flight, and ends each connection
   * when its
   * DPA has come or `graceMs` has passed. Resolves when none is left.
   */
  close(graceMs: number): Promise<void>
  /** Connections that are open, also those that have not exchanged capabilities yet. */
  connections(): number
  readonly peers: Peers
}

const closingDefaultMs = 2_000

export function createDiameterListener(options: DiameterListenerOptions): DiameterListener {
  const limits = options.limits ?? defaultLimits
  const identity: BaseIdentity = {
    ...options.identity,
    hostIpAddresses: options.identity.hostIpAddresses ?? []
  }
  const handler = createChargingHandler({
    identity,
    charge: options.charge,
    profiles: options.profiles ?? defaultProfiles,
    clock: options.clock,
    onRequest: options.onRequest ?? (() => {}),
    strictRealm: options.strictRealm ?? false
  })
  const shared: Omit<ConnectionOptions, 'onOpened' | 'onClosed'> = {
    identity,
    handler,
    clock: options.clock,
    scheduler: options.scheduler,
    random: options.random,
    logger: options.logger,
    limits,
    watchdogMs: options.watchdogMs ?? watchdogDefaultMs,
    closingMs: options.closingMs ?? closingDefaultMs
  }
  const connections = new Set<Connection>()
  const perAddress = new Map<string, number>()
  const peers = createPeerTable(options.onPeers ?? (() => {}))
  let onEmpty: (() => void) | null = null

  function accept(socket: Socket): void {
    const address = socket.remoteAddress ?? ''
    const before = perAddress.get(address) ?? 0
    if (before >= limits.connectionsPerAddress) {
      options.logger.warn({ address, connections: before }, 'too many connections of one address')
      socket.destroy()
      return
    }
    perAddress.set(address, before + 1)
    const connection = new Connection(socket, {
      ...shared,
      onOpened: peer => peers.add(peer, connection),
      onClosed() {
        connections.delete(connection)
        peers.remove(connection.route.peer, connection)
        const left = (perAddress.get(address) ?? 1) - 1
        if (left === 0) perAddress.delete(address)
        else perAddress.set(address, left)
        options.onConnection?.(-1)
        if (connections.size === 0) onEmpty?.()
      }
    })
    connections.add(connection)
    options.onConnection?.(1)
  }

  const server = createServer({ noDelay: true }, accept)

  async function close(graceMs: number): Promise<void> {
    const stopped = stopListening(server)
    if (connections.size > 0) {
      const empty = new Promise<void>(resolve => {
        onEmpty = resolve
      })
      for (const connection of connections) connection.stop(graceMs)
      // A connection bounds its own end; this is for one whose peer keeps it half open.
      const cancel = options.scheduler.later(graceMs + 1_000, () => {
        for (const connection of connections) connection.destroy()
      })
      await empty
      cancel()
    }
    await stopped
  }

  return {
    listen: () => startListening(server, options),
    close,
    connections: () => connections.size,
    peers
  }
}

function startListening(
  server: Server,
  { listen, logger }: DiameterListenerOptions
): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: listen.host, port: listen.port }, () => {
      server.off('error', reject)
      // Such as running out of file descriptors: the connection is lost, the server goes on.
      server.on('error', error => logger.error({ error: error.message }, 'cannot accept'))
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : listen.port
      resolve({ host: listen.host, port })
    })
  })
}

function stopListening(server: Server): Promise<void> {
  return new Promise(resolve => {
    // The callback has an error only when the server never listened.
    server.close(() => resolve())
  })
}
