/** What happens when the last units are used (RFC 8506 5.6). */
import type { FinalUnits } from '../domain/answer.ts'
import type { PeerProfile } from '../domain/request.ts'
import type { Situation } from '../rating/classify.ts'
import { finalUnitsOfAllowance } from './burn-order.ts'
import type { Context } from './context.ts'
import { countedUnder, finalUnitsOfLimits } from './limits.ts'

/**
 * What a limit that is reached says, else an allowance for this usage, else the account's offer, else the policy; null:
 * the service ends (TERMINATE). `situation` null: nothing is known of the usage.
 */
export function finalUnitsFor(
  context: Context,
  profile: PeerProfile,
  lineId: string,
  situation: Situation | null
): FinalUnits | null {
  if (!profile.redirect) return null
  const found =
    (situation === null ? undefined : finalUnitsOf(context, lineId, situation)) ??
    context.offers.find(({ finalUnits }) => finalUnits !== undefined)?.finalUnits ??
    context.catalogue.quota.finalUnits
  return found === undefined || found.action === 'terminate' ? null : found
}

function finalUnitsOf(
  context: Context,
  lineId: string,
  situation: Situation
): FinalUnits | undefined {
  const counted = countedUnder(context, lineId, situation)
  return finalUnitsOfLimits(context, counted) ?? finalUnitsOfAllowance(context, lineId, situation)
}
