/** What happens when the last units are used (RFC 8506 5.6). */
import type { FinalUnits } from '../domain/answer.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { PeerProfile } from '../domain/request.ts'
import type { Price } from '../rating/catalogue.ts'
import type { Situation } from '../rating/classify.ts'
import { finalUnitsOfAllowance, stopsWhenUsedUp } from './burn-order.ts'
import type { Context } from './context.ts'
import { countedUnder, finalUnitsOfLimits } from './limits.ts'
import { priceNow } from './tariff.ts'

/**
 * What a limit that is reached says, else an allowance for this usage, else the account's offer, else the policy; null:
 * the service ends (TERMINATE). `situation` null: nothing is known of the usage. `beside`: what others hold at its price.
 */
export function finalUnitsFor(
  context: Context,
  profile: PeerProfile,
  lineId: string,
  situation: Situation | null,
  beside: MicroUnits = 0
): FinalUnits | null {
  if (!profile.redirect) return null
  const found =
    (situation === null ? undefined : finalUnitsOf(context, lineId, situation, beside)) ??
    context.offers.find(({ finalUnits }) => finalUnits !== undefined)?.finalUnits ??
    context.catalogue.quota.finalUnits
  return found === undefined || found.action === 'terminate' ? null : found
}

function finalUnitsOf(
  context: Context,
  lineId: string,
  situation: Situation,
  beside: MicroUnits
): FinalUnits | undefined {
  const counted = countedUnder(context, lineId, situation)
  const ofLimit =
    counted.length === 0
      ? undefined
      : finalUnitsOfLimits(
          context,
          lineId,
          situation,
          counted,
          takesMoney(context, lineId, situation),
          beside
        )
  return ofLimit ?? finalUnitsOfAllowance(context, lineId, situation)
}

function takesMoney(context: Context, lineId: string, situation: Situation): boolean {
  const rule = priceNow(context, situation)
  return rule !== null && isPriced(rule.price) && !stopsWhenUsedUp(context, lineId, situation)
}

/** Whether units cost money at the price. */
export function isPriced({ model }: Price): boolean {
  return model !== 'free' && model !== 'blocked' && model !== 'unmetered'
}
