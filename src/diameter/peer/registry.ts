/**
 * The connections of this process: who may have one, how many, and their end.
 *
 * As shipped any Origin-Host may connect, several times at once and again at once: a gateway behind
 * NAT, or one that restarts, is the same peer to the store. What is bounded is the number of
 * connections from one address, and the time until a connection has said who it is.
 */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { DuplicatePolicy } from '../../domain/peers.ts'
import type { PeerProfile } from '../../domain/request.ts'
import { resultCodes } from '../dictionary/result-codes.ts'
import type { PeerTable } from '../peers.ts'
import { disconnectCauses } from './base-messages.ts'
import { Connection } from './connection.ts'
import { type PeerFault, type PeerIdentity, refusal } from './peer-machine.ts'
import { createProfileMemory, type PeerRules, plainAddress } from './peer-rules.ts'
import type { AdmittedConnection, ConnectionEnd, ConnectionOptions } from './ports.ts'
import { Restarts } from './restarts.ts'
import { certifies } from './tls.ts'

export interface RegistryOptions {
  /** What all connections have alike. */
  readonly shared: Omit<
    ConnectionOptions,
    'name' | 'admission' | 'initiate' | 'wasDown' | 'onClosed'
  >
  readonly rules: PeerRules
  /** Learns which connections lead to whom. */
  readonly table: PeerTable
  /** Of a peer that has none, as after a change of the table. */
  readonly defaultProfile: PeerProfile
  readonly duplicates: DuplicatePolicy
  readonly connectionsPerAddress: number
  /** 1 for a new connection, -1 for one that has ended. */
  readonly onConnection: (delta: 1 | -1) => void
  /** A peer has come back without its sessions. */
  readonly onRestart: () => void
}

/** A connection that this server makes. */
export interface Initiated {
  /** The Origin-Hosts that its CEA may name. */
  readonly expects: (host: string) => boolean
  /** That is one name, not a pattern. */
  readonly isOneHost: boolean
  readonly profile: () => PeerProfile
  readonly wasDown: boolean
  readonly onClosed: (end: ConnectionEnd) => void
}

interface Member {
  readonly connection: Connection
  readonly address: string
  /** null: the other side made the connection. */
  readonly initiated: Initiated | null
  /** Whether its certificate names this host; it has none, or needs none: true. */
  readonly certified: (host: string) => boolean
}

export class Registry {
  readonly #options: RegistryOptions
  readonly #members = new Map<AdmittedConnection, Member>()
  readonly #perAddress = new Map<string, number>()
  readonly #restarts: Restarts
  #made = 0
  #onEmpty: (() => void) | null = null

  constructor(options: RegistryOptions) {
    this.#options = options
    this.#restarts = new Restarts(options.shared.logger, options.onRestart)
  }

  get size(): number {
    return this.#members.size
  }

