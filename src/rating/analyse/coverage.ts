/** Usages that nobody can pay for, allowances that pay for nothing, and names that stand for nothing. */
import type { Catalogue, Offer } from '../catalogue.ts'
import { applies, findPrice, isListedFree } from '../match.ts'
import { type Check, type Discovery, exampleOf, whereOf } from './finding.ts'
import type { Witness } from './witnesses.ts'

export const servicesWithoutPrice: Check = ({ catalogue, source, witnesses }) =>
  source.services.services.flatMap(({ service }, index): Discovery[] => {
    const of = (witnesses.get(service) ?? []).filter(isPaidFor(catalogue))
    const [first] = of
    const offers = [...catalogue.offers.values()]
    if (first === undefined || offers.some(offer => of.some(one => covers(offer, one)))) return []
    const message = `no offer has a price or an allowance for ${service}: every usage is refused (5031)`
    const path = ['services', 'services', index]
    const example = exampleOf(first, null)
    return [{ code: 'service-without-price', severity: 'error', path, message, example }]
  })

/** A base offer that has a service in one place and not in another; an add-on may well be for one place only. */
export const priceGaps: Check = ({ catalogue, witnesses }) =>
  [...catalogue.offers.values()].flatMap(offer =>
    offer.kind === 'addon'
      ? []
      : [...witnesses.values()].flatMap(of => gapIn(offer, of.filter(isPaidFor(catalogue))))
  )

function gapIn(offer: Offer, of: readonly Witness[]): readonly Discovery[] {
  const gaps = of.filter(witness => !covers(offer, witness))
  const [first] = gaps
  if (first === undefined || gaps.length === of.length) return []
  const more = gaps.length === 1 ? '' : `, and ${gaps.length - 1} more`
  const message = `has no price for ${whereOf(first)}${more}: such usage is refused (5031)`
  const path = ['offers', offer.id, 'offer']
  const example = exampleOf(first, offer.id)
  return [{ code: 'price-gap', severity: 'warning', path, message, example }]
}

export const idleAllowances: Check = ({ catalogue, source, witnesses }) =>
  source.offers.flatMap(file => {
    const offer = catalogue.offers.get(file.offer)
    return (offer?.allowances ?? []).flatMap((allowance, index): Discovery[] => {
      if (offer === undefined) return []
      const path = ['offers', offer.id, 'allowances', index]
      const drawn = [...allowance.services].flatMap(service =>
        (witnesses.get(service) ?? []).filter(
          witness => isPaidFor(catalogue)(witness) && applies(allowance, witness.situation)
        )
      )
      const [first] = drawn
      if (first === undefined) {
        const message = 'is never drawn: no network or number is in its zones or destinations'
        return [
          { code: 'allowance-never-matches', severity: 'error', path, message, example: null }
        ]
      }
      const free = drawn.every(
        ({ situation, bands }) => findPrice([offer], situation, bands)?.price.model === 'free'
      )
      if (!free) return []
      const message = `is drawn only for what ${offer.id} has free anyway, such as ${whereOf(first)}`
      const example = exampleOf(first, offer.id)
      return [{ code: 'allowance-on-free', severity: 'warning', path, message, example }]
    })
  })

export const unreachedNames: Check = ({ source, witnesses }) => {
  const seen = [...witnesses.values()].flat().map(({ situation }) => situation)
  const zones = new Set(seen.map(({ zone }) => zone))
  const destinations = new Set(seen.map(({ destination }) => destination))
  const report = (path: readonly (string | number)[], message: string): Discovery => {
    return { code: 'never-reached', severity: 'warning', path, message, example: null }
  }
  const calls = source.services.services.some(service => service.destinations === true)
  return [
    ...source.zones.zones.flatMap(({ zone }, index) =>
      zones.has(zone) ? [] : [report(['zones', 'zones', index], `no network is in ${zone}`)]
    ),
    ...source.destinations.destinations.flatMap(({ destination }, index) => {
      if (destinations.has(destination) || !calls) return []
      const message = `no number is of ${destination}; give it prefixes or numbers, or remove it`
      return [report(['destinations', 'destinations', index], message)]
    })
  ]
}

/** Whether the offer has a price or an allowance for the usage. */
export function covers(offer: Offer, { situation, bands }: Witness): boolean {
  if (findPrice([offer], situation, bands) !== null) return true
  return offer.allowances.some(
    allowance => allowance.unit !== 'money' && applies(allowance, situation)
  )
}

/** Emergencies, and what the catalogue lists as free, are free whatever an offer says. */
function isPaidFor({ free }: Catalogue): (witness: Witness) => boolean {
  return ({ situation }) => !situation.emergency && !isListedFree(free, situation)
}
