/** The small catalogue of the tests with the tables of a large operator around it. */
import type { Catalogue, Catalogues, Offer } from '../../src/rating/catalogue.ts'
import { createPrefixTable } from '../../src/rating/prefix-table.ts'
import { catalogue } from '../../test/support/catalogue.ts'

const numbers = 60_000
const offers = 500

/** 60,000 destinations, and 500 offers: each an add-on with data of its own. */
export function largeCatalogues(): Catalogues {
  const pack = catalogue.offers.get('pack')
  if (pack === undefined) throw new Error('the small catalogue has no pack')
  const packs = Array.from({ length: offers }, (_, index): Offer => {
    const allowances = pack.allowances.map(allowance => ({ ...allowance, amount: 1e15 }))
    return { ...pack, id: `pack-${index}`, allowances, fee: 0 }
  })
  const prefixes = Array.from(
    { length: numbers },
    (_, index) => [String(4_900_000 + index), `d${index % 200}`] as const
  )
  const current: Catalogue = {
    ...catalogue,
    destinations: createPrefixTable([['49', 'home'], ...prefixes]),
    offers: new Map([...catalogue.offers, ...packs.map(offer => [offer.id, offer] as const)])
  }
  return { current, byVersion: new Map([[current.version, current]]) }
}
