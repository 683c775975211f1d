/**
 * The Diameter front-end: listens, also over TLS, connects to agents, keeps the connections of all
 * peers, and ends them in good order.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import type { Charge } from '../charging/ports.ts'
import { limits as defaultLimits } from '../domain/limits.ts'
import type { Logger } from '../domain/log.ts'
import type { DuplicatePolicy, PeerSettings } from '../domain/peers.ts'
import { anyPeer } from '../domain/peers.ts'
import type { Clock, Random, Scheduler } from '../domain/time.ts'
import { createChargingHandler, type OnRequest } from './gy/charging.ts'
import type { Destinations } from './gy/destination.ts'
import { defaultProfile, peerEntries, profileNamed } from './gy/profiles.ts'
import { createAgents } from './peer/agents.ts'
import type { BaseIdentity } from './peer/base-messages.ts'
import { createPeerRules } from './peer/peer-rules.ts'
import type { ConnectionLimits } from './peer/ports.ts'
import { Registry } from './peer/registry.ts'
import { secureContext, type TlsMaterial } from './peer/tls.ts'
import { watchdogDefaultMs } from './peer/watchdog.ts'
import { createPeerTable, type Peers } from './peers.ts'

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export interface DiameterListenerOptions {
  /** Port 0: any free one. */
  readonly listen: ListenAddress
  /** TLS on an address of its own (RFC 6733 2.1: port 5658); absent or null: none. */
  readonly tls?: { readonly listen: ListenAddress | null; readonly material: TlsMaterial } | null
  /** Without hostIpAddresses, each peer is told the address that it connected to. */
  readonly identity: Omit<BaseIdentity, 'hostIpAddresses'> & {
    readonly hostIpAddresses?: readonly string[]
  }
  readonly charge: Charge
  /** Who may connect and whom this server connects to; absent: anybody, and nobody. */
  readonly peers?: PeerSettings
  /** What is done about a second connection of one peer; default: it is allowed. */
  readonly duplicates?: DuplicatePolicy
  /** Which Destination-Hosts and -Realms are served; default: our realm's, and any. */
  readonly destinations?: Destinations
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
  /** A peer has come back with a higher Origin-State-Id: without its sessions. */
  readonly onRestart?: () => void
  /** A peer has its first connection, or has lost its last. */
  readonly onPeers?: () => void
  readonly limits?: ConnectionLimits & { readonly connectionsPerAddress: number }
  /** Tw of RFC 3539; default 30 s. */
  readonly watchdogMs?: number
  /** How long a peer may take to close after a DPR or a refusal; default 2 s. */
  readonly closingMs?: number
  /** The first pause before an agent is connected to again; default 1 s. */
  readonly retryMs?: number
}

export interface DiameterListener {
  /**
   * Listens, and begins to connect to the agents. Resolves with the addresses; rejects when it
   * cannot listen.
   */
  listen(): Promise<ListenAddress & { readonly tls: ListenAddress | null }>
  /**
   * From now on these are the peers and agents. Connections of peers that are still allowed go on
   * undisturbed, with their new profiles; the others get a DPR.
   */
  reload(peers: PeerSettings): void
  /** New connections over TLS use this; those that are open keep what they have. */
  renew(material: TlsMaterial): void
  /**
   * Stops accepting and connecting, sends DPR to every peer, answers what is in flight, and ends
   * each connection when its DPA has come or `graceMs` has passed. Resolves when none is left.
   */
  close(graceMs: number): Promise<void>
  /** Connections that are open, also those that have not exchanged capabilities yet. */
  connections(): number
  readonly peers: Peers
}

const closingDefaultMs = 2_000
const everybody: PeerSettings = { peers: [anyPeer], profiles: [], agents: [] }

