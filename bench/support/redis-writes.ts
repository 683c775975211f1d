/**
 * Pipelined writes of two documents a request straight into Redis, over one socket with nothing in between: the
 * ceiling of what a server that keeps its state there could do. Prints one JSON line.
 */
import net from 'node:net'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    octets: { type: 'string', default: '1500' },
    group: { type: 'string', default: '32' }
  }
})
const group = Number(values.group)
const document = 'x'.repeat(Number(values.octets) / 2)
const socket = net.connect({ port: Number(values.port), host: '127.0.0.1', noDelay: true })
const began = performance.now()
const untilMs = began + Number(values.seconds) * 1000
let written = 0
let waiting = 0

function batch(): void {
  let text = ''
  for (let index = 0; index < group * 2; index++) {
    const key = `bench:${(written * 2 + index) % 20_000}`
    text += `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${document.length}\r\n${document}\r\n`
  }
  waiting += group * 2
  written += group
  socket.write(text, 'latin1')
}

socket.on('connect', () => {
  for (let index = 0; index < 4; index++) batch()
})
socket.on('data', chunk => {
  for (const octet of chunk as Buffer) if (octet === 43) waiting -= 1
  while (waiting < group * 6) {
    if (performance.now() >= untilMs) return end()
    batch()
  }
})

function end(): void {
  const seconds = (performance.now() - began) / 1000
  console.log(JSON.stringify({ perSecond: Math.round(written / seconds), writes: written }))
  process.exit(0)
}