  /** Counts a socket that was accepted. False: its address has as many as it may, and it is closed. */
  take(socket: Socket): boolean {
    const address = plainAddress(socket.remoteAddress)
    const before = this.#perAddress.get(address) ?? 0
    if (before >= this.#options.connectionsPerAddress) {
      const fields = { address, connections: before }
      this.#options.shared.logger.warn(fields, 'too many connections of one address')
      socket.destroy()
      return false
    }
    this.#perAddress.set(address, before + 1)
    socket.on('close', () => {
      const left = (this.#perAddress.get(address) ?? 1) - 1
      if (left === 0) this.#perAddress.delete(address)
      else this.#perAddress.set(address, left)
    })
    return true
  }

  /** A socket that was accepted; over TLS, once the handshake is done. */
  accept(socket: Socket): void {
    this.#add(socket, null)
  }

  initiate(socket: Socket, initiated: Initiated): Connection {
    return this.#add(socket, initiated)
  }

  /** Ends the connections of those whom the table does not let in any more. */
  reload(): void {
    const { rules, shared } = this.#options
    for (const { connection, address, initiated } of this.#members.values()) {
      const { peer } = connection
      if (initiated !== null || !peer || rules.find(peer, address)) continue
      shared.logger.info({ peer: peer.host, address }, 'peer no longer configured: disconnecting')
      connection.stop(shared.closingMs, disconnectCauses.doNotWantToTalkToYou)
    }
  }

  /** Disconnects every peer in order. Resolves when none is left. */
  async close(graceMs: number): Promise<void> {
    if (this.#members.size === 0) return
    const empty = new Promise<void>(resolve => {
      this.#onEmpty = resolve
    })
    for (const { connection } of this.#members.values()) connection.stop(graceMs)
    // A connection bounds its own end; this is for one whose peer keeps it half open.
    const cancel = this.#options.shared.scheduler.later(graceMs + 1_000, () => {
      for (const { connection } of this.#members.values()) connection.destroy()
    })
    await empty
    cancel()
  }

  #add(socket: Socket, initiated: Initiated | null): Connection {
    const { shared, rules, table, onConnection } = this.#options
    const address = plainAddress(socket.remoteAddress)
    const profile = initiated?.profile ?? (() => this.#profileOf(connection, address))
    const connection: Connection = new Connection(socket, {
      ...shared,
      name: `${table.process}.${++this.#made}`,
      initiate: initiated !== null,
      wasDown: initiated?.wasDown ?? false,
      admission: {
        profileOf: createProfileMemory(rules, address, profile),
        admit: (admitted, peer) => this.#admit(admitted, peer),
        expects: initiated?.expects ?? (() => false),
        opened: (admitted, peer) => {
          table.add(peer.host, connection)
          this.#replaced(admitted, peer)
          this.#restarts.opened(peer)
        }
      },
      onClosed: end => {
        this.#members.delete(connection)
        if (connection.peer) table.remove(connection.peer.host, connection)
        onConnection(-1)
        initiated?.onClosed(end)
        if (this.#members.size === 0) this.#onEmpty?.()
      }
    })
    const certified = (host: string): boolean =>
      initiated !== null || !(socket instanceof TLSSocket) || certifies(socket, host)
    this.#members.set(connection, { connection, address, initiated, certified })
    onConnection(1)
    return connection
  }

  /** The profile of the peer at the other side, for clients behind it that no entry names. */
  #profileOf(connection: Connection, address: string): PeerProfile {
    const entry = connection.peer && this.#options.rules.find(connection.peer, address)
    return entry ? entry.profile : this.#options.defaultProfile
  }

  #admit(
    connection: AdmittedConnection,
    peer: PeerIdentity
  ): { readonly refused: PeerFault | null; readonly duplicate: boolean } {
    const member = this.#members.get(connection)
    const refused = member ? (this.#refusal(member, peer) ?? this.#election(peer)) : null
    if (refused) {
      const fields = { peer: peer.host, realm: peer.realm, address: member?.address }
      this.#options.shared.logger.warn(fields, `peer refused: ${refused.message}`)
    }
    const duplicate =
      this.#options.duplicates === 'reject' && this.#others(connection, peer).length > 0
    return { refused, duplicate }
  }

  /** RFC 6733 5.3: a CER of an unknown peer is answered with 3010. */
  #refusal({ address, certified }: Member, peer: PeerIdentity): PeerFault | null {
    const { rules } = this.#options
    const code = resultCodes.DIAMETER_UNKNOWN_PEER
    if (!rules.find(peer, address))
      return refusal(code, 'no peer is configured for this Origin-Host')
    return certified(peer.host)
      ? null
      : refusal(code, 'the certificate does not name this Origin-Host')
  }

  /**
   * RFC 6733 5.6.4: a peer that may have one connection connects to us while we connect to it. The name that comes
   * later wins, and keeps the connection that the other has made.
   */
  #election(peer: PeerIdentity): PeerFault | null {
    if (this.#options.duplicates === 'allow') return null
    const { identity, logger } = this.#options.shared
    for (const { connection, initiated } of this.#members.values()) {
      if (connection.peer !== null || !initiated?.isOneHost || !initiated.expects(peer.host))
        continue
      const ours = Buffer.from(identity.originHost.toLowerCase())
      if (ours.compare(Buffer.from(peer.host.toLowerCase())) <= 0) {
        return refusal(resultCodes.ELECTION_LOST, 'the connection from here is kept')
      }
      logger.info({ peer: peer.host }, 'election won: its connection is kept')
      connection.destroy()
    }
    return null
  }

  /** Whether a peer that may have one connection has it (state R-Open of RFC 6733 5.6). */
  isTaken(expects: (host: string) => boolean): boolean {
    if (this.#options.duplicates === 'allow') return false
    for (const { connection } of this.#members.values()) {
      if (connection.isOpen && connection.peer && expects(connection.peer.host)) return true
    }
    return false
  }

  #replaced(connection: AdmittedConnection, peer: PeerIdentity): void {
    if (this.#options.duplicates !== 'replace') return
    for (const other of this.#others(connection, peer)) {
      other.stop(this.#options.shared.closingMs, disconnectCauses.doNotWantToTalkToYou)
    }
  }

  #others(connection: AdmittedConnection, peer: PeerIdentity): Connection[] {
    const host = peer.host.toLowerCase()
    return Array.from(this.#members.values(), member => member.connection).filter(
      other => other !== connection && other.isOpen && other.peer?.host.toLowerCase() === host
    )
  }
}
