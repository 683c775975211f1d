/** Redis for tests: one alone, and a cluster of three. Nothing is saved. */
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findProgram, freePort, type ServerProcess, startServer } from './server-process.ts'

const slots = 16_384
const clusterNodes = 3
/** A node listens for the others on its port plus this, unless told otherwise from Redis 7 on. */
const busOffset = 10_000
const clusterReadyMs = 30_000

export function findRedis(): string | null {
  const folders = ['/usr/lib/redis/bin', '/usr/lib/redis', '/usr/local/bin', '/opt/homebrew/bin']
  return findProgram('redis-server', folders)
}

interface Node {
  readonly port: number
  readonly server: ServerProcess
}

async function startNode(command: string, folder: string, cluster: boolean): Promise<Node> {
  const port = await freePort(cluster ? busOffset : 0)
  const name = `redis-${port}`
  const settings: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
    ...(cluster
      ? {
          'cluster-enabled': 'yes',
          'cluster-config-file': `${name}.conf`,
          'cluster-node-timeout': '5000'
        }
      : { databases: '256' })
  }
  const server = await startServer({
    command,
    args: Object.entries(settings).flatMap(([setting, value]) => [`--${setting}`, value]),
    logFile: join(folder, `${name}.log`),
    stopSignal: 'SIGTERM',
    probe: () => askRedis(port, redis => redis.ping())
  })
  return { port, server }
}

/** A Redis of 256 databases. */
export async function startRedis(command: string, folder: string, started: ServerProcess[]) {
  const { port, server } = await startNode(command, folder, false)
  started.push(server)
  return `redis://127.0.0.1:${port}/0`
}

/** Three masters that share the slots evenly. */
export async function startCluster(command: string, folder: string, started: ServerProcess[]) {
  const nodes: Node[] = []
  // One after another: each looks for two ports that nobody else has.
  for (let i = 0; i < clusterNodes; i++) {
    const node = await startNode(command, folder, true)
    started.push(node.server)
    nodes.push(node)
  }
  const [first] = nodes
  for (const [index, { port }] of nodes.entries()) {
    const from = Math.floor((index * slots) / clusterNodes)
    const to = Math.floor(((index + 1) * slots) / clusterNodes)
    const own = Array.from({ length: to - from }, (_, i) => from + i)
    await askRedis(port, async redis => {
      await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
      await redis.call('CLUSTER', 'ADDSLOTS', ...own)
      if (index > 0) await redis.call('CLUSTER', 'MEET', '127.0.0.1', first?.port ?? 0)
    })
  }
  await Promise.all(nodes.map(({ port }) => askRedis(port, untilClusterIsWhole)))
  return `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
}

async function untilClusterIsWhole(redis: Redis): Promise<void> {
  const deadline = Date.now() + clusterReadyMs
  for (;;) {
    const info = String(await redis.call('CLUSTER', 'INFO'))
    const shown = String(await redis.call('CLUSTER', 'NODES'))
    const masters = shown.split('\n').filter(line => / connected \d+-\d+/.test(line)).length
    if (info.includes('cluster_state:ok') && masters === clusterNodes) return
    if (Date.now() > deadline) throw new Error(`the Redis Cluster did not form:\n${info}${shown}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

export async function askRedis(
  port: number,
  act: (redis: Redis) => Promise<unknown>
): Promise<void> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0
  })
  // Failures to connect reject the command; without a listener they would also be printed.
  redis.on('error', () => {})
  try {
    await redis.connect()
    await act(redis)
  } finally {
    redis.disconnect()
  }
}
