/** Lines of usage files, a batch at a time. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { GyroError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import type { SuspendedUsage } from '../domain/usage-book.ts'
import { lineReader, type UsageFormat } from './lines.ts'
import type { UsageLine } from './load.ts'
import { RecordFault, readRecord } from './record.ts'

/** Lines with usage, in batches of `size`. Rejects with GYRO_INPUT_INVALID when the file cannot be read. */
export async function* linesOfFile(
  file: string,
  format: UsageFormat,
  now: EpochMs,
  size: number
): AsyncGenerator<readonly UsageLine[]> {
  const read = lineReader(format)
  let batch: UsageLine[] = []
  let line = 0
  try {
    const input = createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1
      const found = readLine(file, line, text, read, now)
      if (found === null) continue
      batch.push(found)
      if (batch.length < size) continue
      yield batch
      batch = []
    }
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new GyroError('GYRO_INPUT_INVALID', `${file} cannot be read: ${error.message}`)
  }
  if (batch.length > 0) yield batch
}

function readLine(
  file: string,
  line: number,
  text: string,
  read: ReturnType<typeof lineReader>,
  now: EpochMs
): UsageLine | null {
  let content = text
  try {
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

/** What lies in suspense, read once more. */
export function linesOfSuspense(
  usages: readonly SuspendedUsage[],
  now: EpochMs
): readonly UsageLine[] {
  const read = lineReader('jsonl')
  return usages.map(({ file, line, content }) => {
    const again = readLine(file, line, content, read, now)
    return again ?? { file, line, content, read: 'is empty' }
  })
}
