/** Requests of our own: what becomes of the connection that they share. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t from 'tap'
import { createOutgoing } from '../../src/nchf/outgoing.ts'
import { systemClock, systemScheduler } from '../../src/ops/clock.ts'
import { type Answer, type Scope, startConsumer } from '../support/nchf-consumer.ts'

/** Stands before a consumer; `fallSilent` stops forwarding on the connections that are open, and closes none. */
async function startProxy(t: Scope, target: string) {
  const open = new Set<Socket>()
  let connections = 0
  const server = createServer(socket => {
    connections++
    const onward = connect(Number(new URL(target).port), '127.0.0.1')
    for (const [from, to] of [
      [socket, onward],
      [onward, socket]
    ] as const) {
      open.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    open: () => open.size / 2,
    connections: () => connections,
    fallSilent() {
      for (const socket of open) socket.unpipe().resume()
    }
  }
}

async function behindProxy(t: Scope, ...answers: Answer[]) {
  const consumer = await startConsumer(t, ...answers)
  const proxy = await startProxy(t, consumer.uri)
  const outgoing = createOutgoing({ clock: systemClock, scheduler: systemScheduler })
  t.teardown(() => outgoing.close())
  const ask = (timeoutMs: number) =>
    outgoing.request({ method: 'POST', uri: proxy.uri, body: {}, timeoutMs })
  return { proxy, ask }
}

t.test('a connection that has fallen silent is not used after a timeout', async t => {
  const { proxy, ask } = await behindProxy(t, [204])
  t.match(await ask(2_000), { status: 204 })
  proxy.fallSilent()
  t.equal(await ask(100), 'timeout')
  t.match(await ask(2_000), { status: 204 })
  t.match(await ask(2_000), { status: 204 })
  t.equal(proxy.connections(), 2)
  for (let waited = 0; waited < 5_000 && proxy.open() > 1; waited += 10) {
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  t.equal(proxy.open(), 1, 'the silent one is closed')
})

t.test('what is under way on a connection that is given up ends as it does', async t => {
  const { proxy, ask } = await behindProxy(t, null, [204])
  let ended = false
  const first = ask(1_000).finally(() => {
    ended = true
  })
  t.match(await ask(2_000), { status: 204 }, 'the connection lives')
  t.equal(proxy.connections(), 1)
  const { proxy: silent, ask: asked } = await behindProxy(t, null)
  const long = asked(600)
  t.equal(await asked(50), 'timeout')
  const onNew = asked(50)
  t.equal(await onNew, 'timeout')
  t.equal(silent.connections(), 2)
  t.equal(await long, 'timeout', 'not unreachable')
  t.notOk(ended)
  t.equal(await first, 'timeout')
})
