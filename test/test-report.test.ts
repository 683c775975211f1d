import t from 'tap'
import { createReport } from '../scripts/test-report.ts'
import { countAssertions } from '../scripts/test-summary.ts'

/** As tap writes it: one file that passed, one that failed, one that crashed. */
const raw = `TAP version 14
1..3
# Subtest: test/good.test.ts
    # Subtest: sums
        ok 1 - should be equal
        1..1
    ok 1 - sums # time=4.6ms
    
    1..1
    # time=14.3ms
ok 1 - test/good.test.ts # time=14.319ms

# Subtest: test/bad.test.ts
    ok 1 - fine
    not ok 2 - should be equal
      ---
      compare: ===
      ...
    1..2
not ok 2 - test/bad.test.ts # time=20ms
  ---
  exitCode: 1
  ...

# Subtest: test/crash.test.ts
    1..0 # no tests found
not ok 3 - test/crash.test.ts # time=5ms
  ---
  exitCode: 1
  ...

# No coverage generated
# { total: 4, pass: 2, fail: 2 }
# time=50ms
`

function shown(chunks: readonly string[]): string[] {
  const lines: string[] = []
  const report = createReport(line => void lines.push(line))
  for (const chunk of chunks) report.write(chunk)
  report.end()
  return lines
}

t.test('a line for each file, and the failed assertions of one that failed', async t => {
  t.same(shown([raw]), [
    'ok     test/good.test.ts 14 ms',
    'FAILED test/bad.test.ts 20 ms',
    '    not ok 2 - should be equal',
    '      ---',
    '      compare: ===',
    '      ...',
    'FAILED test/crash.test.ts 5 ms'
  ])
})

t.test('chunks may end anywhere', async t => {
  t.same(shown(raw.match(/[\s\S]{1,7}/g) ?? []), shown([raw]))
})

t.test('what was under way when the run broke off is shown', async t => {
  t.match(shown(['    not ok 1 - torn\n', '      x']).join('\n'), /torn\n {6}x/)
})

t.test('assertions are counted by the totals of tap', async t => {
  t.same(countAssertions(raw, 1), { passed: 2, failed: 2, files: 3 })
})

t.test('a skipped test counts as failed', async t => {
  const skipped = '# { total: 3, pass: 1, skip: 1, todo: 1 }\n'
  t.same(countAssertions(skipped, 0), { passed: 1, failed: 2, files: 0 })
})

t.test('a run without totals has failed, and so has one that tap calls failed', async t => {
  t.same(countAssertions('', 1), { passed: 0, failed: 1, files: 0 })
  t.same(countAssertions('# { total: 3, pass: 3 }\n', 1), { passed: 3, failed: 1, files: 0 })
})
