/** Exports by itself, as long as the server runs: one of several servers at a time, by holding the stream. */
import { GyroError } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import type { Scheduler } from '../domain/time.ts'
import { type Export, exportNext } from './exporter.ts'

export interface Schedule {
  start(): void
  /** Resolves when the file at hand is written, and leaves the stream to other servers. */
  close(): Promise<void>
  stats(): ScheduleStats
}

/** Since the start. */
export interface ScheduleStats {
  readonly files: number
  readonly records: number
  readonly failing: boolean
}

export interface ScheduleOptions {
  readonly export: Export
  readonly scheduler: Scheduler
  readonly logger: Logger
}

/** Often enough to keep the stream, which is held for ten seconds. */
const pauseMs = 2_000

export function createSchedule(options: ScheduleOptions): Schedule {
  const { scheduler, logger } = options
  const { book, stream, holder, folder } = options.export
  let files = 0
  let records = 0
  let failing = false
  let closing = false
  let cancel = () => {}
  let running: Promise<void> = Promise.resolve()

  /** Writes what is due. */
  async function writeDue(): Promise<void> {
    while (!closing) {
      const manifest = await exportNext(options.export)
      if (failing) logger.info({ stream }, 'CDRs are exported again')
      failing = false
      if (manifest === null) return
      files += 1
      records += manifest.records
      logger.info({ file: manifest.file, records: manifest.records }, 'CDRs exported')
    }
  }

  async function round(): Promise<void> {
    try {
      await writeDue()
    } catch (error) {
      // Another server, or a command, exports this stream.
      if (error instanceof GyroError && error.code === 'GYRO_CONFLICT') return
      // Another one may be able to, and would take this one for at work as long as it held the stream.
      await book.release(stream, holder).catch(() => {})
      if (!failing) {
        const reason = error instanceof Error ? error.message : String(error)
        const message = 'CDRs cannot be exported; the next try begins with the same file'
        logger.error({ alarm: 'cdr-export', stream, folder, reason }, message)
      }
      failing = true
    }
  }

  function begin(): void {
    running = round().then(() => {
      if (!closing) cancel = scheduler.later(pauseMs, begin)
    })
  }

  return {
    start: begin,
    async close() {
      closing = true
      cancel()
      await running
      await book.release(stream, holder).catch(() => {})
    },
    stats: () => ({ files, records, failing })
  }
}
