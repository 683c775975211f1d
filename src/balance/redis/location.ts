/** Where a Redis is, from its URL. */
import { GyroError } from '../../domain/errors.ts'

export interface RedisLocation {
  readonly cluster: boolean
  /** The name by which Sentinels know the master; null: the nodes are no Sentinels. */
  readonly master: string | null
  /** Servers, or Sentinels. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly tls: boolean
  readonly username: string | null
  readonly password: string | null
  readonly db: number
  /** Replicas that must confirm a group before it counts; 0: none. */
  readonly waitReplicas: number
  /** The URL without its password, for messages. */
  readonly shown: string
}

const form =
  /^(rediss?(?:-cluster|-sentinel)?):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#@]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/

/**
 * Reads `redis://user:password@host:port/db?wait-replicas=1`, `rediss://…` (TLS),
 * `redis-cluster://host:port,host:port` or `rediss-cluster://…`, and
 * `redis-sentinel://host:port,host:port/master/db` or `rediss-sentinel://…`. Throws GYRO_CONFIG_INVALID.
 */
export function parseRedisUrl(url: string): RedisLocation {
  const match = form.exec(url)
  if (match === null) throw invalid(redact(url), 'its form is redis://host:port/db')
  const [, scheme = '', user = '', password = '', hosts = '', path = '', query = ''] = match
  const shown = redact(url)
  const cluster = scheme.endsWith('-cluster')
  const sentinel = scheme.endsWith('-sentinel')
  const usualPort = sentinel ? 26_379 : 6_379
  const nodes = hosts.split(',').map(host => parseHost(host, usualPort, shown))
  if (!cluster && !sentinel && nodes.length > 1) {
    throw invalid(shown, 'several hosts need redis-cluster:// or redis-sentinel://')
  }
  const { master, db } = sentinel ? parseMaster(path, shown) : { master: null, db: path }
  if (!/^\d{0,5}$/.test(db)) throw invalid(shown, `"${db}" is not a database number`)
  if (cluster && Number(db) !== 0) throw invalid(shown, 'a cluster has no database numbers')
  return {
    cluster,
    master,
    nodes,
    tls: scheme.startsWith('rediss'),
    username: user === '' ? null : decode(user, shown),
    password: password === '' ? null : decode(password, shown),
    db: Number(db),
    waitReplicas: parseQuery(query, shown),
    shown
  }
}

function parseMaster(path: string, shown: string): { master: string; db: string } {
  const [, master, db = ''] = /^([A-Za-z0-9._-]+)(?:\/(.*))?$/.exec(path) ?? []
  if (master === undefined) {
    const form = 'redis-sentinel://host:port,host:port/master-name/db'
    throw invalid(shown, `it must name the master as the Sentinels know it: ${form}`)
  }
  return { master, db }
}

function parseHost(text: string, usualPort: number, shown: string): { host: string; port: number } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text)
  const port = Number(match?.[2] ?? usualPort)
  if (match?.[1] === undefined || port < 1 || port > 65_535) {
    throw invalid(shown, `"${text}" is not host:port`)
  }
  return { host: match[1].replace(/^\[|\]$/g, ''), port }
}

function parseQuery(query: string, shown: string): number {
  let replicas = 0
  for (const [name, value] of new URLSearchParams(query)) {
    if (name !== 'wait-replicas' || !/^\d$/.test(value)) {
      throw invalid(shown, `"${name}=${value}" is unknown; wait-replicas=0 to 9 is known`)
    }
    replicas = Number(value)
  }
  return replicas
}

function decode(text: string, shown: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(shown, 'the user name or password has a "%" that is not an escape')
  }
}

function redact(url: string): string {
  return url.replace(/:\/\/([^:@/]*):[^@]*@/, '://$1:***@')
}

function invalid(shown: string, reason: string): GyroError {
  return new GyroError('GYRO_CONFIG_INVALID', `${shown} is not the URL of a store: ${reason}`)
}
