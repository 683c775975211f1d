/**
 * One connection, accepted or made: the only file that reads a socket.
 *
 * It joins the framer, the peer machine, the watchdog and the output. Requests of applications go to the handler;
 * capabilities, watchdogs and disconnects are answered here at once, however slow charging is. When more requests are in
 * flight than the limit, or the other side does not take its answers, reading stops until that has changed.
 */
import type { Socket } from 'node:net'
import { limits } from '../../domain/limits.ts'
import { type GyRoute, gyRoute } from '../../domain/route.ts'
import { flags, type Header, isRequest, readHeader } from '../codec/header.ts'
import { createFramer, type FramingFault } from '../framer.ts'
import {
  disconnectCauseOf,
  disconnectCauses,
  headerFault,
  readCapabilities,
  readCapabilitiesAnswer
} from './base-messages.ts'
import { Output } from './output.ts'
import { baseCommandOf, OwnRequests } from './own-requests.ts'
import {
  type Capabilities,
  type PeerAction,
  type PeerEvent,
  type PeerIdentity,
  type PeerState,
  step,
  waitCea,
  waitCer
} from './peer-machine.ts'
import { PeerTimer } from './peer-timer.ts'
import type { OutgoingRequest } from './pending.ts'
import type { ConnectionOptions, Responder } from './ports.ts'

const unknownPeer = gyRoute('', '')

