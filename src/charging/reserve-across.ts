/** Reserving units that may be used on either side of a tariff switch. */
import type { MicroUnits } from '../domain/money.ts'
import type { Units } from '../domain/units.ts'
import type { Price, PriceRule } from '../rating/catalogue.ts'
import { costAcross, type Side } from './across.ts'
import type { Context } from './context.ts'
import { positionOf, type SessionDraft } from './draft.ts'
import { outstanding } from './held-units.ts'
import type { TariffChange } from './tariff.ts'
import { ruleOf } from './versions.ts'

/**
 * What to reserve for units that may be used on either side of a tariff switch: what the dearer side costs, and a started
 * step on both, because they may fall in any proportion. null: there is not enough for that with a step to spare, or
 * no price on the other side; then the grant has to end at the switch.
 */
export function acrossPrices(
  context: Context,
  session: SessionDraft,
  rule: PriceRule,
  units: Units,
  change: TariffChange,
  budget: MicroUnits
): { readonly amount: MicroUnits; readonly price: string } | null {
  const next = ruleOf(context.catalogues, session, change.rule)
  if (next === null || !isMetered(rule.price) || !isMetered(next.price)) return null
  const { amount, steps } = costAcross(sideOf(session, rule), sideOf(session, next), units)
  if (amount + steps > budget && amount > 0) return null
  return { amount, price: next.ref }
}

function sideOf(session: SessionDraft, { price, ref }: PriceRule): Side {
  return { price, position: positionOf(session, ref) + outstanding(session, ref) }
}

/** Whether a grant may span a switch from or to it: what it costs is decided by the session alone. */
function isMetered({ model, over }: Price): boolean {
  return model !== 'blocked' && model !== 'unmetered' && over === undefined
}
