/** What a connection is given, and what it offers to the application above it. Types only. */

import type { Logger } from '../../domain/log.ts'
import type { PeerProfile } from '../../domain/request.ts'
import type { RequestOrigin, SessionRoute } from '../../domain/route.ts'
import type { Clock, Random, Scheduler } from '../../domain/time.ts'
import type { Header } from '../codec/header.ts'
import type { BaseIdentity } from './base-messages.ts'
import type { PeerFault, PeerIdentity } from './peer-machine.ts'

/** Where answers go. A request that was handed over is answered exactly once, in any turn. */
export interface Responder {
  /** Leads to the peer of this connection. */
  readonly route: SessionRoute
  answer(message: Buffer): void
  /** The profile of who sent a request over this connection. Called for every request. */
  readonly profileOf: (origin: RequestOrigin) => PeerProfile
}

/** Serves one command of one application. */
export interface RequestHandler {
  readonly application: number
  readonly command: number
  /** `message` is valid for this call only; `receivedAt` is monotonic. */
  handle(header: Header, message: Buffer, responder: Responder, receivedAt: number): void
}

export interface ConnectionLimits {
  readonly diameterMessageOctets: number
  readonly capabilitiesExchangeMs: number
  readonly inFlightPerConnection: number
}

/** What is known of a connection by those who admit it. */
export interface AdmittedConnection {
  readonly peer: PeerIdentity | null
  readonly isOpen: boolean
  stop(graceMs: number, cause?: number): void
}

/** Who may be at the other side of a connection, and what it is. */
export interface Admission {
  readonly profileOf: Responder['profileOf']
  /** A CER has come: why its sender is refused, if it is, or one too many. */
  admit(
    connection: AdmittedConnection,
    peer: PeerIdentity
  ): { readonly refused: PeerFault | null; readonly duplicate: boolean }
  /** Whether a CEA may name this Origin-Host. */
  readonly expects: (host: string) => boolean
  opened(connection: AdmittedConnection, peer: PeerIdentity): void
}

/** How a connection ended. */
export interface ConnectionEnd {
  /** Capabilities had been exchanged. */
  readonly wasOpen: boolean
  /** The watchdog was not answered: the state is DOWN (RFC 3539 3.4.1). */
  readonly timedOut: boolean
  /** Disconnect-Cause of the peer's DPR; null: it sent none. */
  readonly cause: number | null
}

export interface ConnectionOptions {
  /** Names it among the connections of all servers, see GyRoute. */
  readonly name: string
  readonly admission: Admission
  /** This side made the connection and sends the CER. */
  readonly initiate: boolean
  /** The connection before this one ended in DOWN, so that this one begins in REOPEN. */
  readonly wasDown: boolean
  readonly identity: BaseIdentity
  readonly handler: RequestHandler
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  readonly logger: Logger
  readonly limits: ConnectionLimits
  /** Tw of RFC 3539, in milliseconds. */
  readonly watchdogMs: number
  /** How long a peer that was refused, or that has sent a DPR, may take to close. */
  readonly closingMs: number
  readonly onClosed: (end: ConnectionEnd) => void
}
