/** What a client has reported, in the unit that it is charged in. */
import type { UsedUnits } from '../domain/request.ts'
import type { Grant } from '../domain/session.ts'
import type { QuotaUnit, Units } from '../domain/units.ts'
import type { Situation } from '../rating/classify.ts'
import type { Context } from './context.ts'

/** What the report is counted in: as granted or sold; by what it holds where neither says, or where it is money. */
export function unitUsed(
  grant: Grant | null,
  situation: Situation | null,
  used: UsedUnits
): QuotaUnit {
  const rated = grant?.unit === 'money'
  const unit = rated || grant === null ? situation?.service.unit : grant.unit
  if (used.money !== undefined) {
    if (rated || unit === undefined || used[unit] === null) return 'money'
  }
  if (unit !== undefined) return unit
  if (used.octets !== null) return 'octets'
  return used.seconds !== null ? 'seconds' : 'messages'
}

/** Reported money in the account's currency; null: it is another one. */
export function moneyUsed(context: Context, { money }: UsedUnits): Units | null {
  if (money === undefined) return 0
  const { currency, amount } = money
  return currency === null || currency === context.books.before.currency ? amount : null
}
