/** The schema, and the partitions of days: made ahead, and where a batch is of other days. */
import type { KeyObject } from 'node:crypto'
import { type Clock, dayOf } from '../domain/time.ts'
import type { Database, Session } from './database.ts'
import { migrate } from './migrate.ts'
import { sealDays } from './seals.ts'
import * as sql from './sql/statements.ts'

export interface DaysOptions {
  readonly database: Database
  readonly clock: Clock
  /** Ed25519: what days of the hash chain are signed with; null: they are sealed without. Unless given none is sealed. */
  readonly signingKey?: KeyObject | null
}

/** Days are counted from 1970-01-01, UTC. */
export interface Days {
  /** Makes the schema and the partitions of the coming days, and seals the past ones. */
  prepare(): Promise<void>
  /** Makes the partitions of these days in a transaction, unless they were seen. */
  make(session: Session, days: ReadonlySet<number>): Promise<void>
  /** The transaction that made them, or used them, is committed. */
  made(days: ReadonlySet<number>): void
  /** A partition that was seen is not there any more: somebody has dropped it. */
  forget(): void
}

const msPerDay = 86_400_000
/** Partitions stand ready for today and so many days after. */
const daysAhead = 7

export function createDays({ database, clock, signingKey }: DaysOptions): Days {
  const known = new Set<number>()
  let migrated = false
  let preparedDay = -1

  return {
    async prepare() {
      if (!migrated) {
        await migrate(database)
        migrated = true
      }
      const today = Math.floor(clock.now() / msPerDay)
      if (today === preparedDay) return
      const days = Array.from({ length: daysAhead + 1 }, (_, ahead) => today + ahead)
      await database.transaction(async session => {
        await createPartitions(session, days)
        if (signingKey !== undefined) await sealDays(session, dayOf(clock.now()), signingKey)
      })
      known.clear()
      for (const day of days) known.add(day)
      preparedDay = today
    },
    async make(session, days) {
      const missing = [...days].filter(day => !known.has(day))
      if (missing.length > 0) await createPartitions(session, missing)
    },
    made(days) {
      for (const day of days) known.add(day)
    },
    forget() {
      known.clear()
    }
  }
}

async function createPartitions(session: Session, days: readonly number[]): Promise<void> {
  await session.query(sql.createPartitions, [days.map(day => dayOf(day * msPerDay))])
}
