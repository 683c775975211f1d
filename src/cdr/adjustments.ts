/** The book of re-rating: sessions of a window, and what was changed of their CDRs. */
import type { AdjustmentBook, ChargedCdr } from '../charging/adjustment.ts'
import type { Page } from '../charging/ports.ts'
import { GyroError } from '../domain/errors.ts'
import { rowsWhenAvailable } from './availability.ts'
import { type Database, type Parameter, type Row, sqlState } from './database.ts'
import { cursorOf, parseCursor, recordOf } from './reader.ts'
import * as sql from './sql/adjustments.ts'

const pageMax = 5_000
/** unique_violation. */
const keyTaken = '23505'

/** `prepare` makes the schema when that has not been possible yet. */
export function createAdjustmentBook(
  database: Database,
  prepare: () => Promise<void>
): AdjustmentBook {
  const run = (text: string, values: readonly Parameter[]): Promise<readonly Row[]> =>
    rowsWhenAvailable(
      database,
      prepare,
      [text, values],
      [
        'CDRs cannot be re-rated in',
        'run it again once it is back: what was adjusted already stays so'
      ],
      error => sqlState(error) === keyTaken
    )

  return {
    async window(from, until, cursor, limit): Promise<Page<ChargedCdr>> {
      const after = cursor === null ? null : parseCursor(cursor)
      const rows = Math.min(Math.max(Math.trunc(limit), 1), pageMax)
      const found = await run(sql.windowOf(after !== null), [
        new Date(from).toISOString(),
        new Date(until).toISOString(),
        after?.startedAt ?? null,
        after?.sessionId ?? null,
        after?.number ?? null,
        rows + 1
      ])
      const items = found.slice(0, rows).map(row => ({
        cdr: recordOf(row),
        adjusted: Number(row['adjusted']),
        turns: Number(row['turns'])
      }))
      const last = items.at(-1)
      return { items, next: found.length > rows && last ? cursorOf(last.cdr) : null }
    },
    async plan({ operation, accountId, catalogue, adjustments }) {
      const columns = [
        adjustments.map(({ cdr }) => cdr.sessionId),
        adjustments.map(({ cdr }) => String(cdr.number)),
        adjustments.map(({ cdr }) => new Date(cdr.startedAt).toISOString()),
        adjustments.map(({ turn }) => String(turn)),
        adjustments.map(({ amount }) => String(amount))
      ]
      try {
        await run(sql.planAdjustments, [...columns, accountId, operation, catalogue])
      } catch (error) {
        if (sqlState(error) !== keyTaken) throw error
        throw new GyroError(
          'GYRO_CONFLICT',
          `CDRs of ${accountId} were adjusted by somebody else meanwhile; run it again, one at a time`
        )
      }
    },
    async open(limit) {
      const rows = await run(sql.openAdjustments, [limit])
      return rows.map(row => ({
        operation: String(row['operation']),
        accountId: String(row['account_id']),
        catalogue: String(row['catalogue']),
        amount: Number(row['amount']),
        booked: row['booked'] === true
      }))
    },
    async settle(operation) {
      await run(sql.settleAdjustment, [operation])
    },
    async refuse(operation, reason) {
      await run(sql.refuseAdjustment, [operation, reason])
    }
  }
}
