/**
 * Orders over Gy: Re-Auth-Request and Abort-Session-Request.
 *
 *     <RAR> ::= < Diameter Header: 258, REQ, PXY >                      (RFC 8506 5.5, RFC 6733 8.3.1)
 *               < Session-Id > { Origin-Host } { Origin-Realm } { Destination-Realm } { Destination-Host }
 *               { Auth-Application-Id } { Re-Auth-Request-Type } [ Origin-State-Id ] [ CC-Sub-Session-Id ]
 *               [ Rating-Group ]
 *     <ASR> ::= < Diameter Header: 274, REQ, PXY >                      (RFC 6733 8.5.1)
 *               < Session-Id > { Origin-Host } { Origin-Realm } { Destination-Realm } { Destination-Host }
 *               { Auth-Application-Id } [ Origin-State-Id ]
 *
 * Sent over the connection that the session's last request came by, or another one of that peer, or else to its
 * Origin-Host. Without an answer, and after a protocol error such as DIAMETER_UNABLE_TO_DELIVER, it is sent again,
 * on another connection where there is one. A client that does not know the session is asked a second time, on the
 * same connection: a request of ours may have overtaken the answer that opens the session there.
 */
import type { Notifier } from '../../charging/ports.ts'
import type { OrderResult, SessionOrder } from '../../domain/order.ts'
import { namesOfSession } from '../../domain/session-key.ts'
import type { Scheduler } from '../../domain/time.ts'
import { decode } from '../codec/decode.ts'
import { encode } from '../codec/encode.ts'
import { flags } from '../codec/header.ts'
import { resultCodes } from '../dictionary/result-codes.ts'
import type { BaseIdentity } from '../peer/base-messages.ts'
import { creditControlApplication } from '../peer/peer-machine.ts'
import type { OutgoingRequest } from '../peer/pending.ts'
import type { Peers } from '../peers.ts'
import { isProtocolError } from './result-codes.ts'

export interface GyNotifierOptions {
  readonly identity: Pick<BaseIdentity, 'originHost' | 'originRealm' | 'originStateId'>
  readonly peers: Peers
  readonly scheduler: Scheduler
  /** A request is sent, also for the second time. */
  readonly onSent: (command: 'RAR' | 'ASR') => void
  /** Unless given: three tries, each with two seconds to be answered, and a second between them. */
  readonly tries?: number
  readonly answerMs?: number
  readonly pauseMs?: number
}

const commandCodes = { RAR: 258, ASR: 274 } as const
const requestFlags = flags.request | flags.proxiable
/** Re-Auth-Request-Type 285: AUTHORIZE_ONLY. */
const authorizeOnly = 0
/** RFC 6733 8.3.2, 8.5.2: success, or success after a request that the client sends now. */
const accepted: readonly number[] = [
  resultCodes.DIAMETER_SUCCESS,
  resultCodes.DIAMETER_LIMITED_SUCCESS
]

/** What became of one try: a Result-Code, or why there is none. */
type Outcome = number | 'timeout' | 'closed' | 'unreachable'

export function createGyNotifier(options: GyNotifierOptions): Notifier {
  const { scheduler, tries = 3, answerMs = 2_000, pauseMs = 1_000 } = options

  function attempt(message: OrderMessage, over: string | undefined): Promise<Outcome> {
    return new Promise(resolve => {
      const request = message.attempt(resolve)
      const sent = message.hosts.some(host => options.peers.request(host, request, answerMs, over))
      if (sent) options.onSent(message.name)
      else resolve('unreachable')
    })
  }

  function pause(): Promise<void> {
    return new Promise(resolve => void scheduler.later(pauseMs, resolve))
  }

  return {
    async deliver(order) {
      const message = new OrderMessage(options.identity, order)
      let result: OrderResult = 'unreachable'
      for (let left = tries; left > 0; left--) {
        const over = left === tries || result === 'unknown-session' ? message.connection : undefined
        const outcome = await attempt(message, over)
        const before = result
        result = resultOf(outcome)
        if (isFinal(outcome, result, before)) return result
        if (left > 1) await pause()
      }
      return result
    }
  }
}

/** Nobody to send to: it is for who sent the order here to find out where the peer is now. */
function isFinal(outcome: Outcome, result: OrderResult, before: OrderResult): boolean {
  if (result === 'unknown-session') return before === 'unknown-session'
  return result === 'accepted' || result === 'refused' || outcome === 'unreachable'
}

function resultOf(outcome: Outcome): OrderResult {
  if (outcome === 'timeout' || outcome === 'unreachable') return outcome
  if (outcome === 'closed') return 'unreachable'
  if (isProtocolError(outcome)) return 'undeliverable'
  if (outcome === resultCodes.DIAMETER_UNKNOWN_SESSION_ID) return 'unknown-session'
  return accepted.includes(outcome) ? 'accepted' : 'refused'
}

class OrderMessage {
  readonly name: 'RAR' | 'ASR'
  /** Where to send it, the better first. */
  readonly hosts: readonly string[]
  /** The connection to try first. */
  readonly connection: string | undefined
  readonly #identity: GyNotifierOptions['identity']
  readonly #order: SessionOrder
  /** RFC 6733 3: a request sent again keeps its End-to-End Identifier, and says so. */
  #endToEnd: number | null = null

  constructor(identity: GyNotifierOptions['identity'], order: SessionOrder) {
    this.#identity = identity
    this.#order = order
    this.name = order.action === 'abort' ? 'ASR' : 'RAR'
    const { route, origin } = order
    this.connection = route.protocol === 'gy' ? route.connection : undefined
    this.hosts = route.protocol === 'gy' ? [...new Set([route.peer, origin.host])] : []
  }

  attempt(done: (outcome: Outcome) => void): OutgoingRequest {
    return {
      command: commandCodes[this.name],
      application: creditControlApplication,
      encode: (hopByHop, endToEnd) => this.#encode(hopByHop, endToEnd),
      answered: (header, message) => done(this.#resultCode(header.flags, message)),
      failed: done
    }
  }

  #encode(hopByHop: number, fresh: number): Buffer {
    const { origin, ratingGroup } = this.#order
    const again = this.#endToEnd === null ? 0 : flags.retransmitted
    this.#endToEnd ??= fresh
    const { sessionId, subSessionId: sub } = namesOfSession(this.#order.sessionId)
    const header = { hopByHop, endToEnd: this.#endToEnd, flags: requestFlags | again }
    const common = {
      'Session-Id': sessionId,
      'Origin-Host': this.#identity.originHost,
      'Origin-Realm': this.#identity.originRealm,
      'Destination-Realm': origin.realm,
      'Destination-Host': origin.host,
      'Auth-Application-Id': creditControlApplication,
      'Origin-State-Id': this.#identity.originStateId
    }
    if (this.name === 'ASR') return encode('ASR', header, common)
    return encode('RAR', header, {
      ...common,
      'Re-Auth-Request-Type': authorizeOnly,
      'CC-Sub-Session-Id': sub === undefined ? undefined : BigInt(sub),
      'Rating-Group': ratingGroup ?? undefined
    })
  }

  #resultCode(answerFlags: number, message: Buffer): number {
    const error = (answerFlags & flags.error) !== 0
    const { avps } = decode(this.name === 'ASR' ? 'ASA' : 'RAA', message)
    // An answer with the E bit and without a Result-Code is a protocol error all the same (RFC 6733 7.2).
    return avps['Result-Code'] ?? (error ? resultCodes.DIAMETER_UNABLE_TO_DELIVER : 0)
  }
}
