/** Usage in files, a batch at a time. */
import { GyroError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import type { SuspendedUsage } from '../domain/usage-book.ts'
import { usagesOfFile } from './ber/file.ts'
import { readAgain } from './ber/read.ts'
import { type LineFormat, lineReader, type ReadLine, type UsageFormat } from './lines.ts'
import type { UsageLine } from './load.ts'
import { RecordFault, readRecord } from './record.ts'
import { lineCharactersMax, textLines } from './text-lines.ts'

/** What there is to load, in batches of about `size`. Rejects with GYRO_INPUT_INVALID when the file cannot be read. */
export async function* linesOfFile(
  file: string,
  format: UsageFormat,
  now: EpochMs,
  size: number
): AsyncGenerator<readonly UsageLine[]> {
  try {
    yield* format === 'ber' ? usagesOfFile(file, now, size) : linesOfText(file, format, now, size)
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new GyroError('GYRO_INPUT_INVALID', `${file} cannot be read: ${error.message}`)
  }
}

async function* linesOfText(
  file: string,
  format: LineFormat,
  now: EpochMs,
  size: number
): AsyncGenerator<readonly UsageLine[]> {
  const read = lineReader(format)
  let batch: UsageLine[] = []
  let line = 0
  for await (const texts of textLines(file)) {
    for (const text of texts) {
      line += 1
      const found = readLine(file, line, text, read, now)
      if (found === null) continue
      batch.push(found)
      if (batch.length < size) continue
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

function readLine(
  file: string,
  line: number,
  text: string,
  read: ReadLine,
  now: EpochMs
): UsageLine | null {
  let content = text
  try {
    if (text.length > lineCharactersMax) throw new RecordFault('is too long for a record')
    const members = read(text)
    if (members === null) return null
    // Of CSV the names are kept with the values, so that the line can be read without its heading.
    if (!text.startsWith('{')) content = JSON.stringify(members)
    return { file, line, content, read: readRecord(members, now) }
  } catch (error) {
    if (error instanceof RecordFault) return { file, line, content, read: error.message }
    throw error
  }
}

const readJson = lineReader('jsonl')

/** What lies in suspense, or a line of JSON from somewhere else, read once more. */
export function linesOfContent(
  { file, line, content }: Pick<SuspendedUsage, 'file' | 'line' | 'content'>,
  now: EpochMs
): readonly UsageLine[] {
  const usages = readAgain(content, now)
  if (usages !== null) return usages.map(usage => ({ file, line, ...usage }))
  return [readLine(file, line, content, readJson, now) ?? { file, line, content, read: 'is empty' }]
}
