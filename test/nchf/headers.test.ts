/** How many header fields a request may have, and how large they may be. */
import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import t from 'tap'
import { startChf } from '../support/chf.ts'
import { base } from '../support/nchf-client.ts'

const chf = await startChf(t)

/** `acknowledged`: our settings are known to the client. */
async function open(acknowledged: boolean): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${chf.port}`, { maxSendHeaderBlockLength: 1_000_000 })
  t.teardown(() => session.destroy())
  session.on('error', () => {})
  if (!acknowledged) return session
  await once(session, 'remoteSettings')
  await ask(session, {})
  return session
}

/** The status, or the code that the stream ended with. */
function ask(session: ClientHttp2Session, headers: object): Promise<unknown> {
  return new Promise(resolve => {
    const stream = session.request({ ':method': 'GET', ':path': base, ...headers })
    stream.on('response', answer => resolve(answer[':status']))
    stream.on('error', (error: Error) =>
      resolve(/NGHTTP2_\w+|error code \d+/.exec(error.message)?.[0])
    )
    stream.resume()
  })
}

const fields = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'v']))
const octets = (count: number) => ({ 'x-large': 'v'.repeat(count) })

t.test('16 KiB of headers from the moment that the client knows our settings', async t => {
  for (const acknowledged of [true, false]) {
    const session = await open(acknowledged)
    t.equal(await ask(session, octets(15_000)), 405)
    const first = await open(acknowledged)
    const large = await ask(first, octets(17_000))
    t.equal(large, acknowledged ? 'NGHTTP2_ENHANCE_YOUR_CALM' : 405)
    t.equal(await ask(first, {}), 405, 'the connection goes on')
  }
})

t.test('128 fields, four of them those of every request', async t => {
  for (const acknowledged of [true, false]) {
    const session = await open(acknowledged)
    t.equal(await ask(session, fields(124)), 405)
    t.equal(await ask(session, fields(125)), 'NGHTTP2_ENHANCE_YOUR_CALM')
    t.equal(await ask(session, {}), 405)
  }
})

t.test('a field that is coded in more than 64 KiB ends the connection', async t => {
  const session = await open(false)
  t.equal(await ask(session, octets(80_000)), 'error code 9')
  t.ok(session.destroyed)
})
