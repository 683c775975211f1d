/** Open connections by the Origin-Host of their peer: where requests of this server can go. */
import type { Connection } from './peer/connection.ts'
import type { OutgoingRequest } from './peer/pending.ts'

export interface Peers {
  /** Begins the names of the connections that are here, and of no others; random. */
  readonly process: string
  /** Origin-Hosts of the peers that are connected, as DiameterIdentities without case. */
  hosts(): readonly string[]
  /**
   * Sends a request to a peer: over the connection of the name `first` if that serves, or else over each of its
   * connections in turn. false: it has none, and nothing is called.
   */
  request(host: string, request: OutgoingRequest, timeoutMs: number, first?: string): boolean
}

export interface PeerTable extends Peers {
  add(host: string, connection: Connection): void
  remove(host: string, connection: Connection): void
}

/** `changed` is called when a peer has its first connection, or has lost its last. */
export function createPeerTable(process: string, changed: () => void): PeerTable {
  const connections = new Map<string, Connection[]>()
  return {
    process,
    hosts: () => [...connections.keys()],
    request(host, request, timeoutMs, first) {
      const list = connections.get(host.toLowerCase()) ?? []
      bringForward(list, first)
      // RFC 3539 3.4.1: what is SUSPECT or in REOPEN is used when there is nothing else.
      for (const wanted of [true, false]) {
        for (let tries = list.length; tries > 0; tries--) {
          const connection = list.shift()
          if (connection === undefined) break
          list.push(connection)
          if (connection.isProved === wanted && connection.request(request, timeoutMs)) return true
        }
      }
      return false
    },
    add(host, connection) {
      const key = host.toLowerCase()
      const list = connections.get(key)
      if (list !== undefined) {
        list.push(connection)
        return
      }
      connections.set(key, [connection])
      changed()
    },
    remove(host, connection) {
      const key = host.toLowerCase()
      const list = connections.get(key)
      const index = list?.indexOf(connection) ?? -1
      if (list === undefined || index < 0) return
      list.splice(index, 1)
      if (list.length > 0) return
      connections.delete(key)
      changed()
    }
  }
}

function bringForward(list: Connection[], name: string | undefined): void {
  if (name === undefined) return
  const index = list.findIndex(({ route }) => route.connection === name)
  if (index > 0) list.unshift(...list.splice(index, 1))
}
