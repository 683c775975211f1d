/**
 * The rules of the house that no linter knows: a function over texts, so that a test can plant offences.
 *
 * Length and complexity of functions are Biome's, imports are dependency-cruiser's, unused files are knip's.
 */
export interface SourceText {
  /** From the root of the repository, with forward slashes. */
  readonly path: string
  readonly text: string
}

export interface Problem {
  readonly path: string
  readonly line: number
  readonly problem: string
}

const fileLinesMax = 300
const columnsMax = 100

/** Data, not code: read by looking things up, and longer than a file of code may be. */
const dataFolders = ['src/diameter/dictionary/', 'src/api/openapi', 'test/fixtures/schema.sql']

/** Text that the formatter does not break: strings, patterns, links, and comments. */
const mayBeWide = /^\s*(\*|\/\/|\/\*|--|#)|https?:\/\/|['"`]|\/\^/

const clocks = /\b(Date\.now|performance\.now|Math\.random|process\.hrtime)\b|\bnew Date\(\)/
const randomness = /\b(randomBytes|randomUUID|randomInt|randomFill(Sync)?|getRandomValues)\b/
const reminders = /\b(T[O]DO|F[I]XME|X[X]X|HAC[K])\b/
const machinePaths = /(^|[\s'"`(=:])\/(w[o]rk|f[a]rm)\/|https?:\/\/[a-z.]*(npmj[s]|debia[n])\./

type Rule = (file: SourceText, report: (line: number, problem: string) => void) => void

const rules: readonly Rule[] = [fileLength, columns, ports, leftovers, luaHeader, changelog]

/** Every offence in the given texts. */
export function findProblems(files: readonly SourceText[]): Problem[] {
  const problems: Problem[] = []
  for (const file of files) {
    for (const rule of rules) {
      rule(file, (line, problem) => problems.push({ path: file.path, line, problem }))
    }
  }
  return problems
}

const isCode = (path: string) => /\.(ts|lua|sql)$/.test(path)
const isSource = (path: string) => path.startsWith('src/') && isCode(path)
const isData = (path: string) => dataFolders.some(folder => path.startsWith(folder))

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function fileLength({ path, text }: SourceText, report: (line: number, problem: string) => void) {
  const { length } = linesOf(text)
  if (!isSource(path) || isData(path) || length <= fileLinesMax) return
  report(length, `${length} lines, at most ${fileLinesMax}: one idea a file`)
}

function columns({ path, text }: SourceText, report: (line: number, problem: string) => void) {
  if (!isCode(path) || isData(path)) return
  /** The line begins inside of a text in backticks. */
  let within = false
  for (const [index, line] of linesOf(text).entries()) {
    const inTemplate: boolean = within
    if ((line.match(/(?<!\\)`/g)?.length ?? 0) % 2 === 1) within = !within
    if (line.length <= columnsMax || inTemplate || mayBeWide.test(line)) continue
    report(index + 1, `${line.length} columns, at most ${columnsMax}`)
  }
}

function ports({ path, text }: SourceText, report: (line: number, problem: string) => void) {
  if (!path.startsWith('src/') || path.startsWith('src/ops/') || !path.endsWith('.ts')) return
  for (const [index, line] of linesOf(text).entries()) {
    const code = line.replace(/^\s*(\/\/|\/?\*).*$/, '')
    if (clocks.test(code)) report(index + 1, 'reads a clock: take a Clock (src/domain/time.ts)')
    if (randomness.test(code)) report(index + 1, 'draws at random: take a Random')
  }
}

function leftovers({ path, text }: SourceText, report: (line: number, problem: string) => void) {
  for (const [index, line] of linesOf(text).entries()) {
    if (isCode(path) && reminders.test(line))
      report(index + 1, 'a reminder: do it, or open an issue')
    if (machinePaths.test(line)) report(index + 1, 'speaks of one machine: the product runs on any')
  }
}

/** Purpose, then every KEYS[n] and ARGV[n] that the script uses, in the comment on top. */
function luaHeader({ path, text }: SourceText, report: (line: number, problem: string) => void) {
  if (!path.endsWith('.lua')) return
  const lines = linesOf(text)
  const end = lines.findIndex(line => !line.startsWith('--'))
  const header = lines.slice(0, end === -1 ? undefined : end).join('\n')
  if (header.replaceAll('-', '').trim().length < 40) {
    report(1, 'no contract on top: purpose, KEYS, ARGV, result')
    return
  }
  for (const name of ['KEYS', 'ARGV']) {
    const used = lines.slice(end).some(line => line.includes(name))
    if (used && !header.includes(name)) report(1, `the contract on top does not explain ${name}`)
  }
}

function changelog({ path, text }: SourceText, report: (line: number, problem: string) => void) {
  if (path !== 'CHANGELOG.md' || /^## (\[?Unreleased|\[?\d+\.\d+\.\d+)/im.test(text)) return
  report(1, 'has neither an "Unreleased" heading nor a version')
}
