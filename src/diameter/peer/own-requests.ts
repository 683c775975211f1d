/**
 * What a connection says for itself: capabilities, watchdogs and disconnects, as requests with
 * identifiers of their own and as answers.
 */
import type { Socket } from 'node:net'
import type { Random, Scheduler } from '../../domain/time.ts'
import { flags, type Header, isRequest } from '../codec/header.ts'
import type { FramingFault } from '../framer.ts'
import {
  type BaseIdentity,
  capabilitiesAnswer,
  capabilitiesRequest,
  disconnectAnswer,
  disconnectRequest,
  errorAnswer,
  watchdogAnswer,
  watchdogRequest,
  withAddress
} from './base-messages.ts'
import type { Output } from './output.ts'
import type { PeerFault } from './peer-machine.ts'
import { type OutgoingRequest, PendingRequests } from './pending.ts'

/** Requests that a connection makes for itself, by command code (RFC 6733 5.3 to 5.5). */
const kinds: Readonly<Record<number, 'cer' | 'dwr' | 'dpr'>> = {
  257: 'cer',
  280: 'dwr',
  282: 'dpr'
}

type OwnRequest = 'cer' | 'dwr' | 'dpr'

/**
 * The base protocol's request that a header announces, or null. RFC 6733 3: the E bit must not be set
 * in requests; one that has it is answered as any such request is.
 */
export const baseCommandOf = (header: Header): OwnRequest | null =>
  header.application === 0 && (header.flags & flags.error) === 0
    ? (kinds[header.command] ?? null)
    : null

const emptyMessage = Buffer.alloc(0)

export class OwnRequests {
  readonly #identity: BaseIdentity
  readonly #socket: Socket
  readonly #output: Output
  readonly #pending: PendingRequests
  /** Hop-by-Hop Identifiers of our requests that are unanswered; -1: none. */
  readonly #unanswered: Record<OwnRequest, number> = { cer: -1, dwr: -1, dpr: -1 }

  constructor(
    identity: BaseIdentity,
    socket: Socket,
    output: Output,
    ports: { readonly scheduler: Scheduler; readonly random: Random }
  ) {
    this.#identity = identity
    this.#socket = socket
    this.#output = output
    this.#pending = new PendingRequests(ports.scheduler, ports.random)
  }

  sendCapabilities(): void {
    this.#unanswered.cer = this.#pending.nextId()
    const identity = withAddress(this.#identity, this.#socket.localAddress)
    this.#sendNow(capabilitiesRequest(identity, this.#unanswered.cer))
  }

  /** RFC 6733 7.1.3: 3010 is a protocol error, with the E bit and the reduced grammar. */
  answerCapabilities(request: Header, fault: PeerFault | null): void {
    const identity = withAddress(this.#identity, this.#socket.localAddress)
    const answer =
      fault !== null && fault.resultCode < 4_000
        ? errorAnswer(identity, request, emptyMessage, fault)
        : capabilitiesAnswer(identity, request, fault)
    this.#output.send(answer)
  }

  sendWatchdog(): void {
    this.#unanswered.dwr = this.#pending.nextId()
    this.#sendNow(watchdogRequest(this.#identity, this.#unanswered.dwr))
  }

  answerWatchdog(request: Header): void {
    this.#sendNow(watchdogAnswer(this.#identity, request))
  }

  sendDisconnect(cause: number): void {
    this.#unanswered.dpr = this.#pending.nextId()
    this.#sendNow(disconnectRequest(this.#identity, this.#unanswered.dpr, cause))
  }

  answerDisconnect(request: Header, message: Buffer): void {
    this.#sendNow(disconnectAnswer(this.#identity, request, message))
  }

  /** An answer that the grammar of its command cannot hold. */
  answerError(request: Header, message: Buffer | null, fault: PeerFault): void {
    this.#output.send(errorAnswer(this.#identity, request, message ?? emptyMessage, fault))
  }

  /** A request whose version or length is wrong; before the capabilities exchange only a CER. */
  answerUnframed({ header, resultCode, message }: FramingFault, isOpen: boolean): void {
    if (!isRequest(header)) return
    const fault: PeerFault = { resultCode, avp: null, message }
    if (isOpen) this.answerError(header, null, fault)
    else if (kinds[header.command] === 'cer') this.answerCapabilities(header, fault)
  }

  /** Which of our requests this answers; null: none that is unanswered (RFC 6733 6.2). */
  answeredBy({ command, hopByHop }: Header): OwnRequest | null {
    const kind = kinds[command]
    if (kind === undefined || this.#unanswered[kind] !== hopByHop) return null
    this.#unanswered[kind] = -1
    return kind
  }

  /** A request of an application: it is told what becomes of it. */
  request(request: OutgoingRequest, timeoutMs: number): void {
    this.#output.send(this.#pending.begin(request, timeoutMs))
  }

  /** Gives an answer to the application that waits for it; false: none does. */
  deliver(header: Header, message: Buffer): boolean {
    return this.#pending.answered(header, message)
  }

  /** The connection has ended: nothing will be answered any more. */
  close(): void {
    this.#pending.close()
  }

  /** Does not wait for the end of the turn, which a busy server may take long to reach. */
  #sendNow(message: Buffer): void {
    this.#output.send(message)
    this.#output.flush()
  }
}
