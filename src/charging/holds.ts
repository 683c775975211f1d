/** What grants hold of limits of money: it moves with what their units may cost. */
import type { MicroUnits } from '../domain/money.ts'
import type { Hold } from '../domain/session.ts'
import { unitsMax } from '../domain/units.ts'
import type { Context } from './context.ts'
import { limitOf, moveCounter } from './counters.ts'
import { counterOf, leftOf, placeOf } from './limits.ts'

/** What a grant holds when it has so much less money. */
export function lessenHolds(
  context: Context,
  lineId: string,
  holds: readonly Hold[],
  money: MicroUnits
): readonly Hold[] {
  let changed = holds
  for (const hold of holds) {
    if (!isMoneyHold(context, lineId, hold)) continue
    changed = holdMoney(context, lineId, changed, hold, hold.units - Math.min(money, hold.units))
  }
  return changed
}

/** Whether what is held is of a limit of money. */
export function isMoneyHold(context: Context, lineId: string, hold: Hold): boolean {
  const place = placeOf(hold.source, lineId)
  return counterOf(context, { place, id: hold.counter })?.unit === 'money'
}

/** The holds of a grant when it has so much of one of these limits, which is of money. */
export function holdMoney(
  context: Context,
  lineId: string,
  holds: readonly Hold[],
  { source, counter }: Hold,
  money: MicroUnits
): readonly Hold[] {
  const at = holds.findIndex(hold => hold.counter === counter)
  const known = holds[at]
  if (known === undefined || known.units === money) return holds
  moveCounter(context.books, placeOf(source, lineId), counter, money - known.units, 0)
  return holds.with(at, { ...known, units: money })
}

/** What the limit behind a hold leaves beside it: below zero when it is passed. */
export function roomOfHold(
  context: Context,
  lineId: string,
  { source, counter: id }: Hold
): MicroUnits {
  const counter = counterOf(context, { place: placeOf(source, lineId), id })
  const limit = counter === undefined ? undefined : limitOf(context.catalogue, counter)
  return counter === undefined || limit === undefined ? unitsMax : leftOf(counter, limit)
}
