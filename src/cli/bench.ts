/** gyro bench: load over Gy on a running server, or on one that is started for it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { LoadResult } from '../bench/load.ts'
import { GyroError } from '../domain/errors.ts'
import { parseAddress } from '../ops/address.ts'
import { usage } from './errors.ts'
import { note, print, printJson, printTable } from './output.ts'

interface BenchOptions {
  readonly connect?: string
  readonly api?: string
  readonly msisdnBase?: string
  readonly store?: string
  readonly cdr?: string
  readonly accounts: string
  readonly seconds: string
  readonly window: string
  readonly json?: true
}

/** `serverUs`: CPU of the server for each request, in microseconds; null: not asked for. */
type Figures = LoadResult & { readonly serverUs: number | null }

export function addBench(program: Command): void {
  program
    .command('bench')
    .description('load over Gy: sessions of an initial request, three updates and a termination')
    .option('--connect <host:port>', 'a running server; one is started unless given')
    .option('--api <url>', 'its HTTP API, to measure the CPU that it uses')
    .option('--msisdn-base <digits>', 'the first of its subscribers; the others count up')
    .option('--store <url>', 'of the server that is started; a new embedded store unless given')
    .option('--cdr <url>', 'of the server that is started; a new embedded store unless given')
    .option('--accounts <n>', 'subscribers', '10000')
    .option('--seconds <n>', 'how long, after two seconds of warm-up', '8')
    .option('--window <n>', 'sessions under way at a time', '128')
    .option('--json', 'one JSON object')
    .addHelpText('after', benchHelp)
    .action(bench)
}

const benchHelp = `
Without --connect a store that is named is filled with accounts of prepaid-go, from MSISDN 499900000000000 on, and keeps what
the load left: name none that holds anything. With --connect the subscribers must be there already, as they are after
  gyro accounts generate --count 10000 --msisdn-base 499900000000000 --imsi-base 262010000000000 --offer prepaid-go --top-up 1000000.00
Generator and server share the machine, so read the CPU of a request before requests per second. Failed answers make it
fail.`

async function bench(options: BenchOptions): Promise<void> {
  const sizes = {
    accounts: whole(options.accounts, '--accounts', 1_000_000),
    seconds: whole(options.seconds, '--seconds', 600),
    window: whole(options.window, '--window', 10_000)
  }
  const figures =
    options.connect === undefined
      ? await onOwnServer(options, sizes)
      : await onRunning(options, options.connect, sizes)
  if (options.json === true) await printJson(figures)
  else await printFigures(figures)
  if (figures.failed > 0) {
    const codes = JSON.stringify(figures.codes)
    throw new GyroError('GYRO_INPUT_INVALID', `not all answers were a success: ${codes}`)
  }
}

type Sizes = Readonly<Record<'accounts' | 'seconds' | 'window', number>>

const usualLoad = { warmUpSeconds: 2, updates: 3 }

async function onRunning(options: BenchOptions, where: string, sizes: Sizes): Promise<Figures> {
  const { msisdnBase } = await import('../bench/own-server.ts')
  const base = options.msisdnBase ?? msisdnBase
  if (!/^[1-9]\d{4,14}$/.test(base)) throw usage('--msisdn-base must be 5 to 15 digits')
  const address = addressOf(where)
  return measure({ ...usualLoad, ...sizes, ...address, msisdnBase: base }, options.api ?? null)
}

async function onOwnServer(options: BenchOptions, sizes: Sizes): Promise<Figures> {
  const { msisdnBase, startOwnServer } = await import('../bench/own-server.ts')
  const { stopAll } = await import('../bench/processes.ts')
  const folder = await mkdtemp(join(tmpdir(), 'gyro-bench-'))
  try {
    note('Starting a server of its own.')
    const server = await startOwnServer({
      program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
      folder,
      store: options.store ?? `embedded:${join(folder, 'state')}`,
      cdr: options.cdr ?? `embedded:${join(folder, 'cdr')}`,
      accounts: sizes.accounts,
      env: process.env
    })
    const figures = await measure(
      { ...usualLoad, ...sizes, ...server.diameter, msisdnBase },
      server.api
    )
    await server.stop()
    return figures
  } finally {
    stopAll()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(
  load: Parameters<typeof import('../bench/load.ts').runLoad>[0],
  api: string | null
): Promise<Figures> {
  const { runLoad } = await import('../bench/load.ts')
  const { serverCpu } = await import('../bench/own-server.ts')
  const before = api === null ? 0 : await serverCpu(api)
  const result = await runLoad(load)
  if (api === null) return { ...result, serverUs: null }
  const used = (await serverCpu(api)) - before
  return { ...result, serverUs: Number(((used * 1e6) / result.requests).toFixed(2)) }
}

async function printFigures(figures: Figures): Promise<void> {
  const { perSecond, p50us, p99us, serverUs, requests, sessions, failed } = figures
  const milliseconds = (microseconds: number) => (microseconds / 1_000).toFixed(2)
  await print(`${cpus().length} cores, ${cpus()[0]?.model ?? ''}, Node.js ${process.version}`)
  await printTable([
    ['CCR/s', 'P50 MS', 'P99 MS', 'SERVER US/CCR', 'REQUESTS', 'SESSIONS', 'FAILED'],
    [
      String(perSecond),
      milliseconds(p50us),
      milliseconds(p99us),
      serverUs === null ? '-' : serverUs.toFixed(1),
      String(requests),
      String(sessions),
      String(failed)
    ]
  ])
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const address = parseAddress(text)
  if (address === null) throw usage('--connect must be host:port, such as 127.0.0.1:3868')
  return address
}

function whole(text: string, option: string, most: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= most) return value
  throw usage(`${option} must be a whole number from 1 to ${most}, not "${text}"`)
}
