/**
 * A server over HTTP/2 that prints its port, `{"port":…}`, and how many octets of the old generation a request took that
 * is answered and forgotten, `{"octets":…}`. The argument `replaced` gives its connections the tables of the product.
 * Needs --expose-gc.
 */
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { getHeapSpaceStatistics } from 'node:v8'
import { replaceTables } from '../../src/nchf/stream-table.ts'

const requests = 5_000
let answered = 0
let before = 0

const server = createServer()
server.on('session', session => {
  if (process.argv[2] === 'replaced') replaceTables(session)
})
server.on('stream', stream => {
  stream.on('data', () => {})
  stream.on('end', () => {
    stream.respond({ ':status': 200 })
    stream.end('answer')
    answered++
    if (answered === requests) {
      // What was left of the first requests and of compiling goes; the tables in use are old from here on.
      setTimeout(() => {
        globalThis.gc?.()
        before = oldOctets()
      })
    } else if (answered === 2 * requests) {
      console.log(JSON.stringify({ octets: Math.round((oldOctets() - before) / requests) }))
    }
  })
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }))
})

/** What is in the old generation when all that is young and over is gone. */
function oldOctets(): number {
  globalThis.gc?.({ type: 'minor' })
  globalThis.gc?.({ type: 'minor' })
  const old = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')
  return old?.space_used_size ?? 0
}
