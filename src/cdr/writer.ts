/** Stores batches of outbox records: each exactly once, whatever is delivered again. */
import type { KeyObject } from 'node:crypto'
import type { Logger } from '../domain/log.ts'
import { type Clock, dayOf, type Scheduler } from '../domain/time.ts'
import {
  conflictsOf,
  type DeadLetter,
  type Reversal,
  storeDeadLetters,
  unpostedOf
} from './conflicts.ts'
import {
  type Database,
  isRowFault,
  messageOf,
  type Row,
  type Session,
  sqlState
} from './database.ts'
import { storeEvents } from './events.ts'
import { postUsage } from './ledger.ts'
import { migrate } from './migrate.ts'
import { insertInOrder } from './recording.ts'
import { chunksOf, type StagedRows, stage, stagedRows } from './row-text.ts'
import { sealDays } from './seals.ts'
import { storeSnapshots } from './snapshots.ts'
import * as sql from './sql/statements.ts'

export interface WriteCounts {
  /** Rows added to `cdr`, `ledger_entry` and `account_event`, and snapshots. */
  readonly written: number
  /** Records that had been stored before. */
  readonly duplicates: number
  /** Records that went to `outbox_rejected`. */
  readonly rejected: number
  /** Those of the rejected whose key belongs to a record with other content. */
  readonly conflicts: number
}

export interface WriteResult extends WriteCounts {
  /** CDRs among the conflicts that were debited in vain: to be reversed before the records are acknowledged. */
  readonly reversals: readonly Reversal[]
}

export interface CdrWriter {
  /**
   * Once this resolves, all records are committed: in their tables, or as dead letters in `outbox_rejected`.
   * Rejects when the database cannot be used now; then the same records may be given again.
   */
  write(values: readonly string[]): Promise<WriteResult>
  /** Makes the schema and the partitions of the coming days. */
  prepare(): Promise<void>
  /** Rejects when the database does not answer. */
  ping(): Promise<void>
}

export interface WriterOptions {
  readonly database: Database
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** Ed25519: what days of the hash chain are signed with; null: they are sealed without. Unless given none is sealed. */
  readonly signingKey?: KeyObject | null
}

const msPerDay = 86_400_000
/** Partitions stand ready for today and so many days after. */
const daysAhead = 7
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
  /** Days whose partition was seen; one may be dropped by an operator, then the insert says so. */
  const knownDays = new Set<number>()
  let migrated = false
  let preparedDay = -1

  async function prepare(): Promise<void> {
    if (!migrated) {
      await migrate(database)
      migrated = true
    }
    const today = Math.floor(clock.now() / msPerDay)
    if (today === preparedDay) return
    const days = Array.from({ length: daysAhead + 1 }, (_, ahead) => today + ahead)
    const { signingKey } = options
    await database.transaction(async session => {
      await createPartitions(session, days)
      if (signingKey !== undefined) await sealDays(session, dayOf(clock.now()), signingKey)
    })
    knownDays.clear()
    for (const day of days) knownDays.add(day)
    preparedDay = today
  }

  async function write(values: readonly string[]): Promise<WriteResult> {
    const rows = stagedRows()
    await stageAll(rows, values, clock, scheduler)
    try {
      return await storeRows(rows, values)
    } catch (error) {
      if (!isRowFault(error)) throw error
      // The database refuses a row that the checks let pass. The halves are tried by themselves down to that row.
      if (values.length <= 1) return rejectAlone(values, error)
      const middle = values.length >> 1
      return sum(await write(values.slice(0, middle)), await write(values.slice(middle)))
    }
  }

  async function storeRows(rows: StagedRows, values: readonly string[]): Promise<WriteResult> {
    try {
      return await storeOnce(rows, values)
    } catch (error) {
      if (sqlState(error) !== noPartition) throw error
      knownDays.clear()
      return storeOnce(rows, values)
    }
  }

  async function storeOnce(rows: StagedRows, values: readonly string[]): Promise<WriteResult> {
    const newDays = [...rows.days].filter(day => !knownDays.has(day))
    const result = await database.transaction(session =>
      store(session, rows, values, newDays, dayOf(clock.now()))
    )
    for (const day of newDays) knownDays.add(day)
    if (result.conflicts > 0) {
      logger.error(
        {
          alarm: 'cdr-conflict',
          conflicts: result.conflicts,
          reversals: result.reversals.length
        },
        'records met their key with other content; they are in outbox_rejected'
      )
    }
    if (result.rejected > result.conflicts) {
      logger.error(
        { alarm: 'cdr-rejected', rejected: result.rejected - result.conflicts },
        'outbox records that cannot be stored went to outbox_rejected'
      )
    }
    return result
  }

  function rejectAlone(values: readonly string[], error: unknown): Promise<WriteResult> {
    const rows = stagedRows()
    for (const value of values) rows.rejected.push({ value, reason: messageOf(error) })
    return storeOnce(rows, values)
  }

  return {
    prepare,
    async ping() {
      await database.query('SELECT 1')
    },
    async write(values) {
      await prepare()
      return values.length === 0 ? nothing : write(values)
    }
  }
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