export class Connection implements Responder {
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly profileOf: Responder['profileOf']
  readonly #output: Output
  readonly #own: OwnRequests
  readonly #watchdog: PeerTimer
  readonly #remote: string
  #state: PeerState
  #inFlight = 0
  #draining = false
  #ended = false
  route: GyRoute = unknownPeer
  /** Once it is open; it stays when the state does not name it any more. */
  #peer: PeerIdentity | null = null
  #closeReason = 'the peer closed the connection'
  #cancelTimer: (() => void) | null
  #closingMs: number
  #ownCause: number = disconnectCauses.rebooting
  #peerCause: number | null = null

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#closingMs = options.closingMs
    this.#remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`
    this.profileOf = options.admission.profileOf
    this.#output = new Output(socket, options.scheduler, options.limits.inFlightPerConnection)
    this.#own = new OwnRequests(options.identity, socket, this.#output, options)
    this.#watchdog = new PeerTimer(options, options.watchdogMs, {
      sendWatchdog: () => this.#own.sendWatchdog(),
      closeConnection: () => this.#close('the peer does not answer the watchdog')
    })
    const framer = createFramer({
      maxOctets: options.limits.diameterMessageOctets - limits.diameterMessageReserve,
      onMessage: message => this.#onMessage(message),
      onError: fault => this.#onFramingError(fault)
    })
    socket.on('data', chunk => framer.push(chunk))
    socket.on('drain', () => this.#output.letGo(this.#inFlight))
    socket.on('error', error => {
      this.#closeReason = error.message
    })
    socket.on('close', () => this.#onClosed())
    this.#cancelTimer = options.scheduler.later(options.limits.capabilitiesExchangeMs, () =>
      this.#event({ type: 'timeout' })
    )
    this.#state = options.initiate ? waitCea : waitCer
    if (options.initiate) this.#own.sendCapabilities()
  }

  /** Disconnects in an orderly way: DPR, the answers in flight, the end; forced after `graceMs`. */
  stop(graceMs: number, cause: number = disconnectCauses.rebooting): void {
    this.#closingMs = graceMs
    this.#ownCause = cause
    this.#event({ type: 'stop' })
  }

  /** Sends a request of this server; false, and nothing is called, when the peer is not open to requests. */
  request(request: OutgoingRequest, timeoutMs: number): boolean {
    if (this.#state.name !== 'open') return false
    this.#own.request(request, timeoutMs)
    return true
  }

  /** Who is at the other side; null before it has said so. */
  get peer(): PeerIdentity | null {
    return this.#peer
  }

  /** Its watchdog is in OKAY (RFC 3539 3.4.1). */
  get isProved(): boolean {
    return this.#watchdog.stateName === 'okay'
  }

  get isOpen(): boolean {
    return this.#state.name === 'open'
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  answer(message: Buffer): void {
    this.#inFlight -= 1
    // Dropped when the connection is gone: the client repeats the request elsewhere.
    if (this.#socket.destroyed) return
    this.#output.send(message)
    this.#output.letGo(this.#inFlight)
    if (this.#draining && this.#inFlight === 0) this.#close('disconnected')
  }

  #onMessage(message: Buffer): void {
    const header = readHeader(message)
    const { handler } = this.#options
    if (
      header.command === handler.command &&
      header.application === handler.application &&
      this.#state.name === 'open' &&
      (header.flags & (flags.request | flags.error)) === flags.request
    ) {
      const now = this.#options.clock.monotonic()
      this.#watchdog.heard(now)
      this.#handOver(header, message, now)
      return
    }
    this.#onOtherMessage(header, message)
  }

  #handOver(header: Header, message: Buffer, now: number): void {
    this.#inFlight += 1
    this.#options.handler.handle(header, message, this, now)
    this.#output.holdBack(this.#inFlight)
  }

  #onOtherMessage(header: Header, message: Buffer): void {
    const now = this.#options.clock.monotonic()
    if (!isRequest(header)) {
      this.#onAnswer(header, message, now)
      return
    }
    this.#watchdog.heard(now)
    this.#event(this.#eventOf(header, message), header, message)
  }

  #eventOf(header: Header, message: Buffer): PeerEvent {
    const command = baseCommandOf(header)
    if (command === 'cer') {
      return { type: 'cer', capabilities: this.#capabilitiesOf(header, message) }
    }
    if (command === 'dpr') this.#peerCause = disconnectCauseOf(message)
    return { type: command ?? 'message' }
  }

  #capabilitiesOf(header: Header, message: Buffer): Capabilities {
    const capabilities = readCapabilities(header, message)
    const { peer } = capabilities
    return peer && this.#state.name === 'wait-cer'
      ? { ...capabilities, ...this.#options.admission.admit(this, peer) }
      : capabilities
  }

  /** RFC 6733 6.2: an answer whose Hop-by-Hop Identifier is not one of ours is discarded. */
  #onAnswer(header: Header, message: Buffer, now: number): void {
    const answered = this.#own.answeredBy(header)
    if (answered === 'dwr') {
      this.#watchdog.answered(now)
      return
    }
    this.#watchdog.heard(now)
    if (this.#own.deliver(header, message)) return
    if (answered === 'dpr') {
      this.#event({ type: 'dpa' })
    } else if (answered === 'cer') {
      const { expects } = this.#options.admission
      this.#event({ type: 'cea', ...readCapabilitiesAnswer(message, expects) })
    } else if (this.#peer === null) {
      this.#event({ type: 'message' })
    }
  }

  /** `header` and `message` are those of the request that the event stands for, if one does. */
  #event(event: PeerEvent, header?: Header, message?: Buffer): void {
    const [state, actions] = step(this.#state, event)
    this.#state = state
    for (const action of actions) this.#perform(action, header, message)
    if (event.type === 'timeout' && this.#draining) this.#close('answers took too long')
  }

  #perform(action: PeerAction, header?: Header, message?: Buffer): void {
    switch (action.do) {
      case 'send-cea':
        if (header) this.#own.answerCapabilities(header, action.fault)
        return
      case 'send-dwa':
        if (header) this.#own.answerWatchdog(header)
        return
      case 'send-dpa':
        if (header && message) this.#own.answerDisconnect(header, message)
        return
      case 'send-dpr':
        this.#own.sendDisconnect(this.#ownCause)
        return
      case 'process':
        if (header && message) this.#process(header, message)
        return
      case 'opened':
        this.#onOpened()
        return
      case 'set-timer':
        this.#setTimer(() => this.#event({ type: 'timeout' }))
        return
      case 'close-drained':
        this.#draining = true
        if (this.#inFlight === 0) this.#close('disconnected')
        return
      case 'close':
        this.#close(action.reason)
        return
    }
  }

  /** A request of an application. RFC 6733 7.1.3: what the header alone rules out. */
  #process(header: Header, message: Buffer): void {
    const { handler } = this.#options
    const fault = headerFault(header, handler)
    if (fault) this.#own.answerError(header, message, fault)
    else this.#handOver(header, message, this.#options.clock.monotonic())
  }

  #onOpened(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#watchdog.start(this.#options.wasDown)
    this.#peer = this.#state.name === 'open' ? this.#state.peer : null
    if (this.#peer) this.route = gyRoute(this.#peer.host, this.#options.name)
    if (this.#peer) this.#options.admission.opened(this, this.#peer)
    this.#options.logger.info({ peer: this.#peer?.host, remote: this.#remote }, 'peer connected')
  }

  /** What follows cannot be framed, either, so the connection ends; a request is answered first. */
  #onFramingError(fault: FramingFault): void {
    this.#own.answerUnframed(fault, this.#peer !== null)
    this.#close(fault.message)
  }

  #setTimer(run: () => void): void {
    this.#cancelTimer?.()
    this.#cancelTimer = this.#options.scheduler.later(this.#closingMs, run)
  }

  /** Sends what is written, then the end of the stream; cuts the connection if that is not taken. */
  #close(reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#closeReason = reason
    this.#state = { name: 'closed' }
    this.#watchdog.stop()
    this.#output.end()
    this.#setTimer(() => this.#socket.destroy())
  }

  #onClosed(): void {
    this.#event({ type: 'disconnected' })
    this.#ended = true
    this.#watchdog.stop()
    this.#own.close()
    this.#cancelTimer?.()
    const fields = {
      peer: this.#peer?.host ?? null,
      remote: this.#remote,
      reason: this.#closeReason,
      inFlight: this.#inFlight
    }
    this.#options.logger.info(fields, 'peer disconnected')
    this.#options.onClosed({
      wasOpen: this.#peer !== null,
      timedOut: this.#watchdog.isDown,
      cause: this.#peerCause
    })
  }
}
