/** Limits and thresholds that can have no effect, and what rolls over to where nobody can use it. */

import { type Units, unitsMax } from '../../domain/units.ts'
import type { Allowance, Catalogue, Offer, Price, UsageLimit } from '../catalogue.ts'
import type { Path } from '../load/problem.ts'
import { allowanceObstacle, applies, countsUnder, findPrice, isListedFree } from '../match.ts'
import { affordable } from '../price.ts'
import { reachedAt } from '../threshold.ts'
import { type Check, type Discovery, type Example, exampleOf, whereOf } from './finding.ts'
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
  const counted = countedBy(catalogue, witnesses, limit)
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

function isPriced(price: Price | undefined): price is Price {
  if (price === undefined) return false
  return price.model !== 'free' && price.model !== 'blocked' && price.model !== 'unmetered'
}

/** Thresholds that are above what there is: they are never told. The example would reach one if it were paid in full. */
export const idleThresholds: Check = ({ catalogue, witnesses }) =>
  [...catalogue.offers.values()].flatMap(offer => [
    ...offer.allowances.flatMap((allowance, index) =>
      thresholdFindings(
        allowance,
        ['offers', offer.id, 'allowances', index],
        usageOf(offer, allowance, drawnBy(catalogue, witnesses, allowance))
      )
    ),
    ...(offer.limits ?? []).flatMap((limit, index) =>
      limit.of === undefined && limit.stops && !limit.passable && !limit.settable
        ? thresholdFindings(
            limit,
            ['offers', offer.id, 'limits', index],
            usageOf(offer, limit, countedBy(catalogue, witnesses, limit))
          )
        : []
    )
  ])

function thresholdFindings(
  { thresholds = [], amount }: Pick<Allowance | UsageLimit, 'thresholds' | 'amount'>,
  path: Path,
  usageOf: UsageOf
): readonly Discovery[] {
  if (amount === null) return []
  return thresholds.flatMap((threshold): Discovery[] => {
    const reached = reachedAt(threshold, amount)
    if (reached <= amount) return []
    const message = `has a threshold at ${threshold.name}, which is more than there is: it is never reached`
    const at: Path = [...path, 'thresholds']
    const example = usageOf(reached)
    return [{ code: 'threshold-never-reached', severity: 'error', path: at, message, example }]
  })
}

/** What rolls over is more than a period gives. The example uses as much as may roll over of what one has given. */
export const idleRollovers: Check = ({ catalogue, witnesses }) =>
  [...catalogue.offers.values()].flatMap(offer =>
    offer.allowances.flatMap((allowance, index): Discovery[] => {
      const { rollover, amount } = allowance
      if (rollover?.max == null || rollover.max <= amount) return []
      const path = ['offers', offer.id, 'allowances', index, 'rollover']
      const message = 'lets more roll over than a period gives; what rolled over before does not'
      const drawn = drawnBy(catalogue, witnesses, allowance)
      const example = usageOf(offer, allowance, drawn)(rollover.max)
      return [{ code: 'rollover-above-amount', severity: 'warning', path, message, example }]
    })
  )

function countedBy(catalogue: Catalogue, witnesses: Witnesses, limit: UsageLimit): Witness[] {
  return [...limit.services]
    .flatMap(service => witnesses.get(service) ?? [])
    .filter(witness => countsHere(catalogue, limit, witness))
}

function drawnBy(catalogue: Catalogue, witnesses: Witnesses, allowance: Allowance): Witness[] {
  return [...allowance.services]
    .flatMap(service => witnesses.get(service) ?? [])
    .filter(({ situation, bands }) => {
      if (situation.emergency || isListedFree(catalogue.free, situation)) return false
      return allowanceObstacle(allowance, situation, bands) === null
    })
}

/** A usage that takes so much of an allowance or a limit, in its unit; null: there is none. */
type UsageOf = (amount: Units) => Example | null

function usageOf(
  offer: Offer,
  { unit }: Pick<Allowance | UsageLimit, 'unit'>,
  usages: readonly Witness[]
): UsageOf {
  return amount => {
    const [first] = usages
    if (unit !== 'money' || first === undefined) {
      return first === undefined ? null : exampleOf(first, offer.id, amount)
    }
    for (const witness of usages) {
      const price = findPrice([offer], witness.situation, witness.bands)?.price
      const units = isPriced(price) ? affordable(price, 0, amount - 1) + 1 : unitsMax
      if (units < unitsMax) return exampleOf(witness, offer.id, units)
    }
    return exampleOf(first, offer.id)
  }
}
