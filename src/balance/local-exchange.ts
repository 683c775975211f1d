/** The exchange of a store that one process uses: nodes and inboxes in memory. */
import type { Exchange, Message } from '../charging/ports.ts'

export function createLocalExchange(): Exchange {
  const hosts = new Map<string, readonly string[]>()
  const inboxes = new Map<string, Message[]>()
  let last = 0
  return {
    async announce(node, reached) {
      hosts.set(node, reached)
    },
    async leave(node) {
      hosts.delete(node)
    },
    async nodes() {
      const names = new Set([...hosts.keys(), ...inboxes.keys()])
      return Array.from(names, node => ({ node, hosts: hosts.get(node) ?? null }))
    },
    async post(node, values) {
      const inbox = inboxes.get(node) ?? []
      inboxes.set(node, inbox)
      for (const value of values) inbox.push({ id: String(++last), value })
    },
    async receive(node, after, limit) {
      const from = Number(after)
      return (inboxes.get(node) ?? []).filter(({ id }) => Number(id) > from).slice(0, limit)
    },
    async remove(node, ids) {
      const left = (inboxes.get(node) ?? []).filter(({ id }) => !ids.includes(id))
      if (left.length > 0) inboxes.set(node, left)
      else inboxes.delete(node)
    },
    async forget(node) {
      hosts.delete(node)
      inboxes.delete(node)
    }
  }
}
