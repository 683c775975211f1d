/**
 * Pools of granted units (RFC 8506 5.1.2): several services of a session draw on one amount of credit.
 *
 * A pool holds money: each grant adds what its units cost, and a unit used takes its price. So the client may use more
 * of one service than was granted for it, as long as it leaves as much of the others.
 */
import type { PoolReference } from '../domain/answer.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { Grant } from '../domain/session.ts'
import type { Price } from '../rating/catalogue.ts'
import { settleMoney } from './books.ts'
import type { Context } from './context.ts'
import type { SessionDraft } from './draft.ts'

/** Digits of a multiplier at most; a price that needs more is rounded up. */
const digitsMax = 9

/** Whether a grant can be in a pool: all of it is paid from the wallet, at one price by units. */
export function canPool(grant: Grant, price: Price): boolean {
  if (price.model !== 'per-unit' || price.amount === 0 || grant.change !== undefined) return false
  if (price.over !== undefined) return false
  return grant.draws.every(draw => draw.source === 'wallet')
}

/** What one unit takes out of a pool of money: its price in major units of the currency (10^-6 x amount / per). */
export function poolReference(id: number, price: Price): PoolReference {
  if (price.model !== 'per-unit') return { id, digits: 0, exponent: 0 }
  const per = BigInt(price.per)
  let amount = BigInt(price.amount)
  let exponent = -6
  while (amount % per !== 0n && String(amount / per).length < digitsMax) {
    amount *= 10n
    exponent -= 1
  }
  let digits = (amount + per - 1n) / per
  while (digits % 10n === 0n && exponent < 0) {
    digits /= 10n
    exponent += 1
  }
  return { id, digits: Number(digits), exponent }
}

/** Frees as much of what other grants of the pool hold as this service has used beyond its own grant. */
export function takeFromPool(
  context: Context,
  session: SessionDraft,
  pool: number,
  cost: MicroUnits
): void {
  let left = cost
  for (const service of session.services) {
    const { grant } = service
    if (left === 0) return
    if (grant?.pool !== pool) continue
    const draws = grant.draws.map(draw => {
      const freed = Math.min(draw.amount, left)
      left -= freed
      settleMoney(context.books, freed, 0)
      return { ...draw, amount: draw.amount - freed }
    })
    service.grant = { ...grant, draws }
  }
}
