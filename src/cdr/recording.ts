/**
 * The order of recording: CDRs are numbered from 1, without gaps, in the order of their commits.
 *
 * A sequence of Postgres would not do: its numbers become visible in any order, and a reader that has gone past a
 * number would miss the one that is committed late. So the counter is a row that is locked until the commit.
 */
import type { Session } from './database.ts'
import { addLink } from './sql/chain.ts'
import * as sql from './sql/recording.ts'

/**
 * Inserts the staged CDRs, of which there are so many, and adds them to the hash chain; how many were new. The chain costs no
 * lock of its own, and has no gap, because it is made where the numbers are given out. `day`: today, such as 2026-11-21.
 */
export async function insertInOrder(
  session: Session,
  staged: number,
  day: string
): Promise<number> {
  const { rows } = await session.query(sql.takeNumbers, [staged])
  const last = Number(rows[0]?.['before'])
  const inserted = await session.query(sql.insertCdrs, [last, staged, day])
  const count = Number(inserted.rows[0]?.['n'])
  if (count === staged) return count
  // Some were there already and have left gaps. All numbers behind the last are ours alone until the commit.
  if (count > 0) {
    await session.query(sql.closeGaps, [last])
    await session.query(addLink, [last, count, day])
  }
  await session.query(sql.setLast, [last + count])
  return count
}
