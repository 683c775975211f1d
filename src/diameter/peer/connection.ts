/**
 * One accepted connection: the only file that touches a socket.
 *
 * It joins the framer, the peer machine, the watchdog and the output. Requests of applications go to the handler;
 * capabilities, watchdogs and disconnects are answered here at once, however slow charging is. When more requests
 * are in flight than the limit, or the other side does not take its answers, reading stops until that has changed,
 * and TCP holds the client back.
 */
import type { Socket } from 'node:net'
import type { GyRoute } from '../../domain/route.ts'
import { flags, type Header, isRequest, readHeader } from '../codec/header.ts'
import { createFramer, type FramingFault } from '../framer.ts'
import {
  capabilitiesAnswer,
  disconnectAnswer,
  disconnectRequest,
  errorAnswer,
  headerFault,
  readCapabilities,
  watchdogAnswer,
  watchdogRequest,
  withAddress
} from './base-messages.ts'
import { Output } from './output.ts'
import {
  type PeerAction,
  type PeerEvent,
  type PeerFault,
  type PeerState,
  step,
  waitCer
} from './peer-machine.ts'
import { PeerTimer } from './peer-timer.ts'
import { type OutgoingRequest, PendingRequests } from './pending.ts'
import type { ConnectionOptions, Responder } from './ports.ts'

/** Command codes that the connection itself understands (RFC 6733 5.3 to 5.5). */
const commands = { capabilitiesExchange: 257, watchdog: 280, disconnect: 282 } as const
const baseApplication = 0
const emptyMessage = Buffer.alloc(0)
const unknownPeer: GyRoute = { protocol: 'gy', peer: '' }

export class Connection implements Responder {
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #output: Output
  readonly #watchdog: PeerTimer
  readonly #remote: string
  #state: PeerState = waitCer
  #inFlight = 0
  #draining = false
  #ended = false
  route: GyRoute = unknownPeer
  #closeReason = 'the peer closed the connection'
  #cancelTimer: (() => void) | null
  #closingMs: number
  readonly #pending: PendingRequests
  /** Hop-by-Hop Identifiers of our requests that are unanswered; -1: none. */
  #watchdogSent = -1
  #disconnectSent = -1

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#closingMs = options.closingMs
    this.#remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`
    this.#pending = new PendingRequests(options.scheduler, options.random)
    this.#output = new Output(socket, options.scheduler, options.limits.inFlightPerConnection)
    this.#watchdog = new PeerTimer(options, options.watchdogMs, {
      sendWatchdog: () => this.#sendWatchdog(),
      closeConnection: () => this.#close('the peer does not answer the watchdog')
    })
    const framer = createFramer({
      maxOctets: options.limits.diameterMessageOctets,
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
  }

  /** Disconnects in an orderly way: DPR, the answers in flight, the end; forced after `graceMs`. */
  stop(graceMs: number): void {
    this.#closingMs = graceMs
    this.#event({ type: 'stop' })
  }

  /** Sends a request of this server; false, and nothing is called, when the peer is not open to requests. */
  request(request: OutgoingRequest, timeoutMs: number): boolean {
    if (this.#state.name !== 'open') return false
    this.#output.send(this.#pending.begin(request, timeoutMs))
    return true
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
    if (header.application !== baseApplication) return { type: 'message' }
    switch (header.command) {
      case commands.capabilitiesExchange:
        return { type: 'cer', capabilities: readCapabilities(header, message) }
      case commands.watchdog:
        return { type: 'dwr' }
      case commands.disconnect:
        return { type: 'dpr' }
      default:
        return { type: 'message' }
    }
  }

  /** RFC 6733 6.2: an answer whose Hop-by-Hop Identifier is not one of ours is discarded. */
  #onAnswer(header: Header, message: Buffer, now: number): void {
    if (header.command === commands.watchdog && header.hopByHop === this.#watchdogSent) {
      this.#watchdogSent = -1
      this.#watchdog.answered(now)
      return
    }
    this.#watchdog.heard(now)
    if (this.#pending.answered(header, message)) return
    if (header.command === commands.disconnect && header.hopByHop === this.#disconnectSent) {
      this.#disconnectSent = -1
      this.#event({ type: 'dpa' })
      return
    }
    if (this.#state.name === 'wait-cer') this.#event({ type: 'message' })
  }

  /** `header` and `message` are those of the request that the event stands for, if one does. */
  #event(event: PeerEvent, header?: Header, message?: Buffer): void {
    const [state, actions] = step(this.#state, event)
    this.#state = state
    for (const action of actions) this.#perform(action, header, message)
    if (event.type === 'timeout' && this.#draining) this.#close('answers took too long')
  }

  #perform(action: PeerAction, header?: Header, message?: Buffer): void {
    const { identity } = this.#options
    switch (action.do) {
      case 'send-cea':
        if (header) this.#sendCapabilities(header, action.fault)
        return
      case 'send-dwa':
        if (header) this.#sendNow(watchdogAnswer(identity, header))
        return
      case 'send-dpa':
        if (header) this.#sendNow(disconnectAnswer(identity, header))
        return
      case 'send-dpr':
        this.#disconnectSent = this.#pending.nextId()
        this.#sendNow(disconnectRequest(identity, this.#disconnectSent))
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
    if (fault) this.#output.send(errorAnswer(this.#options.identity, header, message, fault))
    else this.#handOver(header, message, this.#options.clock.monotonic())
  }

  #onOpened(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#watchdog.start()
    const peer = this.#state.name === 'open' ? this.#state.peer.host : ''
    this.route = { protocol: 'gy', peer }
    this.#options.logger.info({ peer, remote: this.#remote }, 'peer connected')
    this.#options.onOpened(peer)
  }

  #sendCapabilities(request: Header, fault: PeerFault | null): void {
    const identity = withAddress(this.#options.identity, this.#socket.localAddress)
    this.#output.send(capabilitiesAnswer(identity, request, fault))
  }

  /** What follows cannot be framed, either, so the connection ends; a request is answered first. */
  #onFramingError(fault: FramingFault): void {
    const { header } = fault
    const refused = { resultCode: fault.resultCode, avp: null, message: fault.message }
    if (isRequest(header)) {
      if (this.#state.name !== 'wait-cer') {
        this.#output.send(errorAnswer(this.#options.identity, header, emptyMessage, refused))
      } else if (header.command === commands.capabilitiesExchange) {
        this.#sendCapabilities(header, refused)
      }
    }
    this.#close(fault.message)
  }

  #sendWatchdog(): void {
    this.#watchdogSent = this.#pending.nextId()
    this.#sendNow(watchdogRequest(this.#options.identity, this.#watchdogSent))
  }

  /** Does not wait for the end of the turn, which a busy server may take long to reach. */
  #sendNow(message: Buffer): void {
    this.#output.send(message)
    this.#output.flush()
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
    this.#pending.close()
    this.#cancelTimer?.()
    const said = { remote: this.#remote, reason: this.#closeReason, inFlight: this.#inFlight }
    this.#options.logger.info({ peer: this.route.peer || null, ...said }, 'peer disconnected')
    this.#options.onClosed()
  }
}
