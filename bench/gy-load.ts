/**
 * Charged Gy sessions against a real server process, next to two ceilings measured in the same run.
 *
 *     npm run bench                     embedded and Redis, 8 seconds each
 *     npm run bench -- --json --seconds 5 --stores redis,redis-aof,embedded
 *
 * One generator process drives 128 sessions at a time over one connection: an initial request, three updates that
 * report the grant, a termination. CPU is what the server (and Redis) used over the whole run, divided by requests.
 * Read the ratios: generator, server and Redis share the cores of the machine, and so do other programs.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePort, runProcess, startProcess, stopAll, stopProcess } from './support/processes.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '8' },
    window: { type: 'string', default: '128' },
    stores: { type: 'string', default: 'embedded,redis' },
    accounts: { type: 'string', default: '10000' }
  }
})

interface Generated {
  readonly perSecond: number
  readonly p50us: number
  readonly p99us: number
  readonly requests: number
  readonly failed: number
}

interface Figure extends Generated {
  readonly store: string
  readonly serverUs: number
  readonly redisUs: number | null
}

const gyro = path.resolve('dist/main.js')
const tsx = ['--import', 'tsx']
const folder = await mkdtemp(path.join(tmpdir(), 'gyro-bench-'))

async function generate(port: number, more: readonly string[] = []): Promise<Generated> {
  const args = [...tsx, 'bench/support/generator.ts', '--port', String(port)]
  args.push('--seconds', values.seconds, '--window', values.window, '--accounts', values.accounts)
  return JSON.parse(await runProcess(process.execPath, [...args, ...more], process.env))
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

/** Seconds of CPU that the server has used, from its own metrics. */
async function serverCpu(api: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${api}/metrics`)).text()
  return Number(/^process_cpu_seconds_total ([\d.e+-]+)/m.exec(text)?.[1] ?? Number.NaN)
}

async function measure(store: string): Promise<Figure> {
  const redis = store.startsWith('redis') ? await startRedis(store === 'redis-aof') : null
  const [gy, api] = [await freePort(), await freePort()]
  const env = {
    ...process.env,
    GYRO_STORE: redis ? `redis://127.0.0.1:${redis.port}/0` : `embedded:${folder}/${store}`,
    GYRO_CDR: `embedded:${folder}/cdr-${store}`,
    GYRO_JOURNAL: `${folder}/journal-${store}`,
    GYRO_DIAMETER_LISTEN: `127.0.0.1:${gy}`,
    GYRO_NCHF_LISTEN: '127.0.0.1:0',
    GYRO_API_LISTEN: `127.0.0.1:${api}`,
    GYRO_LOG_LEVEL: 'warn'
  }
  const accounts = ['accounts', 'generate', '--count', values.accounts]
  accounts.push('--msisdn-base', '499900000000000', '--imsi-base', '262010000000000')
  accounts.push('--offer', 'prepaid-go', '--top-up', '1000000.00')
  await runProcess(process.execPath, [gyro, ...accounts], env)
  const isReady = (line: string) => (line.includes('"msg":"ready"') ? true : undefined)
  const server = await startProcess(process.execPath, [gyro, 'serve'], env, isReady)
  const before = { server: await serverCpu(api), redis: redis ? await redisCpu(redis.port) : 0 }
  const result = await generate(gy)
  const after = { server: await serverCpu(api), redis: redis ? await redisCpu(redis.port) : 0 }
  await stopProcess(server.child)
  if (redis) await stopProcess(redis.child)
  const perRequest = (seconds: number) => Number(((seconds * 1e6) / result.requests).toFixed(2))
  return {
    ...result,
    store,
    serverUs: perRequest(after.server - before.server),
    redisUs: redis ? perRequest(after.redis - before.redis) : null
  }
}

async function echoCeiling(): Promise<Generated> {
  const isReady = (line: string) => (line.startsWith('{') ? JSON.parse(line).port : undefined)
  const args = [...tsx, 'bench/support/echo.ts']
  const echo = await startProcess<number>(process.execPath, args, process.env, isReady)
  const result = await generate(echo.ready, ['--echo'])
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
