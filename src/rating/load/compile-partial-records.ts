/** When CDRs of long sessions are cut: `partial-records` of `catalogue.yaml`. */
import type { PartialRecords, RecordPolicy } from '../partial-records.ts'
import { parseAmount } from './amount.ts'
import type { Report } from './problem.ts'
import type { CatalogueFile, PartialRecordsFile } from './source.ts'

export function compilePartialRecords(file: CatalogueFile, report: Report): RecordPolicy {
  const rows = file['partial-records']
  if (rows === undefined) return {}
  return { partialRecords: rows.map((row, index) => compileRow(file, row, index, rows, report)) }
}

function compileRow(
  file: CatalogueFile,
  row: PartialRecordsFile,
  index: number,
  rows: readonly PartialRecordsFile[],
  report: Report
): PartialRecords {
  const at = ['catalogue', 'partial-records', index]
  const { time, parts } = row
  const volume = row.volume === undefined ? undefined : parseAmount(row.volume, 'octets')
  if (typeof volume === 'string') report([...at, 'volume'], volume)
  if (volume === 0) report([...at, 'volume'], 'must be at least 1 B')
  const changes = new Set(row.changes)
  if (changes.has('tariff') && file.calendar === undefined) {
    report([...at, 'changes'], 'names tariff, and there is no calendar; write one, or remove it')
  }
  const characteristics = row['charging-characteristics']
  if (index > 0 && rows[index - 1]?.['charging-characteristics'] === undefined) {
    report(at, 'never holds, because the row before it is for all sessions; put that one last')
  }
  return {
    ...(characteristics === undefined
      ? {}
      : { characteristics: new Set(characteristics.map(digits => digits.toLowerCase())) }),
    ...(time === undefined ? {} : { time: time * 1000 }),
    ...(typeof volume === 'number' ? { volume } : {}),
    ...(parts === undefined ? {} : { parts }),
    changes
  }
}
