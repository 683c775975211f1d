/** What a client has reported, in the unit that it is charged in. */
import type { UsedUnits } from '../domain/request.ts'
import type { Grant } from '../domain/session.ts'
import type { QuotaUnit, Units, UnitType } from '../domain/units.ts'
import type { Situation } from '../rating/classify.ts'
import type { Context } from './context.ts'

/**
 * What the report is counted in: as granted, or as sold now where it has nothing of what was granted; by what it holds
 * where neither says, or where it is money.
 */
export function unitUsed(
  grant: Grant | null,
  situation: Situation | null,
  used: UsedUnits
): QuotaUnit {
  const rated = grant?.unit === 'money'
  const sold = situation?.service.unit
  const unit = rated || grant === null || isInstead(grant.unit, sold, used) ? sold : grant.unit
  if (used.money !== undefined) {
    if (rated || unit === undefined || used[unit] === null) return 'money'
  }
  if (unit !== undefined) return unit
  if (used.octets !== null) return 'octets'
  return used.seconds !== null ? 'seconds' : 'messages'
}

/** Whether a report is in the unit that a later version of the catalogue sells instead of the one that was granted. */
function isInstead(granted: QuotaUnit, sold: UnitType | undefined, used: UsedUnits): boolean {
  if (sold === granted || sold === undefined || granted === 'money') return false
  return (used[granted] ?? 0) === 0 && (used[sold] ?? 0) > 0
}

/** Reported money in the account's currency; null: it is another one. */
export function moneyUsed(context: Context, { money }: UsedUnits): Units | null {
  if (money === undefined) return 0
  const { currency, amount } = money
  return currency === null || currency === context.books.before.currency ? amount : null
}
