/** What test files cost: `npm test -- --times`. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

export interface FileTime {
  readonly file: string
  readonly wallMs: number
  /** Of the file and of the processes that it started and saw end; null: it was killed. */
  readonly cpuMs: number | null
}

/** The shell says at the end, on a third pipe, what its children used: Node.js tells that of itself alone. */
const script = '"$0" "$@"; status=$?; times >&3; exit $status'
const shown = 30

export interface Timed {
  readonly child: ChildProcess
  /** Once it has ended. */
  cpuMs(): number | null
}

/** `spawn`, with a look at the CPU. */
export function spawnTimed(args: readonly string[], options: SpawnOptions): Timed {
  const child = spawn('/bin/sh', ['-c', script, process.execPath, ...args], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit', 'pipe']
  })
  let said = ''
  child.stdio[3]?.on('data', chunk => {
    said += chunk
  })
  return { child, cpuMs: () => ofChildren(said) }
}

/** The second line, such as `0m1.500s 0m0.250s`: user and system. */
function ofChildren(said: string): number | null {
  const line = said.trim().split('\n')[1]
  if (line === undefined) return null
  const parts = [...line.matchAll(/(\d+)m([\d.]+)s/g)]
  return Math.round(
    parts.reduce((sum, [, m, s]) => sum + Number(m) * 60_000 + Number(s) * 1_000, 0)
  )
}

/** The dearest files, and all together. */
export function timesTable(times: readonly FileTime[]): string[] {
  const cpu = (time: FileTime) => time.cpuMs ?? 0
  const dearest = [...times].sort((a, b) => cpu(b) - cpu(a)).slice(0, shown)
  const total = times.reduce((sum, time) => sum + cpu(time), 0)
  const row = (first: string, second: string, what: string) =>
    `${first.padStart(9)} ${second.padStart(9)}  ${what}`
  return [
    row('CPU ms', 'wall ms', 'file'),
    ...dearest.map(({ file, wallMs, cpuMs }) => row(String(cpuMs ?? '?'), String(wallMs), file)),
    row(String(total), '', `all ${times.length} files`)
  ]
}
