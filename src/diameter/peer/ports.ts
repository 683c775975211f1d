/** What a connection is given, and what it offers to the application above it. Types only. */
import type { Logger } from '../../domain/log.ts'
import type { SessionRoute } from '../../domain/route.ts'
import type { Clock, Random, Scheduler } from '../../domain/time.ts'
import type { Header } from '../codec/header.ts'
import type { BaseIdentity } from './base-messages.ts'

/** Where answers go. A request that was handed over is answered exactly once, in any turn. */
export interface Responder {
  /** Leads to the peer of this connection. */
  readonly route: SessionRoute
  answer(message: Buffer): void
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

export interface ConnectionOptions {
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
  /** The capabilities exchange has succeeded; with the peer's Origin-Host. */
  readonly onOpened: (peer: string) => void
  readonly onClosed: () => void
}
