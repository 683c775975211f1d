/** The formats of files: what stands in front, what stands for each CDR, and what files are called. */
import type { ExportNode, PlannedFile, RecordedCdr } from '../charging/ports.ts'
import { GyroError } from '../domain/errors.ts'
import type { ExportFormat } from '../domain/export.ts'
import { chfRecord } from './chf-record.ts'
import { partHeading, partRows, recordHeading, recordRow } from './csv.ts'
import type { FileEncoder } from './encoder.ts'
import { cdrHeader, fileHeader, recordOctetsMax } from './file-header.ts'
import { jsonLine } from './json-lines.ts'
import { pgwRecord } from './pgw-record.ts'
import { specificationOf } from './services.ts'

/** What is known of a file once all its CDRs are in it. */
export interface FileTotals {
  readonly octets: number
  readonly lastRecordedAt: number
}

export interface FileFormat {
  nameOf(stream: string, file: PlannedFile): string
  /** What stands in front of the CDRs. Written again at the end, with the same length. */
  head(file: PlannedFile, totals: FileTotals): string | Buffer
  /** The same CDRs always give the same octets. */
  open(node: ExportNode): FileEncoder | Promise<FileEncoder>
}

/** A format in which CDRs stand by themselves, one behind the other. */
interface SerialFormat extends FileFormat {
  /** Throws GYRO_INPUT_INVALID for a CDR that the format cannot hold. */
  encode(recorded: RecordedCdr, node: ExportNode): string | Buffer
}

function serial(format: Omit<SerialFormat, 'open'>): SerialFormat {
  const open = (node: ExportNode): FileEncoder => ({
    add: recorded => format.encode(recorded, node),
    finish: () => ''
  })
  return { ...format, open }
}

const numbered =
  (extension: string): FileFormat['nameOf'] =>
  (stream, { number }) =>
    `${stream}-${String(number).padStart(8, '0')}.${extension}`

function plain(extension: string, heading: string, encode: SerialFormat['encode']): SerialFormat {
  return serial({ nameOf: numbered(extension), head: () => heading, encode })
}

/** Files of TS 32.297: sessions of TS 32.251 over Gy are PGWRecords, all else CHFRecords. */
const files3gpp = serial({
  /** 6.2: node, running count, and date and time with their offset from UTC. */
  nameOf(_stream, { number, plannedAt, node }) {
    const digits = new Date(plannedAt).toISOString().replace(/\D/g, '')
    const [day, time] = [digits.slice(0, 8), digits.slice(8, 12)]
    return `${node.name}_-_${String(number).padStart(8, '0')}.${day}_-_${time}+0000.cdr`
  },
  head: (file, { octets, lastRecordedAt }) =>
    fileHeader({
      octets,
      openedAt: file.plannedAt,
      lastAppendAt: lastRecordedAt,
      records: file.last - file.first + 1,
      number: file.number,
      address: file.node.address
    }),
  encode(recorded, { name }) {
    const { context } = recorded.cdr
    const encode = specificationOf(context) === '32251' ? pgwRecord : chfRecord
    let record = encode(recorded, name, true)
    if (record.length > recordOctetsMax) record = encode(recorded, name, false)
    if (record.length > recordOctetsMax) {
      throw new GyroError(
        'GYRO_INPUT_INVALID',
        `CDR ${recorded.recorded} takes ${record.length} octets, and a 3GPP file holds 65,535 at most`
      )
    }
    return Buffer.concat([cdrHeader(record.length, context), record])
  }
})

const parquet: FileFormat = {
  nameOf: numbered('parquet'),
  head: () => '',
  // Its writer is loaded only by those who use it.
  open: async () => (await import('./parquet.ts')).openParquet()
}

export const fileFormats = {
  jsonl: plain('jsonl', '', jsonLine),
  csv: plain('csv', recordHeading, recordRow),
  'csv-parts': plain('csv', partHeading, partRows),
  '3gpp': files3gpp,
  parquet
} satisfies Readonly<Record<ExportFormat, FileFormat>>
