/**
 * The grants of a session that share prices, and what some of them may cost together.
 *
 * Clients report in any order, and less than was granted. So units may come behind any of the others, or before all of
 * them, and what falls once falls on whoever comes first. What is held for some of the grants, as of a limit that is for
 * them alone, is therefore the most that they cost in any order: a bound that no report passes, and that each report
 * lowers by what it costs at least.
 */
import type { MicroUnits } from '../domain/money.ts'
import type { Grant } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import { type Units, unitsMax } from '../domain/units.ts'
import { mostFor } from '../rating/anywhere.ts'
import type { Price } from '../rating/catalogue.ts'
import { priceFor, stepOf } from '../rating/price.ts'
import { isByUnits } from './across.ts'
import { type Context, priceOf } from './context.ts'
import { positionOf, type ServiceDraft, type SessionDraft } from './draft.ts'
import { heldUnder } from './held-units.ts'
import { countOf } from './price-count.ts'

/** A grant that shares a price with others. */
export interface Member {
  readonly service: ServiceDraft
  readonly grant: Grant
  /** Once somebody wants to know. */
  cost: MemberCost | null
}

interface MemberCost {
  /** The most that its units cost behind others. */
  readonly most: MicroUnits
  /** What comes to that if they are the first ones under a price, for each price of the group. */
  readonly first: readonly MicroUnits[]
}

export interface PriceGroup {
  readonly members: readonly Member[]
  readonly spans: readonly Span[]
  /** The most that all of them cost, if that is known better than from each of them. */
  readonly total: number
}

export function isUnder(
  { price, change, period }: Grant,
  refs: readonly string[],
  counted: EpochMs | undefined
): boolean {
  if (period !== counted) return false
  return refs.includes(price) || (change !== undefined && refs.includes(change.price))
}

/** A price, its units that were used, and where those of the session's grants begin, of which there are `own`. */
export interface Position {
  readonly price: Price
  readonly used: Units
  readonly before: Units
}

export function countAt(
  context: Context,
  session: SessionDraft,
  ref: string,
  period: EpochMs | undefined,
  own: Units
): Position {
  const price = priceOf(context, ref)
  if (price.over === undefined || period === undefined) {
    const used = positionOf(session, ref)
    return { price, used, before: used }
  }
  const { units, held } = countOf(context, session.lineId, ref, price.over, period)
  return { price, used: units, before: units + Math.max(0, held - own) }
}

/** Where units under a price may come: behind `from` at least, and before `to`. */
interface Span {
  readonly ref: string
  readonly price: Price
  readonly from: Units
  readonly to: Units
  /** The most that so many units cost behind others. */
  readonly known: Map<Units, MicroUnits>
}

/** Beyond so many different grants of a session, what others of them cost is only known to be part of the whole. */
const knownMax = 16

/**
 * The session's grants under these prices; null: what they cost cannot be counted. `added` units of them are not yet
 * in the count of a period.
 */
export function groupOf(
  context: Context,
  session: SessionDraft,
  refs: readonly string[],
  period: EpochMs | undefined,
  added: Units = 0
): PriceGroup | null {
  const services = session.services.filter(
    ({ grant }) => grant !== null && isUnder(grant, refs, period)
  )
  const spans: Span[] = []
  let total = 0
  for (const ref of refs) {
    let own = 0
    for (const service of services) own += heldUnder(service, ref)
    const { price, used, before } = countAt(context, session, ref, period, own - added)
    const to = before + own
    const cost = priceFor(price, to)
    if (to > unitsMax || cost > unitsMax) return null
    total += cost - priceFor(price, used)
    spans.push({ ref, price, from: used, to, known: new Map() })
  }
  const members: Member[] = []
  for (const service of services) {
    const { grant } = service
    if (grant !== null && refs.some(ref => heldUnder(service, ref) > 0)) {
      members.push({ service, grant, cost: null })
    }
  }
  return { members, spans, total }
}

function costOf(member: Member, spans: readonly Span[]): MemberCost {
  if (member.cost !== null) return member.cost
  const costs: MicroUnits[] = []
  const first: MicroUnits[] = []
  const sides: Span[] = []
  for (const span of spans) {
    const units = heldUnder(member, span.ref)
    const most = mostBehind(span, units)
    first.push(span.from > 0 ? 0 : Math.max(0, priceFor(span.price, units) - most))
    if (units === 0) continue
    costs.push(most)
    sides.push(span)
  }
  member.cost = { most: inAnyProportion(sides, costs), first }
  return member.cost
}

function mostBehind({ price, from, to, known }: Span, units: Units): MicroUnits {
  let most = known.get(units)
  if (most !== undefined) return most
  if (known.size >= knownMax) return priceFor(price, to) - priceFor(price, from)
  most = mostFor(price, Math.max(1, from), to, units)
  known.set(units, most)
  return most
}

/** What units cost that may be used on either side of a switch, in any proportion. */
function inAnyProportion(sides: readonly Span[], costs: readonly MicroUnits[]): MicroUnits {
  const [before, after] = sides
  const [now = 0, then = 0] = costs
  if (before === undefined || after === undefined) return now
  if (!isByUnits(before.price) || !isByUnits(after.price)) return now + then
  return Math.max(now, then) + startedStep(before) + startedStep(after)
}

/** What a part may add that begins a step, and is rounded by itself. */
function startedStep({ price, to }: Span): MicroUnits {
  const step = stepOf(price)
  return mostFor(price, to, to + 2 * step, step) + 1
}

/** The most that some members of a group cost together, in whatever order all of them are used. */
export function worstOf({ total, spans }: PriceGroup, members: readonly Member[]): MicroUnits {
  let sum = 0
  let first: readonly MicroUnits[] = []
  for (const member of members) {
    const cost = costOf(member, spans)
    sum += cost.most
    first = cost.first.map((most, at) => Math.max(most, first[at] ?? 0))
  }
  for (const most of first) sum += most
  return Math.min(total, sum)
}
