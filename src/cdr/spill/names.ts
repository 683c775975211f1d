/** Names of files of spilled records, and what the log says of them. */
import { basename } from 'node:path'
import type { SegmentWords } from '../../disk/segment.ts'

export const spillEnding = '.spill'

/** The place of a file among those of all servers. */
export function orderOf(path: string): number {
  return Number(basename(path, spillEnding))
}

export const spillWords: SegmentWords = {
  alarm: 'spill',
  damaged:
    'a spilled record is damaged: it is left out, the rest is delivered, and the file is kept; gyro reconcile shows which number is missing',
  torn: 'the last spilled record of a file is torn: its process ended while it was written, and it is in the outbox still',
  unwritable: 'outbox records cannot be spilled to disk; they go on to wait in the store'
}
