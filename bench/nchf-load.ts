/**
 * Updates over Nchf against a real server process on Redis (or embedded) with Postgres for the CDRs: at most, and at
 * shares of that in an open loop. Plain node:http2 in alternation, at most and at the rate of the last share, says
 * what the machine gives at that moment.
 *
 *     npm run build && node --import tsx bench/nchf-load.ts
 *     node --import tsx bench/nchf-load.ts --json --seconds 5 --rounds 3
 *     node --import tsx bench/nchf-load.ts --shares 30,50,70
 *     node --import tsx bench/nchf-load.ts --profile FOLDER      CPU profiles of the server's threads
 *
 * Generator, server, Redis and Postgres share the cores of the machine: see CONTRIBUTING.md for how to read it.
 */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { ServerProcess } from '../scripts/server-process.ts'
import { findPostgres, startPostgres } from '../scripts/test-postgres.ts'
import { freePort, runProcess, startProcess, stopAll, stopProcess } from '../src/bench/processes.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'redis' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '1' },
    window: { type: 'string', default: '128' },
    accounts: { type: 'string', default: '10000' },
    shares: { type: 'string', default: '70' },
    json: { type: 'boolean', default: false },
    profile: { type: 'string' }
  }
})

interface Generated {
  readonly perSecond: number
  readonly p50us: number
  readonly p90us: number
  readonly p99us: number
  readonly p999us: number
  readonly maxUs: number
  readonly requests: number
  readonly failed: number
  readonly failures: Readonly<Record<string, number>>
  readonly unsent: number
  readonly generatorUs: number
}

/** CPU in microseconds a request of any kind, warm-up included. */
interface Figure extends Generated {
  readonly name: string
  readonly serverUs: number
  readonly redisUs: number | null
}

const gyro = path.resolve('dist/main.js')
const folder = await mkdtemp(path.join(tmpdir(), 'gyro-bench-'))
// Postgres does not run as root, and its user must get to its folder.
await chmod(folder, 0o755)
const started: ServerProcess[] = []

async function startRedis(): Promise<number> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  args.push('--appendonly', 'no', '--maxmemory-policy', 'noeviction')
  await startProcess('redis-server', args, process.env, line =>
    line.includes('Ready to accept') ? true : undefined
  )
  return port
}

/** Without Postgres on this machine the embedded one, which takes its CPU from the server's account. */
async function cdrStore(): Promise<string> {
  const bin = findPostgres()
  return bin === null ? `embedded:${folder}/cdr` : startPostgres(bin, folder, started)
}

