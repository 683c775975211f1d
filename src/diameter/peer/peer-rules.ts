/**
 * Which peers may connect, and what each is: found once for a connection, and once for each
 * Origin-Host that sends over it.
 */
import { BlockList, isIPv6 } from 'node:net'
import type { PeerProfile } from '../../domain/request.ts'
import type { RequestOrigin } from '../../domain/route.ts'

export interface PeerEntry {
  /** Patterns, in which `*` stands for any characters. */
  readonly originHost: string
  readonly originRealm: string
  /** Addresses and networks; empty: any. */
  readonly addresses: readonly string[]
  readonly profile: PeerProfile
}

export interface PeerRules {
  /** The first entry that matches, or null. */
  find(origin: RequestOrigin, address: string): PeerEntry | null
  /** From now on these are the peers. */
  replace(entries: readonly PeerEntry[]): void
  /** Another number after each `replace`. */
  readonly version: number
}

interface Compiled {
  readonly entry: PeerEntry
  matches(origin: RequestOrigin, address: string): boolean
}

export function createPeerRules(first: readonly PeerEntry[]): PeerRules {
  let compiled = first.map(compile)
  let version = 1
  return {
    find: (origin, address) =>
      compiled.find(({ matches }) => matches(origin, address))?.entry ?? null,
    replace(entries) {
      compiled = entries.map(compile)
      version += 1
    },
    get version() {
      return version
    }
  }
}

function compile(entry: PeerEntry): Compiled {
  const host = matcherOf(entry.originHost)
  const realm = matcherOf(entry.originRealm)
  const networks = networksOf(entry.addresses)
  return {
    entry,
    matches: (origin, address) =>
      host(origin.host) && realm(origin.realm) && (networks === null || contains(networks, address))
  }
}

/** A DiameterIdentity matches whatever its case (RFC 6733 4.3.1). */
export function matcherOf(pattern: string): (name: string) => boolean {
  if (pattern === '*') return () => true
  if (!pattern.includes('*')) {
    const exact = pattern.toLowerCase()
    return name => name.toLowerCase() === exact
  }
  const escaped = pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const expression = new RegExp(`^${escaped.join('.*')}$`, 'i')
  return name => expression.test(name)
}

function networksOf(addresses: readonly string[]): BlockList | null {
  if (addresses.length === 0) return null
  const networks = new BlockList()
  for (const text of addresses) {
    const [address = '', prefix] = text.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) networks.addAddress(address, family)
    else networks.addSubnet(address, Number(prefix), family)
  }
  return networks
}

function contains(networks: BlockList, address: string): boolean {
  return networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** An address as it is written everywhere: IPv4 without the prefix that a dual-stack socket shows, and no zone. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}

/** So many Origin-Hosts behind one connection are remembered; an agent may have more, at the cost of a search. */
const rememberedHosts = 1_024

/**
 * The profile of each request of one connection. Nearly always it is that of the request before;
 * else it is remembered by Origin-Host. Who matches no entry, such as a client behind an agent, is
 * what the connection's own peer is.
 */
export function createProfileMemory(
  table: PeerRules,
  address: string,
  own: () => PeerProfile
): (origin: RequestOrigin) => PeerProfile {
  let version = 0
  let lastHost = ''
  let lastProfile: PeerProfile | null = null
  const known = new Map<string, PeerProfile>()

  function look(origin: RequestOrigin): PeerProfile {
    if (version !== table.version || known.size >= rememberedHosts) known.clear()
    version = table.version
    const profile = known.get(origin.host) ?? table.find(origin, address)?.profile ?? own()
    known.set(origin.host, profile)
    lastHost = origin.host
    lastProfile = profile
    return profile
  }

  return origin =>
    lastProfile !== null && origin.host === lastHost && version === table.version
      ? lastProfile
      : look(origin)
}
