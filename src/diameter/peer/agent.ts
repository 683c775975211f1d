/**
 * A connection that this server makes: to an agent (DRA), or to a gateway that does not connect by
 * itself. It sends the CER, serves the requests that arrive over the connection, and connects again
 * when it has ended.
 *
 * RFC 6733 2.1: attempts are made again after Tc, 30 s. The first ones come sooner, from 1 s on and
 * doubling, each with jitter, so that servers that lost one agent do not come back as one. A peer
 * that is busy or does not want to talk (5.4.3) is left alone for 5 minutes.
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Logger } from '../../domain/log.ts'
import type { AgentRule } from '../../domain/peers.ts'
import type { PeerProfile } from '../../domain/request.ts'
import type { Random, Scheduler } from '../../domain/time.ts'
import { disconnectCauses } from './base-messages.ts'
import type { Connection } from './connection.ts'
import { matcherOf } from './peer-rules.ts'
import type { ConnectionEnd } from './ports.ts'
import type { Registry } from './registry.ts'
import { secureContext, type TlsMaterial } from './tls.ts'

export interface AgentOptions {
  readonly rule: AgentRule
  readonly profile: () => PeerProfile
  readonly registry: Registry
  readonly tls: TlsMaterial | null
  readonly scheduler: Scheduler
  readonly random: Random
  readonly logger: Logger
  /** How long a connection, or its TLS handshake, may take. */
  readonly connectMs: number
  /** The first pause before another attempt; default 1 s. */
  readonly retryMs?: number
}

const retryDefaultMs = 1_000
/** Tc of RFC 6733 2.1. */
const retryMaxMs = 30_000
const unwantedMs = 300_000

export class Agent {
  readonly #options: AgentOptions
  readonly #expects: (host: string) => boolean
  readonly #isOneHost: boolean
  #attempts = 0
  #wasDown = false
  #stopped = false
  #socket: Socket | null = null
  #connection: Connection | null = null
  #cancel: () => void = () => {}

  constructor(options: AgentOptions) {
    this.#options = options
    this.#expects = matcherOf(options.rule.originHost)
    this.#isOneHost = !options.rule.originHost.includes('*')
  }

  start(): void {
    const { scheduler, connectMs } = this.#options
    if (this.#isThere()) {
      this.#again(this.#pause())
      return
    }
    const socket = this.#dial()
    this.#socket = socket
    let failure = 'it took too long'
    const onError = (error: Error): void => {
      failure = error.message
    }
    const onClose = (): void => {
      this.#cancel()
      this.#failed(failure)
    }
    socket.on('error', onError)
    socket.once('close', onClose)
    this.#cancel = scheduler.later(connectMs, () => socket.destroy())
    socket.once(this.#options.rule.tls ? 'secureConnect' : 'connect', () => {
      this.#cancel()
      socket.off('error', onError)
      socket.off('close', onClose)
      this.#connected(socket)
    })
  }

  /** Makes no more attempts. A connection that is open is ended by the registry, or with `graceMs`. */
  stop(graceMs: number | null = null): void {
    this.#stopped = true
    this.#cancel()
    if (this.#connection === null) this.#socket?.destroy()
    else if (graceMs !== null) {
      this.#connection.stop(graceMs, disconnectCauses.doNotWantToTalkToYou)
    }
  }

  #dial(): Socket {
    const { rule, tls } = this.#options
    const { host, port } = rule
    if (!rule.tls) return connectPlain({ host, port, noDelay: true })
    // The certificate must name the peer (RFC 6733 13.1): by its Origin-Host, where that is one name.
    const name = this.#isOneHost ? rule.originHost : host
    const material = tls === null ? { minVersion: 'TLSv1.2' as const } : secureContext(tls)
    // RFC 6066 3: an address is no server name; the certificate is then checked against it as the host.
    const named = isIP(name) ? {} : { servername: name }
    return connectTls({ host, port, ...named, ...material }).setNoDelay(true)
  }

  /** It has made the one connection that it may have (R-Open of RFC 6733 5.6). */
  #isThere(): boolean {
    return this.#isOneHost && this.#options.registry.isTaken(this.#expects)
  }

  #connected(socket: Socket): void {
    const { registry, profile } = this.#options
    if (this.#isThere()) {
      this.#socket = null
      socket.destroy()
      this.#again(this.#pause())
      return
    }
    this.#connection = registry.initiate(socket, {
      expects: this.#expects,
      isOneHost: this.#isOneHost,
      profile,
      wasDown: this.#wasDown,
      onClosed: end => this.#ended(end)
    })
  }

  #ended(end: ConnectionEnd): void {
    this.#connection = null
    this.#socket = null
    this.#wasDown = end.timedOut
    if (end.wasOpen) this.#attempts = 0
    const unwanted =
      end.cause === disconnectCauses.busy || end.cause === disconnectCauses.doNotWantToTalkToYou
    this.#again(unwanted ? unwantedMs : this.#pause())
  }

  #failed(reason: string): void {
    this.#socket = null
    const { host, port } = this.#options.rule
    const pauseMs = this.#pause()
    const fields = { agent: `${host}:${port}`, reason, retryMs: Math.round(pauseMs) }
    if (!this.#stopped) this.#options.logger.warn(fields, 'cannot connect to the agent')
    this.#again(pauseMs)
  }

  /** Twice as long as before up to Tc, less up to a half of it at random. */
  #pause(): number {
    const { retryMs = retryDefaultMs, random } = this.#options
    const full = Math.min(retryMs * 2 ** Math.min(this.#attempts, 16), retryMaxMs)
    this.#attempts += 1
    return full * (1 - random.fraction() / 2)
  }

  #again(pauseMs: number): void {
    if (this.#stopped) return
    this.#cancel = this.#options.scheduler.later(pauseMs, () => this.start())
  }
}
