/**
 * What a connection sends: all messages of one turn of the event loop leave with one write.
 *
 * A system call a message would cost more than everything else that is done for a request. Reading
 * stops
 * while too many requests are in flight or the other side does not take its answers; TCP then holds
 * it back.
 */
import type { Socket } from 'node:net'
import type { Scheduler } from '../../domain/time.ts'

/**
 * Reading stops above so many octets that the other side has not taken, and goes on below half of
 * them.
 */
const waitingOctetsMax = 1_048_576

export class Output {
  readonly #socket: Socket
  readonly #scheduler: Scheduler
  readonly #flush = (): void => this.flush()
  #messages: Buffer[] = []
  #octets = 0
  #scheduled = false
  readonly #inFlightMax: number
  #inFlight = 0
  #paused = false

  constructor(socket: Socket, scheduler: Scheduler, inFlightMax: number) {
    this.#socket = socket
    this.#scheduler = scheduler
    this.#inFlightMax = inFlightMax
  }

  /** The buffer belongs to the output from here on. */
  send(message: Buffer): void {
    this.#messages.push(message)
    this.#octets += message.length
    if (this.#scheduled) return
    this.#scheduled = true
    this.#scheduler.soon(this.#flush)
  }

  flush(): void {
    this.#scheduled = false
    const messages = this.#messages
    if (messages.length === 0) return
    const octets = this.#octets
    this.#messages = []
    this.#octets = 0
    if (!this.#socket.writable) return
    const [only] = messages
    this.#socket.write(messages.length === 1 && only ? only : Buffer.concat(messages, octets))
    // A write that the system takes at once is not followed by a drain event.
    this.letGo(this.#inFlight)
  }

  /** Stops reading when there is enough to do. Call it after each request taken. */
  holdBack(inFlight: number): void {
    this.#inFlight = inFlight
    if (this.#paused) return
    if (inFlight < this.#inFlightMax && this.#waiting <= waitingOctetsMax) return
    this.#paused = true
    this.#socket.pause()
  }

  /** Reads on when enough is done. Call it after each answer, and when the socket has drained. */
  letGo(inFlight: number): void {
    this.#inFlight = inFlight
    if (!this.#paused) return
    if (inFlight * 2 > this.#inFlightMax || this.#waiting * 2 > waitingOctetsMax) return
    this.#paused = false
    this.#socket.resume()
  }

  /** Sends what is left and the end of the stream. Reads on, to see the end of the other side. */
  end(): void {
    this.flush()
    this.#socket.end()
    this.#socket.resume()
  }

  /** Octets that the other side has not taken yet. */
  get #waiting(): number {
    return this.#socket.writableLength + this.#octets
  }
}
