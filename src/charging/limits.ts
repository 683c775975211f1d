/**
 * The limits that a usage counts under, and what they leave of a grant.
 *
 * A limit holds as it is used: units that grants hold count as much as units that were reported, so sessions that run
 * side by side share what is left. What has been consumed is counted in full, also beyond the limit.
 */
import type { Counter } from '../domain/account.ts'
import type { FinalUnits } from '../domain/answer.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { Grant, Hold } from '../domain/session.ts'
import { type Units, unitsMax } from '../domain/units.ts'
import type { UsageLimit } from '../rating/catalogue.ts'
import type { Situation } from '../rating/classify.ts'
import { countsUnder } from '../rating/match.ts'
import { type BucketPlace, sharedPlace } from './books.ts'
import { moneyOrder } from './burn-order.ts'
import type { Context } from './context.ts'
import { countersAt, limitOf, moveCounter, replaceCounter } from './counters.ts'
import { subscriptionsAt } from './own-offers.ts'
import { budgetOf } from './purse.ts'
import { levelOf, statusAt, tellThresholds } from './thresholds.ts'

/** A limit that a usage counts under. */
export interface Counted {
  readonly place: BucketPlace
  readonly id: string
  readonly limit: UsageLimit
}

const nothing: readonly Counted[] = []

/** The limits that count usage of this line in this situation. */
export function countedUnder(
  context: Context,
  lineId: string,
  situation: Situation
): readonly Counted[] {
  if (!context.limited) return nothing
  const found: Counted[] = []
  const line: BucketPlace = { source: 'line', lineId }
  for (const place of lineId === '' ? [sharedPlace] : [sharedPlace, line]) {
    for (const counter of countersAt(context.books, place)) {
      const limit = limitOf(context.catalogue, counter)
      if (limit === undefined || !isInForce(context, counter)) continue
      if (countsUnder(limit, situation)) found.push({ place, id: counter.id, limit })
    }
  }
  return found
}

/** A limit counts as long as its offer is in force, for this line. */
function isInForce(
  { books, lineId, suspended, resting }: Context,
  { subscriptionId }: Counter
): boolean {
  if (resting !== undefined && subscriptionId === resting) return false
  if (!suspended) return true
  return subscriptionsAt(books, lineId).some(
    ({ id, suspendedAt }) => id === subscriptionId && suspendedAt === undefined
  )
}

/** What the limits leave: units that may be granted, and money that they may cost. May be below zero. */
export interface Room {
  readonly units: Units
  readonly money: MicroUnits
}

const everything: Room = { units: unitsMax, money: unitsMax }

export function roomOf(context: Context, counted: readonly Counted[]): Room {
  if (counted.length === 0) return everything
  let units: Units = unitsMax
  let money: MicroUnits = unitsMax
  for (const each of counted) {
    const counter = counterOf(context, each)
    if (counter === undefined) continue
    const left = leftOf(counter, each.limit)
    if (counter.unit === 'money') money = Math.min(money, left)
    else units = Math.min(units, left)
  }
  return { units, money }
}

export function leftOf({ amount, beyond, used, reserved }: Counter, { stops }: UsageLimit): Units {
  if (!stops || amount === null || beyond !== 'no') return unitsMax
  return amount - used - reserved
}

export function counterOf(
  { books }: Context,
  { place, id }: Pick<Counted, 'place' | 'id'>
): Counter | undefined {
  return countersAt(books, place).find(counter => counter.id === id)
}

/**
 * The limit because of which nothing could be granted; null: it was for want of money or units. A limit of money is in
 * the way when it leaves less than there is to spend, which `beside` is part of; `priced`: money would be taken.
 */
export function limitInTheWay(
  context: Context,
  lineId: string,
  situation: Situation,
  counted: readonly Counted[],
  priced: boolean,
  beside: MicroUnits
): Counted | null {
  for (const each of counted) {
    if (standsInTheWay(context, lineId, situation, each, priced, beside)) return each
  }
  return null
}

/** Whether the limit leaves nothing, or of money less than there is to spend. */
export function standsInTheWay(
  context: Context,
  lineId: string,
  situation: Situation,
  each: Counted,
  priced: boolean,
  beside: MicroUnits = 0
): boolean {
  const counter = counterOf(context, each)
  if (counter === undefined) return false
  const left = leftOf(counter, each.limit)
  if (counter.unit !== 'money') return left <= 0
  if (!priced) return false
  return left <= 0 || left < budgetOf(context, moneyOrder(context, lineId, situation)) + beside
}

