/** A Gy client over one connection at a time: what is not answered is sent again, to the next server. */
import { connect, type Socket } from 'node:net'
import { putDigits, readAnswer, sessionDigits, template } from '../../src/bench/message-template.ts'
import { encode } from '../../src/diameter/codec/encode.ts'
import { createFramer } from '../../src/diameter/framer.ts'

export interface GyAsk {
  readonly type: 1 | 2 | 3
  readonly session: number
  readonly account: number
  readonly number: number
  readonly used: number
}

interface Waiting {
  readonly bytes: Buffer
  readonly resolve: (code: number) => void
  since: number
}

const lateMs = 6_000
const tooBusy = 3004
/** T, RFC 6733 3. */
const retransmitted = 0x10

export class GyLink {
  readonly host: string
  readonly #ports: readonly number[]
  readonly #templates
  readonly #base: number
  readonly #digits: number
  readonly #waiting = new Map<number, Waiting>()
  readonly #timer: NodeJS.Timeout
  #socket: Socket | null = null
  #open = false
  #next: number
  #hop = 0
  #queued: Buffer[] = []
  #ended = false
  /** How often a request was sent again. */
  repeats = 0

  constructor(host: string, ports: readonly number[], first: number, msisdnBase: string) {
    this.host = host
    this.#ports = ports
    this.#next = first
    this.#base = Number(msisdnBase)
    this.#digits = msisdnBase.length
    this.#templates = {
      1: template(1, host, this.#digits),
      2: template(2, host, this.#digits),
      3: template(3, host, this.#digits)
    }
    this.#timer = setInterval(() => this.#watch(), 500)
    this.#connect()
  }

  /** The Result-Code, however often it has to be asked for. */
  ask({ type, session, account, number, used }: GyAsk): Promise<number> {
    const form = this.#templates[type]
    const bytes = Buffer.from(form.bytes)
    const hop = this.#hop++ % 0x80000000
    bytes.writeUInt32BE(hop, 12)
    bytes.writeUInt32BE(hop, 16)
    putDigits(bytes, form.session, sessionDigits, session)
    putDigits(bytes, form.msisdn, this.#digits, this.#base + account)
    bytes.writeUInt32BE(number, form.number)
    if (form.used >= 0) bytes.writeBigUInt64BE(BigInt(used), form.used)
    return new Promise(resolve => {
      const waiting = { bytes, resolve, since: performance.now() }
      this.#waiting.set(hop, waiting)
      if (this.#open) this.#send(bytes)
    })
  }

  end(): void {
    this.#ended = true
    clearInterval(this.#timer)
    this.#socket?.destroy()
  }

  #connect(): void {
    if (this.#ended) return
    const port = this.#ports[this.#next++ % this.#ports.length] ?? 0
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket = socket
    const framer = createFramer({
      maxOctets: 65_536,
      onMessage: message => this.#receive(message),
      onError: () => socket.destroy()
    })
    socket.on('data', chunk => framer.push(chunk))
    socket.on('error', () => {})
    socket.on('connect', () => socket.write(capabilities(this.host)))
    socket.on('close', () => {
      if (this.#socket !== socket) return
      this.#open = false
      setTimeout(() => this.#connect(), 100)
    })
  }

  #receive(message: Buffer): void {
    const command = message.readUIntBE(5, 3)
    const isRequest = (message[4]! & 0x80) !== 0
    if (isRequest) this.#answer(message, command)
    else if (command === 257) this.#opened()
    else this.#answered(message)
  }

  #answered(message: Buffer): void {
    const hop = message.readUInt32BE(12)
    const waiting = this.#waiting.get(hop)
    if (waiting === undefined) return
    const { code } = readAnswer(message)
    if (code === tooBusy) {
      setTimeout(() => {
        if (this.#open && this.#waiting.has(hop)) this.#repeat(waiting)
      }, 100)
      return
    }
    this.#waiting.delete(hop)
    waiting.resolve(code)
  }

  #opened(): void {
    this.#open = true
    for (const waiting of this.#waiting.values()) this.#repeat(waiting)
  }

  #repeat(waiting: Waiting): void {
    waiting.since = performance.now()
    waiting.bytes[4] = waiting.bytes[4]! | retransmitted
    this.repeats += 1
    this.#send(waiting.bytes)
  }

  #send(bytes: Buffer): void {
    this.#queued.push(bytes)
    if (this.#queued.length > 1) return
    setImmediate(() => {
      const all = Buffer.concat(this.#queued)
      this.#queued = []
      this.#socket?.write(all)
    })
  }

  /** Watchdogs, and requests of the server. */
  #answer(request: Buffer, command: number): void {
    const name = command === 280 ? 'DWA' : command === 282 ? 'DPA' : null
    if (name === null) return
    const header = {
      flags: 0,
      hopByHop: request.readUInt32BE(12),
      endToEnd: request.readUInt32BE(16)
    }
    const body = { 'Result-Code': 2001, 'Origin-Host': this.host, 'Origin-Realm': 'soak.example' }
    this.#socket?.write(encode(name, header, body as never))
  }

  /** A server that does not answer is given up. */
  #watch(): void {
    const before = performance.now() - lateMs
    for (const { since } of this.#waiting.values()) {
      if (since > before) continue
      for (const waiting of this.#waiting.values()) waiting.since = performance.now()
      this.#socket?.destroy()
      return
    }
  }
}

function capabilities(host: string): Buffer {
  return Buffer.from(
    encode('CER', { flags: 0x80, hopByHop: 1, endToEnd: 1 }, {
      'Origin-Host': host,
      'Origin-Realm': 'soak.example',
      'Host-IP-Address': ['127.0.0.1'],
      'Vendor-Id': 0,
      'Product-Name': 'soak',
      'Auth-Application-Id': [4]
    } as never)
  )
}
