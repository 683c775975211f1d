import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { suffix } from '../support/suffix.ts'

const program = fileURLToPath(new URL(`../support/stream-memory${suffix}`, import.meta.url))
// A young generation that fills often, and an old one that is not looked at meanwhile.
const flags = ['--expose-gc', '--max-semi-space-size=8', '--initial-old-space-size=256']
const atOnce = 20
/** From here on V8 keeps a part of each stream until the first full collection, wherever it stood. */
const keepsHandles = 24

/** Octets of the old generation that a request takes. */
async function octetsFor(tables: 'own' | 'replaced'): Promise<number> {
  const args = [...flags, ...process.execArgv, program, tables]
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: server.stdout })
  const [first] = await once(lines, 'line')
  const client = connect(`http://127.0.0.1:${JSON.parse(first).port}`)
  let over = false
  const loop = async () => {
    while (!over) {
      await new Promise<void>(resolve => {
        const stream = client.request({ ':method': 'POST', ':path': '/' })
        stream.on('error', () => {})
        stream.on('close', resolve)
        stream.resume()
        stream.end('request')
      })
    }
  }
  const loops = Promise.all(Array.from({ length: atOnce }, loop))
  const [second] = await once(lines, 'line')
  over = true
  await loops
  client.destroy()
  server.kill()
  await once(server, 'exit')
  return JSON.parse(second).octets
}

t.test('an answered request leaves next to nothing in the old generation', async t => {
  const own = await octetsFor('own')
  const replaced = await octetsFor('replaced')
  t.comment(`${own} octets a request with the tables of Node.js, ${replaced} with these`)
  t.ok(replaced < own, `${replaced} of ${own}`)
  if (Number.parseInt(process.versions.node, 10) < keepsHandles) {
    t.ok(replaced < own / 3, `${replaced} of ${own}`)
  }
})
