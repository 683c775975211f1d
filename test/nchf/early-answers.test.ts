/** Answers that are known before the body has come: a client that is still sending must be able to read them. */
import type { ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'
import t from 'tap'
import { limits } from '../../src/domain/limits.ts'
import { startChf } from '../support/chf.ts'
import { base } from '../support/nchf-client.ts'

const chf = await startChf(t, { limits: { ...limits, nchfBodyMs: 400 } })
const smf = await chf.connect()
const json = { 'content-type': 'application/json' }
const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

function open(headers: OutgoingHttpHeaders) {
  const stream: ClientHttp2Stream = smf.session.request({
    ':method': 'POST',
    ':path': base,
    ...headers
  })
  const seen = { status: 0, text: '', ended: false }
  stream.setEncoding('utf8')
  stream.on('response', answer => {
    seen.status = answer[':status'] ?? 0
  })
  stream.on('data', (chunk: string) => {
    seen.text += chunk
  })
  stream.on('error', () => {})
  stream.on('end', () => {
    seen.ended = true
  })
  const closed = new Promise<void>(resolve => void stream.on('close', resolve))
  return { stream, seen, closed }
}

const early: readonly (readonly [number, OutgoingHttpHeaders])[] = [
  [404, { ...json, ':path': '/nchf-convergedcharging/v3/nothing' }],
  [405, { ...json, ':method': 'PUT' }],
  [415, { 'content-type': 'text/plain' }],
  [504, { ...json, '3gpp-sbi-max-rsp-time': '0' }]
]
for (const [status, headers] of early) {
  t.test(`${status} comes when the body has come, and nothing is reset`, async t => {
    const { closed, seen, stream } = open(headers)
    for (let part = 0; part < 5; part++) {
      stream.write('x'.repeat(20_000))
      await wait(10)
      t.equal(seen.status, 0, 'the client is still sending')
    }
    stream.end()
    await closed
    t.equal(stream.rstCode, 0)
    t.equal(seen.status, status)
    t.equal(JSON.parse(seen.text).status, status)
  })
}

t.test('413 can be read by a client that goes on sending, and ends its request itself', async t => {
  const { closed, seen, stream } = open(json)
  const part = 'x'.repeat(256 * 1024)
  for (let n = 0; n < 12; n++) {
    await new Promise(resolve => stream.write(part, resolve))
    await wait(2)
    t.notOk(stream.closed, 'the request is not reset')
  }
  t.equal(seen.status, 413)
  t.equal(JSON.parse(seen.text).status, 413)
  stream.end()
  await closed
  t.equal(stream.rstCode, 0)
})

t.test('one that never ends is answered in time, and read no further', async t => {
  const refused = open({ 'content-type': 'text/plain' })
  refused.stream.write('x')
  const large = open(json)
  large.stream.write('x'.repeat(limits.nchfBodyOctets + 1))
  await Promise.all([refused.closed, large.closed])
  t.equal(refused.seen.status, 415)
  t.equal(large.seen.status, 413)
  const before = chf.counted.length
  const flood = open(json)
  for (let n = 0; n < 100 && !flood.stream.closed; n++) {
    await new Promise(resolve => flood.stream.write('x'.repeat(limits.nchfBodyOctets), resolve))
  }
  await flood.closed
  t.equal(flood.seen.status, 413)
  t.equal(chf.counted.length, before + 1, 'each is counted once')
})
