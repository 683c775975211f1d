import t from 'tap'
import { findProblems } from '../scripts/tidy-rules.ts'

/** What the rules say about one file. */
function problemsIn(path: string, text: string): string[] {
  return findProblems([{ path, text }]).map(({ line, problem }) => `${line}: ${problem}`)
}

t.test('a clean file gives nothing', async t => {
  t.same(problemsIn('src/domain/a.ts', 'export const a = 1\n'), [])
})

t.test('a source file over 300 lines is found, data and tests are exempt', async t => {
  const long = 'export {}\n'.repeat(301)
  t.match(problemsIn('src/charging/a.ts', long), [/^301: 301 lines/])
  t.same(problemsIn('src/charging/a.ts', 'export {}\n'.repeat(300)), [])
  t.same(problemsIn('src/diameter/dictionary/a.ts', long), [])
  t.same(problemsIn('test/charging/a.test.ts', long), [])
})

t.test('a line over 100 columns is found, but not in a comment or a string', async t => {
  const names = Array.from({ length: 30 }, (_, i) => `name${i}`).join(' + ')
  t.match(problemsIn('test/a.test.ts', `const a = 1\nconst b = ${names}\n`), [/^2: \d+ columns/])
  t.same(problemsIn('src/a.ts', `// ${names}\nconst b = '${names}'\n`), [])
  const inTemplate = ['const sql = `', names, '`', `const b = ${names}`].join('\n')
  t.match(problemsIn('src/a.ts', inTemplate), [/^4: \d+ columns/])
})

t.test('clocks and random numbers are found outside of src/ops', async t => {
  const offences = [
    'const at = Date.now()',
    'const at = performance.now()',
    'const at = new Date()',
    'const at = process.hrtime.bigint()',
    'const n = Math.random()',
    "import { randomBytes } from 'node:crypto'",
    'const id = crypto.randomUUID()'
  ]
  for (const offence of offences) {
    t.match(
      problemsIn('src/charging/a.ts', offence),
      [/^1: (reads a clock|draws at random)/],
      offence
    )
    t.same(problemsIn('src/ops/clock.ts', offence), [], offence)
    t.same(problemsIn('test/a.test.ts', offence), [], offence)
  }
  t.same(problemsIn('src/charging/a.ts', ' * Never calls Date.now.\nnew Date(at)\n'), [])
})

t.test('reminders are found in every code file', async t => {
  for (const word of ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X']) {
    for (const path of ['src/a.ts', 'test/a.test.ts', 'src/a.lua', 'src/a.sql']) {
      const found = problemsIn(path, `-- ${word}: later\n`)
      t.ok(
        found.some(problem => problem.includes('reminder')),
        `${word} in ${path}`
      )
    }
  }
})

t.test('paths and hosts of one machine are found in every text', async t => {
  const words = [['/wo', 'rk/main'].join(''), ['https://registry.npm', 'js.org/x'].join('')]
  for (const word of words) {
    for (const path of ['src/a.ts', 'docs/a.md', 'conf/a.yaml', 'Dockerfile']) {
      t.match(problemsIn(path, `see ${word}\n`), [/speaks of one machine/], `${word} in ${path}`)
    }
  }
  t.same(problemsIn('docs/a.md', 'the house does not homework/teamwork/ a lot\n'), [])
})

t.test('a Lua script needs a contract that explains its keys and arguments', async t => {
  const purpose = '-- Writes the documents of a group if their versions still hold.\n'
  const body = "return redis.call('GET', KEYS[1]) == ARGV[1]\n"
  const explained = `${purpose}-- KEYS[1] the account\n-- ARGV[1] its version\n${body}`
  t.same(problemsIn('src/balance/redis/a.lua', explained), [])
  t.match(problemsIn('src/balance/redis/a.lua', body), [/no contract on top/])
  t.match(problemsIn('src/balance/redis/a.lua', `-- x\n${body}`), [/no contract on top/])
  t.match(problemsIn('src/balance/redis/a.lua', purpose + body), [/explain KEYS/, /explain ARGV/])
})

t.test('the change log has an Unreleased heading or a version', async t => {
  t.same(problemsIn('CHANGELOG.md', '# Changes\n\n## Unreleased\n'), [])
  t.same(problemsIn('CHANGELOG.md', '# Changes\n\n## 0.1.0 (2026-11-21)\n'), [])
  t.match(problemsIn('CHANGELOG.md', '# Changes\n'), [/neither/])
})
