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
import { access, mkdir, open, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Logger } from '../../domain/log.ts'
import type { Random } from '../../domain/time.ts'
import { readLock, takeLock } from '../embedded/lock.ts'
import { findSegment, readSegment, removeSegment, type Segment, saveProgress } from './segment.ts'
import type { JournalStorage, JournalStorageStats } from './storage.ts'
import { JournalWriter } from './writer.ts'

export interface JournalFolderOptions {
  /** Created when it is missing. One machine's own: locks say nothing across machines. */
  readonly folder: string
  readonly logger: Logger
  readonly random: Random
}

/** What processes are named by. */
const ownName = /^[0-9a-f]{16}$/

/** Never rejects: a folder that cannot be used is an alarm, and the server serves all the same. */
export async function openJournalFolder(options: JournalFolderOptions): Promise<JournalStorage> {
  const journal = new JournalFolder(options)
  // At once, so that what waits is seen from the beginning.
  await journal.adopt()
  return journal
}

interface LastRead {
  readonly segment: Segment
  readonly next: number
  readonly lines: number
}

class JournalFolder implements JournalStorage {
  readonly #folder: string
  readonly #logger: Logger
  /** Of this process; made when the first record is written. */
  readonly #ownPath: string
  readonly #writer: JournalWriter
  /** Oldest first. */
  readonly #segments: Segment[] = []
  /** Folders that this process has, and how each is given back. */
  readonly #held = new Map<string, () => void>()
  #last: LastRead | null = null
  #usable = true
  #corrupt = 0

  constructor({ folder, logger, random }: JournalFolderOptions) {
    this.#folder = folder
    this.#logger = logger
    this.#ownPath = join(folder, random.hex(16))
    this.#writer = new JournalWriter({
      folder: () => this.#ownFolder(),
      opened: segment => void this.#segments.push(segment),
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
        const { next, lines, records, damaged } = await readSegment(segment, most, this.#logger)
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
    const { segment, next, lines } = this.#last
    this.#last = null
    segment.position = next
    segment.records = Math.max(0, segment.records - lines)
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
    const names = await readdir(this.#folder).catch(() => [])
    for (const name of names.filter(candidate => ownName.test(candidate))) {
      // Another process was quicker, or the folder is not ours to read: the next look will see.
      await this.#takeOver(join(this.#folder, name)).catch((error: unknown) => {
        this.#logger.debug({ folder: name, error: String(error) }, 'a journal was not taken over')
      })
    }
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
    for (const path of [...this.#held.keys()]) await this.#giveBack(path)
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

  #ownFolder(): string {
    if (!this.#held.has(this.#ownPath)) this.#hold(this.#ownPath)
    return this.#ownPath
  }

  #hold(path: string): void {
    this.#held.set(path, takeLock(path, null))
  }

  /** A folder in which nothing is left is removed. */
  async #giveBack(path: string): Promise<void> {
    this.#held.get(path)?.()
    this.#held.delete(path)
    if ((await readdir(path)).length === 0) await rm(path, { recursive: true, force: true })
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
    if (path !== this.#ownPath && !this.#uses(path)) await this.#giveBack(path)
  }

  #uses(path: string): boolean {
    return this.#segments.some(segment => dirname(segment.path) === path)
  }

  async #takeOver(path: string): Promise<void> {
    if (this.#held.has(path) || readLock(path) !== null) return
    this.#hold(path)
    const found: Segment[] = []
    try {
      for (const name of (await readdir(path)).toSorted()) {
        if (name.endsWith('.journal')) found.push(await findSegment(join(path, name)))
      }
    } catch (error) {
      await this.#giveBack(path)
      throw error
    }
    this.#segments.unshift(...found)
    const records = found.reduce((sum, segment) => sum + segment.records, 0)
    if (records > 0) {
      this.#logger.warn({ folder: path, records }, 'replays the usage journal of a dead process')
    }
    if (found.length === 0) await this.#giveBack(path)
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
