/** Prints `file:line: problem` for every breach of a rule of the house, and fails if there is one. */
import { readdirSync, readFileSync } from 'node:fs'
import { findProblems } from './tidy-rules.ts'

const folders = ['src', 'test', 'bench', 'scripts', 'docs', 'conf', '.ci', '.github']
const rootFiles = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'Dockerfile', 'compose.yaml']
const texts = /\.(ts|lua|sql|ya?ml|md|json)$|(^|\/)(run|Dockerfile)$/

process.chdir(new URL('..', import.meta.url).pathname)

const below = folders.flatMap(folder => {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    return entries.filter(entry => entry.isFile()).map(entry => `${entry.parentPath}/${entry.name}`)
  } catch {
    return []
  }
})
const paths = [...below, ...readdirSync('.').filter(name => rootFiles.includes(name))]
const files = paths
  .filter(path => texts.test(path))
  .map(path => ({ path, text: readFileSync(path, 'utf8') }))
const problems = findProblems(files)
if (!rootFiles.every(name => paths.includes(name))) {
  const missing = rootFiles.filter(name => !paths.includes(name))
  problems.push(...missing.map(path => ({ path, line: 1, problem: 'is missing' })))
}
for (const { path, line, problem } of problems) console.log(`${path}:${line}: ${problem}`)
console.error(`${files.length} files, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
