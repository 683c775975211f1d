/**
 * Charged Gy sessions against a real server process, next to two ceilings measured in the same run.
 *
 *     npm run bench                     embedded and Redis, 8 seconds each
 *     npm run bench -- --json --seconds 5 --stores redis,redis-aof,embedded
 *
 * The generator drives 128 sessions at a time over one connection: an initial request, three updates that
 * report the grant, a termination. CPU is what the server (and Redis) used over the whole run, divided by requests.
 * Read the ratios: generator, server and Redis share the cores of the machine, and so do other programs.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { type LoadResult, runLoad } from '../src/bench/load.ts'
import { msisdnBase, serverCpu, startOwnServer } from '../src/bench/own-server.ts'
import { freePort, runProcess, startProcess, stopAll, stopProcess } from '../src/bench/processes.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '8' },
    window: { type: 'string', default: '128' },
    stores: { type: 'string', default: 'embedded,redis' },
    accounts: { type: 'string', default: '10000' }
  }
})

interface Figure extends LoadResult {
  readonly store: string
  readonly serverUs: number
  readonly redisUs: number | null
}

const tsx = ['--import', 'tsx']
const folder = await mkdtemp(path.join(tmpdir(), 'gyro-bench-'))

function generate(port: number, echo = false): Promise<LoadResult> {
  const load = { host: '127.0.0.1', port, msisdnBase, warmUpSeconds: 2, updates: 3, echo }
  const { seconds, window, accounts } = values
  const sizes = { seconds: Number(seconds), window: Number(window), accounts: Number(accounts) }
  return runLoad({ ...load, ...sizes })
}

async function startRedis(appendOnly: boolean) {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  args.push('--appendonly', appendOnly ? 'yes' : 'no', '--appendfsync', 'everysec')
  args.push('--maxmemory-policy', 'noeviction')
  const isReady = (line: string) => (line.includes('Ready to accept') ? port : undefined)
  const { child } = await startProcess('redis-server', args, process.env, isReady)
  return { port, child }
}

/** Seconds of CPU that Redis has used. */
async function redisCpu(port: number): Promise<number> {
  const info = await runProcess('redis-cli', ['-p', String(port), 'info', 'cpu'], process.env)
  const value = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0)
  return value('used_cpu_sys') + value('used_cpu_user')
}

async function measure(store: string): Promise<Figure> {
  const redis = store.startsWith('redis') ? await startRedis(store === 'redis-aof') : null
  const server = await startOwnServer({
    program: [process.execPath, path.resolve('dist/main.js')],
    folder: `${folder}/${store}`,
    store: redis ? `redis://127.0.0.1:${redis.port}/0` : `embedded:${folder}/${store}`,
    cdr: `embedded:${folder}/cdr-${store}`,
    accounts: Number(values.accounts),
    env: process.env
  })
  const used = async () => ({
    server: await serverCpu(server.api),
    redis: redis ? await redisCpu(redis.port) : 0
  })
  const before = await used()
  const result = await generate(server.diameter.port)
  const after = await used()
  await server.stop()
  if (redis) await stopProcess(redis.child)
  const perRequest = (seconds: number) => Number(((seconds * 1e6) / result.requests).toFixed(2))
  return {
    ...result,
    store,
    serverUs: perRequest(after.server - before.server),
    redisUs: redis ? perRequest(after.redis - before.redis) : null
  }
}

async function echoCeiling(): Promise<LoadResult> {
  const isReady = (line: string) => (line.startsWith('{') ? JSON.parse(line).port : undefined)
  const args = [...tsx, 'bench/support/echo.ts']
  const echo = await startProcess<number>(process.execPath, args, process.env, isReady)
  const result = await generate(echo.ready, true)
  await stopProcess(echo.child)
  return result
}

async function redisCeiling(): Promise<{ perSecond: number }> {
  const redis = await startRedis(false)
  const args = [...tsx, 'bench/support/redis-writes.ts', '--port', String(redis.port)]
  const result = JSON.parse(await runProcess(process.execPath, args, process.env))
  await stopProcess(redis.child)
  return result
}

function print(figures: readonly Figure[], echo: number, redisWrites: number | null): void {
  console.log(`${cpus().length} cores, ${cpus()[0]?.model ?? ''}, Node.js ${process.version}\n`)
  console.log('store        CCR/s    p50 ms   p99 ms   server us/CCR   Redis us/CCR   failed')
  for (const figure of figures) {
    const columns = [
      figure.store.padEnd(10),
      String(figure.perSecond).padStart(7),
      (figure.p50us / 1000).toFixed(2).padStart(9),
      (figure.p99us / 1000).toFixed(2).padStart(8),
      figure.serverUs.toFixed(1).padStart(15),
      (figure.redisUs?.toFixed(1) ?? '-').padStart(14),
      String(figure.failed).padStart(8)
    ]
    console.log(columns.join(''))
  }
  console.log(`\nceilings: TCP echo of the same messages ${echo}/s`)
  if (redisWrites !== null) {
    console.log(`          pipelined Redis writes, two documents a request ${redisWrites}/s`)
  }
}

try {
  const stores = values.stores.split(',')
  const figures: Figure[] = []
  for (const store of stores) figures.push(await measure(store))
  const echo = (await echoCeiling()).perSecond
  const withRedis = stores.some(store => store.startsWith('redis'))
  const redisWrites = withRedis ? (await redisCeiling()).perSecond : null
  if (values.json) console.log(JSON.stringify({ figures, echo, redisWrites }))
  else print(figures, echo, redisWrites)
} finally {
  stopAll()
  await rm(folder, { recursive: true, force: true })
}
