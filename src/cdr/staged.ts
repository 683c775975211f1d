/** The rows of a batch in the database: first where only this connection sees them, then in their tables. */
import {
  conflictsOf,
  type DeadLetter,
  type Reversal,
  storeDeadLetters,
  unpostedOf
} from './conflicts.ts'
import type { Row, Session } from './database.ts'
import { storeEvents } from './events.ts'
import { postUsage } from './ledger.ts'
import { insertInOrder } from './recording.ts'
import { chunksOf, type StagedRows, type TextChunks } from './row-text.ts'
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

/** Copies the rows into the staging tables. Locks nothing that others use. */
export async function stageRows(session: Session, rows: StagedRows): Promise<void> {
  const { cdrs, movements } = rows
  if (countOf(rows) === 0) return
  await session.run(sql.createStaging)
  if (movements.rows > 0) await session.copy(sql.ledgerStaging, chunksOf(movements))
  if (cdrs.rows > 0) await session.copy(sql.cdrStaging, chunksOf(cdrs))
}

/** Stores what is staged, events, snapshots, and dead letters of `values`. `today`: such as 2026-11-21. */
export async function storeStaged(
  session: Session,
  rows: StagedRows,
  values: readonly string[],
  today: string
): Promise<WriteResult> {
  const letters: DeadLetter[] = rows.rejected.map(rejected => ({ ...rejected, ...unnumbered }))
  const movements = await storeMovements(session, rows.movements)
  const told = await storeEvents(session, rows.events)
  const pictures = await storeSnapshots(session, rows.snapshots)
  // CDRs come last, because their numbers are locked from there to the commit.
  const cdrs = await storeCdrs(session, rows, today)
  const conflicts = conflictsOf(movements.conflicts, cdrs.conflicts, values)
  letters.push(...conflicts.deadLetters, ...unpostedOf(cdrs.usage, cdrs.conflicts, values))
  await storeDeadLetters(session, letters)
  const written = movements.written + told + pictures + cdrs.written
  return {
    written,
    duplicates: countOf(rows) - written - conflicts.deadLetters.length,
    rejected: letters.length,
    conflicts: conflicts.deadLetters.length,
    reversals: conflicts.reversals
  }
}

function countOf({ cdrs, movements, events, snapshots }: StagedRows): number {
  return cdrs.rows + movements.rows + events.length + snapshots.length
}

/** Of records that no table takes nothing is known. */
const unnumbered = { accountId: null, record: null }

/** Rows written, and the records that met their key with other content. */
interface Stored {
  readonly written: number
  readonly conflicts: readonly Row[]
}

async function storeMovements(session: Session, { rows }: TextChunks): Promise<Stored> {
  if (rows === 0) return { written: 0, conflicts: [] }
  const { count } = await session.query(sql.insertLedger)
  return withConflicts(session, count, rows, sql.conflictingLedger)
}

/** Also the records whose usage met its key in the ledger. */
async function storeCdrs(
  session: Session,
  { cdrs: { rows }, usages }: StagedRows,
  today: string
): Promise<Stored & { readonly usage: readonly Row[] }> {
  if (rows === 0) return { written: 0, conflicts: [], usage: [] }
  const usage = await postUsage(session, usages)
  const count = await insertInOrder(session, rows, today)
  return { ...(await withConflicts(session, count, rows, sql.conflictingCdrs)), usage }
}

async function withConflicts(
  session: Session,
  written: number,
  staged: number,
  conflicting: string
): Promise<Stored> {
  if (written === staged) return { written, conflicts: [] }
  return { written, conflicts: (await session.query(conflicting)).rows }
}
