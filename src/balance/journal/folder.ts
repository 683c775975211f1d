/**
 * Journals on disk. Each process has a folder of its own within the folder of all, locked while it lives:
 *
 *     data/journal/3f…a1/gyro.lock          who has it
 *     data/journal/3f…a1/00000001.journal   records (lines.ts), with `.done` beside it
 *     data/journal/dead-letters.jsonl       what could not be replayed
 *     data/journal/*.damaged                files with damaged records, kept when the rest was replayed
 *
 * What a dead process left is taken over, under its lock, by whoever comes first.
 */
import { constants } from 'node:fs'
import { access, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ProcessFolders } from '../../disk/process-folders.ts'
import {
  findSegment,
  type LastRead,
  passOver,
  readSegment,
  removeSegment,
  type Segment,
  type SegmentWords,
  saveProgress
} from '../../disk/segment.ts'
import { SegmentWriter } from '../../disk/writer.ts'
import type { Logger } from '../../domain/log.ts'
import type { Random } from '../../domain/time.ts'
import type { JournalStorage, JournalStorageStats } from './storage.ts'

export interface JournalFolderOptions {
  /** Created when it is missing. One machine's own: locks say nothing across machines. */
  readonly folder: string
  readonly logger: Logger
  readonly random: Random
}

/** A file of this size is followed by another one. */
const segmentOctets = 16 * 1_048_576

const words: SegmentWords = {
  alarm: 'journal',
  damaged:
    'a record of the usage journal is damaged: it is left out, the rest is replayed, and the file is kept',
  torn: 'the last record of a usage journal is torn: its process ended while it was written',
  unwritable:
    'the usage journal cannot be written: usage that is refused now counts only when it is repeated'
}

/** Never rejects: a folder that cannot be used is an alarm, and the server serves all the same. */
export async function openJournalFolder(options: JournalFolderOptions): Promise<JournalStorage> {
  const journal = new JournalFolder(options)
  // At once, so that what waits is seen from the beginning.
  await journal.adopt()
  return journal
}

class JournalFolder implements JournalStorage {
  readonly #folder: string
  readonly #logger: Logger
  readonly #folders: ProcessFolders
  readonly #writer: SegmentWriter
  /** Oldest first. */
  readonly #segments: Segment[] = []
  #last: LastRead | null = null
  #usable = true
  #corrupt = 0
  #serial = 0

  constructor({ folder, logger, random }: JournalFolderOptions) {
    this.#folder = folder
    this.#logger = logger
    this.#folders = new ProcessFolders(folder, random, logger)
    this.#writer = new SegmentWriter({
      nextPath: () =>
        join(this.#folders.own(), `${String(++this.#serial).padStart(8, '0')}.journal`),
      opened: segment => void this.#segments.push(segment),
      segmentOctets,
      words,
      logger
    })
  }

  append(record: string, done: (kept: boolean) => void): void {
    this.#writer.append(record, done)
  }

  async read(most: number): Promise<readonly string[]> {
    for (;;) {
      const segment = await this.#head()
      if (segment === null) return []
      try {
        const { next, lines, records, damaged } = await readSegment(segment, most, {
          words,
          logger: this.#logger
        })
        this.#corrupt += damaged
        this.#last = { segment, next, lines }
        if (records.length > 0) return records
      } catch (error) {
        this.#setAside(segment, error)
        continue
      }
      await this.advance()
    }
  }

  async advance(): Promise<void> {
    if (this.#last === null) return
    const { segment, next } = this.#last
    passOver(this.#last)
    this.#last = null
    if (next < segment.size) await saveProgress(segment)
    else await this.#head()
  }

  async bury(letters: readonly string[]): Promise<void> {
    const handle = await open(join(this.#folder, 'dead-letters.jsonl'), 'a')
    try {
      await handle.appendFile(`${letters.join('\n')}\n`)
      await handle.datasync()
    } finally {
      await handle.close()
    }
  }

  async adopt(): Promise<void> {
    await this.#look()
    await this.#folders.adopt((path, files) => this.#takeOver(path, files))
  }

  stats(): JournalStorageStats {
    let records = 0
    let octets = this.#writer.waiting()
    for (const segment of this.#segments) {
      records += segment.records
      octets += segment.size - segment.position
    }
    const failing = !this.#usable || this.#writer.failing()
    return { records, octets, failing, corrupt: this.#corrupt }
  }

  async close(): Promise<void> {
    await this.#writer.close()
    await this.#head()
    await this.#folders.giveBackAll()
  }

  /** Whether the folder can be used is known before it is needed. */
  async #look(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true })
      await access(this.#folder, constants.W_OK)
      this.#usable = true
    } catch (error) {
      if (this.#usable) {
        this.#logger.error(
          { alarm: 'journal-unwritable', folder: this.#folder, error: String(error) },
          'the folder of the usage journal cannot be used: create it, or set GYRO_JOURNAL to another'
        )
      }
      this.#usable = false
    }
  }

  /** The oldest segment of which anything is left. */
  async #head(): Promise<Segment | null> {
    for (let first = this.#segments[0]; first !== undefined; first = this.#segments[0]) {
      if (first.position < first.size) return first
      if (!this.#writer.leave(first)) return null
      await this.#drop(first)
    }
    return null
  }

  async #drop(segment: Segment): Promise<void> {
    this.#segments.shift()
    await removeSegment(segment)
    const path = dirname(segment.path)
    if (!this.#folders.isOwn(path) && !this.#uses(path)) await this.#folders.giveBack(path)
  }

  #uses(path: string): boolean {
    return this.#segments.some(segment => dirname(segment.path) === path)
  }

  async #takeOver(path: string, files: readonly string[]): Promise<boolean> {
    const found: Segment[] = []
    for (const name of files) {
      if (name.endsWith('.journal')) found.push(await findSegment(join(path, name)))
    }
    this.#segments.unshift(...found)
    const records = found.reduce((sum, segment) => sum + segment.records, 0)
    if (records > 0) {
      this.#logger.warn({ folder: path, records }, 'replays the usage journal of a dead process')
    }
    return found.length > 0
  }

  /** A file that cannot be read must not hold up the others. */
  #setAside(segment: Segment, error: unknown): void {
    this.#segments.shift()
    this.#corrupt++
    this.#logger.error(
      { alarm: 'journal-damaged', file: segment.path, error: String(error) },
      'a file of the usage journal cannot be read and is left where it is'
    )
  }
}
