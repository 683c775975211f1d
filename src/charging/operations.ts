/** What business systems and operators do to an account: open, top up, subscribe, block. */
import { emptyAccount, type Line, type Subscription } from '../domain/account.ts'
import type { Adjust } from '../domain/adjust.ts'
import type { AccountAnswer, AccountRefusal } from '../domain/answer.ts'
import { formatMoney } from '../domain/money.ts'
import { idAtLine } from '../domain/operation-line.ts'
import type { TopUp } from '../domain/request.ts'
import { lineIdOf, tenantLine } from '../domain/subscriber.ts'
import type { NewLine, OpenAccount, Subscribe } from '../domain/subscriptions.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Catalogue, Offer } from '../rating/catalogue.ts'
import { currencyOf } from '../rating/money.ts'
import { saleObstacle } from '../rating/sale.ts'
import { advance, beginSubscription } from './advance.ts'
import { type Books, fits, openBooks, recordMovement } from './books.ts'
import { feeSpan } from './fee-period.ts'
import { paidUntil, payFee } from './fees.ts'
import { keptObstacle, subscriptionsFor } from './line-offers.ts'
import {
  everyKind,
  exchange,
  isKeptByAccount,
  ownOf,
  roomObstacle,
  subscriptionsAt
} from './own-offers.ts'

const done: AccountAnswer = { kind: 'done', repeated: false }

export function refuse(reason: AccountRefusal, detail: string): AccountAnswer {
  return { kind: 'refused', reason, detail }
}

/** Opens an account; the books that it begins with are returned beside the answer. */
export function openAccount(
  request: OpenAccount,
  catalogue: Catalogue,
  now: EpochMs
): { readonly answer: AccountAnswer; readonly books: Books | null } {
  const obstacle = offersObstacle(catalogue, request)
  if (obstacle !== null) return { answer: obstacle, books: null }
  const ids = request.lines.map(lineIdOf)
  const lines = linesOf(request, ids, now)
  if (lines === null) {
    return { answer: refuse('invalid', 'a line needs an msisdn, an imsi or a tenant'), books: null }
  }
  const currency = currencyFor(catalogue, request)
  const account = emptyAccount(request.accountId, currency, now)
  const books = openBooks(account, lines, [...lines.keys()], now)
  books.changedLines = new Map(lines)
  if (!Number.isSafeInteger(request.topUp)) {
    return { answer: refuse('invalid', 'the amount is more than an account can hold'), books: null }
  }
  if (request.topUp > 0) credit(books, request.topUp, 'opening')
  const refused =
    buyAll(books, catalogue, request.offers, '') ??
    firstOf(request.lines, line =>
      buyAll(books, catalogue, line.offers ?? [], lineIdOf(line) ?? '')
    )
  if (refused !== null) return { answer: refused, books: null }
  advance(books, catalogue)
  return { answer: done, books }
}

/** What is wrong with the offers themselves, before any of them is bought. */
export function offersObstacle(
  catalogue: Catalogue,
  request: Pick<NewLine, 'offers'> & Pick<OpenAccount, 'lines'>
): AccountAnswer | null {
  return firstOf([request, ...request.lines], ({ offers = [] }) => {
    const unknown = offers.find(offer => !catalogue.offers.has(offer))
    if (unknown !== undefined) return offerUnknown(unknown, catalogue)
    const bases = offers.filter(offer => catalogue.offers.get(offer)?.kind === 'base')
    if (bases.length < 2) return null
    const detail = `an account has one base offer, and so has a line; ${bases.join(' and ')} are two`
    return refuse('offer-conflict', detail)
  })
}

export function firstOf<T, R>(
  all: readonly T[],
  find: (each: T, index: number) => R | null
): R | null {
  for (const [index, each] of all.entries()) {
    const found = find(each, index)
    if (found !== null) return found
  }
  return null
}

