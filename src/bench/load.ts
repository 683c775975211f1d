/**
 * Acts as a PGW for some seconds: many sessions at once over one connection, each an initial request, so many updates
 * that report what was granted, and a termination. Or sends messages of the same size to a TCP echo.
 *
 * Closed loop: so many sessions are always under way.
 */
import net from 'node:net'
import { encode } from '../diameter/codec/encode.ts'
import { createFramer } from '../diameter/framer.ts'
import { GyroError } from '../domain/errors.ts'
import { limits } from '../domain/limits.ts'
import { systemClock, systemRandom, systemScheduler } from '../ops/clock.ts'
import {
  putDigits,
  readAnswer,
  sessionDigits,
  type Template,
  template
} from './message-template.ts'

export interface LoadOptions {
  readonly host: string
  readonly port: number
  /** Counted after so many seconds of warm-up. */
  readonly seconds: number
  readonly warmUpSeconds: number
  /** Sessions under way at a time. */
  readonly window: number
  readonly updates: number
  /** Subscribers: numbers counting up from the base. */
  readonly accounts: number
  readonly msisdnBase: string
  /** The server is a TCP echo. */
  readonly echo?: boolean
}

export interface LoadResult {
  readonly perSecond: number
  readonly p50us: number
  readonly p99us: number
  /** With the warm-up. */
  readonly requests: number
  readonly sessions: number
  /** Answers that were no success. */
  readonly failed: number
  /** Answers by Result-Code. */
  readonly codes: Readonly<Record<number, number>>
}

interface Slot {
  type: 1 | 2 | 3
  number: number
  session: number
  granted: number
  sentAt: number
}

const capabilitiesExchange = 257
const success = 2001
const echoGrant = 10_000_000
/** Nothing is waited for longer after the last second. */
const graceMs = 10_000

/** Rejects with GYRO_INPUT_INVALID when the server cannot be reached or ends the connection. */
export function runLoad(options: LoadOptions): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port: options.port, host: options.host, noDelay: true })
    const load = new Load(options, socket, result => {
      cancel()
      socket.destroy()
      resolve(result)
    })
    const fail = (reason: string) => {
      cancel()
      socket.destroy()
      const where = `${options.host}:${options.port}`
      reject(new GyroError('GYRO_INPUT_INVALID', `no load on ${where}: ${reason}`))
    }
    const wholeMs = 1_000 * (options.seconds + options.warmUpSeconds) + graceMs
    const cancel = systemScheduler.later(wholeMs, () => fail('requests were not answered'))
    const framer = createFramer({
      maxOctets: limits.diameterMessageOctets,
      onMessage: (message: Buffer) => load.receive(message),
      onError: () => fail('the server sent what is no Diameter')
    })
    socket.on('error', error => fail(error.message))
    socket.on('close', () => fail('the server ended the connection'))
    socket.on('data', chunk => framer.push(chunk))
    socket.on('connect', () => load.connected())
  })
}

class Load {
  readonly #options: LoadOptions
  readonly #socket: net.Socket
  readonly #done: (result: LoadResult) => void
  readonly #warmUpMs: number
  readonly #totalMs: number
  readonly #base: number
  readonly #host = `pgw${systemRandom.hex(12)}.bench.example`
  readonly #templates: Readonly<Record<1 | 2 | 3, Template>>
  readonly #slots: Slot[] = []
  readonly #latencies: number[] = []
  readonly #codes: Record<number, number> = {}
  #queued: Buffer[] = []
  #sessions = 0
  #failed = 0
  #open = 0
  #began = 0
  #firstCounted = 0
  #lastCounted = 0

