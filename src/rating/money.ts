/** Which currency the money of an offer is in. */
import type { Catalogue, Offer } from './catalogue.ts'

export function currencyOf(catalogue: Catalogue, offer: Offer): string {
  return offer.currency ?? catalogue.currency
}
