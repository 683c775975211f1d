/** Redis under Sentinels for tests: one master with replicas, and those who watch it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort, type RedisServer, startRedis } from './redis.ts'

export interface Watched {
  /** `redis-sentinel://…/gyro/0` */
  readonly url: string
  readonly sentinels: readonly number[]
  readonly master: RedisServer
  readonly replicas: readonly RedisServer[]
  /** The port of the master as the Sentinels see it. */
  masterPort(): Promise<number>
  /** Resolves with the new port once they name another one; the instant on `performance`'s clock beside it. */
  promoted(than: number): Promise<{ port: number; at: number }>
  /** Has the Sentinels change masters, once they know a replica that is fit for it. */
  change(): Promise<void>
  stop(): Promise<void>
}

const downAfterMs = 1_500
const quorum = 2

export async function startWatched(replicaCount: number): Promise<Watched> {
  const master = await startRedis('--repl-diskless-sync-delay', '0')
  const of = ['--replicaof', `127.0.0.1 ${master.port}`, '--repl-diskless-sync-delay', '0']
  const replicas = await Promise.all(Array.from({ length: replicaCount }, () => startRedis(...of)))
  for (const { port } of replicas) {
    await until(async () => (await info(port)).includes('master_link_status:up'))
  }
  const folder = mkdtempSync(join(tmpdir(), 'gyro-sentinel-'))
  const children: ChildProcess[] = []
  const sentinels: number[] = []
  for (let i = 0; i < 3; i++) {
    const port = await freePort()
    const file = join(folder, `${port}.conf`)
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor gyro 127.0.0.1 ${master.port} ${quorum}`,
      `sentinel down-after-milliseconds gyro ${downAfterMs}`,
      'sentinel failover-timeout gyro 5000'
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    children.push(spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' }))
    sentinels.push(port)
  }
  const [first = 0] = sentinels
  const command = (name: string, ...args: string[]) => ask(first, name, args)
  for (const port of sentinels) {
    await until(async () => {
      const state = await fields(port, 'sentinel', ['master', 'gyro'])
      return (
        state.get('num-other-sentinels') === '2' && state.get('num-slaves') === String(replicaCount)
      )
    })
  }
  const masterPort = async () => {
    const address = await command('sentinel', 'get-master-addr-by-name', 'gyro')
    return Array.isArray(address) ? Number(address[1]) : 0
  }
  return {
    url: `redis-sentinel://${sentinels.map(port => `127.0.0.1:${port}`).join(',')}/gyro/0`,
    sentinels,
    master,
    replicas,
    masterPort,
    async promoted(than) {
      let port = than
      await until(async () => {
        port = await masterPort()
        return port !== than
      })
      return { port, at: performance.now() }
    },
    change: () => until(async () => (await command('sentinel', 'failover', 'gyro')) === 'OK'),
    async stop() {
      for (const child of children) {
        child.kill('SIGKILL')
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      }
      for (const server of [master, ...replicas]) await server.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

async function info(port: number): Promise<string> {
  return String(await ask(port, 'info', ['replication']))
}

async function fields(port: number, name: string, args: string[]): Promise<Map<string, string>> {
  return fieldsOf(await ask(port, name, args))
}

function fieldsOf(reply: unknown): Map<string, string> {
  const list = Array.isArray(reply) ? reply.map(String) : []
  return new Map(list.flatMap((key, i) => (i % 2 === 0 ? [[key, list[i + 1] ?? '']] : [])))
}

async function ask(port: number, name: string, args: readonly string[]): Promise<unknown> {
  const redis = new Redis(port, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await redis.call(name, ...args)
  } finally {
    redis.disconnect()
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await condition().catch(() => false))) {
    if (performance.now() > deadline) throw new Error('waited 20 s')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
