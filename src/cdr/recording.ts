/**
 * The order of recording: CDRs are numbered from 1, without gaps, in the order of their commits.
 *
 * A sequence of Postgres would not do: its numbers become visible in any order, and a reader that has gone past a
 * number would miss the one that is committed late. So the counter is a row that is locked until the commit.
 */
import type { Session } from './database.ts'
import * as sql from './sql/recording.ts'

/** Inserts the staged CDRs, of which there are so many; how many were new. */
export async function insertInOrder(session: Session, staged: number): Promise<number> {
  const { rows } = await session.query(sql.takeNumbers, [staged])
  const last = Number(rows[0]?.['before'])
  const { count } = await session.query(sql.insertCdrs, [last])
  if (count === staged) return count
  // Some were there already and have left gaps. All numbers behind the last are ours alone until the commit.
  if (count > 0) await session.query(sql.closeGaps, [last])
  await session.query(sql.setLast, [last + count])
  return count
}
