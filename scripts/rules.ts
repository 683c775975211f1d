/** Says which sentences of docs/charging-rules.md have no test, by the lists in test/rules, and fails if one has none. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { problemsOf, type SourceText, sentencesOf } from './rules-map.ts'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

const read = (path: string): SourceText => ({ path, text: readFileSync(path, 'utf8') })

const below = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map(path => `test/${path.replaceAll('\\', '/')}`)
  .sort()
const page = read('docs/charging-rules.md')
const maps = below.filter(path => /^test\/rules\/.*\.yaml$/.test(path)).map(read)
const tests = below.filter(path => path.endsWith('.test.ts')).map(read)
const problems = problemsOf(page, maps, tests)
for (const problem of problems) console.error(problem)
console.error(`${sentencesOf(page.text).length} sentences, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
