/** The query parameter that tells a sub-session from the session whose Session-Id it shares. */
import type { Context } from 'hono'
import { refuse } from './problem.ts'

/** CC-Sub-Session-Id in decimal digits without zeros in front; absent: not one is asked for. */
export function subSessionOf(c: Context): string | undefined {
  const text = c.req.query('subSessionId')
  if (text === undefined) return undefined
  if (/^\d{1,20}$/.test(text)) return BigInt(text).toString()
  const detail = 'must be a CC-Sub-Session-Id in decimal digits'
  throw refuse(400, 'invalid', `subSessionId: ${detail}`, [{ member: 'subSessionId', detail }])
}
