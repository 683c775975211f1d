/**
 * Updates over Nchf against a real server process on Redis (or embedded): at most, and at 70 % of that in an open loop.
 *
 *     npm run build && node --import tsx bench/nchf-load.ts --store redis --seconds 8
 *
 * Generator, server and Redis share the cores of the machine: read CPU per request before requests per second.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePort, runProcess, startProcess, stopAll, stopProcess } from './support/processes.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'redis' },
    seconds: { type: 'string', default: '8' },
    window: { type: 'string', default: '128' },
    accounts: { type: 'string', default: '10000' }
  }
})

interface Generated {
  readonly perSecond: number
  readonly p50us: number
  readonly p99us: number
  readonly requests: number
  readonly failed: number
  readonly generatorUs: number
}

const gyro = path.resolve('dist/main.js')
const folder = await mkdtemp(path.join(tmpdir(), 'gyro-bench-'))

async function startRedis(): Promise<number> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  args.push('--appendonly', 'no', '--maxmemory-policy', 'noeviction')
  await startProcess('redis-server', args, process.env, line =>
    line.includes('Ready to accept') ? true : undefined
  )
  return port
}

async function serverCpu(api: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${api}/metrics`)).text()
  return Number(/^process_cpu_seconds_total ([\d.e+-]+)/m.exec(text)?.[1] ?? Number.NaN)
}

async function generate(port: number, rate: number): Promise<Generated> {
  const args = ['--import', 'tsx', 'bench/support/nchf-generator.ts', '--port', String(port)]
  args.push('--seconds', values.seconds, '--accounts', values.accounts, '--rate', String(rate))
  args.push('--window', values.window)
  return JSON.parse(await runProcess(process.execPath, args, process.env))
}

function print(name: string, result: Generated, cpuSeconds: number): void {
  const { failed, generatorUs, p50us, p99us, perSecond, requests } = result
  const cpu = ((cpuSeconds * 1e6) / requests).toFixed(1)
  const latency = `p50 ${(p50us / 1_000).toFixed(2)} ms, p99 ${(p99us / 1_000).toFixed(2)} ms`
  const us = `server ${cpu} us, generator ${generatorUs} us a request`
  console.log(`${name}: ${perSecond} updates/s, ${latency}, ${us}, ${failed} failed`)
}

try {
  const [nchf, api] = [await freePort(), await freePort()]
  const redis = values.store === 'redis' ? await startRedis() : null
  const env = {
    ...process.env,
    GYRO_STORE: redis === null ? `embedded:${folder}/state` : `redis://127.0.0.1:${redis}/0`,
    GYRO_CDR: `embedded:${folder}/cdr`,
    GYRO_DIAMETER_LISTEN: '127.0.0.1:0',
    GYRO_NCHF_LISTEN: `127.0.0.1:${nchf}`,
    GYRO_API_LISTEN: `127.0.0.1:${api}`,
    GYRO_LOG_LEVEL: 'warn'
  }
  const accounts = ['accounts', 'generate', '--count', values.accounts]
  accounts.push('--msisdn-base', '499900000000000', '--imsi-base', '262010000000000')
  accounts.push('--offer', 'prepaid-go', '--top-up', '1000000.00')
  await runProcess(process.execPath, [gyro, ...accounts], env)
  const isReady = (line: string) => (line.includes('"msg":"ready"') ? true : undefined)
  const server = await startProcess(process.execPath, [gyro, 'serve'], env, isReady)
  const before = await serverCpu(api)
  const most = await generate(nchf, 0)
  const between = await serverCpu(api)
  print('at most', most, between - before)
  const steady = await generate(nchf, Math.round(most.perSecond * 0.7))
  print('at 70 %', steady, (await serverCpu(api)) - between)
  await stopProcess(server.child)
} finally {
  stopAll()
  await rm(folder, { recursive: true, force: true })
}
