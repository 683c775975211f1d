/**
 * Which tests show that a sentence of docs/charging-rules.md is true: the sentences of the page, the entries of
 * test/rules/NN-title.yaml (NN is the section), and what is missing or wrong between them. Pure.
 */
import { parse } from 'yaml'

export interface SourceText {
  readonly path: string
  readonly text: string
}

export interface Sentence {
  /** The number of the `##` section that it stands in. */
  readonly section: number
  /** Where its paragraph, item or row of a table begins. */
  readonly line: number
  /** With single spaces; the cells of a row have ` | ` between. */
  readonly text: string
}

interface NamedTest {
  readonly file: string
  readonly name: string
}

interface Entry {
  readonly says: string
  readonly tests: readonly NamedTest[]
}

const sentenceEnd = /(?<=[.?!][)"]*)\s+(?=[("`]*[A-Z\d`])/

/**
 * Every sentence below the first `##` heading. A row of a table is one; headings, and the first row of a table with
 * the line below, are none.
 */
export function sentencesOf(page: string): Sentence[] {
  const sentences: Sentence[] = []
  let section = 0
  let block = { line: 0, text: '' }
  let inTable = false
  const end = () => {
    for (const text of block.text.trim().split(sentenceEnd)) {
      if (section > 0 && text !== '') sentences.push({ section, line: block.line, text })
    }
    block = { line: 0, text: '' }
  }
  for (const [index, written] of page.split('\n').entries()) {
    const line = written.trim()
    const isRow = line.startsWith('|')
    const [, item = line] = /^(?:-|\d+\.) (.*)$/.exec(line) ?? []
    if (isRow || line === '' || line.startsWith('#') || item !== line) end()
    if (line.startsWith('## ')) section = Number(/\d+/.exec(line)?.[0] ?? 0)
    if (isRow && inTable && section > 0 && !/^[|\s:-]+$/.test(line)) {
      sentences.push({ section, line: index + 1, text: cellsOf(line) })
    }
    inTable = isRow
    if (isRow || line.startsWith('#')) continue
    if (block.text === '') block = { line: index + 1, text: item }
    else block.text += ` ${item}`
  }
  end()
  return sentences
}

const cellsOf = (row: string): string =>
  row
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map(cell => cell.trim())
    .join(' | ')

const testTitle = /(?<![\w$./])(?:t\.)?test\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g

/** The titles of the tests in a file; `…` stands for what a template puts in. */
export function titlesIn(text: string): string[] {
  return [...text.matchAll(testTitle)].map(([, , title = '']) =>
    title.replace(/\$\{[^}]*\}/g, '…').replace(/\\(.)/g, '$1')
  )
}

/** What is to be done until every sentence has tests that exist; empty when they do. */
export function problemsOf(
  page: SourceText,
  maps: readonly SourceText[],
  tests: readonly SourceText[]
): string[] {
  const sentences = sentencesOf(page.text)
  const numbers = [...new Set(sentences.map(({ section }) => section))]
  const problems: string[] = []
  const titles = new Map(tests.map(({ path, text }) => [path, titlesIn(text)]))
  const shown = new Set<Sentence>()
  for (const { path, text } of maps) {
    const section = Number(/(\d+)-[^/]*$/.exec(path)?.[1])
    const report = (problem: string) => problems.push(`${path}: ${problem}`)
    if (!numbers.includes(section)) report(`${page.path} has no such section: rename the file`)
    const own = sentences.filter(sentence => sentence.section === section)
    for (const entry of entriesOf({ path, text })) {
      const fitting = own.filter(sentence => sentence.text.startsWith(entry.says))
      const said = `"${entry.says}"`
      for (const sentence of fitting) {
        if (shown.has(sentence)) report(`${said} has another entry: make one of them`)
        shown.add(sentence)
      }
      if (fitting.length === 0)
        report(`${said} begins no sentence of section ${section}: correct it`)
      if (fitting.length > 1) report(`${said} begins ${fitting.length} sentences: say more of it`)
      for (const named of entry.tests) {
        const problem = problemOfTest(named, titles.get(named.file))
        if (problem) report(`${said} names ${problem}`)
      }
    }
  }
  for (const sentence of sentences.filter(each => !shown.has(each))) {
    problems.push(`${page.path}:${sentence.line}: no test is named for "${sentence.text}"`)
  }
  return problems
}

function problemOfTest({ file, name }: NamedTest, titles: readonly string[] | undefined) {
  if (titles === undefined) return `${file}, which is not there: correct the path`
  const found = titles.filter(title => title.includes(name)).length
  if (found === 1 || titles.includes(name)) return
  if (found > 1) return `"${name}", which fits ${found} tests in ${file}: say more of it`
  return `"${name}", which is the title of no test in ${file}: correct it`
}

function entriesOf({ path, text }: SourceText): readonly Entry[] {
  const list: unknown = parse(text)
  if (!Array.isArray(list)) throw new Error(`${path}: must be a list of says and tests`)
  for (const each of list) {
    const tests: unknown = each?.tests
    const named = Array.isArray(tests) && tests.length > 0 && tests.every(isNamedTest)
    if (typeof each?.says === 'string' && named) continue
    const wanted = 'each must have says, and tests with file and name'
    throw new Error(`${path}: ${wanted}, unlike ${JSON.stringify(each)}`)
  }
  return list.map(({ says, tests }) => ({ says: says.replace(/\s+/g, ' ').trim(), tests }))
}

const isNamedTest = (each: Partial<NamedTest> | null): boolean =>
  typeof each?.file === 'string' && typeof each.name === 'string' && each.name !== ''
