/**
 * Writes docs/compliance.md; with `--check` only says whether it is as it should be. Fails when a clause that is
 * said to be supported has no test, or a test cites a clause that is not in docs/compliance/.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  citationsIn,
  pageOf,
  parseStandard,
  problemsOf,
  type SourceText,
  settled
} from './compliance-page.ts'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const page = 'docs/compliance.md'
const folder = 'docs/compliance'

const read = (path: string): SourceText => ({ path, text: readFileSync(path, 'utf8') })

/** Whoever cites: tests, and what `npm run interop` runs. */
const testFiles = (): string[] =>
  readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => `test/${path.replaceAll('\\', '/')}`)
    .sort()

const written = readdirSync(folder)
  .filter(name => name.endsWith('.tsv'))
  .sort()
  .map(name => parseStandard(read(`${folder}/${name}`)))
const citations = citationsIn(testFiles().map(read), written)
const standards = settled(written, citations)
const problems = problemsOf(standards, citations)
const made = pageOf(standards, citations)
if (!process.argv.includes('--check')) writeFileSync(page, made)
else if (read(page).text !== made) {
  problems.push(`${page} is not what the rows and tests make: run npm run compliance, commit it`)
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
