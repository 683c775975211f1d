/** The exchange in Redis: a set of nodes, a key for each that lives as long as it says so, and its inbox, a stream. */
import type { Exchange, Message } from '../../charging/ports.ts'
import { inboxKey, nodeKey, nodesKey } from './keys.ts'
import type { Ask, Call } from './servers.ts'

/** An inbox that nobody looks into any more vanishes by itself. */
const inboxSeconds = 3_600

export function createRedisExchange(ask: Ask): Exchange {
  return {
    async announce(node, hosts, holdMs) {
      const key = nodeKey(node)
      await ask([
        { key: nodesKey, name: 'sadd', args: [nodesKey, node] },
        { key, name: 'set', args: [key, JSON.stringify(hosts), 'PX', holdMs] }
      ])
    },
    async leave(node) {
      await ask([unlink(nodeKey(node))])
    },
    async nodes() {
      const [reply] = await ask([{ key: nodesKey, name: 'smembers', args: [nodesKey] }])
      const names = (Array.isArray(reply) ? reply : []).map(String)
      if (names.length === 0) return []
      const found = await ask(
        names.map((node): Call => {
          const key = nodeKey(node)
          return { key, name: 'get', args: [key] }
        })
      )
      return names.map((node, i) => ({ node, hosts: hostsOf(found[i]) }))
    },
    async post(node, values) {
      const key = inboxKey(node)
      await ask([
        ...values.map(value => ({ key, name: 'xadd', args: [key, '*', 'm', value] })),
        { key, name: 'expire', args: [key, inboxSeconds] }
      ])
    },
    async receive(node, after, limit) {
      const key = inboxKey(node)
      const args = ['COUNT', limit, 'STREAMS', key, after]
      const [reply] = await ask([{ key, name: 'xread', args }])
      // null when there is none; else the stream's name and its entries, for each stream asked for.
      const [stream] = (reply ?? []) as [string, [string, string[]][]][]
      const entries = stream?.[1] ?? []
      return entries.map(([id, fields]): Message => ({ id, value: fields[1] ?? '' }))
    },
    async remove(node, ids) {
      const key = inboxKey(node)
      await ask([{ key, name: 'xdel', args: [key, ...ids] }])
    },
    async forget(node) {
      await ask([
        { key: nodesKey, name: 'srem', args: [nodesKey, node] },
        unlink(nodeKey(node)),
        unlink(inboxKey(node))
      ])
    }
  }
}

function unlink(key: string): Call {
  return { key, name: 'unlink', args: [key] }
}

function hostsOf(reply: unknown): readonly string[] | null {
  return typeof reply === 'string' ? (JSON.parse(reply) as string[]) : null
}
