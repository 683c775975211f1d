/**
 * A process that acts as a PGW: many sessions at once over one connection, each an initial request, so many updates
 * that report what was granted, and a termination. Or, with `--echo`, messages of the same size to a TCP echo.
 *
 * Closed loop: `--window` sessions are always under way. Prints one JSON line.
 */
import net from 'node:net'
import { parseArgs } from 'node:util'
import { encode } from '../../src/diameter/codec/encode.ts'
import { createFramer } from '../../src/diameter/framer.ts'
import {
  msisdnDigits,
  putDigits,
  readAnswer,
  sessionDigits,
  type Template,
  template
} from './message-template.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    window: { type: 'string', default: '128' },
    seconds: { type: 'string', default: '8' },
    'warm-up': { type: 'string', default: '2' },
    updates: { type: 'string', default: '3' },
    accounts: { type: 'string', default: '10000' },
    'msisdn-base': { type: 'string', default: '499900000000000' },
    echo: { type: 'boolean', default: false }
  }
})
const port = Number(values.port)
const window = Number(values.window)
const updates = Number(values.updates)
const accounts = Number(values.accounts)
const base = Number(values['msisdn-base'])
const warmUpMs = Number(values['warm-up']) * 1000
const totalMs = warmUpMs + Number(values.seconds) * 1000

interface Slot {
  type: 1 | 2 | 3
  number: number
  session: number
  granted: number
  sentAt: number
}

const host = `pgw${process.pid}.bench.example`
const templates: Record<1 | 2 | 3, Template> = {
  1: template(1, 10, host),
  2: template(2, 10, host),
  3: template(3, 10, host)
}
const slots: Slot[] = []
const latencies: number[] = []
const codes: Record<number, number> = {}
let sessions = 0
let counted = 0
let failed = 0
let open = 0
let queued: Buffer[] = []
let began = 0
let firstCounted = 0
let lastCounted = 0

const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
socket.on('error', error => {
  console.error(`generator: ${error.message}`)
  process.exit(1)
})

function send(index: number): void {
  const slot = slots[index]!
  const form = templates[slot.type]
  const bytes = Buffer.from(form.bytes)
  bytes.writeUInt32BE(index, 12)
  putDigits(bytes, form.session, sessionDigits, slot.session)
  putDigits(bytes, form.msisdn, msisdnDigits, base + (slot.session % accounts))
  bytes.writeUInt32BE(slot.number, form.number)
  if (form.used >= 0) bytes.writeBigUInt64BE(BigInt(slot.granted), form.used)
  slot.sentAt = performance.now()
  queued.push(bytes)
  if (queued.length === 1) setImmediate(flush)
}

function flush(): void {
  const bytes = queued
  queued = []
  socket.write(Buffer.concat(bytes))
}

function begin(index: number): void {
  slots[index] = { type: 1, number: 0, session: sessions++, granted: 0, sentAt: 0 }
  send(index)
}

function answered(index: number, code: number, granted: number): void {
  const slot = slots[index]!
  const now = performance.now()
  if (now - began >= warmUpMs && now - began < totalMs) {
    if (counted === 0) firstCounted = now
    lastCounted = now
    counted += 1
    latencies.push(now - slot.sentAt)
  }
  codes[code] = (codes[code] ?? 0) + 1
  if (code !== 2001 || slot.type === 3) {
    if (code !== 2001) failed += 1
    if (now - began < totalMs) begin(index)
    else if (--open === 0) report()
    return
  }
  slot.granted = granted
  slot.number += 1
  slot.type = slot.number > updates || granted === 0 || now - began >= totalMs ? 3 : 2
  send(index)
}

function report(): void {
  latencies.sort((a, b) => a - b)
  const at = (share: number) =>
    Math.round((latencies[Math.floor(latencies.length * share)] ?? 0) * 1000)
  const { user, system } = process.cpuUsage()
  console.log(
    JSON.stringify({
      perSecond: Math.round(counted / ((lastCounted - firstCounted) / 1000)),
      p50us: at(0.5),
      p99us: at(0.99),
      requests: Object.values(codes).reduce((sum, count) => sum + count, 0),
      sessions,
      failed,
      codes,
      generatorUs: Number(((user + system) / Math.max(1, counted)).toFixed(2))
    })
  )
  process.exit(failed > 0 ? 2 : 0)
}

function start(): void {
  began = performance.now()
  open = window
  for (let index = 0; index < window; index++) begin(index)
}

const framer = createFramer({
  maxOctets: 65_536,
  onMessage: (message: Buffer) => {
    if (message.readUInt32BE(4) % 0x1000000 === 257 && !values.echo) return start()
    const index = message.readUInt32BE(12)
    if (values.echo) return answered(index, 2001, 10_000_000)
    const { code, granted } = readAnswer(message)
    answered(index, code, granted)
  },
  onError: () => {
    console.error('generator: the server sent what is no Diameter')
    process.exit(1)
  }
})
socket.on('data', chunk => framer.push(chunk as Buffer))
socket.on('connect', () => {
  if (values.echo) return start()
  socket.write(
    encode('CER', { flags: 0x80, hopByHop: 1, endToEnd: 1 }, {
      'Origin-Host': host,
      'Origin-Realm': 'bench.example',
      'Host-IP-Address': ['127.0.0.1'],
      'Vendor-Id': 0,
      'Product-Name': 'bench',
      'Auth-Application-Id': [4]
    } as never)
  )
})
