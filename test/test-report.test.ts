import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { countAssertions, failuresIn } from '../scripts/test-report.ts'

/** A test file with these lines, as it is run. */
function run(...lines: string[]): { output: string; status: number } {
  const tap = JSON.stringify(import.meta.resolve('tap'))
  const folder = t.testdir({ 'a.test.mjs': [`import t from ${tap}`, ...lines].join('\n') })
  const env = { ...process.env, TAP: '1', TAP_TIMEOUT: '1' }
  const args = [join(folder, 'a.test.mjs')]
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env })
  return { output: stdout, status: status ?? 1 }
}

const good = "t.test('sums', async t => { t.equal(1, 1); t.ok(1) })"

t.test('assertions are counted by the totals of tap', async t => {
  const { output, status } = run(good)
  t.same(countAssertions(output, status), { passed: 2, failed: 0 })
  t.same(failuresIn(output).join(''), '# { total: 2, pass: 2 }')
})

t.test('of a file that failed, what passed is not shown', async t => {
  const { output, status } = run(good, "t.test('bad', async t => { t.equal(1, 2, 'one is two') })")
  t.same(countAssertions(output, status), { passed: 2, failed: 1 })
  const shown = failuresIn(output).join('\n')
  t.match(shown, /not ok 1 - one is two\n +---\n +compare: ===/)
  t.notMatch(shown, /^ *ok |sums # time/m)
})

t.test('a test that is skipped or to be done counts as failed', async t => {
  const skipped = run(good, "t.test('a', { skip: true }, () => {})", "t.todo('b')")
  t.same(countAssertions(skipped.output, skipped.status), { passed: 2, failed: 2 })
})

t.test('a test that tap refused counts as failed', async t => {
  const output = '# Error: cannot create subtest after parent test ends\n# { total: 2, pass: 2 }\n'
  t.same(countAssertions(output, 0), { passed: 2, failed: 1 })
})

t.test('a file that breaks off, asserts nothing or takes too long has failed', async t => {
  const failed = (...lines: string[]) => {
    const { output, status } = run(...lines)
    return countAssertions(output, status).failed
  }
  t.equal(failed(good, "process.kill(process.pid, 'SIGKILL')"), 1)
  t.equal(failed(good, 'setImmediate(() => { throw new Error() })'), 1)
  t.equal(failed("t.test('sums', async () => { process.exit(0) })"), 1)
  t.equal(failed(good, 'process.exitCode = 3'), 1)
  t.equal(failed('const a = 1'), 1)
  t.equal(failed("t.test('waits', () => new Promise(r => setTimeout(r, 1_500)))"), 1)
})
