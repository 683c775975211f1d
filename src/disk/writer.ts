/**
 * Appends lines to the segments of this process. What is asked for while one fsync runs goes out together with
 * the next, so that one fsync serves all that wait.
 */
import { type FileHandle, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { encodeLine } from './lines.ts'
import { newSegment, type Segment, type SegmentLog } from './segment.ts'
import { syncFolder } from './sync-folder.ts'

/** What may wait in memory for a disk that does not get on. */
const waitingMax = 64 * 1_048_576

export interface SegmentWriterOptions extends SegmentLog {
  /** Of the next file, in a folder that is there. Throws when there cannot be one. */
  readonly nextPath: () => string
  /** Called when the file is there, before anything is written to it. A file that it rejects is removed. */
  readonly opened: (segment: Segment) => Promise<void> | void
  /** A file of this size is followed by another one. */
  readonly segmentOctets: number
}

interface Waiting {
  readonly line: string
  readonly done: (kept: boolean) => void
}

interface Current {
  readonly segment: Segment
  readonly handle: FileHandle
}

export class SegmentWriter {
  readonly #options: SegmentWriterOptions
  #waiting: Waiting[] = []
  /** Of the lines that wait. */
  #octets = 0
  #running: Promise<void> | null = null
  #current: Current | null = null
  #failing = false

  constructor(options: SegmentWriterOptions) {
    this.#options = options
  }

  append(record: string, done: (kept: boolean) => void): void {
    const line = encodeLine(record)
    if (this.#octets + line.length > waitingMax) {
      done(false)
      return
    }
    this.#octets += line.length
    this.#waiting.push({ line, done })
    // What else is asked for in this turn goes with it.
    this.#running ??= Promise.resolve().then(() => this.#run())
  }

  /** Stops appending to this segment, if that can be done at once; true: nothing is appended to it any more. */
  leave(segment: Segment): boolean {
    if (this.#current?.segment !== segment) return true
    if (this.#running !== null) return false
    void this.#closeCurrent()
    return true
  }

  /** What is appended to now. */
  current(): Segment | null {
    return this.#current?.segment ?? null
  }

  /** Octets that wait to be written. */
  waiting(): number {
    return this.#octets
  }

  /** Whether the last write failed. */
  failing(): boolean {
    return this.#failing
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#running
    await this.#closeCurrent()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      const kept = await this.#write(group)
      for (const { line } of group) this.#octets -= line.length
      for (const { done } of group) done(kept)
    }
    this.#running = null
  }

  async #write(group: readonly Waiting[]): Promise<boolean> {
    try {
      const { handle, segment } = await this.#appendable()
      const text = Buffer.from(group.map(({ line }) => line).join(''))
      await handle.appendFile(text)
      await handle.datasync()
      segment.size += text.length
      segment.records += group.length
      this.#failing = false
      return true
    } catch (error) {
      await this.#failed(error)
      return false
    }
  }

  /** A part of the group may have been written: it is cut off, or nothing is appended behind it. */
  async #failed(error: unknown): Promise<void> {
    if (!this.#failing) {
      const { logger, words } = this.#options
      logger.error({ alarm: `${words.alarm}-unwritable`, error: String(error) }, words.unwritable)
    }
    this.#failing = true
    const { handle, segment } = this.#current ?? {}
    await handle?.truncate(segment?.size).catch(() => this.#closeCurrent())
  }

  /** The file to append to, a new one when there is none or it is long enough. */
  async #appendable(): Promise<Current> {
    const { segmentOctets } = this.#options
    const long = this.#current !== null && this.#current.segment.size >= segmentOctets
    if (long) await this.#closeCurrent()
    this.#current ??= await this.#openNext()
    return this.#current
  }

  async #openNext(): Promise<Current> {
    const path = this.#options.nextPath()
    const handle = await open(path, 'ax')
    try {
      const segment = newSegment(path)
      await syncFolder(dirname(path))
      await this.#options.opened(segment)
      return { segment, handle }
    } catch (error) {
      await handle.close().catch(() => undefined)
      await rm(path, { force: true })
      throw error
    }
  }

  async #closeCurrent(): Promise<void> {
    const closing = this.#current
    this.#current = null
    await closing?.handle.close().catch(() => undefined)
  }
}
