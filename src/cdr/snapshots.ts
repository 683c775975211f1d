/** Snapshots of accounts: the newest document of each account and line stays, and the numbers of all. */
import type { SnapshotBook, SnapshotDocument } from '../charging/reconciliation.ts'
import { rowsWhenAvailable } from './availability.ts'
import type { Database, Parameter, Session } from './database.ts'
import * as sql from './sql/snapshots.ts'
import { storable } from './storable.ts'

/** A snapshot in the outbox: its documents are those of the store. */
export interface StagedSnapshot {
  readonly accountId: string
  readonly record: number
  readonly at: number
  readonly account: readonly unknown[]
  readonly lines: readonly (readonly unknown[])[]
}

/** Why no row can be made of a record; empty: one can. */
export function faultOfSnapshot({ accountId, record, at, account, lines }: StagedSnapshot): string {
  if (typeof accountId !== 'string') return 'accountId is not a text'
  if (!Number.isSafeInteger(record)) return 'record is not a safe integer'
  if (!Number.isSafeInteger(at) || at < 0) return 'at is not an instant'
  if (!Array.isArray(account)) return 'account is not a document'
  const isLine = (line: unknown) => Array.isArray(line) && typeof line[1] === 'string'
  return Array.isArray(lines) && lines.every(isLine) ? '' : 'lines are not documents'
}

/** Rows added: one for each number. */
export async function storeSnapshots(
  session: Session,
  snapshots: readonly StagedSnapshot[]
): Promise<number> {
  if (snapshots.length === 0) return 0
  const documents = snapshots.flatMap(({ accountId, record, at, account, lines }) => [
    { accountId, lineId: '', record, at, document: account },
    ...lines.map(document => ({ accountId, lineId: String(document[1]), record, at, document }))
  ])
  await session.query(sql.keepDocuments, [JSON.stringify(newest(documents), storable)])
  const { count } = await session.query(sql.keepNumbers, [
    snapshots.map(({ accountId }) => accountId),
    snapshots.map(({ record }) => String(record))
  ])
  return count
}

interface Keyed {
  readonly accountId: string
  readonly lineId: string
  readonly record: number
}

/** One statement takes each key once. */
function newest<T extends Keyed>(documents: readonly T[]): T[] {
  const found = new Map<string, T>()
  for (const document of documents) {
    const key = `${document.accountId}\n${document.lineId}`
    const known = found.get(key)
    if (known === undefined || known.record < document.record) found.set(key, document)
  }
  return [...found.values()]
}

const words = ['snapshots of accounts cannot be read from', 'try again once it is back'] as const

export function createSnapshotBook(database: Database, prepare: () => Promise<void>): SnapshotBook {
  const rows = (text: string, values: readonly Parameter[]) =>
    rowsWhenAvailable(database, prepare, [text, values], words)
  return {
    async accounts(after, limit) {
      const found = await rows(sql.accountsWithSnapshot, [after, limit])
      return found.map(row => String(row['account_id']))
    },
    async read(accountIds) {
      const found = await rows(sql.documentsOf, [[...accountIds]])
      return found.map(
        (row): SnapshotDocument => ({
          accountId: String(row['account_id']),
          lineId: String(row['line_id']),
          record: Number(row['record']),
          at: Number(row['at_ms']),
          text: String(row['document'])
        })
      )
    },
    async sessions(accountIds, since) {
      const found = await rows(sql.recentSessions, [[...accountIds], new Date(since).toISOString()])
      return found.map(row => ({
        accountId: String(row['account_id']),
        sessionId: String(row['session_id']),
        lineId: String(row['line_id']),
        cdrs: Number(row['records']),
        startedAt: Number(row['started_ms']),
        endedAt: Number(row['ended_ms']),
        released: row['released'] === true,
        traceId: row['trace_id'] === null ? null : String(row['trace_id'])
      }))
    },
    async topUps(accountIds, since) {
      const found = await rows(sql.recentTopUps, [[...accountIds], new Date(since).toISOString()])
      return found.map(row => ({
        accountId: String(row['account_id']),
        key: String(row['reference']),
        amount: Number(row['amount']),
        at: Number(row['at_ms'])
      }))
    },
    async keep(documents) {
      const given = documents.map(({ text, ...rest }) => ({ ...rest, document: JSON.parse(text) }))
      await rows(sql.keepDocuments, [JSON.stringify(newest(given), storable)])
    }
  }
}
