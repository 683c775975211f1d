/**
 * What holds of which standard: rows of clauses, and the tests that cite them in their titles. Pure; the page
 * docs/compliance.md is made of both, so that neither can say something that the other does not know.
 *
 * A title cites clauses as `RFC 8506 5.6.1: …`, `RFC 6733 5.3, 5.3.2: …` or `RFC 8506 8.23 to 8.25: …`.
 */
export const statuses = {
  supported: 'supported',
  partly: 'partly',
  not: 'not',
  /** The clause speaks to clients, agents or authors of applications, or is an overview of others. */
  other: '–'
} as const

export type Status = keyof typeof statuses

export interface Clause {
  readonly standard: string
  readonly clause: string
  readonly status: Status
  readonly requirement: string
  readonly note: string
  /** The status is for the time until a test cites the clause: then it is supported, and the note is past. */
  readonly untilCited: boolean
}

export interface Standard {
  /** As titles of tests cite it: `RFC 6733`. */
  readonly name: string
  readonly title: string
  readonly clauses: readonly Clause[]
}

export interface SourceText {
  readonly path: string
  readonly text: string
}

export interface Citation {
  readonly standard: string
  readonly clause: string
  readonly path: string
  /** What the title says holds. */
  readonly says: string
}

/**
 * One file of docs/compliance: `# RFC 6733: its title`, then lines of clause, status, requirement and note, with
 * tabs between. `partly?` and `not?` hold until a test cites the clause. Empty lines and those that begin with `#`
 * are for the reader.
 */
export function parseStandard({ path, text }: SourceText): Standard {
  const [, name, title] = /^# ([^:]+): (.+)$/m.exec(text) ?? []
  if (!name || !title) throw new Error(`${path}: the first line must be "# RFC 6733: its title"`)
  const clauses: Clause[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue
    const [clause = '', written = '', requirement = '', note = '', ...more] = line.split('\t')
    const untilCited = /^(partly|not)\?$/.test(written)
    const status = untilCited ? written.slice(0, -1) : written
    const at = `${path}:${index + 1}`
    if (!/^[A-Z\d.]+[a-z]?$/.test(clause)) throw new Error(`${at}: "${clause}" is no clause`)
    if (!(status in statuses)) {
      throw new Error(`${at}: status "${status}"; use ${Object.keys(statuses).join(', ')}`)
    }
    if (requirement === '' || more.length > 0) {
      throw new Error(`${at}: must be clause, status, requirement, note, with tabs between`)
    }
    if (clauses.some(other => other.clause === clause)) throw new Error(`${at}: ${clause} again`)
    clauses.push({
      ...{ standard: name, clause, status: status as Status, requirement, note },
      untilCited
    })
  }
  return { name, title, clauses }
}

