/** Redis servers for tests: private ones on free ports, or those that REDIS_URL and REDIS_CLUSTER_URL name. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { lockFolder } from '../../src/cdr/folder-lock.ts'

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
  /** SIGKILL, or another signal; resolves when the process has ended, or at once after SIGSTOP and SIGCONT. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A private server with AOF on and no eviction; `settings` are further arguments such as `--appendfsync always`. */
export async function startRedis(...settings: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'gyro-redis-'))
  const port = await freePort()
  let child: ChildProcess | null = null
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    const running = child
    if (running === null) return
    running.kill(signal)
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') return
    if (running.exitCode === null && running.signalCode === null) await once(running, 'exit')
    child = null
  }
  const start = async () => {
    const base = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
    const safe = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']
    child = spawn('redis-server', [...base, ...safe, ...settings], { stdio: 'ignore' })
    child.once('error', error => {
      throw new Error(
        `redis-server does not start: ${error.message}; install it (apt: redis-server)`
      )
    })
    await answering(port)
  }
  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    async stop() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

async function answering(port: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const redis = new Redis(port, { lazyConnect: true, retryStrategy: () => null })
    redis.on('error', () => {})
    try {
      await redis.connect()
      await redis.ping()
      return
    } catch {
      await new Promise(resolve => setTimeout(resolve, 50))
    } finally {
      redis.disconnect()
    }
  }
  throw new Error(`redis-server on port ${port} did not answer within 10 s`)
}

/** An empty database that no other test file has: of the server at REDIS_URL, or of a private server. */
export async function emptyRedis(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const given = process.env['REDIS_URL']
  if (given === undefined || given === '') {
    const server = await startRedis()
    return { url: `${server.url}/1`, stop: () => server.stop() }
  }
  const url = new URL(given)
  const redis = new Redis(url.href)
  // Files run at the same time; the server has 256 databases, and number 0 counts those that were taken.
  const taken = await redis.incr('databases-taken')
  url.pathname = `/${(taken % 255) + 1}`
  await redis.select((taken % 255) + 1)
  await redis.flushdb()
  redis.disconnect()
  return { url: url.href, stop: async () => {} }
}

export interface RedisCluster {
  readonly url: string
  readonly ports: readonly number[]
  /** False when the cluster is that of REDIS_CLUSTER_URL, which tests must leave as it is. */
  readonly own: boolean
  readonly servers: readonly RedisServer[]
  stop(): Promise<void>
}

/** The emptied cluster at REDIS_CLUSTER_URL, which no other test has until it is stopped, or three private nodes without replicas. */
export async function startCluster(): Promise<RedisCluster> {
  const given = process.env['REDIS_CLUSTER_URL']
  if (given !== undefined && given !== '') return givenCluster(given)
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']
  const servers = [
    await startRedis(...settings),
    await startRedis(...settings),
    await startRedis(...settings)
  ]
  const nodes = servers.map(server => `127.0.0.1:${server.port}`)
  const created = spawnSync(
    'redis-cli',
    ['--cluster', 'create', ...nodes, '--cluster-yes', '--cluster-replicas', '0'],
    { encoding: 'utf8' }
  )
  if (created.status !== 0) throw new Error(`no cluster: ${created.stdout}${created.stderr}`)
  for (const { port } of servers) await clusterReady(port)
  return {
    url: `redis-cluster://${nodes.join(',')}`,
    ports: servers.map(server => server.port),
    own: true,
    servers,
    async stop() {
      for (const server of servers) await server.stop()
    }
  }
}

async function givenCluster(url: string): Promise<RedisCluster> {
  const hosts = url.replace(/^.*:\/\/(?:[^@]*@)?/, '').split(',')
  const [host = '', port = '6379'] = hosts[0]?.split(':') ?? []
  const release = await turnFor(join(tmpdir(), `gyro-cluster-${host}-${port}`))
  const seed = new Redis(Number(port), host)
  const ranges = (await seed.call('cluster', 'SLOTS')) as [number, number, [string, number]][]
  seed.disconnect()
  const ports: number[] = []
  for (const [, , [nodeHost, nodePort]] of ranges) {
    if (ports.includes(nodePort)) continue
    ports.push(nodePort)
    const node = new Redis(nodePort, nodeHost === '' ? host : nodeHost)
    await node.flushall()
    node.disconnect()
  }
  return { url, ports, own: false, servers: [], stop: async () => release() }
}

/** Waits until no other test has the folder; call the result to give it back. */
async function turnFor(folder: string): Promise<() => void> {
  mkdirSync(folder, { recursive: true })
  for (const last = performance.now() + 300_000; ; ) {
    try {
      return lockFolder(folder)
    } catch (error) {
      if (performance.now() > last) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

async function clusterReady(port: number): Promise<void> {
  const redis = new Redis(port)
  for (let i = 0; i < 200; i++) {
    const info = String(await redis.call('cluster', 'INFO'))
    if (info.includes('cluster_state:ok')) {
      redis.disconnect()
      return
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  redis.disconnect()
  throw new Error('the cluster is not ready after 10 s')
}
