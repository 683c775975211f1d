/**
 * Replacing an offer by another one within its period, and giving one up: at once, never backdated.
 *
 * The fee of the offer that ends is given back for the rest of its period by the second, rounded down, and that of the
 * one that comes is taken for the same rest, rounded up. Open sessions settle what they were granted as it was granted.
 */
import type { PaidFee, Subscription } from '../domain/account.ts'
import type { AccountAnswer } from '../domain/answer.ts'
import { formatMoney, type MicroUnits } from '../domain/money.ts'
import { lineOfOperation } from '../domain/operation-line.ts'
import type { ChangeOffer, Unsubscribe } from '../domain/subscriptions.ts'
import type { Catalogue, Offer } from '../rating/catalogue.ts'
import { advance, wake } from './advance.ts'
import { type Books, type BucketPlace, recordMovement, sharedPlace } from './books.ts'
import { carryCounters } from './carried.ts'
import { type FeeSpan, feeSpan, sameFeePeriod } from './fee-period.ts'
import { paidUntil } from './fees.ts'
import { keptObstacle, subscriptionsFor } from './line-offers.ts'
import { applyChange } from './offer-changes.ts'
import { buyObstacle, offerUnknown, refuse, subscriptionId } from './operations.ts'
import {
  everyKind,
  exchange,
  isKeptByAccount,
  ownOf,
  roomObstacle,
  subscriptionsAt
} from './own-offers.ts'
import { dueShare, unusedShare } from './proration.ts'

/** Lines that are not looked at through so many changes keep what they had until its period ends. */
const changesMax = 32

const done: AccountAnswer = { kind: 'done', repeated: false }

export function changeOffer(
  books: Books,
  catalogue: Catalogue,
  request: ChangeOffer
): AccountAnswer {
  const { offer: id, replaces, lineId } = request
  const offer = catalogue.offers.get(id)
  if (offer === undefined) return offerUnknown(id, catalogue)
  const known = subscriptionsAt(books, lineOfOperation(books.before, request))
  const old = known.find(({ id, offer, line }) =>
    id === replaces
      ? lineId == null || lineId === line
      : offer === replaces && line === (lineId ?? undefined)
  )
  if (old === undefined) return notSubscribed(replaces, lineId ?? '')
  const obstacle = changeObstacle(books, catalogue, offer, old)
  if (obstacle !== null) return refuse('offer-conflict', obstacle)
  const terms = termsOf(books, catalogue, offer, old)
  const { refund, charge } = terms
  const limit = Math.max(offer.creditLimit, creditLimitOf(books, catalogue, old))
  if (charge > refund && charge > books.available + refund + limit) {
    const detail = `the change costs ${formatMoney(charge - refund)}, and ${formatMoney(books.available)} is available`
    return refuse('funds-insufficient', detail)
  }
  const { line = '' } = old
  const subscription: Subscription = {
    id: subscriptionId(books, id, line, line === '' || isKeptByAccount(catalogue, id)),
    offer: id,
    since: terms.since,
    ...(terms.paid === null ? {} : { paid: terms.paid }),
    ...paidUntil(offer, terms.since, books.now, catalogue.timeZone),
    ...(old.line === undefined ? {} : { line: old.line })
  }
  moveFee(books, refund, old.id)
  moveFee(books, -charge, subscription.id)
  end(books, catalogue, old, subscription, offer)
  return done
}

export function unsubscribe(
  books: Books,
  catalogue: Catalogue,
  request: Unsubscribe
): AccountAnswer {
  const { subscription: wanted } = request
  const known = subscriptionsAt(books, lineOfOperation(books.before, request))
  const old = known.find(({ id }) => id === wanted)
  if (old === undefined) return notSubscribed(wanted)
  const obstacle = othersObstacle(books, catalogue, old, null)
  if (obstacle !== null) return refuse('offer-conflict', obstacle)
  end(books, catalogue, old, null, null)
  return done
}

/** Puts a subscription in the place of another one, or nothing, as it is known to be possible. */
export function end(
  books: Books,
  catalogue: Catalogue,
  old: Subscription,
  subscription: Subscription | null,
  offer: Offer | null
): void {
  const { line } = old
  const own = line === undefined ? {} : { line }
  const to =
    subscription === null
      ? null
      : { id: subscription.id, offer: subscription.offer, since: subscription.since, ...own }
  const policy = offer?.onChange ?? 'carry'
  const change = { at: books.now, from: old.id, to, policy }
  exchange(books, catalogue, old, subscription)
  carryCounters(books, catalogue, sharedPlace, change)
  applyChange(books, catalogue, sharedPlace, change)
  if (line === undefined) {
    books.changes = [...(books.changes ?? []), change].slice(-changesMax)
  } else {
    const place: BucketPlace = { source: 'line', lineId: line }
    carryCounters(books, catalogue, place, change)
    applyChange(books, catalogue, place, change)
    const ended = catalogue.offers.get(old.offer)
    if (subscription === null && ended?.kind === 'base') wake(books, catalogue, line)
  }
  advance(books, catalogue)
}

