/** Other people's programs for interoperability tests: configured, started, asked and ended. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ServerProcess, startServer } from '../../../scripts/server-process.ts'
import {
  embeddedSettings,
  type GyroServer,
  serve,
  temporaryFolder
} from '../../e2e/gyro-process.ts'
import { noteDiameterPort } from '../../support/diameter-ports.ts'

const files = fileURLToPath(new URL('files/', import.meta.url))
const catalogue = fileURLToPath(new URL('../../../conf/catalogue/', import.meta.url))

/** Whatever ends the test, nothing that it started outlives it. */
const started = new Set<number>()
process.once('exit', () => {
  for (const pid of started) kill(pid)
})
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1))
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** The text of a file beside this one, written to a folder with its `@NAME@`s filled in. */
export function writeFilled(
  name: string,
  folder: string,
  values: Readonly<Record<string, string | number>> = {}
): string {
  const text = readFileSync(join(files, name), 'utf8')
  const path = join(folder, name)
  writeFileSync(
    path,
    text.replace(/@([A-Z_]+)@/g, (_, key: string) => {
      const value = values[key]
      if (value === undefined) throw new Error(`${name} asks for ${key}`)
      return String(value)
    })
  )
  return path
}

/** Gyro as `localhost`, a name that every client can connect to, with an offer of a cent a second. */
export async function serveForPeers(): Promise<GyroServer> {
  const folder = temporaryFolder()
  const offers = join(folder, 'catalogue')
  cpSync(catalogue, offers, { recursive: true })
  writeFilled('per-second.yaml', join(offers, 'offers'))
  const server = await serve({
    ...embeddedSettings(folder),
    GYRO_CATALOGUE: offers,
    GYRO_ORIGIN_HOST: 'localhost',
    GYRO_ORIGIN_REALM: 'localdomain'
  })
  noteDiameterPort(server.diameterPort)
  return server
}

export interface Program extends ServerProcess {
  log(): string
  /** Resolves when the log has this text, in whatever place; fails after some seconds. */
  logged(text: string | RegExp): Promise<void>
}

/** Starts a program that serves; it is ready when its log has `ready`. */
export async function startProgram(
  command: string,
  args: readonly string[],
  logFile: string,
  ready: string | RegExp
): Promise<Program> {
  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '')
  const has = (text: string | RegExp): boolean =>
    typeof text === 'string' ? log().includes(text) : text.test(log())
  const server = await startServer({
    command,
    args,
    logFile,
    stopSignal: 'SIGTERM',
    probe: async () => {
      if (!has(ready)) throw new Error(`its log has no ${ready}`)
    }
  })
  started.add(-server.pid)
  return {
    pid: server.pid,
    async stop() {
      await server.stop()
      started.delete(-server.pid)
    },
    log,
    async logged(text) {
      const deadline = Date.now() + 20_000
      while (!has(text)) {
        if (Date.now() > deadline) throw new Error(`${command} did not log ${text}:\n${log()}`)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
  }
}

/** Runs a program to its end: its status and all that it said. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly timeoutMs: number }
): Promise<{ readonly status: number | null; readonly output: string }> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs
  })
  const pid = child.pid ?? 0
  if (pid > 0) started.add(pid)
  let output = ''
  const take = (chunk: Buffer): void => {
    output += chunk
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', status => {
      started.delete(pid)
      resolve({ status, output })
    })
  })
}
