/**
 * Where the offers of single lines are: in the document of the line, so that a request of another line, and its commit,
 * know nothing of them. The account says only which lines have the same, by number: that is what an offer of the account
 * is held against, and the lowest floor of all lines.
 *
 * An offer that gives to all lines (`sharing: account`) lies with what it gives in the account document.
 */
import type { Line, OwnOffers, Subscription } from '../domain/account.ts'
import { assert } from '../domain/errors.ts'
import { limits } from '../domain/limits.ts'
import type { Catalogue } from '../rating/catalogue.ts'
import { type Books, lineOf, replaceLine } from './books.ts'

const none: readonly Subscription[] = []

/** What is in the document of the line; an empty line: nothing. */
export function ownOf(books: Books, lineId: string): readonly Subscription[] {
  // Most accounts have no line with any, and this is asked several times in a decision.
  if (books.ownOffers === undefined || lineId === '') return none
  const line = books.changedLines?.get(lineId) ?? books.knownLines.get(lineId)
  return line?.subscriptions ?? none
}

interface Joined {
  readonly account: readonly Subscription[]
  readonly all: readonly Subscription[]
}

/** By the list of the line: most decisions change none. */
const joins = new WeakMap<readonly Subscription[], Joined>()

/** The subscriptions of the account with those of the line: the same list as long as neither changes. */
export function subscriptionsAt(books: Books, lineId: string): readonly Subscription[] {
  const account = books.subscriptions
  const own = ownOf(books, lineId)
  if (own.length === 0) return account
  const known = joins.get(own)
  if (known !== undefined && known.account === account) return known.all
  const all = [...account, ...own]
  joins.set(own, { account, all })
  return all
}

/** Whether the account keeps the subscription of a line, because all lines have what it gives. */
export function isKeptByAccount(catalogue: Catalogue, offer: string): boolean {
  const { allowances = [] } = catalogue.offers.get(offer) ?? {}
  return allowances.some(({ common }) => common === true)
}

/** Puts `next` in the place of `old`, or behind all others; null: nothing was there, or nothing comes. */
export function exchange(
  books: Books,
  catalogue: Catalogue,
  old: Subscription | null,
  next: Subscription | null
): void {
  const own = next?.line !== undefined && !isKeptByAccount(catalogue, next.offer)
  books.subscriptions = replaced(books.subscriptions, old, own ? null : next)
  const lineId = (old ?? next)?.line ?? ''
  if (lineId === '') return
  const before = ownOf(books, lineId)
  const after = replaced(before, old, own ? next : null)
  if (after !== before) replaceOwn(books, lineId, after)
}

/** Writes down what became of a subscription, where it is. */
export function renew(books: Books, before: Subscription, after: Subscription): void {
  const { subscriptions } = books
  if (before.line === undefined || subscriptions.some(({ id }) => id === before.id)) {
    books.subscriptions = replaced(subscriptions, before, after)
  } else {
    replaceOwn(books, before.line, replaced(ownOf(books, before.line), before, after))
  }
}

/** The same list when nothing of it changes. */
function replaced(
  subscriptions: readonly Subscription[],
  old: Subscription | null,
  next: Subscription | null
): readonly Subscription[] {
  const at = old === null ? -1 : subscriptions.findIndex(({ id }) => id === old.id)
  if (at < 0) return next === null ? subscriptions : [...subscriptions, next]
  return next === null ? subscriptions.toSpliced(at, 1) : subscriptions.with(at, next)
}

/** The line has these for itself now. */
export function replaceOwn(
  books: Books,
  lineId: string,
  subscriptions: readonly Subscription[]
): void {
  const line = lineOf(books, lineId)
  const { subscriptions: before = none, ...rest } = line
  const after: Line = subscriptions.length === 0 ? rest : { ...rest, subscriptions }
  replaceLine(books, after)
  books.ownOffers = recounted(books.ownOffers, setOf(before), setOf(subscriptions))
}

function setOf(subscriptions: readonly Subscription[]): readonly string[] {
  return [...new Set(subscriptions.map(({ offer }) => offer))].sort()
}

/** One line has these offers now, which had those before. The same list when they are the same. */
function recounted(
  sets: readonly OwnOffers[] | undefined,
  before: readonly string[],
  after: readonly string[]
): readonly OwnOffers[] | undefined {
  if (isSame(before, after)) return sets
  const counted = counting(counting(sets ?? [], before, -1), after, 1)
  return counted.length === 0 ? undefined : counted
}

function counting(
  sets: readonly OwnOffers[],
  offers: readonly string[],
  more: number
): readonly OwnOffers[] {
  if (offers.length === 0) return sets
  const at = sets.findIndex(set => isSame(set.offers, offers))
  const lines = (sets[at]?.lines ?? 0) + more
  assert(lines >= 0, 'fewer than no lines have these offers')
  if (at < 0) return [...sets, { offers, lines }]
  return lines === 0 ? sets.toSpliced(at, 1) : sets.with(at, { offers, lines })
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index])
}

/** What of a subscription says for whom it is. */
export type Held = Pick<Subscription, 'id' | 'offer' | 'line'>

/** The subscriptions of the account, and for each set of offers those of a line that has it. */
export function everyKind({ subscriptions, ownOffers }: Books): readonly Held[] {
  if (ownOffers === undefined) return subscriptions
  const ofLines = ownOffers.flatMap(({ offers }, index) =>
    offers.map(offer => ({ id: `${index}/${offer}`, offer, line: `set ${index}` }))
  )
  return [...subscriptions, ...ofLines]
}

/** Why the line cannot have one more, for want of room; null: it can. */
export function roomObstacle(
  { ownOffers = [], subscriptions }: Books,
  own: readonly Subscription[],
  offer: string,
  kept: boolean
): string | null {
  if (kept) {
    const most = limits.sharingSubscriptionsPerAccount
    if (subscriptions.length < most) return null
    return subscriptions.filter(({ line }) => line !== undefined).length < most
      ? null
      : `the lines of an account have at most ${most} offers that give to all of them`
  }
  const most = limits.ownOfferSetsPerAccount
  if (ownOffers.length < most) return null
  const names = setOf([...own, { id: '', offer, since: 0 }])
  return ownOffers.some(({ offers }) => isSame(offers, names))
    ? null
    : `the lines of an account have at most ${most} different sets of offers of their own`
}
