/** What grants under one price hold of limits of money that count the usage of some of them, or of all. */
import type { MicroUnits } from '../domain/money.ts'
import type { Hold } from '../domain/session.ts'
import type { UsageLimit } from '../rating/catalogue.ts'
import type { CountedOver } from '../rating/prices/types.ts'
import { type Context, ruleAt } from './context.ts'
import type { SessionDraft } from './draft.ts'
import { holdMoney, isMoneyHold, limitOfHold, roomOfHold } from './holds.ts'
import { heldMoney } from './move-holds.ts'
import { type Member, type PriceGroup, worstOf } from './price-group.ts'

/** A limit of money with the members of a group that count under it. */
interface LimitOf {
  readonly hold: Hold
  readonly members: Member[]
  /** All usage under the price counts under it, in whatever session. */
  readonly common: boolean
}

/**
 * Whether the limits have room for what the grants of a group may cost in any order. A limit that the `candidate` does
 * not count under is only in its way where more is to be held of it. `cost`: what the candidate adds behind all others;
 * null: that is not all that it may add.
 */
export function fitsLimits(
  context: Context,
  session: SessionDraft,
  group: PriceGroup,
  candidate: Member,
  cost: MicroUnits | null
): boolean {
  for (const limit of limitsOf(context, session, group)) {
    const { hold, members } = limit
    let held = 0
    for (const { grant } of members) held += heldOf(grant.holds, hold)
    const inTurn = cost !== null && isOfAll(group, limit)
    const more = inTurn ? cost : worstOf(group, members) - held
    const room = roomOfHold(context, session.lineId, hold)
    if (more > room && (more > 0 || members.includes(candidate))) return false
  }
  return true
}

/** Makes the grants of a group hold what they may cost in any order of each of their limits. */
export function shareLimits(
  context: Context,
  session: SessionDraft,
  group: PriceGroup,
  exact: boolean
): void {
  for (const limit of limitsOf(context, session, group)) {
    const { hold, members } = limit
    // Where all of them count, together they cost what they hold.
    const all = exact && isOfAll(group, limit)
    let before = 0
    for (const [index, { service }] of members.entries()) {
      const { grant } = service
      if (grant?.holds === undefined) continue
      const worst = all ? before + heldMoney(grant) : worstOf(group, members.slice(0, index + 1))
      const holds = holdMoney(context, session.lineId, grant.holds, hold, worst - before)
      if (holds !== grant.holds) service.grant = { ...grant, holds }
      before = worst
    }
  }
}

function isOfAll({ members, over }: PriceGroup, limit: LimitOf): boolean {
  return limit.members.length === members.length && (over === undefined || limit.common)
}

/**
 * Whether all usage under a price that counts over a period is under a limit, in whatever session, so that it is of no
 * matter in which one it comes first.
 */
export function isCommon(
  context: Context,
  ref: string,
  { by }: CountedOver,
  source: Hold['source'],
  { match, services }: UsageLimit
): boolean {
  const { zones, destinations, legs, conditions } = match
  if (zones !== null || destinations !== null || legs !== null || conditions !== undefined) {
    return false
  }
  if (!services.has(ruleAt(context, ref)?.service ?? '')) return false
  return by === 'line' || (source === 'account' && !context.apart)
}

function limitsOf(context: Context, session: SessionDraft, group: PriceGroup): readonly LimitOf[] {
  const found: LimitOf[] = []
  for (const member of group.members) {
    for (const hold of member.grant.holds ?? noHolds) {
      const known = found.find(({ hold: { counter } }) => counter === hold.counter)
      if (known !== undefined) known.members.push(member)
      else if (isMoneyHold(context, session.lineId, hold)) {
        const limit = limitOfHold(context, session.lineId, hold)
        const common =
          group.over !== undefined &&
          limit !== undefined &&
          isCommon(context, member.grant.price, group.over, hold.source, limit)
        found.push({ hold, members: [member], common })
      }
    }
  }
  return found
}

const noHolds: readonly Hold[] = []

function heldOf(holds: readonly Hold[] | undefined, { counter }: Hold): MicroUnits {
  return holds?.find(hold => hold.counter === counter)?.units ?? 0
}
