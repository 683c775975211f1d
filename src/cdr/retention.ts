/**
 * Drops days of CDRs as whole partitions. What they have taken from each wallet and bucket stays, with their numbers, in
 * the transaction that drops them: so the ledger goes on to agree, and no number is missing.
 */
import type { RetainedDay, RetentionBook, RetentionOrder } from '../charging/retention.ts'
import { GyroError } from '../domain/errors.ts'
import { whenAvailable } from './availability.ts'
import { type Database, type Session, sqlState } from './database.ts'
import * as sql from './sql/retention.ts'

/** A day may have many millions of CDRs. */
const slowMs = 3_600_000

/** `prepare` makes the schema when that has not been possible yet. */
export function createRetentionBook(
  database: Database,
  prepare: () => Promise<void>
): RetentionBook {
  async function read(text: string, values: readonly string[] = []) {
    return (await database.query(text, values)).rows
  }

  /** Why the day cannot be dropped; empty: it can. */
  async function reasonOf(day: string, order: RetentionOrder): Promise<string> {
    const open = order.openSessions.get(day) ?? 0
    if (open > 0) return `${open} of its sessions ${open === 1 ? 'is' : 'are'} still open`
    const last = (await read(sql.lastOfDay(day)))[0]?.['last'] ?? null
    if (last === null) return ''
    const through = Number(last)
    if (Number((await read(sql.sealedThrough))[0]?.['last']) < through) {
      return 'CDRs of it were recorded today, and today is not sealed in the chain yet'
    }
    const adjusting = Number((await read(sql.openAdjustments, [day]))[0]?.['open'])
    if (adjusting > 0) return `${adjusting} adjustments of its CDRs are not settled`
    return unexported(through, order)
  }

  async function unexported(through: number, order: RetentionOrder): Promise<string> {
    const streams = new Map(order.streams.map(stream => [stream, 0]))
    for (const row of await read(sql.exportedThrough)) {
      streams.set(String(row['stream']), Number(row['last']))
    }
    const behind = [...streams].filter(([, last]) => last < through).map(([stream]) => stream)
    if (behind.length > 0) {
      return `not all of its CDRs were exported in ${behind.map(name => `"${name}"`).join(', ')}`
    }
    if (streams.size === 0 && !order.unexported) return 'its CDRs were never exported'
    return ''
  }

  async function drop(session: Session, day: string): Promise<number> {
    await session.run(sql.begin)
    const through = (await session.query(sql.lastOfDay(day))).rows[0]?.['last'] ?? null
    let cdrs = 0
    if (through !== null) {
      const values = [day, String(through)]
      await session.query(sql.keepSums(day), values, slowMs)
      await session.query(sql.keepNumbers(day), values, slowMs)
      await session.query(sql.keepRecorded(day), values, slowMs)
      cdrs = Number((await session.query(sql.keepDay(day), values, slowMs)).rows[0]?.['cdrs'])
    }
    await session.run(sql.lock(day))
    const now = (await session.query(sql.lastOfDay(day))).rows[0]?.['last'] ?? null
    if (String(now) !== String(through)) {
      throw new GyroError('GYRO_CONFLICT', `CDRs of ${day} came just now; try again`)
    }
    await session.run(sql.drop(day))
    await session.query(sql.shortenChain, [], slowMs)
    return cdrs
  }

  async function retainDay(day: string, order: RetentionOrder): Promise<RetainedDay> {
    const reason = await reasonOf(day, order)
    if (reason !== '') return { day, result: 'kept', reason, cdrs: 0 }
    if (order.dryRun) return { day, result: 'dropped', reason: '', cdrs: 0 }
    try {
      const cdrs = await database.transaction(session => drop(session, day))
      return { day, result: 'dropped', reason: '', cdrs }
    } catch (error) {
      const why = passing(error)
      if (why === null) throw error
      return { day, result: 'kept', reason: why, cdrs: 0 }
    }
  }

  return {
    retain: order =>
      whenAvailable(
        database,
        prepare,
        async () => {
          const found: RetainedDay[] = []
          for (const row of await read(sql.days, [order.before])) {
            found.push(await retainDay(String(row['day']), order))
          }
          return found
        },
        ['CDRs cannot be dropped from', 'try again once it is back']
      )
  }
}

/** What the next try may not meet; null: something else. */
function passing(error: unknown): string | null {
  if (error instanceof GyroError && error.code === 'GYRO_CONFLICT') return error.message
  // Lock not available, deadlock.
  if (!['55P03', '40P01'].includes(sqlState(error))) return null
  return 'somebody else is reading or writing it; try again'
}
