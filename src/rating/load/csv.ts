/** Prefix tables of operators: two columns, too long for YAML. Everything is text, so nothing is guessed. */
import type { PrefixRow } from './source.ts'
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