interface Terms {
  readonly since: number
  readonly refund: MicroUnits
  readonly charge: MicroUnits
  /** null: nothing was paid for a period. */
  readonly paid: PaidFee | null
}

/** Within a period of the same kind the cycle goes on; else the offer begins its own now, and is paid in full. */
function termsOf(books: Books, catalogue: Catalogue, offer: Offer, old: Subscription): Terms {
  const { now } = books
  const { paid } = old
  const runs = paid !== undefined && paid.from <= now && now < paid.until
  const refund = runs ? unusedShare(paid.amount, { ...paid, now }) : 0
  const before = catalogue.offers.get(old.offer)
  const since = before !== undefined && sameFeePeriod(before, offer) ? old.since : now
  const span = feeSpan(offer, since, now, catalogue.timeZone)
  if (span === null) return { since, refund, charge: offer.fee, paid: null }
  if (since === now) return { since, refund, charge: offer.fee, paid: paidFor(offer.fee, span) }
  const charge = dueShare(offer.fee, { ...span, now })
  return { since, refund, charge, paid: paidFor(charge, { from: now, until: span.until }) }
}

function paidFor(amount: MicroUnits, { from, until }: FeeSpan): PaidFee | null {
  return amount === 0 ? null : { amount, from, until }
}

function changeObstacle(
  books: Books,
  catalogue: Catalogue,
  offer: Offer,
  old: Subscription
): string | null {
  const before = catalogue.offers.get(old.offer)
  if (offer.id === old.offer) return `the account has ${offer.id} already`
  if (before !== undefined && before.kind !== offer.kind) {
    return `${old.offer} is a ${before.kind} offer and ${offer.id} a ${offer.kind} offer`
  }
  return (
    buyObstacle(books, catalogue, offer, offersBut(books, catalogue, old)) ??
    spaceObstacle(books, catalogue, offer, old) ??
    othersObstacle(books, catalogue, old, offer)
  )
}

/** Of a line, whose other offers stay as they are. */
function spaceObstacle(
  books: Books,
  catalogue: Catalogue,
  offer: Offer,
  { id, line }: Subscription
): string | null {
  if (line === undefined) return null
  const kept = isKeptByAccount(catalogue, offer.id)
  const own = ownOf(books, line)
  const rest = own.filter(other => other.id !== id)
  if (kept && rest.length === own.length) return null
  return roomObstacle(books, rest, offer.id, kept)
}

/** Why the other offers cannot be had without the one that ends, and with the one that comes. */
function othersObstacle(
  books: Books,
  catalogue: Catalogue,
  old: Subscription,
  offer: Offer | null
): string | null {
  const { line } = old
  const subscriptions = line === undefined ? everyKind(books) : subscriptionsAt(books, line)
  const rest = subscriptions.filter(({ id }) => id !== old.id)
  const after = offer === null ? rest : [...rest, { ...old, offer: offer.id }]
  const kept = rest.filter(other => line === undefined || other.line === line)
  return keptObstacle(catalogue, after, kept)
}

/** What holds where the old offer did, but for itself. */
function othersOf(books: Books, catalogue: Catalogue, old: Subscription): readonly Subscription[] {
  const { line = '' } = old
  return subscriptionsFor(books, catalogue, line).filter(({ id }) => id !== old.id)
}

function offersBut(books: Books, catalogue: Catalogue, old: Subscription): string[] {
  return othersOf(books, catalogue, old).map(({ offer }) => offer)
}

function creditLimitOf(books: Books, catalogue: Catalogue, old: Subscription): MicroUnits {
  const limits = offersBut(books, catalogue, old).map(
    name => catalogue.offers.get(name)?.creditLimit ?? 0
  )
  return Math.max(0, ...limits)
}

/** Below zero for what is taken. */
function moveFee(books: Books, amount: MicroUnits, reference: string): void {
  if (amount === 0) return
  books.available += amount
  const unit = books.before.currency
  recordMovement(books, { type: 'fee', amount, target: 'wallet', unit, reference })
}

function notSubscribed(wanted: string, lineId = ''): AccountAnswer {
  const who = lineId === '' ? 'the account has' : `line ${lineId} has for itself`
  return refuse('subscription-unknown', `${who} no subscription ${wanted}`)
}
