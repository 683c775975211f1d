/**
 * Messages that the npm package `diameter` hangs or fails on, sent to a server of each: theirs shows that the
 * message does harm, ours that it need not.
 */
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { decode } from '../../src/diameter/codec/decode.ts'
import { encode } from '../../src/diameter/codec/encode.ts'
import { ascii, ietf, open5gsUpdate, rawAvp, rawMessage } from '../fixtures/diameter/messages.ts'
import { answerOf } from '../support/diameter-client.ts'
import { startListener } from '../support/diameter-listener.ts'

/** Longer than any answer takes; what hangs does so for ever. */
const patienceMs = 1_500

const origin = [ietf(264, ascii('pgw.example.org')), ietf(296, ascii('example.org'))]
const watchdog = rawMessage(280, 0x80, 0, ...origin)
/** The one whose answer is waited for. */
const good = Buffer.from(watchdog)
good.writeUInt32BE(0x0a0b0c0d, 12)

const zeroLength = Buffer.from(watchdog)
zeroLength.writeUIntBE(0, 1, 3)
const zeroAvp = rawMessage(280, 0x80, 0, ...origin, Buffer.from('0000000100000000', 'hex'))
const unknownAvp = rawMessage(280, 0x80, 0, ...origin, rawAvp(9999, 0x40, ascii('odd!')))

/** Their server, which answers every message, in a thread that may be ended while it hangs. */
async function startTheirs(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const worker = new Worker(
    `process.noDeprecation = true
    const { parentPort, workerData } = require('node:worker_threads')
    const diameter = require(workerData)
    const server = diameter.createServer({}, socket => {
      socket.on('diameterMessage', event => event.callback(event.response))
      socket.on('error', () => {})
    })
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
    { eval: true, workerData: createRequire(import.meta.url).resolve('diameter') }
  )
  const port = await new Promise<number>(resolve => {
    worker.once('message', resolve)
  })
  return { port, stop: async () => void (await worker.terminate()) }
}

/** Whether `good` is answered, sent over one connection after these messages. */
function isAnswered(port: number, ...messages: readonly Buffer[]): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    const timer = setTimeout(() => done(false), patienceMs)
    const done = (answered: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answered)
    }
    socket.on('error', () => done(false))
    socket.on('close', () => done(false))
    socket.on('data', chunk => {
      if (chunk.includes(good.subarray(12, 16))) done(true)
    })
    for (const message of [...messages, good]) socket.write(message)
  })
}

t.test('their server answers what is good', async t => {
  const theirs = await startTheirs()
  t.teardown(theirs.stop)
  t.ok(await isAnswered(theirs.port))
})

for (const [name, bad, harm] of [
  ['a message length of 0', zeroLength, 'connection'],
  ['an AVP length of 0', zeroAvp, 'server'],
  ['an unknown AVP with M bit', unknownAvp, 'connection']
] as const) {
  t.test(`their server does not survive ${name}`, async t => {
    const theirs = await startTheirs()
    t.teardown(theirs.stop)
    t.notOk(await isAnswered(theirs.port, bad), 'the connection is stuck')
    if (harm === 'server') t.notOk(await isAnswered(theirs.port), 'and so are all others')
  })
}

t.test('RFC 6733 7.1.5: a message length of 0 ends its connection and no other', async t => {
  const { open } = await startListener(t)
  const [bad, other] = [await open(), await open('pgw-2.example.org')]
  bad.send(zeroLength)
  await bad.closed
  t.equal((await other.ccr()).resultCode, 2001)
})

t.test(
  'RFC 6733 7.1.5, 7.5: an AVP length of 0 is answered, and the connection goes on',
  async t => {
    const { open } = await startListener(t)
    const client = await open()
    const ids = { hopByHop: 301, endToEnd: 301 }
    const body = { 'Session-Id': 's;0', 'CC-Request-Type': 1, 'CC-Request-Number': 0 }
    const bytes = encode('CCR', ids, body, Buffer.from('000001cd40000000', 'hex'))
    t.equal(answerOf('CCA', await client.exchange(bytes)).resultCode, 5014)
    t.equal((await client.ccr()).resultCode, 2001)
  }
)

t.test(
  'RFC 6733 4.1: an unknown AVP with M bit is answered, and the connection goes on',
  async t => {
    const { open } = await startListener(t)
    const client = await open()
    const odd = rawAvp(9999, 0x40, ascii('odd!'))
    const bytes = Buffer.concat([client.encodeCcr(), odd])
    bytes.writeUIntBE(bytes.length, 1, 3)
    const answer = answerOf('CCA', await client.exchange(bytes))
    t.equal(answer.resultCode, 5001)
    t.ok(answer.bytes.includes(odd), 'in Failed-AVP')
    t.equal((await client.ccr()).resultCode, 2001)
  }
)

t.test('RFC 8506 8.23: volumes of 64 bits are exact, which theirs cannot write', async t => {
  const theirs = createRequire(import.meta.url)('diameter/lib/diameter-types') as {
    encode(type: string, value: number): Buffer
  }
  const volume = 2 ** 53 - 1
  t.throws(() => theirs.encode('Unsigned64', volume), { code: 'ERR_OUT_OF_RANGE' })
  const bytes = encode(
    'CCR',
    { hopByHop: 1, endToEnd: 1 },
    {
      'Used-Service-Unit': [{ 'CC-Total-Octets': BigInt(volume) }]
    }
  )
  const [used] = decode('CCR', bytes).avps['Used-Service-Unit']
  t.equal(used?.['CC-Total-Octets'], BigInt(volume))
  t.same(decode('CCR', open5gsUpdate).faults, [])
})
