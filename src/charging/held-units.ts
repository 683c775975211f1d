/** Units that grants of a session hold against money under a price. */
import type { ServiceUsage } from '../domain/session.ts'
import type { Units } from '../domain/units.ts'
import type { PriceRule } from '../rating/catalogue.ts'
import type { Context } from './context.ts'
import { positionOf, type SessionDraft } from './draft.ts'
import { countedIn } from './price-count.ts'

/** How many units come before the next ones under a price. */
export function positionFor(
  context: Context,
  session: SessionDraft,
  { ref, price }: PriceRule
): Units {
  if (price.over !== undefined) return countedIn(context, session.lineId, ref, price.over)
  return positionOf(session, ref) + outstanding(session, ref)
}

/** Units that the session's other services hold under the same price: they come before further ones. */
export function outstanding(session: SessionDraft, ref: string): Units {
  let units = 0
  for (const service of session.services) units += heldUnder(service, ref)
  return units
}

/** Units that a grant holds against money under a price. */
export function heldUnder({ grant }: Pick<ServiceUsage, 'grant'>, ref: string): Units {
  if (grant === null || (grant.price !== ref && grant.change?.price !== ref)) return 0
  let units = 0
  for (const draw of grant.draws) if (draw.source === 'wallet') units += draw.units
  return units
}