/** Whether a limit allows nothing at all: a restriction of the service rather than credit that is used up. */
export function forbids(context: Context, counted: readonly Counted[]): boolean {
  return counted.some(each => {
    const counter = counterOf(context, each)
    return counter?.amount === 0 && leftOf(counter, each.limit) <= 0
  })
}

/**
 * What happens with the last units at the first limit that leaves nothing and says so. Where none is reached, and money
 * would be taken (`priced`), it is the limit of money that leaves least, when that is less than there is to spend: one
 * step more does not fit under it.
 */
export function finalUnitsOfLimits(
  context: Context,
  lineId: string,
  situation: Situation,
  counted: readonly Counted[],
  priced: boolean,
  beside: MicroUnits
): FinalUnits | undefined {
  let reached = false
  let least = unitsMax
  let ofLeast: FinalUnits | undefined
  for (const each of counted) {
    const { finalUnits } = each.limit
    const counter = counterOf(context, each)
    if (counter === undefined) continue
    const left = leftOf(counter, each.limit)
    if (left <= 0) {
      if (finalUnits !== undefined) return finalUnits
      reached = true
    } else if (counter.unit === 'money' && left < least) {
      least = left
      ofLeast = finalUnits
    }
  }
  if (reached || !priced || ofLeast === undefined) return undefined
  const budget = budgetOf(context, moneyOrder(context, lineId, situation)) + beside
  return least < budget ? ofLeast : undefined
}

/** Holds a grant's units and money under the limits; undefined: it counts under none. */
export function holdsFor(
  context: Context,
  counted: readonly Counted[],
  grant: Grant
): readonly Hold[] | undefined {
  if (counted.length === 0) return undefined
  let money = 0
  for (const { amount } of grant.draws) money += amount
  return counted.map(({ place, id, limit }) => {
    const units = limit.unit === 'money' ? money : limit.unit === grant.unit ? grant.units : 0
    moveCounter(context.books, place, id, units, 0)
    return { source: place.source, counter: id, units }
  })
}

/** What two grants of one service hold together: each limit once, because usage counts under it once. */
export function joinHolds(
  first: readonly Hold[] | undefined,
  second: readonly Hold[] | undefined
): readonly Hold[] | undefined {
  if (first === undefined || second === undefined) return first ?? second
  const joined = [...first]
  for (const hold of second) {
    const at = joined.findIndex(({ counter }) => counter === hold.counter)
    const known = joined[at]
    if (known === undefined) joined.push(hold)
    else joined[at] = { ...known, units: known.units + hold.units }
  }
  return joined
}

/** Gives back what a grant held. */
export function releaseHolds(context: Context, lineId: string, holds: readonly Hold[]): void {
  for (const { source, counter, units } of holds) {
    moveCounter(context.books, placeOf(source, lineId), counter, -units, 0)
  }
}

/** Counts usage: under the limits of its grant, or where it had none, under those of its situation. */
export function countUsage(
  context: Context,
  lineId: string,
  holds: readonly Hold[] | undefined,
  situation: Situation | null,
  units: Units,
  cost: MicroUnits
): void {
  const { books, catalogue } = context
  if (holds === undefined) {
    if (situation === null) return
    for (const { place, id, limit } of countedUnder(context, lineId, situation)) {
      moveCounter(books, place, id, 0, limit.unit === 'money' ? cost : units)
    }
    return
  }
  for (const { source, counter: id } of holds) {
    const place = placeOf(source, lineId)
    const counter = countersAt(books, place).find(candidate => candidate.id === id)
    if (counter === undefined || limitOf(catalogue, counter) === undefined) continue
    moveCounter(books, place, id, 0, counter.unit === 'money' ? cost : units)
  }
}

export function placeOf(source: Hold['source'], lineId: string): BucketPlace {
  return source === 'account' ? sharedPlace : { source, lineId }
}

/**
 * A request was refused because of a limit, and nobody holds anything of it: its amount counts as reached, although the
 * last step did not fit.
 */
export function markReached(context: Context, reached: Counted): void {
  const { books } = context
  const { place, limit } = reached
  const counter = counterOf(context, reached)
  if (counter === undefined || counter.amount === null || counter.reserved > 0) return
  const level = levelOf(limit.thresholds, Math.max(counter.used, counter.amount), counter.amount)
  if (level <= counter.level) return
  tellThresholds(books, place, limit, counter, level, null)
  replaceCounter(books, place, { ...counter, level, status: statusAt(limit.thresholds, level) })
}
