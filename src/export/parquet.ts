/**
 * Apache Parquet: a row for each CDR, in row groups, with the columns of CSV and the types that CSV does not have. The
 * same CDRs give the same octets: nothing in a file tells when, or by which version, it was written.
 */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import { viewPart } from '../api/views.ts'
import type { RecordedCdr } from '../charging/ports.ts'
import type { CdrPart } from '../domain/record.ts'
import { type Column, type ColumnType, recordColumns } from './columns.ts'
import type { FileEncoder } from './encoder.ts'

/** Rows of a row group, which is made at one go: a server that charges meanwhile must not stand still for longer. */
const groupRows = 2_000
/** A row group ends early with so many characters of parts. */
const groupPartsMax = 1 << 22

const columns = recordColumns.map(typed)
const partsColumn = columns.findIndex(([name]) => name === 'parts')

const schema: SchemaElement[] = [
  { name: 'cdr', num_children: columns.length },
  ...columns.map(([name, type]) => elementOf(name, type))
]

function typed(column: Column<RecordedCdr>): Column<RecordedCdr> {
  const [name, type, read] = column
  if (type === 'money') return [`${name}_micros`, type, read]
  if (name === 'parts') return [name, 'text', ({ cdr }) => JSON.stringify(cdr.parts.map(partOf))]
  return column
}

function partOf(part: CdrPart) {
  const view = viewPart(part)
  return part.upf === undefined ? view : { ...view, upf: part.upf }
}

function elementOf(name: string, type: ColumnType): SchemaElement {
  const repetition_type = 'OPTIONAL'
  if (type === 'text' || type === 'flag') {
    return { name, repetition_type, type: 'BYTE_ARRAY', converted_type: 'UTF8' }
  }
  if (type !== 'instant') return { name, repetition_type, type: 'INT64' }
  return {
    name,
    repetition_type,
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' }
  }
}

type Cell = string | bigint | null

/** Begins a file. It keeps one row group in memory, and for the footer what was said of each one before. */
export function openParquet(): FileEncoder {
  const bytes = new ByteWriter()
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: 'gyro' })
  let cells: Cell[][] = columns.map(() => [])
  let rows = 0
  let partsLength = 0

  function writeGroup(): void {
    const columnData = columns.map(([name], index) => ({
      name,
      data: cells[index] ?? [],
      // The least and the greatest of JSON help nobody.
      statistics: index !== partsColumn
    }))
    // Done when it returns, as all that it writes to is memory.
    void writer.write({ columnData, rowGroupSize: groupRows })
    cells = columns.map(() => [])
    rows = 0
    partsLength = 0
  }

  /** What was written since the last time. */
  function taken(): Buffer {
    const content = Buffer.from(bytes.getBytes())
    bytes.index = 0
    return content
  }

  return {
    add(recorded) {
      for (const [index, column] of columns.entries()) cells[index]?.push(cellOf(column, recorded))
      rows += 1
      partsLength += String(cells[partsColumn]?.at(-1)).length
      if (rows < groupRows && partsLength < groupPartsMax) return ''
      writeGroup()
      return taken()
    },
    finish() {
      if (rows > 0) writeGroup()
      void writer.finish()
      return taken()
    }
  }
}

function cellOf([, type, read]: Column<RecordedCdr>, recorded: RecordedCdr): Cell {
  const value = read(recorded)
  if (value == null) return null
  return type === 'text' || type === 'flag' ? String(value) : BigInt(value)
}
