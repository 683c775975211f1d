/** Limits and thresholds that can have no effect, and what rolls over to where nobody can use it. */

import type { Allowance, Catalogue, Offer, Price, UsageLimit } from '../catalogue.ts'
import type { Path } from '../load/problem.ts'
import { applies, countsUnder, findPrice, isListedFree } from '../match.ts'
import { reachedAt } from '../threshold.ts'
import { type Check, type Discovery, exampleOf, whereOf } from './finding.ts'
import { isTighter } from './tighter.ts'
import type { Witness } from './witnesses.ts'

type Witnesses = ReadonlyMap<string, readonly Witness[]>

/** Limits that no usage counts under, and those that stop nothing. One that is inherited is told where it is written. */
export const idleLimits: Check = ({ catalogue, witnesses }) =>
  [...catalogue.offers.values()].flatMap(offer =>
    (offer.limits ?? []).flatMap((limit, index) =>
      limit.of === undefined
        ? limitFindings(catalogue, witnesses, offer, limit, ['offers', offer.id, 'limits', index])
        : []
    )
  )

function limitFindings(
  catalogue: Catalogue,
  witnesses: Witnesses,
  offer: Offer,
  limit: UsageLimit,
  path: Path
): readonly Discovery[] {
  const counted = [...limit.services]
    .flatMap(service => witnesses.get(service) ?? [])
    .filter(witness => countsHere(catalogue, limit, witness))
  const [first] = counted
  if (first === undefined) {
    const message = 'counts nothing: no network or number is in its zones or destinations'
    return [{ code: 'limit-never-counts', severity: 'error', path, message, example: null }]
  }
  const example = exampleOf(first, offer.id)
  const bound = (message: string): readonly Discovery[] => [
    { code: 'limit-never-binds', severity: 'warning', path, message, example }
  ]
  if (limit.unit === 'money' && counted.every(witness => !costs(catalogue, offer, witness))) {
    return bound(`counts money, and costs nothing with ${offer.id}, such as ${whereOf(first)}`)
  }
  if (counted.every(witness => !isGranted(catalogue, offer, witness))) {
    return bound(
      `nothing of what it counts is ever granted with ${offer.id}, such as ${whereOf(first)}`
    )
  }
  const tighter = (offer.limits ?? []).find(other => isTighter(other, limit))
  if (tighter === undefined) return []
  const name = tighter.of === undefined ? tighter.id : `${tighter.id} of ${tighter.of}`
  return bound(`is never reached, because ${name} stops before it`)
}

function countsHere(catalogue: Catalogue, limit: UsageLimit, { situation }: Witness): boolean {
  if (situation.emergency || isListedFree(catalogue.free, situation)) return false
  return countsUnder(limit, situation)
}

/** Whether usage may cost money: with the offer, or an add-on with any other. */
function costs(catalogue: Catalogue, offer: Offer, { situation, bands }: Witness): boolean {
  const others = offer.kind === 'addon' ? [...catalogue.offers.values()] : [offer]
  return others.some(other => isPriced(findPrice([other], situation, bands)?.price))
}

/** Whether units may be granted for the usage: with the offer, or one that is had beside it. */
function isGranted(catalogue: Catalogue, offer: Offer, { situation, bands }: Witness): boolean {
  const all = [...catalogue.offers.values()]
  const kind = offer.kind === 'addon' ? 'base' : 'addon'
  return [offer, ...all.filter(other => other.kind === kind)].some(one => {
    const price = findPrice([one], situation, bands)?.price
    if (price !== undefined && price.model !== 'blocked' && price.model !== 'unmetered') return true
    return one.allowances.some(
      allowance => allowance.unit !== 'money' && applies(allowance, situation)
    )
  })
}

function isPriced(price: Price | undefined): boolean {
  if (price === undefined) return false
  return price.model !== 'free' && price.model !== 'blocked' && price.model !== 'unmetered'
}

/** Thresholds that are above what there is: they are never told. */
export const idleThresholds: Check = ({ catalogue }) =>
  [...catalogue.offers.values()].flatMap(offer => [
    ...offer.allowances.flatMap((allowance, index) =>
      thresholdFindings(allowance, ['offers', offer.id, 'allowances', index])
    ),
    ...(offer.limits ?? []).flatMap((limit, index) =>
      limit.of === undefined && limit.stops && !limit.passable && !limit.settable
        ? thresholdFindings(limit, ['offers', offer.id, 'limits', index])
        : []
    )
  ])

function thresholdFindings(
  { thresholds = [], amount }: Pick<Allowance | UsageLimit, 'thresholds' | 'amount'>,
  path: Path
): readonly Discovery[] {
  if (amount === null) return []
  return thresholds.flatMap((threshold): Discovery[] => {
    if (reachedAt(threshold, amount) <= amount) return []
    const message = `has a threshold at ${threshold.name}, which is more than there is: it is never reached`
    const at: Path = [...path, 'thresholds']
    return [
      { code: 'threshold-never-reached', severity: 'error', path: at, message, example: null }
    ]
  })
}

/** What rolls over ends before the next period, or is more than a period gives. */
export const idleRollovers: Check = ({ catalogue }) =>
  [...catalogue.offers.values()].flatMap(offer =>
    offer.allowances.flatMap((allowance, index): Discovery[] => {
      const { rollover, amount } = allowance
      if (rollover?.max == null || rollover.max <= amount) return []
      const path = ['offers', offer.id, 'allowances', index, 'rollover']
      const message = 'lets more roll over than a period gives; what rolled over before does not'
      return [{ code: 'rollover-above-amount', severity: 'warning', path, message, example: null }]
    })
  )
