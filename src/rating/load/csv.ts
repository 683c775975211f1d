/** Tables of operators: too long for YAML. Everything is text, so nothing is guessed. */
import type { Path } from './problem.ts'
import type { PrefixRow, TableFile } from './source.ts'
import type { Position } from './yaml.ts'

const header = 'prefix,destination'

export interface PrefixTable {
  readonly rows: readonly PrefixRow[]
  readonly faults: readonly (Position & { readonly key: string; readonly message: string })[]
  /** The place of a row, or of its column. */
  locate(index: number, column: string): Position
}

/** Reads `prefix,destination` lines below a header of these names. Empty lines are passed over. */
export function readPrefixes(text: string): PrefixTable {
  const rows: (PrefixRow & { readonly line: number })[] = []
  const faults: (Position & { key: string; message: string })[] = []
  const [first = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (first !== header) {
    faults.push({ line: 1, column: 1, key: 'header', message: `the first line must be ${header}` })
  }
  for (const [index, line] of lines.entries()) {
    if (line === '') continue
    const [prefix = '', destination = '', ...more] = line.split(',')
    if (more.length > 0 || !line.includes(',')) {
      const message = 'a row is a prefix and a destination with a comma between'
      faults.push({ line: index + 2, column: 1, key: 'row', message })
    } else rows.push({ prefix, destination, line: index + 2 })
  }
  return {
    rows: rows.map(({ prefix, destination }) => ({ prefix, destination })),
    faults,
    locate: (index, column) => {
      const row = rows[index]
      const start = column === 'destination' && row ? row.prefix.length + 2 : 1
      return { line: row?.line ?? 1, column: start }
    }
  }
}

type Fault = Position & { readonly key: string; readonly message: string }

export interface ReadTable {
  readonly table: TableFile
  readonly faults: readonly Fault[]
  /** `[row, column]`; row -1 is the header. */
  locate(path: Path): Position
}

/** Reads a table of prices: its columns are named in the first line, and every line is a row. */
export function readTable(name: string, text: string): ReadTable {
  const faults: Fault[] = []
  const [first = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  const columns = cellsOf(first)
  const rows = lines.map((line, index) => {
    const cells = cellsOf(line)
    if (cells.length !== columns.length) {
      const message = `a row has ${columns.length} columns as the first line has; this has ${cells.length}`
      faults.push({ line: index + 2, column: 1, key: 'row', message })
    }
    return cells
  })
  return {
    table: { table: name.replace(/\.csv$/, ''), columns, rows },
    faults,
    locate: ([row, column]) => {
      const index = Number(row ?? -1)
      const cells = (index < 0 ? first : (lines[index] ?? '')).split(',')
      const before = cells.slice(0, Math.max(0, columns.indexOf(String(column))))
      return { line: index + 2, column: before.join(',').length + (before.length > 0 ? 2 : 1) }
    }
  }
}

function cellsOf(line: string): string[] {
  return line.split(',').map(cell => cell.trim())
}
