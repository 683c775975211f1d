/** The book of usage records, beside the CDRs that are made of them. */
import type { UsageBook, UsageFate, UsageKey } from '../domain/usage-book.ts'
import { rowsWhenAvailable } from './availability.ts'
import type { Database, Parameter, Row } from './database.ts'
import * as sql from './sql/usage.ts'

/** `prepare` makes the schema when that has not been possible yet. */
export function createUsageBook(database: Database, prepare: () => Promise<void>): UsageBook {
  const run = (text: string, values: readonly Parameter[]): Promise<readonly Row[]> =>
    rowsWhenAvailable(
      database,
      prepare,
      [text, values],
      [
        'usage records cannot be loaded into',
        'load the file again once it is back: what was charged already stays so'
      ]
    )
  async function change(text: string, keys: readonly UsageKey[]): Promise<void> {
    if (keys.length > 0) await run(text, columnsOf(keys))
  }

  return {
    async plan(entries) {
      if (entries.length === 0) return []
      const rows = await run(sql.planUsage, [
        ...columnsOf(entries),
        entries.map(({ digest }) => digest),
        entries.map(({ usedAt }) => new Date(usedAt).toISOString())
      ])
      return rows.map(row => String(row['fate']) as UsageFate)
    },
    settle: keys => change(sql.settleUsage, keys),
    forget: keys => change(sql.forgetUsage, keys),
    async recorded(keys) {
      if (keys.length === 0) return []
      const rows = await run(sql.recordedUsage, columnsOf(keys))
      return rows.map(row => ({
        session: String(row['session_id']),
        sequence: Number(row['sequence'])
      }))
    },
    async suspend(usages) {
      if (usages.length === 0) return
      await run(sql.suspendUsage, [
        usages.map(({ digest }) => digest),
        usages.map(({ file }) => file),
        usages.map(({ line }) => String(line)),
        usages.map(({ reason }) => storable(reason)),
        usages.map(({ content }) => storable(content))
      ])
    },
    async suspended(after, limit) {
      const rows = await run(sql.suspendedUsage, [after, limit])
      return rows.map(row => ({
        digest: String(row['digest']),
        file: String(row['file']),
        line: Number(row['line']),
        reason: String(row['reason']),
        content: String(row['content'])
      }))
    },
    async release(digests) {
      if (digests.length > 0) await run(sql.releaseUsage, [digests])
    }
  }
}

function columnsOf(keys: readonly UsageKey[]): readonly Parameter[] {
  return [keys.map(({ session }) => session), keys.map(({ sequence }) => String(sequence))]
}

/** Postgres text cannot hold NUL. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD')
}
