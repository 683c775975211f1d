/** A base offer with one price of data, beside the usual ones. */
import type { Catalogue } from '../../src/rating/catalogue.ts'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { catalogueOf, standardOffers } from './limits-catalogue.ts'

/** `terms`: of its price; `more`: of the offer, which is called `own`. */
export function withOwnPrice(terms: object, more: Partial<OfferFile> = {}): Catalogue {
  const prices = [{ rule: 'data', service: 'internet', ...terms }]
  const own = { offer: 'own', kind: 'base', name: 'Own', prices, ...more } as const
  return catalogueOf([...standardOffers, own])
}
