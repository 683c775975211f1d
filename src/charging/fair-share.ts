/**
 * What is left shared among the open sessions of an account: the first one to ask does not hold it all.
 *
 * Only sessions that leave the size to us are bounded by it, and only what can be had now is shared, so a session gets more when
 * it asks again and others have ended.
 */
import { type Units, unitsMax } from '../domain/units.ts'
import type { PriceRule } from '../rating/catalogue.ts'
import type { Situation } from '../rating/classify.ts'
import { burnOrder } from './burn-order.ts'
import type { Context } from './context.ts'
import type { SessionDraft } from './draft.ts'
import { type Counted, roomOf } from './limits.ts'
import type { SizeBasis } from './quota.ts'
import { payableNow } from './reserve.ts'

/**
 * What the session may be granted of the units aimed at: its share, and never less than the policy's least size. All of
 * them where they were asked for, or the policy does not share.
 */
export function fairShare(
  context: Context,
  session: SessionDraft,
  situation: Situation,
  rule: PriceRule | null,
  wanted: Units,
  counted: readonly Counted[],
  basis: SizeBasis
): Units {
  if (context.catalogue.quota.fairShare === undefined || basis === 'asked') return wanted
  const { openSessions } = context.books
  if (openSessions < 2) return wanted
  const room = roomOf(context, counted)
  const enough = Math.min(wanted * openSessions, unitsMax)
  let left = 0
  for (const { bucket } of burnOrder(context, session.lineId, situation, enough)) {
    left += bucket.available
  }
  if (left < enough && rule !== null) left += payableNow(context, session, situation, rule, room)
  left = Math.min(left, room.units)
  if (left >= enough) return wanted
  const { min } = context.catalogue.quota.sizes[situation.service.unit]
  return Math.min(wanted, Math.max(min, Math.floor(left / openSessions)))
}