/** With an id for each line; null: a line has none. */
export function linesOf(
  { accountId, lines }: Pick<OpenAccount, 'accountId' | 'lines'>,
  ids: readonly (string | null)[],
  now: EpochMs
): Map<string, Line> | null {
  const opened = new Map<string, Line>()
  for (const [index, { msisdn = null, imsi = null, tenant }] of lines.entries()) {
    const id = ids[index] ?? null
    if (id === null) return null
    const created = { msisdn, imsi, createdAt: now, buckets: [], counters: [] }
    const beside = tenant === undefined || id === tenantLine(tenant) ? {} : { tenant }
    opened.set(id, { format: 1, id, accountId, ...created, ...beside })
  }
  return opened
}

/** Base offers first: their credit limit pays the fees of the others. Returns the first refusal. */
export function buyAll(
  books: Books,
  catalogue: Catalogue,
  ids: readonly string[],
  lineId: string
): AccountAnswer | null {
  const bases = ids.filter(id => isBase(catalogue, id))
  const addons = ids.filter(id => !isBase(catalogue, id))
  return firstOf([...bases, ...addons], id => {
    const beside = ids.filter(other => other !== id)
    const answer = take(books, catalogue, id, lineId, beside)
    return answer.kind === 'refused' ? answer : null
  })
}

/** An account is in the currency of its base offer, or else of its first one, or of its lines, or of the catalogue. */
function currencyFor(catalogue: Catalogue, request: OpenAccount): string {
  const ids = [...request.offers, ...request.lines.flatMap(line => line.offers ?? [])]
  const offers = ids.flatMap(id => catalogue.offers.get(id) ?? [])
  const offer = offers.find(({ kind }) => kind === 'base') ?? offers[0]
  return offer === undefined ? catalogue.currency : currencyOf(catalogue, offer)
}

export function topUp(books: Books, request: TopUp): AccountAnswer {
  if (!fits(books, request.amount)) {
    return refuse('invalid', 'the amount is more than an account can hold')
  }
  credit(books, request.amount, request.operation.key)
  return done
}

export function adjust(books: Books, { amount, operation }: Adjust): AccountAnswer {
  if (!Number.isSafeInteger(books.available + amount)) {
    return refuse('invalid', 'the amount is more than an account can hold')
  }
  books.available += amount
  const unit = books.before.currency
  const reference = operation.key
  recordMovement(books, { type: 'adjustment', amount, target: 'wallet', unit, reference })
  return done
}

export function subscribe(books: Books, catalogue: Catalogue, request: Subscribe): AccountAnswer {
  if (!catalogue.offers.has(request.offer)) return offerUnknown(request.offer, catalogue)
  return buy(books, catalogue, request.offer, request.lineId ?? '')
}

function credit(books: Books, amount: number, reference: string): void {
  books.available += amount
  const unit = books.before.currency
  recordMovement(books, { type: 'top-up', amount, target: 'wallet', unit, reference })
}

/** Takes the fee and begins the subscription. */
function buy(books: Books, catalogue: Catalogue, id: string, lineId: string): AccountAnswer {
  const answer = take(books, catalogue, id, lineId, [])
  if (answer.kind === 'done') advance(books, catalogue)
  return answer
}

