/** Runs tap over test files, with a line for each of them, and counts what they asserted. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createReport } from './test-report.ts'
import { type Counts, countAssertions } from './test-summary.ts'

export interface TapRun {
  /** The exit status of tap. */
  readonly status: number
  counts(): Counts
}

/** `given` are arguments of tap: files, options. `results` is a file for its raw output. */
export async function runTap(
  given: readonly string[],
  env: Readonly<Record<string, string>>,
  results: string,
  onStart: (child: ChildProcess) => void
): Promise<TapRun> {
  const require = createRequire(import.meta.url)
  const bin = join(require.resolve('tap/package.json'), '../dist/esm/run.mjs')
  const ownReporter = given.some(arg => arg.startsWith('-R') || arg.startsWith('--reporter'))
  // With a file beside it, tap writes every line of its raw output twice.
  const output = ownReporter ? `--output-file=${results}` : '--reporter=tap'
  const child = spawn(process.execPath, [bin, output, ...given], {
    stdio: ['inherit', ownReporter ? 'inherit' : 'pipe', 'inherit'],
    detached: true,
    env: { ...process.env, ...env }
  })
  onStart(child)
  const report = createReport(line => console.log(line))
  let raw = ''
  child.stdout?.setEncoding('utf8').on('data', chunk => {
    raw += chunk
    report.write(chunk)
  })
  const status = await new Promise<number>(resolve => {
    child.once('close', (code, signal) => resolve(signal ? 1 : (code ?? 1)))
  })
  report.end()
  return {
    status,
    counts() {
      if (existsSync(results)) raw = readFileSync(results, 'utf8')
      return countAssertions(raw, status)
    }
  }
}
