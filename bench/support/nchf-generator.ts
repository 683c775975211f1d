/**
 * Drives Nchf sessions against a server for some seconds: a create, updates that report the grant, a release.
 *
 * Closed loop (`--window` sessions at a time), or open loop with `--rate` updates a second: then an update counts from
 * the instant at which it was due, whether it could be sent then or not, so that a server that stalls cannot hide it.
 * Updates are prepared frames over sockets of our own, at some microseconds each; creates and releases go through
 * node:http2. Prints one line of JSON.
 */
import { once } from 'node:events'
import { connect } from 'node:http2'
import { parseArgs } from 'node:util'
import { type H2Connection, openConnection } from './h2-connection.ts'
import { base, createBody, releaseBody, updateTemplate } from './nchf-template.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8085' },
    seconds: { type: 'string', default: '8' },
    'warm-up': { type: 'string', default: '2' },
    window: { type: 'string', default: '128' },
    connections: { type: 'string', default: '4' },
    accounts: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '0' },
    updates: { type: 'string', default: '50' }
  }
})
const port = Number(values.port)
const accounts = Number(values.accounts)
const rate = Number(values.rate)
const updatesEach = Number(values.updates)
const window = Number(values.window)
const warmUpMs = 1_000 * Number(values['warm-up'])

/** A session under way; ids and sequence numbers go on for ever. */
interface Slot {
  readonly connection: H2Connection
  reference: Buffer
  id: number
  sequence: number
  updatesLeft: number
  /** When its update was due. */
  due: number
}

const template = updateTemplate(`127.0.0.1:${port}`)
const slots: Slot[] = []

/** First in, first out, without moving what is in it each time. */
function createQueue() {
  let values: number[] = []
  let head = 0
  return {
    length: () => values.length - head,
    push: (value: number) => void values.push(value),
    shift(): number | undefined {
      const value = values[head]
      if (value === undefined) return undefined
      head++
      if (head === 1_024) {
        values = values.slice(head)
        head = 0
      }
      return value
    }
  }
}
/** Sessions that wait for their next update, by index. */
const idle = createQueue()
const latencies: number[] = []
/** Sessions of each run are new ones: those of the last run would have their closed sessions looked for first. */
let started = (Math.floor(Date.now() / 1_000) % 30_000) * 100_000
let requests = 0
let updates = 0
let failed = 0
/** Answers to updates by their status. */
const failures: Record<number, number> = {}
let measuredFrom = Number.POSITIVE_INFINITY
let until = Number.POSITIVE_INFINITY
let over = false

function fail(reason: string): void {
  console.error(`generator: ${reason}`)
  process.exit(1)
}

const slow = connect(`http://127.0.0.1:${port}`)
slow.on('error', error => fail(error.message))
await once(slow, 'connect')

function post(path: string, body: string): Promise<string> {
  return new Promise(resolve => {
    const type = { 'content-type': 'application/json' }
    const stream = slow.request({ ':method': 'POST', ':path': path, ...type })
    let location = ''
    stream.on('response', headers => {
      requests++
      if ((headers[':status'] ?? 0) >= 300) failed++
      location = headers.location ?? ''
    })
    stream.on('error', () => failed++)
    stream.on('close', () => resolve(location))
    stream.resume()
    stream.end(body)
  })
}

async function begin(index: number): Promise<void> {
  const slot = slots[index] as Slot
  slot.id = started++
  slot.sequence = 1
  const location = await post(base, createBody(slot.id % accounts, slot.id))
  // The connection is closed at the end, whatever is under way over it.
  if (over && location === '') return
  slot.reference = Buffer.from(location.slice(-32), 'latin1')
  if (slot.reference.length !== 32) fail(`a create got the Location ${location}`)
  free(index)
}

async function renew(index: number): Promise<void> {
  const slot = slots[index] as Slot
  const { id, reference, sequence } = slot
  await post(`${base}/${reference}/release`, releaseBody(id % accounts, id, sequence))
  if (over) return
  slot.updatesLeft = updatesEach
  await begin(index)
}

function send(index: number, due: number): void {
  const slot = slots[index] as Slot
  slot.due = due
  const { connection, id, reference, sequence } = slot
  const { data, headers } = template.fill(connection.fresh, reference, id % accounts, id, sequence)
  slot.sequence++
  connection.send(headers, data, index)
}

function answered(index: number, status: number): void {
  const slot = slots[index] as Slot
  const now = performance.now()
  requests++
  if (status !== 200) {
    failed++
    failures[status] = (failures[status] ?? 0) + 1
  }
  if (slot.due >= measuredFrom) {
    updates++
    latencies.push(now - slot.due)
  }
  if (--slot.updatesLeft <= 0) void renew(index)
  else free(index)
}

/** Updates that were due while every session was busy, oldest first. */
const late = createQueue()

/** A session can send its next update. */
function free(index: number): void {
  if (over) return
  if (rate === 0) send(index, performance.now())
  else if (late.length() > 0) send(index, late.shift() as number)
  else idle.push(index)
}

const connections = await Promise.all(
  Array.from({ length: Number(values.connections) }, () => openConnection(port, answered, fail))
)
const sessions = rate === 0 ? window : Math.max(window, 2_000)
for (let index = 0; index < sessions; index++) {
  const connection = connections[index % connections.length] as H2Connection
  // Their first lives are of all lengths: sessions that began together would all be renewed together, again and again.
  const updatesLeft = 1 + (index % updatesEach)
  slots.push({ connection, reference: Buffer.alloc(0), id: 0, sequence: 1, updatesLeft, due: 0 })
}
await Promise.all(slots.map((_, index) => begin(index)))
measuredFrom = performance.now() + warmUpMs
until = measuredFrom + 1_000 * Number(values.seconds)

/** Open loop: what became due since the last look goes out, the rest waits for a session. */
let due = performance.now()
function pace(): void {
  const now = performance.now()
  while (due <= now && due < until) {
    const index = idle.shift()
    if (index === undefined) late.push(due)
    else send(index, due)
    due += 1_000 / rate
  }
  flush()
}

function flush(): void {
  for (const connection of connections) connection.flush()
}

flush()
const ticking = setInterval(rate === 0 ? flush : pace, 1)
await new Promise<void>(resolve => setTimeout(resolve, until - performance.now()))
over = true
clearInterval(ticking)
const measuredSeconds = (until - measuredFrom) / 1_000
// What is under way, or was due, is waited for: it is what is slow.
for (const started = performance.now(); performance.now() - started < 2_000; ) {
  await new Promise(resolve => setTimeout(resolve, 20))
  if (connections.every(connection => connection.idle())) break
}
const used = process.cpuUsage()
latencies.sort((a, b) => a - b)
const at = (share: number) =>
  Math.round(1_000 * (latencies[Math.floor(latencies.length * share)] ?? 0))
console.log(
  JSON.stringify({
    perSecond: Math.round(updates / measuredSeconds),
    p50us: at(0.5),
    p90us: at(0.9),
    p99us: at(0.99),
    p999us: at(0.999),
    maxUs: Math.round(1_000 * (latencies.at(-1) ?? 0)),
    requests,
    updates,
    failed,
    failures,
    unsent: late.length(),
    generatorUs: Number(((used.user + used.system) / requests).toFixed(1))
  })
)
for (const connection of connections) connection.end()
slow.destroy()
