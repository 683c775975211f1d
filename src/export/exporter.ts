/**
 * Writes files of CDRs: each CDR of the database into one file of a stream, whoever is killed when.
 *
 * The book plans a file, with the CDRs that belong to it, before a line of it is written. So a file that was begun is
 * written again from the start, under the same name and with the same octets, and only then the next one is planned.
 * The manifest comes after the file: what has a manifest is complete.
 */
import type { ExportBook, ExportOrder, PlannedFile } from '../charging/ports.ts'
import { GyroError } from '../domain/errors.ts'
import { openAtomically, writeAtomically } from './atomic-file.ts'
import { fileFormats } from './formats.ts'
import { createSumming } from './sums.ts'

export interface Export extends ExportOrder {
  readonly book: ExportBook
  readonly folder: string
}

export interface Manifest {
  readonly stream: string
  readonly format: string
  readonly number: number
  readonly file: string
  readonly records: number
  /** Numbers of recording, both within. */
  readonly firstRecorded: number
  readonly lastRecorded: number
  readonly plannedAt: string
  readonly octets: number
  readonly sha256: string
  readonly sums: {
    readonly amountMicros: Readonly<Record<string, string>>
    readonly octets: string
    readonly seconds: string
    readonly messages: string
  }
}

/** CDRs read at a time. */
const batch = 2_000

/**
 * Writes the next file, if one is due. Rejects as the book does, with GYRO_INPUT_INVALID on a CDR that the format
 * cannot hold, and with GYRO_CDR_UNAVAILABLE when CDRs of the file are gone.
 */
export async function exportNext(options: Export): Promise<Manifest | null> {
  const { book, stream, format, holder, folder } = options
  const planned = await book.next(options)
  if (planned === null) return null
  const { nameOf } = fileFormats[format]
  const name = nameOf(stream, planned)
  const written = await writeFile(options, planned, name)
  const { amounts, ...units } = written.sums
  const manifest: Manifest = {
    stream,
    format,
    number: planned.number,
    file: name,
    records: planned.last - planned.first + 1,
    firstRecorded: planned.first,
    lastRecorded: planned.last,
    plannedAt: new Date(planned.plannedAt).toISOString(),
    octets: written.octets,
    sha256: written.sha256,
    sums: { amountMicros: amounts, ...units }
  }
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  await writeAtomically(folder, `${name}.manifest.json`, holder, text)
  await book.finish(stream, holder, { number: planned.number, name, ...written })
  return manifest
}

async function writeFile(options: Export, planned: PlannedFile, name: string) {
  const { book, stream, holder, format, folder } = options
  const { head, open } = fileFormats[format]
  const summing = createSumming()
  const encoder = await open(planned.node)
  const file = await openAtomically(folder, name, holder)
  try {
    let lastRecordedAt = planned.plannedAt
    await file.write(head(planned, { octets: 0, lastRecordedAt }))
    for (let after = planned.first - 1; after < planned.last; ) {
      const records = await book.recorded(after, planned.last, batch)
      for (const recorded of records) {
        // Numbers have no gaps, so one that is missing is a CDR that somebody removed.
        if (recorded.recorded !== after + 1) throw gone(after + 1, name)
        after = recorded.recorded
        lastRecordedAt = recorded.recordedAt
        summing.add(recorded.cdr)
        await file.write(encoder.add(recorded))
      }
      if (records.length === 0) throw gone(after + 1, name)
      await book.hold(stream, holder)
    }
    await file.write(encoder.finish())
    const octets = file.octets()
    const { sha256 } = await file.finish(head(planned, { octets, lastRecordedAt }))
    return { octets, sha256, sums: summing.sums() }
  } catch (error) {
    await file.discard()
    throw error
  }
}

function gone(recorded: number, name: string): GyroError {
  return new GyroError(
    'GYRO_CDR_UNAVAILABLE',
    `CDR ${recorded} belongs into ${name} and is not in the database any more; ` +
      'bring its partition back, or begin another stream'
  )
}