export function createDiameterListener(options: DiameterListenerOptions): DiameterListener {
  const { logger, scheduler, random, clock } = options
  const limits = options.limits ?? defaultLimits
  const closingMs = options.closingMs ?? closingDefaultMs
  const identity: BaseIdentity = {
    ...options.identity,
    hostIpAddresses: options.identity.hostIpAddresses ?? []
  }
  let settings = options.peers ?? everybody
  const rules = createPeerRules(peerEntries(settings.peers, settings.profiles))
  const table = createPeerTable(random.hex(16), options.onPeers ?? (() => {}))
  const handler = createChargingHandler({
    identity,
    charge: options.charge,
    clock,
    onRequest: options.onRequest ?? (() => {}),
    destinations: options.destinations ?? {},
    messageOctets: limits.diameterMessageOctets
  })
  const watchdogMs = options.watchdogMs ?? watchdogDefaultMs
  const ports = { clock, scheduler, random, logger }
  const registry = new Registry({
    shared: { ...ports, identity, handler, limits, watchdogMs, closingMs },
    rules,
    table,
    defaultProfile,
    duplicates: options.duplicates ?? 'allow',
    connectionsPerAddress: limits.connectionsPerAddress,
    onConnection: options.onConnection ?? (() => {}),
    onRestart: options.onRestart ?? (() => {})
  })
  const agents = createAgents(
    {
      ...ports,
      registry,
      tls: options.tls?.material ?? null,
      connectMs: limits.capabilitiesExchangeMs,
      ...(options.retryMs === undefined ? {} : { retryMs: options.retryMs }),
      profileOf: rule => () => profileNamed(rule.profile, settings.profiles)
    },
    closingMs
  )
  const plain = createServer({ noDelay: true }, socket => {
    if (registry.take(socket)) registry.accept(socket)
  })
  const secure = options.tls?.listen
    ? createSecure(options.tls.material, registry, limits.capabilitiesExchangeMs, logger)
    : null

  return {
    async listen() {
      const address = await startListening(plain, options.listen, logger)
      const where = options.tls?.listen
      let tls: ListenAddress | null = null
      try {
        tls = secure && where ? await startListening(secure.server, where, logger) : null
      } catch (error) {
        plain.close()
        throw error
      }
      agents.replace(settings.agents)
      return { ...address, tls }
    },
    reload(next) {
      settings = next
      rules.replace(peerEntries(next.peers, next.profiles))
      registry.reload()
      agents.replace(next.agents)
    },
    renew: material => secure?.server.setSecureContext(secureContext(material)),
    async close(graceMs) {
      agents.stop()
      const stopped = [stopListening(plain), secure ? stopListening(secure.server) : null]
      secure?.dropHandshakes()
      await registry.close(graceMs)
      await Promise.all(stopped)
    },
    connections: () => registry.size,
    peers: table
  }
}

interface SecureServer {
  readonly server: TlsServer
  /** Ends what has not come to a capabilities exchange. */
  dropHandshakes(): void
}

function createSecure(
  material: TlsMaterial,
  registry: Registry,
  handshakeTimeout: number,
  logger: Logger
): SecureServer {
  const handshakes = new Map<string, Socket>()
  const nameOf = (socket: Socket) => `${socket.remoteAddress} ${socket.remotePort}`
  const server = createTlsServer(
    {
      ...secureContext(material),
      requestCert: material.clientCertificate,
      rejectUnauthorized: material.clientCertificate,
      handshakeTimeout,
      noDelay: true
    },
    socket => {
      handshakes.delete(nameOf(socket))
      registry.accept(socket)
    }
  )
  // The sockets under TLS: those that never come through the handshake count, too.
  server.on('connection', (socket: Socket) => {
    if (!registry.take(socket)) return
    const name = nameOf(socket)
    handshakes.set(name, socket)
    socket.once('close', () => handshakes.delete(name))
  })
  server.on('tlsClientError', (error, socket) => {
    logger.info({ address: socket.remoteAddress, reason: error.message }, 'TLS handshake failed')
    socket.destroy()
  })
  return {
    server,
    dropHandshakes() {
      for (const socket of handshakes.values()) socket.destroy()
    }
  }
}

function startListening(
  server: Server,
  listen: ListenAddress,
  logger: Logger
): Promise<ListenAddress> {
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
