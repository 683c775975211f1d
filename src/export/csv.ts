/**
 * CSV as RFC 4180 has it, in UTF-8, with a heading: a row for each CDR, or for each part of one. Instants are
 * UTC, lists are separated by spaces.
 */
import type { RecordedCdr } from '../charging/ports.ts'
import { formatMoney } from '../domain/money.ts'
import type { CdrPart, CdrRecord } from '../domain/record.ts'
import {
  type Column,
  type ColumnType,
  keyColumns,
  recordColumns,
  subSession,
  trace,
  type Value
} from './columns.ts'

interface PartOfCdr {
  readonly cdr: CdrRecord
  /** From 1. */
  readonly place: number
  readonly part: CdrPart
}

const partColumns: readonly Column<PartOfCdr>[] = [
  ['part', 'count', ({ place }) => place],
  ['rating_group', 'count', ({ part }) => part.ratingGroup],
  ['service_identifiers', 'text', ({ part }) => part.serviceIdentifiers.join(' ')],
  ['upf', 'text', ({ part }) => part.upf],
  ['price', 'text', ({ part }) => part.price],
  ['bucket', 'text', ({ part }) => part.bucket],
  ['zone', 'text', ({ part }) => part.zone],
  ['unit', 'text', ({ part }) => part.unit],
  ['units', 'count', ({ part }) => part.units],
  ['amount', 'money', ({ part }) => part.amount],
  ['before', 'count', ({ part }) => part.before],
  ['suspense', 'flag', ({ part }) => part.suspense],
  ['sub_session_id', 'text', subSession],
  ['trace_id', 'text', trace]
]

const endOfRow = '\r\n'

export const recordHeading = headingOf(recordColumns)
export const partHeading = headingOf([...keyColumns, ...partColumns])

function headingOf(columns: readonly Column<never>[]): string {
  return columns.map(([name]) => name).join(',') + endOfRow
}

/** The row of a CDR. */
export function recordRow(recorded: RecordedCdr): string {
  return cellsOf(recordColumns, recorded) + endOfRow
}

/** A row for each part; a CDR without any has none. */
export function partRows(recorded: RecordedCdr): string {
  const { cdr } = recorded
  const key = cellsOf(keyColumns, recorded)
  return cdr.parts
    .map((part, index) => {
      const cells = cellsOf(partColumns, { cdr, place: index + 1, part })
      return `${key},${cells}${endOfRow}`
    })
    .join('')
}

function cellsOf<T>(columns: readonly Column<T>[], from: T): string {
  return columns.map(([, type, read]) => cell(type, read(from))).join(',')
}

function cell(type: ColumnType, value: Value): string {
  const text = textOf(type, value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function textOf(type: ColumnType, value: Value): string {
  if (value == null) return ''
  if (type === 'instant') return new Date(Number(value)).toISOString()
  return type === 'money' ? formatMoney(Number(value)) : String(value)
}
