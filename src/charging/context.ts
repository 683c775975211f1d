/** What one charging decision works on, gathered once. */
import { assert } from '../domain/errors.ts'
import type { NetworkFacts } from '../domain/facts.ts'
import type { ChargingRequest, MultipleUnitUsage } from '../domain/request.ts'
import { emergencyPrice } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Catalogue, Catalogues, Price, PriceRule } from '../rating/catalogue.ts'
import { classify, type Situation } from '../rating/classify.ts'
import { isListedFree } from '../rating/match.ts'
import type { Books } from './books.ts'
import { type LineTerms, subscribedOf } from './subscribed.ts'
import { versionAt } from './versions.ts'

export interface Context extends LineTerms {
  readonly now: EpochMs
  /** The instant whose prices hold for usage; null: now. */
  readonly ratedAt: EpochMs | null
  readonly books: Books
  /** The line that the decision is about; empty: none. */
  readonly lineId: string
  readonly catalogues: Catalogues
  /** The one in force: new grants are made by it. */
  readonly catalogue: Catalogue
}

/** The price of what the catalogue lists as free for everybody. */
export const listedPrice = 'free'

/** The price of what everybody gets at any balance; empty: somebody has to pay. */
export function freePrice(
  catalogue: Catalogue,
  situation: Situation
): typeof emergencyPrice | typeof listedPrice | '' {
  if (situation.emergency) return emergencyPrice
  return catalogue.free.length > 0 && isListedFree(catalogue.free, situation) ? listedPrice : ''
}

/** The price of money that a client has rated itself (CC-Money). */
export const statedPrice = 'money'

const money: Price = { model: 'per-unit', amount: 1, per: 1, step: 1, minimum: 0, setUp: 0 }

/** The context of another line of the same decision. */
export function contextFor(context: Context, lineId: string): Context {
  if (!context.apart || context.lineId === lineId) return context
  const { now, ratedAt, books, catalogues } = context
  return createContext(books, catalogues, lineId, now, ratedAt)
}

// Member by member, because spreading is several times slower.
export function createContext(
  books: Books,
  catalogues: Catalogues,
  lineId: string,
  now: EpochMs = books.now,
  ratedAt: EpochMs | null = null
): Context {
  const catalogue = catalogues.current
  const terms = subscribedOf(books, catalogue, lineId).lineTerms(lineId)
  return {
    now,
    ratedAt,
    books,
    lineId,
    catalogues,
    catalogue,
    offers: terms.offers,
    creditLimit: terms.creditLimit,
    limited: terms.limited,
    stops: terms.stops,
    gives: terms.gives,
    timed: terms.timed,
    suspended: terms.suspended,
    apart: terms.apart || books.ownOffers !== undefined,
    resting: terms.resting
  }
}

/** The price behind a reference that a grant or position was stamped with. */
export function priceOf(context: Context, ref: string): Price {
  if (ref === emergencyPrice || ref === listedPrice) return { model: 'free' }
  if (ref === statedPrice) return money
  const rule = ruleAt(context, ref)
  assert(rule !== undefined, `the price ${ref} is in no known version of the catalogue`)
  return rule.price
}

/** The rule that a grant or position was stamped with; undefined: it is in no known version, or no rule at all. */
export function ruleAt(context: Context, ref: string): PriceRule | undefined {
  const known = context.catalogue.rules.get(ref)
  if (known !== undefined) return known
  return versionAt(context.catalogues, ref)?.rules.get(ref)
}

/** Whether the version of the catalogue that the price is of is nowhere to be had. */
export function isLost({ catalogues }: Context, ref: string): boolean {
  return catalogues.lost?.has(ref.slice(0, ref.indexOf(':'))) === true
}

/** The rating group that a usage is of: its own, else its peer's; null: that of the service context. */
export function groupOf(request: ChargingRequest, usage: MultipleUnitUsage): number | null {
  return usage.ratingGroup ?? request.profile.ratingGroup ?? null
}

/** What a rating group means for somebody in these circumstances; null: nothing that is sold. */
export function situationOf(
  context: Context,
  serviceContext: string,
  ratingGroup: number | null,
  facts: NetworkFacts,
  identifiers: readonly number[]
): Situation | null {
  return classify(context.catalogue, serviceContext, ratingGroup, facts, identifiers)
}

/** What a usage means as its request describes it, or under other circumstances. */
export function situationFor(
  context: Context,
  request: ChargingRequest,
  usage: MultipleUnitUsage,
  facts: NetworkFacts = request.facts
): Situation | null {
  const group = groupOf(request, usage)
  return situationOf(context, request.context, group, facts, usage.serviceIdentifiers)
}
