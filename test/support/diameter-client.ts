/**
 * A small Diameter client over a raw socket, for tests: it can also send what no client should.
 *
 * It answers nothing by itself; requests of the server are kept in `requests`.
 */
import { connect, type Socket } from 'node:net'
import { type Decoded, decode } from '../../src/diameter/codec/decode.ts'
import { encode } from '../../src/diameter/codec/encode.ts'
import { flags, type Header, isRequest, readHeader } from '../../src/diameter/codec/header.ts'
import type { CommandName, MessageInput } from '../../src/diameter/dictionary/index.ts'
import { recorded } from './diameter-frames.ts'
import { noteDiameterPort } from './diameter-ports.ts'

export interface Answer<C extends CommandName = 'CCA'> extends Decoded<C> {
  readonly header: Header
  readonly bytes: Buffer
  readonly resultCode: number | undefined
  /** The E bit. */
  readonly error: boolean
}

export interface DiameterClient {
  readonly socket: Socket
  /** Requests of the server, such as DWR and DPR. */
  readonly requests: Buffer[]
  /** Answers in the order of arrival. */
  readonly answers: Buffer[]
  /** Resolves when the connection has ended, by whichever side. */
  readonly closed: Promise<void>
  send(bytes: Buffer): void
  /** Sends a request as given and waits for the answer with its Hop-by-Hop Identifier. */
  exchange(request: Buffer): Promise<Buffer>
  cer(change?: MessageInput<'CER'>): Promise<Answer<'CEA'>>
  ccr(change?: MessageInput<'CCR'>): Promise<Answer>
  dwr(): Promise<Answer<'DWA'>>
  dpr(): Promise<Answer<'DPA'>>
  /** The bytes of a CCR with the next identifiers. */
  encodeCcr(change?: MessageInput<'CCR'>): Buffer
  /** Waits for a request of the server with this command code. */
  requestOf(command: number): Promise<Buffer>
  end(): void
}

const identity = {
  'Origin-Host': 'pgw.example.org',
  'Origin-Realm': 'example.org'
}

export const plainCer: MessageInput<'CER'> = {
  ...identity,
  'Host-IP-Address': ['127.0.0.1'],
  'Vendor-Id': 0,
  'Product-Name': 'test client',
  'Auth-Application-Id': [4]
}

export const plainCcr: MessageInput<'CCR'> = {
  'Session-Id': 'pgw.example.org;1;1',
  ...identity,
  'Destination-Realm': 'example.org',
  'Auth-Application-Id': 4,
  'Service-Context-Id': '32251@3gpp.org',
  'CC-Request-Type': 1,
  'CC-Request-Number': 0,
  'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': '4915100000001' }]
}

export function answerOf<C extends CommandName>(command: C, bytes: Buffer): Answer<C> {
  const decoded = decode(command, bytes)
  const header = readHeader(bytes)
  const code = (decoded.avps as Record<string, unknown>)['Result-Code']
  return {
    ...decoded,
    header,
    bytes,
    resultCode: code as number | undefined,
    error: (header.flags & flags.error) !== 0
  }
}

export async function connectDiameter(port: number, host = '127.0.0.1'): Promise<DiameterClient> {
  noteDiameterPort(port)
  const socket = connect({ port, host, noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return clientOf(socket)
}

/** A client on a connection that stands, made by either side, also over TLS. */
export function clientOf(socket: Socket): DiameterClient {
  let nextId = 1
  const waiting = new Map<number, { resolve(answer: Buffer): void; reject(error: Error): void }>()
  const expected: { command: number; resolve: (request: Buffer) => void }[] = []
  const requests: Buffer[] = []
  const answers: Buffer[] = []

  function onMessage(message: Buffer): void {
    const header = readHeader(message)
    if (!isRequest(header)) {
      answers.push(message)
      waiting.get(header.hopByHop)?.resolve(message)
      waiting.delete(header.hopByHop)
      return
    }
    requests.push(message)
    const index = expected.findIndex(({ command }) => command === header.command)
    if (index >= 0) expected.splice(index, 1)[0]?.resolve(message)
  }

  // Not the framer of the server: a fault there must not be mirrored here.
  let pending: Buffer[] = []
  let size = 0
  socket.on('data', chunk => {
    pending.push(chunk)
    size += chunk.length
    if (pending.length > 1 && size < (pending[0]?.length ?? 0) + 4) return
    let bytes = pending.length === 1 ? chunk : Buffer.concat(pending)
    while (bytes.length >= 4 && bytes.length >= bytes.readUIntBE(1, 3)) {
      const length = bytes.readUIntBE(1, 3)
      onMessage(recorded(bytes.subarray(0, length)))
      bytes = bytes.subarray(length)
    }
    pending = bytes.length > 0 ? [bytes] : []
    size = bytes.length
  })
  socket.on('error', () => {})
  const closed = new Promise<void>(resolve => {
    socket.on('close', () => {
      for (const [id, { reject }] of waiting) reject(new Error(`closed before the answer to ${id}`))
      resolve()
    })
  })

  function exchange(request: Buffer): Promise<Buffer> {
    const { hopByHop } = readHeader(request)
    return new Promise((resolve, reject) => {
      waiting.set(hopByHop, { resolve, reject })
      socket.write(request)
    })
  }

  const ask = (request: Buffer): Promise<Buffer> => exchange(recorded(request))

  function ids(): { hopByHop: number; endToEnd: number } {
    const id = nextId++
    return { hopByHop: id, endToEnd: 0x1000_0000 + id }
  }

  const encodeCcr = (change: MessageInput<'CCR'> = {}): Buffer =>
    encode('CCR', ids(), { ...plainCcr, ...change })

  return {
    socket,
    requests,
    answers,
    closed,
    exchange,
    encodeCcr,
    send: bytes => void socket.write(bytes),
    cer: async change =>
      answerOf('CEA', await ask(encode('CER', ids(), { ...plainCer, ...change }))),
    ccr: async change => answerOf('CCA', await ask(encodeCcr(change))),
    dwr: async () => answerOf('DWA', await ask(encode('DWR', ids(), identity))),
    dpr: async () =>
      answerOf('DPA', await ask(encode('DPR', ids(), { ...identity, 'Disconnect-Cause': 0 }))),
    requestOf(command) {
      const before = requests.find(request => readHeader(request).command === command)
      if (before) return Promise.resolve(before)
      return new Promise(resolve => {
        expected.push({ command, resolve })
      })
    },
    end: () => void socket.destroy()
  }
}
