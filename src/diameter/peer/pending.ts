/**
 * Requests of this server on one connection: their Hop-by-Hop Identifiers, and the answers that are waited for.
 *
 * RFC 6733 6.2: an answer belongs to the request with its Hop-by-Hop Identifier; any other is discarded, also one
 * that comes too late.
 */
import type { Random, Scheduler } from '../../domain/time.ts'
import type { Header } from '../codec/header.ts'

/** A request of this server. Exactly one of `answered` and `failed` is called, once. */
export interface OutgoingRequest {
  readonly command: number
  readonly application: number
  /** The bytes of the request under these identifiers. */
  encode(hopByHop: number, endToEnd: number): Buffer
  /** `message` is valid for this call only. */
  answered(header: Header, message: Buffer): void
  /** `closed`: the connection ended before the answer came. */
  failed(reason: 'timeout' | 'closed'): void
}

interface Pending {
  readonly request: OutgoingRequest
  readonly cancel: () => void
}

export class PendingRequests {
  readonly #scheduler: Scheduler
  readonly #waiting = new Map<number, Pending>()
  #last: number

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler
    // RFC 6733 3: an End-to-End Identifier is to be unlikely to come again within minutes, also after a restart.
    this.#last = Number.parseInt(random.hex(8), 16) >>> 0
  }

  /** An identifier that no request of this connection waits under. */
  nextId(): number {
    do this.#last = (this.#last + 1) >>> 0
    while (this.#waiting.has(this.#last))
    return this.#last
  }

  /** The bytes to send; from here on its answer is waited for. */
  begin(request: OutgoingRequest, timeoutMs: number): Buffer {
    const id = this.nextId()
    const cancel = this.#scheduler.later(timeoutMs, () => {
      this.#waiting.delete(id)
      request.failed('timeout')
    })
    this.#waiting.set(id, { request, cancel })
    return request.encode(id, id)
  }

  /** Gives the answer to the request that it belongs to; false: there is none. */
  answered(header: Header, message: Buffer): boolean {
    const pending = this.#waiting.get(header.hopByHop)
    if (pending === undefined) return false
    const { request, cancel } = pending
    if (request.command !== header.command || request.application !== header.application) {
      return false
    }
    this.#waiting.delete(header.hopByHop)
    cancel()
    request.answered(header, message)
    return true
  }

  /** The connection has ended. */
  close(): void {
    const left = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { request, cancel } of left) {
      cancel()
      request.failed('closed')
    }
  }
}
