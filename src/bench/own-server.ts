/** A server for a benchmark: a process of its own, with accounts for the load. */
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { GyroError } from '../domain/errors.ts'
import { runProcess, startProcess, stopProcess } from './processes.ts'

/** Of the accounts that it is given. */
export const msisdnBase = '499900000000000'
const imsiBase = '262010000000000'

export interface OwnServerOptions {
  /** What runs Gyro: a program and its first arguments. */
  readonly program: readonly string[]
  /** For the stores and the journal that are not named. */
  readonly folder: string
  readonly store: string
  readonly cdr: string
  readonly accounts: number
  readonly env: NodeJS.ProcessEnv
}

export interface OwnServer {
  readonly diameter: { readonly host: string; readonly port: number }
  /** `http://127.0.0.1:…` */
  readonly api: string
  readonly child: ChildProcess
  stop(): Promise<void>
}

/** Rejects with GYRO_INPUT_INVALID when it does not start; its own message is on stderr then. */
export async function startOwnServer(options: OwnServerOptions): Promise<OwnServer> {
  try {
    return await start(options)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new GyroError('GYRO_INPUT_INVALID', `the server of the bench does not start: ${message}`)
  }
}

async function start(options: OwnServerOptions): Promise<OwnServer> {
  const [command = '', ...first] = options.program
  const env = {
    ...options.env,
    GYRO_STORE: options.store,
    GYRO_CDR: options.cdr,
    GYRO_JOURNAL: join(options.folder, 'journal'),
    GYRO_SPILL: join(options.folder, 'spill'),
    GYRO_DIAMETER_LISTEN: '127.0.0.1:0',
    GYRO_NCHF_LISTEN: '127.0.0.1:0',
    GYRO_API_LISTEN: '127.0.0.1:0',
    GYRO_LOG_LEVEL: 'warn'
  }
  const accounts = ['accounts', 'generate', '--count', String(options.accounts)]
  accounts.push('--msisdn-base', msisdnBase, '--imsi-base', imsiBase)
  accounts.push('--offer', 'prepaid-go', '--top-up', '1000000.00')
  await runProcess(command, [...first, ...accounts], env)
  const { child, ready } = await startProcess(command, [...first, 'serve'], env, readyIn)
  const [host = '', port = ''] = ready.diameter.split(/:(?=\d+$)/)
  return {
    diameter: { host, port: Number(port) },
    api: `http://${ready.api}`,
    child,
    stop: () => stopProcess(child)
  }
}

function readyIn(line: string): { readonly diameter: string; readonly api: string } | undefined {
  return line.includes('"msg":"ready"') ? JSON.parse(line) : undefined
}

async function metricsOf(api: string): Promise<string> {
  try {
    return await (await fetch(new URL('/metrics', api))).text()
  } catch (error) {
    const reason = error instanceof Error ? (error.cause ?? error.message) : error
    throw new GyroError('GYRO_INPUT_INVALID', `no metrics at ${api}: ${String(reason)}`)
  }
}

/** Seconds of CPU that the server has used in all its processes, from its own metrics. */
export async function serverCpu(api: string): Promise<number> {
  const text = await metricsOf(api)
  const found = text.matchAll(/^process_cpu_seconds_total(?:\{[^}]*\})? ([\d.e+-]+)/gm)
  return Array.from(found, ([, seconds]) => Number(seconds)).reduce((sum, each) => sum + each, 0)
}
