/** The ledger and the CDRs of accounts, for reconciliation. */
import type { AccountLedger, LedgerReader, UsageMismatch } from '../charging/reconciliation.ts'
import { rowsWhenAvailable } from './availability.ts'
import type { Database, Parameter, Row } from './database.ts'
import * as sql from './sql/reconcile.ts'

/** `prepare` makes the schema when that has not been possible yet. Rejects with GYRO_CDR_UNAVAILABLE when the database is away. */
export function createLedgerReader(database: Database, prepare: () => Promise<void>): LedgerReader {
  const read = (text: string, values: readonly Parameter[]): Promise<readonly Row[]> =>
    rowsWhenAvailable(
      database,
      prepare,
      [text, values],
      ['the ledger cannot be read from', 'try again once it is back']
    )

  return {
    async ledgers(upTo) {
      const wanted = parametersOf(upTo)
      const sums = await read(sql.ledgerSums, wanted)
      const gaps = await read(sql.missingNumbers, wanted)
      const differing = await read(sql.mismatches, wanted)
      const books = new Map<string, MutableLedger>()
      const at = (row: Row, name = 'id'): MutableLedger => {
        const id = String(row[name])
        const found = books.get(id) ?? newLedger()
        books.set(id, found)
        return found
      }
      for (const row of sums) at(row).targets.set(String(row['target']), bigOf(row['amount']))
      for (const row of gaps) {
        const ledger = at(row)
        ledger.missing = (String(row['first']).match(/\d+/g) ?? []).map(Number)
        ledger.missingCount = Number(row['missing'])
      }
      for (const row of differing) at(row, 'account_id').mismatches.push(mismatchOf(row))
      return books
    },
    async sums(upTo) {
      const [row = {}] = await read(sql.cdrSums, parametersOf(upTo))
      return {
        cdrs: Number(row['cdrs']),
        octets: bigOf(row['octets']),
        zeroRatedOctets: bigOf(row['zero_rated']),
        suspense: Number(row['suspense'])
      }
    },
    async accounts(after, limit) {
      const rows = await read(sql.accountsOfLedger, [after, limit])
      return new Map(rows.map(row => [String(row['account_id']), bigOf(row['wallet'])]))
    }
  }
}

interface MutableLedger extends AccountLedger {
  missing: readonly number[]
  missingCount: number
  readonly targets: Map<string, bigint>
  readonly mismatches: UsageMismatch[]
}

function newLedger(): MutableLedger {
  return { missing: [], missingCount: 0, targets: new Map(), mismatches: [] }
}

function parametersOf(upTo: ReadonlyMap<string, number>): Parameter[] {
  return [[...upTo.keys()], [...upTo.values()].map(String)]
}

function mismatchOf(row: Row): UsageMismatch {
  return {
    record: Number(row['record']),
    sessionId: String(row['session_id']),
    target: String(row['target']),
    cdr: row['cdr'] === null ? null : bigOf(row['cdr']),
    ledger: row['ledger'] === null ? null : bigOf(row['ledger'])
  }
}

function bigOf(value: unknown): bigint {
  return BigInt(String(value))
}