  constructor(options: LoadOptions, socket: net.Socket, done: (result: LoadResult) => void) {
    this.#options = options
    this.#socket = socket
    this.#done = done
    this.#warmUpMs = options.warmUpSeconds * 1_000
    this.#totalMs = this.#warmUpMs + options.seconds * 1_000
    this.#base = Number(options.msisdnBase)
    const digits = options.msisdnBase.length
    this.#templates = {
      1: template(1, this.#host, digits),
      2: template(2, this.#host, digits),
      3: template(3, this.#host, digits)
    }
  }

  connected(): void {
    if (this.#options.echo === true) {
      this.#start()
      return
    }
    this.#socket.write(
      encode('CER', { flags: 0x80, hopByHop: 1, endToEnd: 1 }, {
        'Origin-Host': this.#host,
        'Origin-Realm': 'bench.example',
        'Host-IP-Address': ['127.0.0.1'],
        'Vendor-Id': 0,
        'Product-Name': 'bench',
        'Auth-Application-Id': [4]
      } as never)
    )
  }

  receive(message: Buffer): void {
    const index = message.readUInt32BE(12)
    if (this.#options.echo === true) {
      this.#answered(index, success, echoGrant)
    } else if (message.readUInt32BE(4) % 0x1000000 === capabilitiesExchange) {
      this.#start()
    } else {
      const { code, granted } = readAnswer(message)
      this.#answered(index, code, granted)
    }
  }

  #start(): void {
    this.#began = systemClock.monotonic()
    this.#open = this.#options.window
    for (let index = 0; index < this.#options.window; index++) this.#begin(index)
  }

  #begin(index: number): void {
    const session = this.#sessions++
    this.#slots[index] = { type: 1, number: 0, session, granted: 0, sentAt: 0 }
    this.#send(index)
  }

  #send(index: number): void {
    const slot = this.#slots[index]
    if (slot === undefined) return
    const { accounts, msisdnBase } = this.#options
    const form = this.#templates[slot.type]
    const bytes = Buffer.from(form.bytes)
    bytes.writeUInt32BE(index, 12)
    putDigits(bytes, form.session, sessionDigits, slot.session)
    putDigits(bytes, form.msisdn, msisdnBase.length, this.#base + (slot.session % accounts))
    bytes.writeUInt32BE(slot.number, form.number)
    if (form.used >= 0) bytes.writeBigUInt64BE(BigInt(slot.granted), form.used)
    slot.sentAt = systemClock.monotonic()
    this.#queued.push(bytes)
    if (this.#queued.length === 1) systemScheduler.soon(() => this.#flush())
  }

  #flush(): void {
    const bytes = this.#queued
    this.#queued = []
    this.#socket.write(Buffer.concat(bytes))
  }

  #answered(index: number, code: number, granted: number): void {
    const slot = this.#slots[index]
    if (slot === undefined) return
    const now = systemClock.monotonic()
    const since = now - this.#began
    if (since >= this.#warmUpMs && since < this.#totalMs) {
      if (this.#latencies.length === 0) this.#firstCounted = now
      this.#lastCounted = now
      this.#latencies.push(now - slot.sentAt)
    }
    this.#codes[code] = (this.#codes[code] ?? 0) + 1
    if (code !== success) this.#failed += 1
    if (code !== success || slot.type === 3) {
      if (since < this.#totalMs) this.#begin(index)
      else if (--this.#open === 0) this.#report()
      return
    }
    slot.granted = granted
    slot.number += 1
    const last = slot.number > this.#options.updates || granted === 0 || since >= this.#totalMs
    slot.type = last ? 3 : 2
    this.#send(index)
  }

  #report(): void {
    const latencies = this.#latencies.sort((a, b) => a - b)
    const at = (share: number) =>
      Math.round((latencies[Math.floor(latencies.length * share)] ?? 0) * 1_000)
    const seconds = (this.#lastCounted - this.#firstCounted) / 1_000
    this.#done({
      perSecond: seconds > 0 ? Math.round(latencies.length / seconds) : 0,
      p50us: at(0.5),
      p99us: at(0.99),
      requests: Object.values(this.#codes).reduce((sum, count) => sum + count, 0),
      sessions: this.#sessions,
      failed: this.#failed,
      codes: this.#codes
    })
  }
}
