/** The ledger and the CDRs of accounts, for reconciliation. */
import type {
  AccountLedger,
  Books,
  CdrSums,
  LedgerReader,
  UsageMismatch
} from '../charging/reconciliation.ts'
import { slicesOf } from './account-slices.ts'
import { rowsWhenAvailable, whenAvailable } from './availability.ts'
import type { Database, Parameter, Row } from './database.ts'
import * as sql from './sql/reconcile.ts'

/** Accounts are read together as long as they have no more numbers than this; one alone may have any. */
const numbersMax = 50_000
/** An account with millions of CDRs takes its time. */
const readMs = 300_000

const words = ['the ledger cannot be read from', 'try again once it is back'] as const

/** `prepare` makes the schema when that has not been possible yet. Rejects with GYRO_CDR_UNAVAILABLE when the database is away. */
export function createLedgerReader(database: Database, prepare: () => Promise<void>): LedgerReader {
  return {
    async books(upTo) {
      const rows: Row[] = []
      for (const { ids, numbers } of slicesOf(upTo, numbersMax)) {
        const wanted: Parameter[] = [ids, numbers.map(String)]
        const read = () =>
          database.transaction(async session => {
            // Its statement looks dear to the planner, and would be compiled, which takes longer than it does.
            await session.run('SET LOCAL jit = off')
            return (await session.query(sql.books, wanted, readMs)).rows
          })
        for (const row of await whenAvailable(database, prepare, read, words)) rows.push(row)
      }
      return booksOf(rows)
    },
    async accounts(after, limit) {
      const query = [sql.accountsOfLedger, [after, limit]] as const
      const rows = await rowsWhenAvailable(database, prepare, query, words)
      return new Map(rows.map(row => [String(row['account_id']), bigOf(row['wallet'])]))
    }
  }
}

interface MutableLedger extends AccountLedger {
  last: number
  deadLetters: number
  missing: readonly number[]
  missingCount: number
  readonly targets: Map<string, bigint>
  readonly mismatches: UsageMismatch[]
}

function booksOf(rows: readonly Row[]): Books {
  const accounts = new Map<string, MutableLedger>()
  const at = (row: Row): MutableLedger => {
    const id = String(row['id'])
    const found = accounts.get(id) ?? newLedger()
    accounts.set(id, found)
    return found
  }
  const sums = new Map<string, CdrSums>()
  for (const row of rows) {
    switch (row['kind']) {
      case 'sum':
        at(row).targets.set(String(row['target']), bigOf(row['ledger']))
        break
      case 'stored':
        Object.assign(at(row), numbersOf(row))
        break
      case 'mismatch':
        at(row).mismatches.push(mismatchOf(row))
        break
      default:
        sums.set(String(row['id']), sumsOf(row))
    }
  }
  return { accounts, sums }
}

function newLedger(): MutableLedger {
  return {
    last: 0,
    deadLetters: 0,
    missing: [],
    missingCount: 0,
    targets: new Map(),
    mismatches: []
  }
}

function numbersOf(row: Row) {
  return {
    last: Number(row['record']),
    deadLetters: Number(row['cdr']),
    missing: (String(row['first']).match(/\d+/g) ?? []).map(Number),
    missingCount: Number(row['missing'])
  }
}

function mismatchOf(row: Row): UsageMismatch {
  return {
    record: Number(row['record']),
    sessionId: String(row['session']),
    target: String(row['target']),
    cdr: row['cdr'] === null ? null : bigOf(row['cdr']),
    ledger: row['ledger'] === null ? null : bigOf(row['ledger'])
  }
}

function sumsOf(row: Row): CdrSums {
  return {
    cdrs: Number(row['ledger']),
    octets: bigOf(row['cdr']),
    zeroRatedOctets: bigOf(row['missing']),
    suspense: Number(row['record'])
  }
}

function bigOf(value: unknown): bigint {
  return BigInt(String(value))
}