const titles = /(['"`])((?:RFC \d+|TS \d+\.\d+)) ([\dA-Z][^:'"`]*): ((?:\\.|(?!\1)[^\\])*)\1/g

/** Every clause that a title cites, in the order of the texts. */
export function citationsIn(texts: readonly SourceText[], standards: readonly Standard[]) {
  const citations: Citation[] = []
  for (const { path, text } of texts) {
    for (const [, , standard = '', cited = '', said = ''] of text.matchAll(titles)) {
      const says = said.replace(/\$\{[^}]*\}/g, '…').replace(/\\(.)/g, '$1')
      const known = standards.find(({ name }) => name === standard)?.clauses ?? []
      for (const clause of clausesOf(cited, known)) citations.push({ standard, clause, path, says })
    }
  }
  return citations
}

/** `8.4, 8.14`, `8.23 to 8.25`: a range is every clause of the table between its ends. */
function clausesOf(cited: string, known: readonly Clause[]): string[] {
  return cited.split(/, | and /).flatMap(part => {
    const [from = '', to] = part.split(' to ')
    if (to === undefined) return [from]
    const first = known.findIndex(({ clause }) => clause === from)
    const last = known.findIndex(({ clause }) => clause === to)
    if (first < 0 || last < first) return [from, to]
    return known.slice(first, last + 1).map(({ clause }) => clause)
  })
}

/** The rows as the tests make them. */
export function settled(
  standards: readonly Standard[],
  citations: readonly Citation[]
): readonly Standard[] {
  const settle = (row: Clause): Clause =>
    row.untilCited && citations.some(each => isOf(each, row))
      ? { ...row, status: 'supported', note: '' }
      : row
  return standards.map(standard => ({ ...standard, clauses: standard.clauses.map(settle) }))
}

/** What must not be committed; empty when rows and tests agree. */
export function problemsOf(
  standards: readonly Standard[],
  citations: readonly Citation[]
): string[] {
  const problems: string[] = []
  for (const { standard, clause, path, says } of citations) {
    const rows = standards.find(({ name }) => name === standard)?.clauses
    if (!rows?.some(row => row.clause === clause)) {
      problems.push(`${path}: "${says}" cites ${standard} ${clause}, which is not in the table`)
    }
  }
  for (const row of standards.flatMap(({ clauses }) => clauses)) {
    const cited = citations.some(each => isOf(each, row))
    if (row.status === 'supported' && !cited) {
      problems.push(`${row.standard} ${row.clause} is supported, but no test cites it`)
    }
    if (row.status === 'not' && cited) {
      problems.push(
        `${row.standard} ${row.clause} is said not to be supported, but a test cites it`
      )
    }
    if ((row.status === 'partly' || row.status === 'not') && row.note === '') {
      problems.push(`${row.standard} ${row.clause}: say in the note what is missing`)
    }
  }
  return problems
}

const isOf = (citation: Citation, row: Clause): boolean =>
  citation.standard === row.standard && citation.clause === row.clause

/** docs/compliance.md. */
export function pageOf(standards: readonly Standard[], citations: readonly Citation[]): string {
  const files = [...new Set(citations.map(({ path }) => path))].sort()
  const number = new Map(files.map((path, index) => [path, index + 1]))
  const lines = [
    '# Compliance',
    '',
    '<!-- Made by `npm run compliance` from docs/compliance/*.tsv and the titles of tests: edit those. -->',
    '',
    'Clause by clause: what Gyro does, in our words, and the tests that show it. A clause is *supported* only',
    'with a test; *partly* and *not* say what is missing; *–* marks what is not a server’s part, and overviews. Numbers in',
    'brackets are the files of tests at the end of this page.',
    ''
  ]
  lines.push('| standard | supported | partly | not |', '|---|---|---|---|')
  for (const { name, title, clauses } of standards) {
    const count = (status: Status) => clauses.filter(row => row.status === status).length
    const counts = `${count('supported')} | ${count('partly')} | ${count('not')}`
    lines.push(`| [${name}](#${anchorOf(`${name}: ${title}`)}) | ${counts} |`)
  }
  for (const { name, title, clauses } of standards) {
    lines.push('', `## ${name}: ${title}`, '', '| clause | | what is asked | tests and notes |')
    lines.push('|---|---|---|---|')
    for (const row of clauses) {
      const tests = citations.filter(each => isOf(each, row)).map(each => testOf(each, number))
      const shown = [...(row.note === '' ? [] : [row.note]), ...new Set(tests)].join('<br>')
      const status = statuses[row.status]
      lines.push(`| ${row.clause} | ${status} | ${cell(row.requirement)} | ${cell(shown)} |`)
    }
  }
  lines.push('', '## Files of tests', '')
  for (const [index, path] of files.entries()) lines.push(`${index + 1}. [${path}](../${path})`)
  return `${lines.join('\n')}\n`
}

const testOf = ({ says, path }: Citation, number: ReadonlyMap<string, number>): string =>
  `✓ ${says} [${number.get(path)}]`

const cell = (text: string): string => text.replaceAll('|', '\\|')

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^a-z\d -]/g, '')
    .replaceAll(' ', '-')