/** As `buy`, but what the offer gives to lines is not given yet. */
function take(
  books: Books,
  catalogue: Catalogue,
  id: string,
  lineId: string,
  beside: readonly string[]
): AccountAnswer {
  const offer = catalogue.offers.get(id)
  if (offer === undefined) return offerUnknown(id, catalogue)
  const kept = lineId === '' || isKeptByAccount(catalogue, id)
  const others = [...offersBeside(books, catalogue, offer, lineId), ...beside]
  const obstacle =
    buyObstacle(books, catalogue, offer, others) ??
    (lineId === '' ? null : roomObstacle(books, ownOf(books, lineId), id, kept)) ??
    ownOffersObstacle(books, catalogue, id, lineId)
  if (obstacle !== null) return refuse('offer-conflict', obstacle)
  const subscription: Subscription = {
    id: subscriptionId(books, id, lineId, kept),
    offer: id,
    since: books.now,
    ...paidFee(offer, books.now, catalogue.timeZone),
    ...paidUntil(offer, books.now, books.now, catalogue.timeZone),
    ...(lineId === '' ? {} : { line: lineId })
  }
  if (!payFee(books, catalogue, subscription, offer, books.now)) {
    const detail = `${id} costs ${formatMoney(offer.fee)}, and ${formatMoney(books.available)} is available`
    return refuse('funds-insufficient', detail)
  }
  exchange(books, catalogue, null, subscription)
  if (kept) beginSubscription(books, catalogue, subscription)
  return done
}

/** The fee with the period that it is for. */
function paidFee(offer: Offer, now: EpochMs, timeZone: string): Pick<Subscription, 'paid'> {
  const span = offer.fee === 0 ? null : feeSpan(offer, now, now, timeZone)
  return span === null ? {} : { paid: { amount: offer.fee, ...span } }
}

/**
 * What the offer would stand beside: for a line, what the account has, but its base offer where the line is to have its
 * own.
 */
function offersBeside(
  books: Books,
  catalogue: Catalogue,
  { kind }: Offer,
  lineId: string
): string[] {
  const others = subscriptionsFor(books, catalogue, lineId)
  const own = lineId !== '' && kind === 'base'
  const isReplaced = ({ line, offer }: Subscription) =>
    own && line === undefined && catalogue.offers.get(offer)?.kind === 'base'
  return others.filter(other => !isReplaced(other)).map(({ offer }) => offer)
}

/** Why lines could not keep their own offers beside one that is bought for them, or for the account. */
function ownOffersObstacle(
  books: Books,
  catalogue: Catalogue,
  offer: string,
  lineId: string
): string | null {
  const subscriptions = lineId === '' ? everyKind(books) : subscriptionsAt(books, lineId)
  if (subscriptions.every(({ line }) => line === undefined)) return null
  const bought = { id: '', offer, ...(lineId === '' ? {} : { line: lineId }) }
  const own = subscriptions.filter(({ line }) => line !== undefined && [line, ''].includes(lineId))
  return keptObstacle(catalogue, [...subscriptions, bought], own)
}

function isBase(catalogue: Catalogue, name: string): boolean {
  return catalogue.offers.get(name)?.kind === 'base'
}

/** Why an account with these other offers cannot buy the offer; null: it may, if it can pay. */
export function buyObstacle(
  { before, now }: Books,
  catalogue: Catalogue,
  offer: Offer,
  others: readonly string[]
): string | null {
  const priced = currencyOf(catalogue, offer)
  if (priced !== before.currency) {
    return `${offer.id} has its prices in ${priced}, the account is in ${before.currency}`
  }
  const base = others.find(name => isBase(catalogue, name))
  if (offer.kind === 'base' && base !== undefined) {
    return `there is the base offer ${base} already; say that this one replaces it`
  }
  return saleObstacle(catalogue, offer, others, now)
}

/** The offer and the instant; a further one bought in the same millisecond is numbered. `kept`: by the account. */
export function subscriptionId(books: Books, offer: string, lineId: string, kept: boolean): string {
  const bought = `${offer}#${books.now.toString(36)}`
  const others = subscriptionsAt(books, lineId)
  for (let number = 1; ; number += 1) {
    const numbered = number === 1 ? bought : `${bought}.${number}`
    const id = kept ? numbered : idAtLine(numbered, lineId)
    if (!others.some(other => other.id === id)) return id
  }
}

export function offerUnknown(offer: string, catalogue: Catalogue): AccountAnswer {
  const known = [...catalogue.offers.keys()].join(', ')
  return refuse('offer-unknown', `there is no offer "${offer}"; the catalogue has ${known}`)
}
