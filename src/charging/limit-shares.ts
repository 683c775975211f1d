/** What grants under one price hold of limits of money that count the usage of some of them, or of all. */
import type { PriceCount } from '../domain/account.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { Hold } from '../domain/session.ts'
import type { Context } from './context.ts'
import type { SessionDraft } from './draft.ts'
import { holdMoney, isMoneyHold, roomOfHold } from './holds.ts'
import { heldMoney } from './move-holds.ts'
import { isOf } from './open-grants.ts'
import { type Member, type PriceGroup, worstOf } from './price-group.ts'

/** A limit of money with the members of a group that count under it. */
interface LimitOf {
  readonly hold: Hold
  readonly members: Member[]
}

/** The count of a period that units are to join, and what they add behind all that are granted under it. */
export interface Joining {
  readonly count: PriceCount
  readonly added: MicroUnits
}

/**
 * Whether the limits have room for what the grants of a group may cost in any order. A limit that the `candidate` does
 * not count under is only in its way where more is to be held of it.
 */
export function fitsLimits(
  context: Context,
  session: SessionDraft,
  group: PriceGroup,
  candidate: Member,
  joining: Joining | null
): boolean {
  for (const { hold, members } of limitsOf(context, session, group)) {
    const room = roomOfHold(context, session.lineId, hold)
    const known = joining?.count.open?.limits.find(limit => isOf(limit, hold, session.lineId))
    const counts = members.includes(candidate)
    let more: MicroUnits
    // Of a limit that all units of a count are under, what these may cost in any order is held.
    if (joining !== null && counts && joining.count.held <= (known?.units ?? 0)) {
      more = joining.added
    } else {
      more = worstOf(group, members) - Math.max(0, known?.cover ?? 0)
      for (const { grant } of members) more -= heldOf(grant.holds, hold)
    }
    if (more > room && (more > 0 || counts)) return false
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
  for (const { hold, members } of limitsOf(context, session, group)) {
    // Where all of them count, together they cost what they hold.
    const all = exact && members.length === group.members.length
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

function limitsOf(context: Context, session: SessionDraft, group: PriceGroup): readonly LimitOf[] {
  const found: LimitOf[] = []
  for (const member of group.members) {
    for (const hold of member.grant.holds ?? noHolds) {
      const known = found.find(({ hold: { counter } }) => counter === hold.counter)
      if (known !== undefined) known.members.push(member)
      else if (isMoneyHold(context, session.lineId, hold)) found.push({ hold, members: [member] })
    }
  }
  return found
}

const noHolds: readonly Hold[] = []

function heldOf(holds: readonly Hold[] | undefined, { counter }: Hold): MicroUnits {
  return holds?.find(hold => hold.counter === counter)?.units ?? 0
}
