/** Stores batches of outbox records: each exactly once, whatever is delivered again. */
import { GyroError } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import { type Clock, dayOf, type Scheduler } from '../domain/time.ts'
import { isRowFault, messageOf, sqlState } from './database.ts'
import { createDays, type DaysOptions } from './days.ts'
import { type StagedRows, stage, stagedRows } from './row-text.ts'
import { stageRows, storeStaged, type WriteResult } from './staged.ts'

export interface CdrWriter {
  /**
   * Once this resolves, all records are committed: in their tables, or as dead letters in `outbox_rejected`.
   * Rejects when the database cannot be used now; then the same records may be given again. `earlier`: whether what must be
   * stored before them has been; they are made ready meanwhile, and stored only then.
   */
  write(values: readonly string[], earlier?: Promise<boolean>): Promise<WriteResult>
  /** Makes the schema and the partitions of the coming days. */
  prepare(): Promise<void>
  /** Rejects when the database does not answer. */
  ping(): Promise<void>
}

export interface WriterOptions extends DaysOptions {
  readonly scheduler: Scheduler
  readonly logger: Logger
}

/** The longest stretch of building rows before other work gets its turn. */
const turnMs = 2
/** Rows between two looks at the clock. */
const rowsPerLook = 32

const nothing: WriteResult = {
  written: 0,
  duplicates: 0,
  rejected: 0,
  conflicts: 0,
  reversals: []
}

export function createWriter(options: WriterOptions): CdrWriter {
  const { database, clock, scheduler, logger } = options
  const days = createDays(options)

  async function write(values: readonly string[], earlier: Promise<boolean>): Promise<WriteResult> {
    const rows = stagedRows()
    await stageAll(rows, values, clock, scheduler)
    try {
      return await storeRows(rows, values, earlier)
    } catch (error) {
      if (!isRowFault(error)) throw error
      // The database refuses a row that the checks let pass. The halves are tried by themselves down to that row.
      if (values.length <= 1) return rejectAlone(values, error)
      const middle = values.length >> 1
      return sum(
        await write(values.slice(0, middle), earlier),
        await write(values.slice(middle), earlier)
      )
    }
  }

  async function storeRows(
    rows: StagedRows,
    values: readonly string[],
    earlier: Promise<boolean>
  ): Promise<WriteResult> {
    try {
      return await storeOnce(rows, values, earlier)
    } catch (error) {
      if (sqlState(error) !== noPartition) throw error
      days.forget()
      return storeOnce(rows, values, earlier)
    }
  }

  async function storeOnce(
    rows: StagedRows,
    values: readonly string[],
    earlier: Promise<boolean>
  ): Promise<WriteResult> {
    // What waits in a transaction for what needs the same session would wait for ever.
    if (database.single) await turnOf(earlier)
    const result = await database.transaction(async session => {
      await stageRows(session, rows)
      await turnOf(earlier)
      await days.make(session, rows.days)
      return storeStaged(session, rows, values, dayOf(clock.now()))
    })
    days.made(rows.days)
    warn(logger, result)
    return result
  }

  function rejectAlone(values: readonly string[], error: unknown): Promise<WriteResult> {
    const rows = stagedRows()
    for (const value of values) rows.rejected.push({ value, reason: messageOf(error) })
    return storeOnce(rows, values, always)
  }

  return {
    prepare: days.prepare,
    async ping() {
      await database.query('SELECT 1')
    },
    async write(values, earlier = always) {
      await days.prepare()
      return values.length === 0 ? nothing : write(values, earlier)
    }
  }
}

function warn(logger: Logger, { conflicts, rejected, reversals }: WriteResult): void {
  if (conflicts > 0) {
    logger.error(
      {
        alarm: 'cdr-conflict',
        conflicts,
        reversals: reversals.length
      },
      'records met their key with other content; they are in outbox_rejected'
    )
  }
  if (rejected > conflicts) {
    logger.error(
      { alarm: 'cdr-rejected', rejected: rejected - conflicts },
      'outbox records that cannot be stored went to outbox_rejected'
    )
  }
}

const always = Promise.resolve(true)

/** Rejects when what comes before was not stored. */
async function turnOf(earlier: Promise<boolean>): Promise<void> {
  if (await earlier) return
  throw new GyroError('GYRO_CDR_UNAVAILABLE', 'the records before these could not be stored')
}

/** check_violation: also what a row without a partition fails with. */
const noPartition = '23514'

/** Builds the rows in turns of some two milliseconds. */
async function stageAll(
  rows: StagedRows,
  values: readonly string[],
  clock: Clock,
  scheduler: Scheduler
): Promise<void> {
  let turnStart = clock.monotonic()
  for (let ord = 0; ord < values.length; ord += 1) {
    stage(rows, values[ord] ?? '', ord)
    if (ord % rowsPerLook !== 0 || clock.monotonic() - turnStart < turnMs) continue
    await new Promise<void>(resolve => scheduler.soon(resolve))
    turnStart = clock.monotonic()
  }
}

function sum(a: WriteResult, b: WriteResult): WriteResult {
  return {
    written: a.written + b.written,
    duplicates: a.duplicates + b.duplicates,
    rejected: a.rejected + b.rejected,
    conflicts: a.conflicts + b.conflicts,
    reversals: [...a.reversals, ...b.reversals]
  }
}
