/** The limits that a usage was looked at under, before and after a request, and which of them bound what was granted. */
import type { Counter } from '../../domain/account.ts'
import type { MultipleUnitUsage } from '../../domain/request.ts'
import type { ChargingSession } from '../../domain/session.ts'
import type { Units } from '../../domain/units.ts'
import type { Catalogues } from '../../rating/catalogue.ts'
import type { Situation } from '../../rating/classify.ts'
import { limitObstacle } from '../../rating/match.ts'
import { type BucketPlace, openBooks, sharedPlace } from '../books.ts'
import { type Context, createContext } from '../context.ts'
import { countersAt, limitOf } from '../counters.ts'
import type { Changes, State } from '../decision.ts'
import { standsInTheWay } from '../limits.ts'
import { mostPlausible } from '../plausible.ts'
import type { LimitHeld, LimitTried, Plausibility } from '../simulation.ts'
import { serviceOf } from './differences.ts'

/** What a request was decided on, and what came of it. */
export interface Outcome {
  readonly before: Context
  readonly after: Context
}

/** The account as the decision left it. */
export function contextAfter(
  before: Context,
  state: State,
  changes: Changes | null,
  catalogues: Catalogues
): Context {
  if (changes === null) return before
  const lines = new Map(state.lines)
  for (const line of changes.lines) lines.set(line.id, line)
  const books = openBooks(changes.account, lines, before.books.lineIds, before.now)
  return createContext(books, catalogues, before.lineId)
}

/** Every limit of account and line; `short`: less was granted than was aimed at, and money would have paid for more. */
export function limitsTried(
  { before, after }: Outcome,
  situation: Situation,
  short: { readonly units: boolean; readonly priced: boolean }
): LimitTried[] {
  const { lineId } = before
  const places: BucketPlace[] = [sharedPlace]
  if (lineId !== '') places.push({ source: 'line', lineId })
  return places.flatMap(place =>
    countersAt(after.books, place).flatMap(counter => {
      const limit = limitOf(after.catalogue, counter)
      if (limit === undefined) return []
      const rests = counter.subscriptionId === after.resting
      const obstacle = rests ? 'own-offer' : limitObstacle(limit, situation)
      const known = countersAt(before.books, place).find(({ id }) => id === counter.id)
      const counted = { place, id: counter.id, limit }
      const bound =
        obstacle === null &&
        short.units &&
        standsInTheWay(after, lineId, situation, counted, short.priced)
      return [{ ...named(counter, place.lineId), before: useOf(known), obstacle, bound }]
    })
  )
}

function named(
  counter: Counter,
  lineId: string
): Omit<LimitTried, 'before' | 'obstacle' | 'bound'> {
  const { offer, limit, unit, amount, beyond, validUntil } = counter
  return {
    limit: `${offer}/${limit}`,
    lineId,
    unit,
    amount,
    beyond,
    validUntil,
    after: useOf(counter)
  }
}

function useOf(counter: Counter | undefined): LimitTried['after'] {
  return { used: counter?.used ?? 0, reserved: counter?.reserved ?? 0 }
}

/** The bound on what a report may hold; null: there is none, or nothing was reported of what is bounded. */
export function plausibility(
  context: Context,
  open: ChargingSession | undefined,
  usage: MultipleUnitUsage,
  group: number,
  { service: { unit } }: Situation
): Plausibility | null {
  const reported: Units = usage.used?.[unit] ?? 0
  if (open === undefined || reported === 0) return null
  const since = serviceOf(open.services, usage, group)?.grant?.at ?? open.startedAt
  const most = mostPlausible(context, since, unit)
  return most === null ? null : { unit, reported, most }
}

/** What the grants of an open session hold of limits, as account and line stand now. */
export function limitsHeld(
  session: ChargingSession,
  counters: ReadonlyMap<'account' | 'line', readonly Counter[]>
): LimitHeld[] {
  const holds = session.services.flatMap(({ grant }) => grant?.holds ?? [])
  const held: LimitHeld[] = []
  for (const { source, counter: id, units } of holds) {
    const counter = counters.get(source)?.find(each => each.id === id)
    if (counter === undefined) continue
    const at = held.findIndex(({ counter }) => counter === id)
    const known = held[at]
    const stand = named(counter, source === 'line' ? session.lineId : '')
    if (known === undefined) held.push({ ...stand, counter: id, held: units })
    else held[at] = { ...known, held: known.held + units }
  }
  return held
}
