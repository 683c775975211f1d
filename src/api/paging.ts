/** Pages of lists: `limit` and `cursor` in, the path of the next page out. */
import type { Context } from 'hono'
import { refuse } from './problem.ts'

export const limitDefault = 100
export const limitMax = 1_000

export interface Paging {
  readonly cursor: string | null
  readonly limit: number
}

/** Throws 400 on a limit that is not a number from 1 to 1,000. */
export function readPaging(c: Context): Paging {
  const text = c.req.query('limit')
  const limit = text === undefined ? limitDefault : Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > limitMax || text === '') {
    const detail = `must be a whole number from 1 to ${limitMax}`
    throw refuse(400, 'invalid', `limit: ${detail}`, [{ member: 'limit', detail }])
  }
  const cursor = c.req.query('cursor') ?? null
  if (cursor !== null && (cursor === '' || cursor.length > 2_048)) {
    const detail = 'is not a cursor; follow `next` of the page before'
    throw refuse(400, 'invalid', `cursor: ${detail}`, [{ member: 'cursor', detail }])
  }
  return { cursor, limit }
}

/** The page, with the path of the next one: all parameters of this request, and the new cursor. */
export function pageOf<T>(
  c: Context,
  items: readonly T[],
  next: string | null
): { items: readonly T[]; next: string | null } {
  if (next === null) return { items, next }
  const query = new URLSearchParams(c.req.query())
  query.set('cursor', next)
  return { items, next: `${c.req.path}?${query.toString()}` }
}