/** Seconds of CPU that the server has used, from its own metrics. */
async function serverCpu(api: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${api}/metrics`)).text()
  return Number(/^process_cpu_seconds_total ([\d.e+-]+)/m.exec(text)?.[1] ?? Number.NaN)
}

/** Seconds of CPU that Redis has used. */
async function redisCpu(port: number): Promise<number> {
  const info = await runProcess('redis-cli', ['-p', String(port), 'info', 'cpu'], process.env)
  const value = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0)
  return value('used_cpu_sys') + value('used_cpu_user')
}

async function generate(port: number, rate: number): Promise<Generated> {
  const args = ['--import', 'tsx', 'bench/support/nchf-generator.ts', '--port', String(port)]
  args.push('--seconds', values.seconds, '--accounts', values.accounts, '--rate', String(rate))
  args.push('--window', values.window)
  return JSON.parse(await runProcess(process.execPath, args, process.env))
}

async function measure(
  name: string,
  rate: number,
  ports: { readonly nchf: number; readonly api: number; readonly redis: number | null }
): Promise<Figure> {
  const cpu = async () => ({
    server: await serverCpu(ports.api),
    redis: ports.redis === null ? 0 : await redisCpu(ports.redis)
  })
  const before = await cpu()
  const result = await generate(ports.nchf, rate)
  const after = await cpu()
  const perRequest = (seconds: number) => Number(((seconds * 1e6) / result.requests).toFixed(1))
  const figure = {
    name,
    ...result,
    serverUs: perRequest(after.server - before.server),
    redisUs: ports.redis === null ? null : perRequest(after.redis - before.redis)
  }
  if (!values.json) print(figure)
  return figure
}

function print(figure: Figure): void {
  const { failed, generatorUs, perSecond, redisUs, serverUs, unsent } = figure
  const ms = (us: number) => (us / 1_000).toFixed(2)
  const latency = `p50 ${ms(figure.p50us)}, p99 ${ms(figure.p99us)}, p99.9 ${ms(figure.p999us)} ms`
  const us = `CPU a request: server ${serverUs}, Redis ${redisUs ?? '-'}, generator ${generatorUs} us`
  console.log(
    `${figure.name}: ${perSecond} updates/s, ${latency}; ${us}; ${failed + unsent} failed${Object.entries(figure.failures).map(([status, count]) => `, ${count} with ${status}`)}`
  )
}

interface PlainFigure {
  readonly perSecond: number
  readonly p50us: number
  readonly p99us: number
  readonly serverUs: number
}

/** Plain node:http2 with JSON under the same requests: the part of the CPU that no server on it can save. */
async function plain(rate: number): Promise<PlainFigure> {
  const args = ['--import', 'tsx', 'bench/support/h2-plain.ts']
  const server = await startProcess<number>(process.execPath, args, process.env, line =>
    line.startsWith('{"port"') ? JSON.parse(line).port : undefined
  )
  let printed = ''
  server.child.stdout?.on('data', chunk => {
    printed += chunk
  })
  const { perSecond, p50us, p99us, requests } = await generate(server.ready, rate)
  await stopProcess(server.child)
  const { cpuUs } = JSON.parse(printed.trim())
  const figure = { perSecond, p50us, p99us, serverUs: Number((cpuUs / requests).toFixed(1)) }
  if (!values.json) {
    const latency = `p50 ${(p50us / 1_000).toFixed(2)}, p99 ${(p99us / 1_000).toFixed(2)} ms`
    console.log(`plain node:http2: ${perSecond} requests/s, ${latency}, ${figure.serverUs} us each`)
  }
  return figure
}

try {
  const redis = values.store === 'redis' ? await startRedis() : null
  const ports = { nchf: await freePort(), api: await freePort(), redis }
  const env = {
    ...process.env,
    GYRO_STORE: redis === null ? `embedded:${folder}/state` : `redis://127.0.0.1:${redis}/0`,
    GYRO_CDR: await cdrStore(),
    GYRO_JOURNAL: `${folder}/journal`,
    GYRO_DIAMETER_LISTEN: '127.0.0.1:0',
    GYRO_NCHF_LISTEN: `127.0.0.1:${ports.nchf}`,
    GYRO_API_LISTEN: `127.0.0.1:${ports.api}`,
    GYRO_LOG_LEVEL: 'warn'
  }
  const accounts = ['accounts', 'generate', '--count', values.accounts]
  accounts.push('--msisdn-base', '499900000000000', '--imsi-base', '262010000000000')
  accounts.push('--offer', 'prepaid-go', '--top-up', '1000000.00')
  await runProcess(process.execPath, [gyro, ...accounts], env)
  const flags = []
  if (values.profile !== undefined) {
    await mkdir(values.profile, { recursive: true })
    flags.push('--cpu-prof', `--cpu-prof-dir=${path.resolve(values.profile)}`)
  }
  const isReady = (line: string) => (line.includes('"msg":"ready"') ? true : undefined)
  const server = await startProcess(process.execPath, [...flags, gyro, 'serve'], env, isReady)
  const figures: Figure[] = []
  const ceilings: PlainFigure[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    const most = await measure('at most', 0, ports)
    figures.push(most)
    let rate = 0
    for (const share of values.shares.split(',')) {
      rate = Math.round((most.perSecond * Number(share)) / 100)
      figures.push(await measure(`at ${share} %`, rate, ports))
    }
    ceilings.push(await plain(0), await plain(rate))
  }
  await stopProcess(server.child)
  const machine = { cores: cpus().length, model: cpus()[0]?.model ?? '', node: process.version }
  if (values.json) console.log(JSON.stringify({ machine, figures, plain: ceilings }, null, 2))
} finally {
  for (const server of started) await server.stop()
  stopAll()
  await rm(folder, { recursive: true, force: true })
}
