/** What CDRs post to the ledger, in the transaction that stores them: once for each of wallet and bucket. */
import type { Row, Session } from './database.ts'
import * as sql from './sql/ledger.ts'

/**
 * Posts the usage of the staged CDRs, which makes so many entries; the CDRs whose number has entries of another record,
 * as after a store lost what it had numbered.
 */
export async function postUsage(session: Session, entries: number): Promise<readonly Row[]> {
  if (entries === 0) return []
  const { count } = await session.query(sql.insertUsage)
  return count === entries ? [] : (await session.query(sql.conflictingUsage)).rows
}
