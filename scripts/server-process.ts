/** Servers that a test run starts for itself: found, started, watched and ended by process id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'

export interface ServerProcess {
  /** Of the process group, too. */
  readonly pid: number
  /** Asks politely, and kills the process group after five seconds. */
  stop(): Promise<void>
}

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  /** Where its output goes; shown when it fails to start. */
  readonly logFile: string
  readonly stopSignal: NodeJS.Signals
  /** Run as this user. */
  readonly identity?: { readonly uid: number; readonly gid: number } | undefined
  /** Rejects while the server is not ready. */
  readonly probe: () => Promise<void>
}

const readyMs = 30_000
const stopMs = 5_000

/** A program on the PATH or in one of the folders that packages put it in; null: not installed. */
export function findProgram(name: string, folders: readonly string[]): string | null {
  const path = (process.env['PATH'] ?? '').split(delimiter)
  for (const folder of [...path, ...folders]) {
    if (folder !== '' && existsSync(join(folder, name))) return join(folder, name)
  }
  return null
}

/** Folders such as /usr/lib/postgresql/15/bin, the highest version first. */
export function versionedFolders(base: string, suffix: string): string[] {
  if (!existsSync(base)) return []
  const versions = readdirSync(base).sort((a, b) => Number(b) - Number(a))
  return versions.map(version => join(base, version, suffix))
}

/** A port of the loopback interface that is free, and so is the one `alsoFree` above it. */
export async function freePort(alsoFree = 0): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    // Below the range that the system gives to outgoing connections.
    const port = 15_000 + Math.floor(Math.random() * 7_000)
    if (!(await isFree(port))) continue
    if (alsoFree === 0 || (await isFree(port + alsoFree))) return port
  }
  throw new Error('no free port on 127.0.0.1')
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

export async function startServer(launch: Launch): Promise<ServerProcess> {
  const { command, args, identity, logFile } = launch
  // Its own process group: Ctrl-C in a terminal reaches only the test run, which then ends the servers last.
  const child = spawn('/bin/sh', ['-c', 'exec "$@" >>"$0" 2>&1', logFile, command, ...args], {
    detached: true,
    stdio: 'ignore',
    ...identity
  })
  const server = { pid: child.pid ?? 0, stop: () => stopGroup(child, launch.stopSignal) }
  try {
    await untilReady(child, launch)
    return server
  } catch (error) {
    await server.stop()
    const output = existsSync(logFile) ? readFileSync(logFile, 'utf8').slice(-2_000) : ''
    throw new Error(`${command} did not start: ${(error as Error).message}\n${output}`)
  }
}

async function untilReady(child: ChildProcess, { probe }: Launch): Promise<void> {
  const deadline = Date.now() + readyMs
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended')
    try {
      await probe()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

export async function stopGroup(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  signalGroup(child.pid, signal)
  const timer = setTimeout(signalGroup, stopMs, child.pid, 'SIGKILL')
  await ended
  clearTimeout(timer)
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended in between.
  }
}
