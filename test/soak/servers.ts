/** Redis, Postgres and Gyro for a long run in which each of them is killed (SIGKILL) and started again. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort, type ServerProcess, startServer } from '../../scripts/server-process.ts'
import { findPostgres, initPostgres } from '../../scripts/test-postgres.ts'
import { askRedis, findRedis } from '../../scripts/test-redis.ts'

/** Something that is killed now and then. */
export interface Victim {
  readonly name: string
  start(): Promise<void>
  kill(): void
  stop(): Promise<void>
}

function victim(name: string, launch: () => Promise<ServerProcess>): Victim {
  let running: ServerProcess | null = null
  return {
    name,
    async start() {
      running = await patiently(launch)
    },
    kill() {
      // The whole group: Postgres has a process for each connection.
      if (running !== null) process.kill(-running.pid, 'SIGKILL')
    },
    async stop() {
      await running?.stop()
    }
  }
}

/** What was killed may hold its port or its shared memory for a moment. */
async function patiently(launch: () => Promise<ServerProcess>): Promise<ServerProcess> {
  for (let tries = 1; ; tries++) {
    try {
      return await launch()
    } catch (error) {
      if (tries === triesMax) throw error
      await setTimeout(1_000)
    }
  }
}

const triesMax = 15

export type Fsync = 'always' | 'everysec'

export async function redisVictim(folder: string, fsync: Fsync): Promise<[Victim, string]> {
  const command = findRedis()
  if (command === null) throw new Error('there is no redis-server: install it')
  const port = await freePort()
  const settings: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: fsync,
    'auto-aof-rewrite-percentage': '100',
    'maxmemory-policy': 'noeviction'
  }
  const launch = () =>
    startServer({
      command,
      args: Object.entries(settings).flatMap(([setting, value]) => [`--${setting}`, value]),
      logFile: join(folder, 'redis.log'),
      stopSignal: 'SIGTERM',
      probe: () => askRedis(port, redis => redis.ping())
    })
  return [victim('Redis', launch), `redis://127.0.0.1:${port}/0`]
}

export async function postgresVictim(folder: string): Promise<[Victim, string]> {
  const bin = findPostgres()
  if (bin === null) throw new Error('there is no Postgres: install it')
  const home = await initPostgres(bin, folder, true)
  return [victim('Postgres', home.start), home.url]
}

export interface GyroPorts {
  readonly diameter: number
  readonly nchf: number
  readonly api: number
}

export async function gyroVictim(
  program: string,
  folder: string,
  index: number,
  env: Readonly<Record<string, string>>
): Promise<[Victim, GyroPorts]> {
  const ports = { diameter: await freePort(), nchf: await freePort(), api: await freePort() }
  const settings: Record<string, string> = {
    ...env,
    GYRO_JOURNAL: join(folder, `journal-${index}`),
    GYRO_SPILL: join(folder, `spill-${index}`),
    GYRO_DIAMETER_LISTEN: `127.0.0.1:${ports.diameter}`,
    GYRO_NCHF_LISTEN: `127.0.0.1:${ports.nchf}`,
    GYRO_API_LISTEN: `127.0.0.1:${ports.api}`,
    GYRO_LOG_LEVEL: 'error'
  }
  const assignments = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  const launch = () =>
    startServer({
      command: '/usr/bin/env',
      args: [...assignments, process.execPath, program, 'serve'],
      logFile: join(folder, `gyro-${index}.log`),
      stopSignal: 'SIGTERM',
      probe: () => listens(ports.diameter)
    })
  return [victim(`server ${index}`, launch), ports]
}

/** The Diameter port is opened last but for the ready line. */
async function listens(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
}
