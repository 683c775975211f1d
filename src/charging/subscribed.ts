/**
 * What the subscriptions of an account mean under a catalogue.
 *
 * Most decisions change no subscription, and an account may have dozens of them: this is worked out once for each list of
 * them, and found again by the list itself.
 */
import type { Subscription } from '../domain/account.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Allowance, Catalogue, Offer, UsageLimit } from '../rating/catalogue.ts'
import { currencyOf } from '../rating/money.ts'
import { periodOf } from '../rating/period.ts'
import type { Books } from './books.ts'
import { holdsFor, restingFor, sharingOf } from './line-offers.ts'
import { subscriptionsAt } from './own-offers.ts'

/** What a line has, of its account and for itself. */
export interface LineTerms {
  /** Those in force: add-ons first, then base offers. */
  readonly offers: readonly Offer[]
  /** How far below zero grants of the line may take the wallet. */
  readonly creditLimit: number
  /** One of the offers has limits. */
  readonly limited: boolean
  /** One of the offers has an allowance after which nothing else pays. */
  readonly stops: boolean
  /** One of the offers gives money. */
  readonly gives: boolean
  /** An allowance of one of the offers is for some times only. */
  readonly timed: boolean
  /** The fee of an offer is not paid. */
  readonly suspended: boolean
  /** A line of the account has offers of its own. */
  readonly apart: boolean
  /** The subscription of the account whose place an offer of the line takes; undefined: none. */
  readonly resting: string | undefined
}

export interface LineAllowance {
  readonly subscription: Subscription
  readonly allowance: Allowance
}

export interface SubscribedLimit {
  readonly subscription: Subscription
  readonly limit: UsageLimit
}

export interface Subscribed {
  /** Allowances that lines have for themselves. */
  readonly perLine: readonly LineAllowance[]
  readonly limits: readonly SubscribedLimit[]
  /** No add-on is over before this instant. */
  readonly endsFrom: EpochMs
  lineTerms(lineId: string): LineTerms
}

type Known = WeakMap<readonly Subscription[], Subscribed>

/** By catalogue, so that one that nobody else holds any more is not held here. */
const byCatalogue = new WeakMap<Catalogue, Known>()
/** Almost always the one that is asked for. */
let latest: { readonly catalogue: Catalogue; readonly known: Known } | null = null

function knownUnder(catalogue: Catalogue): Known {
  if (latest?.catalogue === catalogue) return latest.known
  const known = byCatalogue.get(catalogue) ?? new WeakMap()
  byCatalogue.set(catalogue, known)
  latest = { catalogue, known }
  return known
}

/**
 * Of the account, for an empty line, or of the line with what it has for itself. A list of subscriptions belongs to one
 * account, and with it to one currency.
 */
export function subscribedOf(books: Books, catalogue: Catalogue, lineId: string): Subscribed {
  const known = knownUnder(catalogue)
  const subscriptions = subscriptionsAt(books, lineId)
  let subscribed = known.get(subscriptions)
  if (subscribed === undefined) {
    subscribed = workOut(subscriptions, catalogue, books.before.currency)
    known.set(subscriptions, subscribed)
  }
  return subscribed
}

function workOut(
  subscriptions: readonly Subscription[],
  catalogue: Catalogue,
  currency: string
): Subscribed {
  const perLine: LineAllowance[] = []
  const limits: SubscribedLimit[] = []
  let endsFrom = Number.POSITIVE_INFINITY
  for (const subscription of subscriptions) {
    const offer = catalogue.offers.get(subscription.offer)
    if (offer === undefined) continue
    for (const allowance of offer.allowances) {
      if (sharingOf(subscription.line, allowance) === 'line') {
        perLine.push({ subscription, allowance })
      }
    }
    for (const limit of offer.limits ?? []) limits.push({ subscription, limit })
    endsFrom = Math.min(endsFrom, endOf(subscription, offer, catalogue))
  }
  const apart = subscriptions.some(({ line }) => line !== undefined)
  const lines = new Map<string, LineTerms>()
  return {
    perLine,
    limits,
    endsFrom,
    lineTerms(lineId) {
      const key = apart ? lineId : ''
      let terms = lines.get(key)
      if (terms === undefined) {
        terms = termsOf(subscriptions, catalogue, currency, key)
        lines.set(key, terms)
      }
      return terms
    }
  }
}

/** When an add-on is over, of which none of its allowances can be drawn or begin again then; else never. */
export function endOf({ since }: Subscription, offer: Offer, { timeZone }: Catalogue): EpochMs {
  const { kind, prices, allowances } = offer
  if (kind !== 'addon' || prices.length > 0 || allowances.length === 0) {
    return Number.POSITIVE_INFINITY
  }
  let end = 0
  for (const { period } of allowances) {
    const { until } = periodOf(period, since, since, timeZone) ?? { until: since }
    if (until === null || periodOf(period, since, until, timeZone) !== null) {
      return Number.POSITIVE_INFINITY
    }
    end = Math.max(end, until)
  }
  return end
}

function termsOf(
  subscriptions: readonly Subscription[],
  catalogue: Catalogue,
  currency: string,
  lineId: string
): LineTerms {
  const addons: Offer[] = []
  const bases: Offer[] = []
  const traits = { limited: false, stops: false, gives: false, timed: false }
  let creditLimit = 0
  let suspended = false
  let apart = false
  const resting = restingFor(subscriptions, catalogue, lineId)
  for (const subscription of subscriptions) {
    if (subscription.line !== undefined) apart = true
    if (!holdsFor(subscription, lineId, resting)) continue
    const offer = catalogue.offers.get(subscription.offer)
    if (offer === undefined || currencyOf(catalogue, offer) !== currency) continue
    creditLimit = Math.max(creditLimit, offer.creditLimit)
    const inForce = subscription.suspendedAt === undefined
    addTraits(traits, offer, inForce)
    if (!inForce) suspended = true
    else if (offer.kind === 'addon') addons.push(offer)
    else bases.push(offer)
  }
  // The add-on that was bought last comes first.
  const offers = [...addons.toReversed(), ...bases]
  return { offers, creditLimit, ...traits, suspended, apart, resting }
}

type Traits = { -readonly [K in 'limited' | 'stops' | 'gives' | 'timed']: boolean }

/** What a suspended offer gave before can be used until it ends. */
function addTraits(traits: Traits, { allowances, limits }: Offer, inForce: boolean): void {
  if (inForce && limits !== undefined) traits.limited = true
  for (const { bands, unit, usedUp } of allowances) {
    if (usedUp === 'stop') traits.stops = true
    if (unit === 'money') traits.gives = true
    if (bands !== undefined) traits.timed = true
  }
}
