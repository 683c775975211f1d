/** One HTTP/2 connection of a load generator: prepared requests out, statuses in. */
import { once } from 'node:events'
import net from 'node:net'
import {
  flags,
  frame,
  frameOctets,
  opening,
  statusOf,
  types,
  windowDefault,
  windowMax,
  windowUpdate
} from './h2-frames.ts'

export interface H2Connection {
  /** Nothing waits for an answer. */
  idle(): boolean
  /** Copies both frames to the socket under the next stream id, as soon as there is room; `tag` comes back with the answer. */
  send(headers: Buffer, data: Buffer, tag: number): void
  /** Writes what was sent since the last time. */
  flush(): void
  /** No request has been sent yet: the first one must fill the server's table. */
  readonly fresh: boolean
  end(): void
}

/** Streams are found by the low bits of their ids. */
const ring = 65_536
const bufferOctets = 1 << 18
const streamsDefault = 100

export async function openConnection(
  port: number,
  answered: (tag: number, status: number) => void,
  failed: (reason: string) => void
): Promise<H2Connection> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  socket.on('error', error => failed(error.message))
  socket.on('close', () => failed('the server closed the connection'))
  const tags = new Int32Array(ring)
  const statuses = new Int16Array(ring)
  let nextStream = 1
  let open = 0
  let streamsMax = streamsDefault
  let sendWindow = windowDefault
  let received = 0
  const out = Buffer.allocUnsafe(bufferOctets)
  let filled = 0
  let rest: Buffer | null = null
  const waiting: (readonly [headers: Buffer, data: Buffer, tag: number])[] = []

  function put(bytes: Buffer): void {
    if (filled + bytes.length > bufferOctets) flush()
    bytes.copy(out, filled)
    filled += bytes.length
  }

  function flush(): void {
    if (filled === 0) return
    // A copy, because the socket may hold on to it.
    socket.write(Buffer.from(out.subarray(0, filled)))
    filled = 0
  }

  function begin(headers: Buffer, data: Buffer, tag: number): void {
    headers.writeUInt32BE(nextStream, 5)
    data.writeUInt32BE(nextStream, 5)
    put(headers)
    put(data)
    tags[(nextStream >> 1) % ring] = tag
    sendWindow -= data.length - frameOctets
    nextStream += 2
    open++
  }

  function mayBegin(data: Buffer): boolean {
    return open < streamsMax && data.length <= sendWindow
  }

  function pump(): void {
    let next = waiting[0]
    while (next !== undefined && mayBegin(next[1])) {
      waiting.shift()
      begin(...next)
      next = waiting[0]
    }
  }

  function ended(stream: number): void {
    open--
    const index = (stream >> 1) % ring
    answered(tags[index] ?? 0, statuses[index] ?? 0)
    if (waiting.length > 0) pump()
  }

  function settings(bytes: Buffer, from: number, length: number): void {
    for (let at = from; at < from + length; at += 6) {
      if (bytes.readUInt16BE(at) === 3) streamsMax = Math.min(bytes.readUInt32BE(at + 2), ring / 2)
    }
    put(frame(types.settings, flags.ack, 0, Buffer.alloc(0)))
  }

  /** A whole frame that begins at `at`. */
  function take(bytes: Buffer, at: number, length: number): void {
    const type = bytes[at + 3]
    const flag = bytes[at + 4] ?? 0
    const stream = bytes.readUInt32BE(at + 5)
    const payload = at + frameOctets
    if (type === types.data) {
      received += length
      if (flag & flags.endStream) ended(stream)
    } else if (type === types.headers) {
      const skipped = (flag & flags.padded ? 1 : 0) + (flag & flags.priority ? 5 : 0)
      statuses[(stream >> 1) % ring] = statusOf(bytes, payload + skipped)
      if (flag & flags.endStream) ended(stream)
    } else if (type === types.settings && !(flag & flags.ack)) {
      settings(bytes, payload, length)
    } else if (type === types.ping && !(flag & flags.ack)) {
      put(frame(types.ping, flags.ack, 0, bytes.subarray(payload, payload + length)))
    } else if (type === types.windowUpdate && stream === 0) {
      sendWindow += bytes.readUInt32BE(payload)
      pump()
    } else if (type === types.reset) {
      statuses[(stream >> 1) % ring] = 0
      ended(stream)
    } else if (type === types.goaway) failed('the server sent GOAWAY')
  }

  socket.on('data', (chunk: Buffer) => {
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (bytes.length - at >= frameOctets) {
      const length = bytes.readUIntBE(at, 3)
      if (bytes.length - at < frameOctets + length) break
      take(bytes, at, length)
      at += frameOctets + length
    }
    rest = at === bytes.length ? null : bytes.subarray(at)
    if (received > windowMax / 2) {
      put(windowUpdate(0, received))
      received = 0
    }
    flush()
  })
  socket.write(opening())

  return {
    idle: () => open === 0 && waiting.length === 0,
    send(headers, data, tag) {
      if (waiting.length === 0 && mayBegin(data)) begin(headers, data, tag)
      else waiting.push([Buffer.from(headers), Buffer.from(data), tag])
    },
    flush,
    get fresh() {
      return nextStream === 1
    },
    end() {
      socket.removeAllListeners('close')
      socket.destroy()
    }
  }
}
