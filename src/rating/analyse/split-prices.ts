/**
 * Limits of money that count one service under a price and not another one. What the price takes once, or in steps, falls on
 * whoever is used first. So where little is left of the limit, the other service may be refused, though it has a price and
 * money: what it used up would make the first one cost more than the limit has.
 */
import type { Catalogue, Offer, Price, UsageLimit } from '../catalogue.ts'
import { countsUnder, findPrice, isListedFree } from '../match.ts'
import { stepOf } from '../price.ts'
import { type Check, type Discovery, exampleOf, type Subject, whereOf } from './finding.ts'
import type { Witness } from './witnesses.ts'

/** A limit that is inherited is told where it is written. */
export const splitPrices: Check = subject =>
  [...subject.catalogue.offers.values()].flatMap(offer =>
    (offer.limits ?? []).flatMap((limit, index): readonly Discovery[] => {
      if (limit.of !== undefined || !limit.stops || limit.unit !== 'money') return []
      const split = hadTogether(subject, offer)
        .map(offers => splitOf(subject, offers, limit))
        .find(found => found !== null)
      if (split === undefined) return []
      const message =
        `counts ${whereOf(split.inside)} and not ${whereOf(split.outside)}, which has the same price: ` +
        'near the limit both may be refused; count both, or give them prices of their own'
      return [
        {
          code: 'limit-splits-price',
          severity: 'warning',
          path: ['offers', offer.id, 'limits', index],
          message,
          example: exampleOf(split.outside, offer.id)
        }
      ]
    })
  )

interface Split {
  readonly inside: Witness
  readonly outside: Witness
}

/** The offers that a subscriber of this one may have: an add-on with each base offer. */
function hadTogether({ catalogue }: Subject, offer: Offer): readonly (readonly Offer[])[] {
  if (offer.kind === 'base') return [[offer]]
  const bases = [...catalogue.offers.values()].filter(({ kind }) => kind === 'base')
  return bases.map(base => [offer, base])
}

/** Two services, or identifiers of one, that a price is for in one place, of which the limit counts one. */
function splitOf(
  { catalogue, witnesses }: Subject,
  offers: readonly Offer[],
  limit: UsageLimit
): Split | null {
  const inside = new Map<string, Witness>()
  const outside: [string, Witness][] = []
  for (const witness of [...witnesses.values()].flat()) {
    const key = placeOf(offers, witness)
    if (key === null) continue
    if (counts(catalogue, limit, witness)) inside.set(key, witness)
    else outside.push([key, witness])
  }
  for (const [key, witness] of outside) {
    const found = inside.get(key)
    if (found !== undefined && areTwo(found, witness)) return { inside: found, outside: witness }
  }
  return null
}

/** Whether a session may have both at once. */
function areTwo({ situation: a }: Witness, { situation: b }: Witness): boolean {
  return a.service !== b.service || a.identifiers.join() !== b.identifiers.join()
}

function counts(catalogue: Catalogue, limit: UsageLimit, { situation }: Witness): boolean {
  if (situation.emergency || isListedFree(catalogue.free, situation)) return false
  return countsUnder(limit, situation)
}

/** The price of a usage and where it is; null: it costs nothing, or the same whoever is first. */
function placeOf(offers: readonly Offer[], { situation, bands }: Witness): string | null {
  const rule = findPrice(offers, situation, bands)
  if (rule === null || isEven(rule.price)) return null
  return `${rule.ref} ${situation.zone} ${situation.destination} ${situation.leg}`
}

/** Whether a unit costs the same, whatever comes before it. */
function isEven(price: Price): boolean {
  switch (price.model) {
    case 'free':
    case 'blocked':
    case 'unmetered':
      return true
    case 'per-unit':
      return stepOf(price) === 1 && price.minimum === 0 && price.setUp === 0
    default:
      return false
  }
}
