/**
 * Offers of single lines, beside those of the account.
 *
 * A line has what the account has, and its own beside it. A base offer of its own takes the place of the account's: that
 * one rests for the line, with what it gave, as long as the line has its own.
 */
import type { Subscription as Whole } from '../domain/account.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { Allowance, Catalogue } from '../rating/catalogue.ts'
import { togetherObstacle } from '../rating/sale.ts'
import type { Books } from './books.ts'
import { type Held, subscriptionsAt } from './own-offers.ts'

/** The subscription of the account that rests for the line; undefined: none, as for every account without such offers. */
export function restingFor(
  subscriptions: readonly Held[],
  catalogue: Catalogue,
  lineId: string
): string | undefined {
  for (const { line, offer } of subscriptions) {
    if (line === undefined || line !== lineId) continue
    if (!isBase(catalogue, offer)) continue
    for (const other of subscriptions) {
      if (other.line === undefined && isBase(catalogue, other.offer)) return other.id
    }
    return undefined
  }
  return undefined
}

/** Whether the subscription holds for the line; an empty line: for the account itself. */
export function holdsFor({ id, line }: Held, lineId: string, resting: string | undefined): boolean {
  return (line === undefined || line === lineId) && id !== resting
}

/** What the line, or the account itself, is subscribed to. */
export function subscriptionsFor(
  books: Books,
  catalogue: Catalogue,
  lineId: string
): readonly Whole[] {
  const subscriptions = subscriptionsAt(books, lineId)
  const resting = restingFor(subscriptions, catalogue, lineId)
  return subscriptions.filter(each => holdsFor(each, lineId, resting))
}

/** Why these subscriptions cannot be kept among all that there will be; null: they can. */
export function keptObstacle(
  catalogue: Catalogue,
  after: readonly Held[],
  kept: readonly Held[]
): string | null {
  for (const each of kept) {
    const { id, line = '' } = each
    const offer = catalogue.offers.get(each.offer)
    if (offer === undefined) continue
    const resting = restingFor(after, catalogue, line)
    const beside = after.filter(other => other.id !== id && holdsFor(other, line, resting))
    const names = beside.map(other => other.offer)
    const obstacle = togetherObstacle(catalogue, offer, names)
    if (obstacle !== null) return obstacle
  }
  return null
}

/** Where the buckets of an allowance are: those of a line's own offer are the line's, unless it is written to be shared. */
export function sharingOf(line: string | undefined, allowance: Allowance): Allowance['sharing'] {
  if (line === undefined) return allowance.sharing
  return allowance.common === true ? 'account' : 'line'
}

/** How far below zero grants and fees may take the wallet for the line; an empty line: for the account itself. */
export function creditLimitFor(books: Books, catalogue: Catalogue, lineId: string): MicroUnits {
  let limit = 0
  const subscriptions = subscriptionsAt(books, lineId)
  const resting = restingFor(subscriptions, catalogue, lineId)
  for (const subscription of subscriptions) {
    if (!holdsFor(subscription, lineId, resting)) continue
    limit = Math.max(limit, catalogue.offers.get(subscription.offer)?.creditLimit ?? 0)
  }
  return limit
}

/** How far below zero any of the lines may take the wallet. */
export function largestCreditLimit(
  { subscriptions, ownOffers }: Books,
  catalogue: Catalogue
): MicroUnits {
  let limit = 0
  for (const { offer } of subscriptions) {
    limit = Math.max(limit, catalogue.offers.get(offer)?.creditLimit ?? 0)
  }
  if (ownOffers === undefined) return limit
  for (const { offers } of ownOffers) {
    for (const offer of offers) {
      limit = Math.max(limit, catalogue.offers.get(offer)?.creditLimit ?? 0)
    }
  }
  return limit
}

function isBase(catalogue: Catalogue, offer: string): boolean {
  return catalogue.offers.get(offer)?.kind === 'base'
}
