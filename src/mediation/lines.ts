/** Lines of a file as the members of records: JSON Lines, or CSV with a heading (RFC 4180, without line breaks in cells). */
import { RecordFault } from './record.ts'

/** Those that have lines. */
export type LineFormat = 'jsonl' | 'csv'
export type UsageFormat = LineFormat | 'ber'

/** The members of a line; null: it is the heading, or empty. Throws RecordFault. */
export type ReadLine = (line: string) => Readonly<Record<string, unknown>> | null

export function lineReader(format: LineFormat): ReadLine {
  return format === 'jsonl' ? readJsonLine : csvReader()
}

function readJsonLine(line: string): Readonly<Record<string, unknown>> | null {
  if (line.trim() === '') return null
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new RecordFault(`is not JSON: ${error instanceof Error ? error.message : error}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RecordFault('is not an object')
  }
  return value as Record<string, unknown>
}

function csvReader(): ReadLine {
  let heading: readonly string[] | null = null
  return line => {
    if (line.trim() === '') return null
    const cells = cellsOf(line)
    if (heading === null) {
      heading = cells
      return null
    }
    if (cells.length !== heading.length) {
      throw new RecordFault(`has ${cells.length} columns, its heading ${heading.length}`)
    }
    const members: Record<string, string> = {}
    for (const [index, name] of heading.entries()) members[name] = cells[index] ?? ''
    return members
  }
}

function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',')
  const cells: string[] = []
  let rest = line
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(,|$)/.exec(rest)
    const plain = quoted ?? /^([^",]*)(,|$)/.exec(rest)
    if (plain === null)
      throw new RecordFault(`column ${cells.length + 1}: has a quote in its middle`)
    const text = plain[1] ?? ''
    cells.push(quoted === null ? text : text.replaceAll('""', '"'))
    rest = rest.slice(plain[0].length)
    if (plain[2] === '') return cells
  }
}
