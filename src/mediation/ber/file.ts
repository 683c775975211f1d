/** Usage in files of BER, a batch at a time. */
import type { EpochMs } from '../../domain/time.ts'
import type { UsageLine } from '../load.ts'
import { framesOf } from './frames.ts'
import { readUsages, unreadable } from './read.ts'
import { openWindow } from './window.ts'

/** What cannot be read is kept whole: a batch of that ends before it has as many records as others. */
const charactersMax = 4_000_000

/** Usage of the records of a file, in batches of `size` at least; their place is the octet where the record begins. */
export async function* usagesOfFile(
  file: string,
  now: EpochMs,
  size: number
): AsyncGenerator<readonly UsageLine[]> {
  const window = await openWindow(file)
  let batch: UsageLine[] = []
  let characters = 0
  try {
    for await (const { at, octets, read } of framesOf(window)) {
      const usages =
        typeof read === 'string' ? [unreadable(octets, read)] : readUsages(read, octets, now)
      for (const usage of usages) {
        batch.push({ file, line: at, ...usage })
        characters += usage.content.length
      }
      if (batch.length < size && characters < charactersMax) continue
      yield batch
      batch = []
      characters = 0
    }
  } finally {
    await window.close()
  }
  if (batch.length > 0) yield batch
}
