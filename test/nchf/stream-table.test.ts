import { connect, createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { replaceTables, StreamSet, StreamTable } from '../../src/nchf/stream-table.ts'

/** Ids that share a place in the table, and others. */
const ids = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 0, max: 30 }).map(n => 1 + 512 * n),
  fc.integer({ min: 1, max: 2 ** 31 - 1 })
)
const steps = fc.array(fc.tuple(ids, fc.boolean()), { maxLength: 400 })

t.test('a table of streams does what a Map does', async t => {
  fc.assert(
    fc.property(steps, steps => {
      const table = new StreamTable<string>()
      const map = new Map<number, string>()
      for (const [n, [id, isSet]] of steps.entries()) {
        if (isSet) {
          table.set(id, `stream ${n}`)
          map.set(id, `stream ${n}`)
        } else if (table.delete(id) !== map.delete(id)) return false
        if (table.get(id) !== map.get(id) || table.size !== map.size) return false
      }
      const seen = new Map<number, string>()
      table.forEach((stream, id) => void seen.set(id, stream))
      return seen.size === map.size && [...map].every(([id, stream]) => seen.get(id) === stream)
    })
  )
  const table = new StreamTable<number>().set(1, 1).set(3, 3).set(513, 513)
  const seen: number[] = []
  table.forEach((stream, id) => {
    seen.push(stream)
    table.delete(id)
  })
  t.same(
    [seen.sort((a, b) => a - b), table.size],
    [[1, 3, 513], 0],
    'streams may leave while they are visited'
  )
})

t.test('a set of streams does what a Set does', async () => {
  const members = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean()))
  fc.assert(
    fc.property(members, steps => {
      const streams = new StreamSet<number>()
      const set = new Set<number>()
      for (const [value, isAdded] of steps) {
        if (isAdded) {
          streams.add(value)
          set.add(value)
        } else if (streams.delete(value) !== set.delete(value)) return false
      }
      const seen: number[] = []
      streams.forEach(value => void seen.push(value))
      return streams.size === set.size && seen.every(value => set.has(value))
    })
  )
})

t.test('connections of this Node.js get them, and end their streams with them', async t => {
  const open: ServerHttp2Stream[] = []
  const sessions: ServerHttp2Session[] = []
  const replaced: boolean[] = []
  const server = createServer()
  server.on('session', session => {
    sessions.push(session)
    replaced.push(replaceTables(session), replaceTables(session))
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    if (headers[':path'] === '/held') open.push(stream)
    else {
      stream.respond({ ':status': 200 })
      stream.end('answer')
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  client.on('error', () => {})
  const get = (path: string) =>
    new Promise<string>(resolve => {
      const stream = client.request({ ':path': path })
      let text = ''
      stream.setEncoding('utf8')
      stream.on('data', chunk => {
        text += chunk
      })
      stream.on('error', () => {})
      stream.on('close', () => resolve(text))
    })
  const held = [get('/held'), get('/held')]
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => get('/')))
  t.same(new Set(answers), new Set(['answer']))
  t.same(replaced, [true, true], 'tables that are empty are replaced')
  const [session] = sessions
  t.equal(session && replaceTables(session), false, 'and those that are in use are not')
  t.equal(open.length, 2)
  session?.destroy()
  await Promise.all(held)
  t.ok(open.every(stream => stream.destroyed))
  server.close()
})
