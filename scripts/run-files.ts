/** Runs test files, several processes at once, with a line for each of them. */
import type { ChildProcess } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { compiledPath, compileTests } from './compile-tests.ts'
import { stopGroup } from './server-process.ts'
import { nameOf, processesOf } from './test-processes.ts'
import { type Counts, countAssertions, failuresIn } from './test-report.ts'
import { type FileTime, spawnTimed } from './test-times.ts'

/** A test that takes longer fails, and a file that does not end then is killed. */
const timeoutSeconds = 480
/** Many files wait now and then, for a server or a clock. */
const jobs = availableParallelism() + 2

export interface TestRun {
  /** Of all files. */
  readonly done: Promise<Counts>
  /** Of the files that have ended. */
  readonly times: readonly FileTime[]
  /** Ends what is running; nothing starts any more. */
  stop(): Promise<void>
}

/** `paths` are test files, and folders of them. Rejects at once when one is not there. */
export function runFiles(paths: readonly string[], env: Readonly<Record<string, string>>): TestRun {
  const waiting = processesOf(paths.flatMap(filesAt))
  const running = new Set<ChildProcess>()
  const times: FileTime[] = []
  compileTests()

  async function work(): Promise<Counts[]> {
    const counts: Counts[] = []
    for (let files = waiting.shift(); files !== undefined; files = waiting.shift()) {
      counts.push(await runProcess(files, env, running, times))
    }
    return counts
  }

  async function all(): Promise<Counts> {
    const counts = (await Promise.all(Array.from({ length: jobs }, work))).flat()
    return {
      passed: counts.reduce((sum, { passed }) => sum + passed, 0),
      failed: counts.reduce((sum, { failed }) => sum + failed, 0)
    }
  }

  return {
    done: all(),
    times,
    async stop() {
      waiting.length = 0
      await Promise.all([...running].map(child => stopGroup(child, 'SIGTERM')))
    }
  }
}

function filesAt(path: string): string[] {
  if (statSync(path).isFile()) return [path]
  const below = readdirSync(path, { recursive: true, encoding: 'utf8' })
  return below.filter(name => name.endsWith('.test.ts')).map(name => join(path, name))
}

async function runProcess(
  files: readonly string[],
  env: Readonly<Record<string, string>>,
  running: Set<ChildProcess>,
  times: FileTime[]
): Promise<Counts> {
  const from = performance.now()
  const programs = files.length === 1 ? files : ['scripts/run-together.ts', ...files]
  const { child, cpuMs } = spawnTimed(['--enable-source-maps', ...programs.map(compiledPath)], {
    detached: true,
    env: { ...process.env, ...env, TAP: '1', TAP_TIMEOUT: String(timeoutSeconds) }
  })
  running.add(child)
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', chunk => {
    output += chunk
  })
  const late = setTimeout(stopGroup, (timeoutSeconds + 30) * 1_000, child, 'SIGTERM')
  const status = await new Promise<number>(resolve => {
    child.once('close', code => resolve(code ?? 1))
  })
  clearTimeout(late)
  running.delete(child)
  const counts = countAssertions(output, status)
  const file = nameOf(files)
  const wallMs = Math.round(performance.now() - from)
  times.push({ file, wallMs, cpuMs: cpuMs() })
  console.log(`${counts.failed === 0 ? 'ok    ' : 'FAILED'} ${file} ${wallMs} ms`)
  if (counts.failed > 0) console.log(failuresIn(output).join('\n'))
  return counts
}
