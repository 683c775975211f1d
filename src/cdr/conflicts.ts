/**
 * Records that meet their key with other content. Such a CDR was debited although its session had been charged already,
 * and is reversed, unless the account's state has gone back behind the stored one: then the first debit is lost, and
 * nothing was taken twice.
 */
import { createHash } from 'node:crypto'
import type { CdrRecord } from '../domain/record.ts'
import type { Row, Session } from './database.ts'
import type { Rejected } from './row-text.ts'
import { insertRejected } from './sql/statements.ts'

/** A CDR whose debits are to be given back. */
export interface Reversal {
  readonly cdr: CdrRecord
  /** Of the record as it was delivered: the same at every delivery. */
  readonly digest: string
}

/** A dead letter; of one that met a key, also its account and outbox number. */
export interface DeadLetter extends Rejected {
  readonly accountId: string | null
  readonly record: number | null
}

export interface Conflicts {
  readonly deadLetters: readonly DeadLetter[]
  readonly reversals: readonly Reversal[]
}

const reasons = {
  movement: 'its key belongs to another record',
  reversed: 'its key belongs to another CDR: what it debited is given back',
  unposted: 'its number belongs to another record: its usage is not in the ledger',
  lost: 'its key belongs to another CDR, which the account has lost: nothing is given back'
}

/** `movements` and `cdrs`: rows of the queries for conflicts, in the order of their outbox numbers. */
export function conflictsOf(
  movements: readonly Row[],
  cdrs: readonly Row[],
  values: readonly string[]
): Conflicts {
  const deadLetters: DeadLetter[] = []
  const reversals: Reversal[] = []
  /** What the batch itself shows of numbers that were given twice. */
  const seen = new Set<string>()
  const add = (row: Row, reason: string) => {
    const value = textOf(row, values)
    const record = Number(row['record'])
    const accountId = String(row['account_id'])
    deadLetters.push({ value, reason, accountId, record })
    seen.add(`${record} ${accountId}`)
  }
  for (const row of movements) add(row, reasons.movement)
  for (const row of cdrs) {
    const lost = row['lost'] === true || seen.has(`${row['stored']} ${row['stored_account']}`)
    add(row, lost ? reasons.lost : reasons.reversed)
    if (lost) continue
    const value = textOf(row, values)
    reversals.push({ cdr: JSON.parse(value) as CdrRecord, digest: digestOf(value) })
  }
  return { deadLetters, reversals }
}

/** Of CDRs that were stored, and whose usage is not in the ledger. `usage`: rows of the query for those. */
export function unpostedOf(
  usage: readonly Row[],
  cdrs: readonly Row[],
  values: readonly string[]
): readonly DeadLetter[] {
  const told = new Set(cdrs.map(row => Number(row['ord'])))
  return usage
    .filter(row => !told.has(Number(row['ord'])))
    .map(row => ({
      value: textOf(row, values),
      reason: reasons.unposted,
      accountId: String(row['account_id']),
      record: Number(row['record'])
    }))
}

function textOf(row: Row, values: readonly string[]): string {
  return values[Number(row['ord'])] ?? ''
}

function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

/** A letter that is there already, from an earlier delivery, stays as it is. */
export async function storeDeadLetters(
  session: Session,
  letters: readonly DeadLetter[]
): Promise<void> {
  if (letters.length === 0) return
  await session.query(insertRejected, [
    letters.map(({ value }) => digestOf(value)),
    letters.map(({ reason }) => withoutNul(reason)),
    letters.map(({ value }) => withoutNul(value)),
    letters.map(({ accountId }) => accountId),
    letters.map(({ record }) => (record === null ? null : String(record)))
  ])
}

function withoutNul(value: string): string {
  return value.replaceAll('\0', '\uFFFD')
}