async function store(
  session: Session,
  rows: StagedRows,
  values: readonly string[],
  newDays: readonly number[],
  today: string
): Promise<WriteResult> {
  const { cdrs: cdrRows, movements: movementRows, events: eventRows, snapshots } = rows
  const staged = cdrRows.rows + movementRows.rows + eventRows.length + snapshots.length
  const letters: DeadLetter[] = rows.rejected.map(rejected => ({ ...rejected, ...unnumbered }))
  let written = 0
  let conflictCount = 0
  let reversals: readonly Reversal[] = []
  if (staged > 0) {
    if (newDays.length > 0) await createPartitions(session, newDays)
    await session.run(sql.createStaging)
    const movements = await storeTable(session, movementRows, ledgerTable, today)
    // CDRs come last, because their numbers are locked from there to the commit.
    const events = await storeEvents(session, eventRows)
    const told = await storeSnapshots(session, snapshots)
    const usage: Row[] = []
    const cdrs = await storeTable(session, cdrRows, cdrTable, today, async () => {
      usage.push(...(await postUsage(session, rows.usages)))
    })
    written = movements.written + events + told + cdrs.written
    const conflicts = conflictsOf(movements.conflicts, cdrs.conflicts, values)
    letters.push(...conflicts.deadLetters)
    conflictCount = conflicts.deadLetters.length
    letters.push(...unpostedOf(usage, cdrs.conflicts, values))
    reversals = conflicts.reversals
  }
  await storeDeadLetters(session, letters)
  return {
    written,
    duplicates: staged - written - conflictCount,
    rejected: letters.length,
    conflicts: conflictCount,
    reversals
  }
}

/** Of records that no table takes nothing is known. */
const unnumbered = { accountId: null, record: null }

interface Table {
  readonly staging: string
  insert(session: Session, staged: number, today: string): Promise<number>
  readonly conflicting: string
}

const cdrTable: Table = {
  staging: sql.cdrStaging,
  insert: insertInOrder,
  conflicting: sql.conflictingCdrs
}
const ledgerTable: Table = {
  staging: sql.ledgerStaging,
  insert: async session => (await session.query(sql.insertLedger)).count,
  conflicting: sql.conflictingLedger
}

/** Rows written, and the records that met their key with other content. */
async function storeTable(
  session: Session,
  text: StagedRows['cdrs'],
  table: Table,
  today: string,
  beforeInsert?: () => Promise<void>
): Promise<{ readonly written: number; readonly conflicts: readonly Row[] }> {
  if (text.rows === 0) return { written: 0, conflicts: [] }
  await session.copy(table.staging, chunksOf(text))
  await beforeInsert?.()
  const count = await table.insert(session, text.rows, today)
  if (count === text.rows) return { written: count, conflicts: [] }
  return { written: count, conflicts: (await session.query(table.conflicting)).rows }
}

async function createPartitions(session: Session, days: readonly number[]): Promise<void> {
  await session.query(sql.createPartitions, [days.map(day => dayOf(day * msPerDay))])
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
