/** Gyro as a process, for tests: `gyro serve` with its ready line, and other commands with what they print. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { makeCdrs } from '../support/cdr-folder.ts'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'
import { type Finished, runCommand } from './command-hosts.ts'

/** The built program when the test runner names it, which starts much faster; else the sources. */
export const program: readonly string[] = process.env['GYRO_TEST_PROGRAM']
  ? // The optimizing compiler takes longer over the embedded Postgres than a test runs.
    ['--liftoff-only', process.env['GYRO_TEST_PROGRAM']]
  : ['--import', import.meta.resolve('tsx'), resolve('src/main.ts')]

export type Settings = Readonly<Record<string, string>>

export interface GyroServer {
  readonly child: ChildProcess
  readonly settings: Settings
  /** The line of the event `ready`. */
  readonly ready: Readonly<Record<string, unknown>>
  readonly diameterPort: number
  readonly nchfPort: number
  /** `http://127.0.0.1:…` */
  readonly api: string
  /** Everything logged so far. */
  log(): string
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<{ status: number | null; milliseconds: number }>
}

const folders: string[] = []
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A folder that is removed with the process of the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gyro-e2e-'))
  folders.push(folder)
  return folder
}

/** Free ports, and a journal in a folder; the stores are to be added. */
export function portSettings(folder = temporaryFolder()): Settings {
  return {
    GYRO_JOURNAL: join(folder, 'journal'),
    GYRO_SPILL: join(folder, 'spill'),
    GYRO_DIAMETER_LISTEN: '127.0.0.1:0',
    GYRO_NCHF_LISTEN: '127.0.0.1:0',
    GYRO_API_LISTEN: '127.0.0.1:0'
  }
}

/** Embedded stores in a folder, and free ports: a second of CPU for each start, and for each command that opens CDRs. */
export function embeddedSettings(folder = temporaryFolder()): Settings {
  const cdrs = join(folder, 'cdr')
  makeCdrs(cdrs)
  return {
    ...portSettings(folder),
    GYRO_STORE: `embedded:${join(folder, 'state')}`,
    GYRO_CDR: `embedded:${cdrs}`
  }
}

/** A Redis database and a Postgres database of their own, and free ports: what most tests start servers on. */
export async function sharedSettings(t: Scope): Promise<SharedSettings> {
  const [redis, database] = await Promise.all([emptyRedis(), createDatabase()])
  t.teardown(async () => {
    await redis.stop()
    await database.drop()
  })
  return { ...portSettings(), GYRO_STORE: redis.url, GYRO_CDR: database.url }
}

/** An embedded store, which only the server that has it can open, and a Postgres database for the CDRs. */
export async function lockedSettings(t: Scope): Promise<Settings> {
  const database = await createDatabase()
  t.teardown(() => database.drop())
  const folder = temporaryFolder()
  const store = `embedded:${join(folder, 'state')}`
  return { ...portSettings(folder), GYRO_STORE: store, GYRO_CDR: database.url }
}

export type SharedSettings = Settings & { readonly GYRO_STORE: string; readonly GYRO_CDR: string }

interface Scope {
  teardown(run: () => Promise<void>): void
}

function plainEnv(): NodeJS.ProcessEnv {
  const env = { ...process.env }
  for (const name of Object.keys(env)) {
    if (name.startsWith('GYRO_') || name === 'NODE_OPTIONS') delete env[name]
  }
  return env
}

function launch(args: readonly string[], settings: Settings, cwd: string): ChildProcess {
  const child = spawn(process.execPath, [...program, ...args], {
    cwd,
    env: { ...plainEnv(), ...settings },
    stdio: ['pipe', 'pipe', 'pipe']
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Commands that start processes themselves, or are themselves the server. */
const ownProcess = ['serve', 'bench', 'demo']

/**
 * Runs a command to its end, in a process that runs other ones after it; with input, and where the process is what is
 * tested, in one of its own.
 */
export async function gyro(
  args: readonly string[],
  settings: Settings = {},
  options: { readonly input?: string; readonly cwd?: string; readonly alone?: boolean } = {}
): Promise<Finished> {
  const cwd = options.cwd ?? temporaryFolder()
  const { input, alone = input !== undefined || ownProcess.includes(args[0] ?? '') } = options
  if (alone) return runAlone(args, settings, cwd, input)
  return runCommand({ args, settings, cwd }, plainEnv(), program.slice(0, -1))
}

async function runAlone(
  args: readonly string[],
  settings: Settings,
  cwd: string,
  input = ''
): Promise<Finished> {
  const child = launch(args, settings, cwd)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', chunk => {
    stdout += chunk
  })
  child.stderr?.on('data', chunk => {
    stderr += chunk
  })
  child.stdin?.end(input)
  const [status, signal] = await once(child, 'close')
  return { status, signal, stdout, stderr }
}

/** Starts `gyro serve`; rejects with its log when it ends before it is ready. */
export async function serve(settings: Settings): Promise<GyroServer> {
  const child = launch(['serve'], settings, temporaryFolder())
  let log = ''
  const ended = once(child, 'exit')
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    if (!child.stderr) return reject(new Error('no stderr'))
    createInterface({ input: child.stderr }).on('line', line => {
      log += `${line}\n`
      const event = parse(line)
      if (event?.['msg'] === 'ready') resolve(event)
    })
    ended.then(([status]) => reject(new Error(`gyro serve ended with ${status}:\n${log}`)), reject)
  })
  return {
    child,
    settings,
    ready,
    diameterPort: portOf(ready['diameter']),
    nchfPort: portOf(ready['nchf']),
    api: `http://${ready['api']}`,
    log: () => log,
    async stop(signal = 'SIGTERM') {
      const from = performance.now()
      child.kill(signal)
      const [status] = await ended
      return { status, milliseconds: performance.now() - from }
    }
  }
}

/** The worker processes that are there now. */
export function workersOf({ child }: GyroServer): number[] {
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  const pids = children.trim().split(/\s+/)
  return pids.filter(pid => isProgram(`/proc/${pid}/cmdline`)).map(Number)
}

/** One that has just ended has no command line. */
function isProgram(file: string): boolean {
  try {
    return /main\.[jt]s/.test(readFileSync(file, 'utf8'))
  } catch {
    return false
  }
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

function portOf(address: unknown): number {
  return Number(String(address).split(':').at(-1))
}
