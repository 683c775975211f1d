/** Whether an account may buy an offer: its dates, what it goes with, and what it excludes. */
import type { EpochMs } from '../domain/time.ts'
import type { Catalogue, Offer } from './catalogue.ts'

/** Why an account with these other offers cannot buy the offer now; null: it may. */
export function saleObstacle(
  catalogue: Catalogue,
  offer: Offer,
  others: readonly string[],
  now: EpochMs
): string | null {
  const { id, sale } = offer
  if (sale?.from != null && now < sale.from) {
    return `${id} is sold from ${new Date(sale.from).toISOString()} on`
  }
  if (sale?.until != null && now >= sale.until) {
    return `${id} was sold until ${new Date(sale.until).toISOString()}`
  }
  return togetherObstacle(catalogue, offer, others)
}

/** Why the offer cannot be had beside these; null: it may. */
export function togetherObstacle(
  catalogue: Catalogue,
  { id, sale }: Offer,
  others: readonly string[]
): string | null {
  const requires = sale?.requires ?? []
  if (requires.length > 0 && !requires.some(name => others.includes(name))) {
    return `${id} is only for accounts with ${requires.join(' or ')}`
  }
  const excluded = others.find(
    name =>
      sale?.excludes.includes(name) === true ||
      catalogue.offers.get(name)?.sale?.excludes.includes(id) === true
  )
  return excluded === undefined ? null : `${id} and ${excluded} exclude each other`
}
