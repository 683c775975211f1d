/** What business systems and operators do to an account: open, top up, subscribe, block. */
import { emptyAccount, type Line, type Subscription } from '../domain/account.ts'
import type { Adjust } from '../domain/adjust.ts'
import type { AccountAnswer, AccountRefusal } from '../domain/answer.ts'
import { formatMoney } from '../domain/money.ts'
import type { OpenAccount, Subscribe, TopUp } from '../domain/request.ts'
import { lineIdOf } from '../domain/subscriber.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Catalogue, Offer } from '../rating/catalogue.ts'
import { currencyOf } from '../rating/money.ts'
import { saleObstacle } from '../rating/sale.ts'
import { advance, beginSubscription } from './advance.ts'
import { type Books, fits, openBooks, recordMovement } from './books.ts'
import { feeSpan } from './fee-period.ts'
import { paidUntil, payFee } from './fees.ts'

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
  const unknown = request.offers.find(offer => !catalogue.offers.has(offer))
  if (unknown !== undefined) return { answer: offerUnknown(unknown, catalogue), books: null }
  const bases = request.offers.filter(offer => catalogue.offers.get(offer)?.kind === 'base')
  if (bases.length > 1) {
    const detail = `an account has one base offer; ${bases.join(' and ')} are two`
    return { answer: refuse('offer-conflict', detail), books: null }
  }
  const lines = new Map<string, Line>()
  for (const numbers of request.lines) {
    const { msisdn = null, imsi = null } = numbers
    const id = lineIdOf(numbers)
    if (id === null) {
      return {
        answer: refuse('invalid', 'a line needs an msisdn, an imsi or a tenant'),
        books: null
      }
    }
    const line: Line = {
      format: 1,
      id,
      accountId: request.accountId,
      msisdn,
      imsi,
      createdAt: now,
      buckets: [],
      counters: []
    }
    lines.set(id, line)
  }
  const currency = currencyFor(catalogue, request.offers)
  const account = emptyAccount(request.accountId, currency, now)
  const books = openBooks(account, lines, [...lines.keys()], now)
  books.changedLines = new Map(lines)
  if (!Number.isSafeInteger(request.topUp)) {
    return { answer: refuse('invalid', 'the amount is more than an account can hold'), books: null }
  }
  if (request.topUp > 0) credit(books, request.topUp, 'opening')
  for (const id of request.offers) {
    const answer = buy(
      books,
      catalogue,
      id,
      request.offers.filter(other => other !== id)
    )
    if (answer.kind === 'refused') return { answer, books: null }
  }
  advance(books, catalogue)
  return { answer: done, books }
}

/** An account is in the currency of its base offer, or else of its first one, or of the catalogue. */
function currencyFor(catalogue: Catalogue, ids: readonly string[]): string {
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
  return buy(books, catalogue, request.offer)
}

function credit(books: Books, amount: number, reference: string): void {
  books.available += amount
  const unit = books.before.currency
  recordMovement(books, { type: 'top-up', amount, target: 'wallet', unit, reference })
}

/** Takes the fee and begins the subscription. */
function buy(
  books: Books,
  catalogue: Catalogue,
  id: string,
  beside: readonly string[] = []
): AccountAnswer {
  const offer = catalogue.offers.get(id)
  if (offer === undefined) return offerUnknown(id, catalogue)
  const obstacle = buyObstacle(books, catalogue, offer, [
    ...books.subscriptions.map(({ offer }) => offer),
    ...beside
  ])
  if (obstacle !== null) return refuse('offer-conflict', obstacle)
  const subscription: Subscription = {
    id: subscriptionId(books, id),
    offer: id,
    since: books.now,
    ...paidFee(offer, books.now, catalogue.timeZone),
    ...paidUntil(offer, books.now, books.now, catalogue.timeZone)
  }
  if (!payFee(books, catalogue, subscription.id, offer, books.now)) {
    const detail = `${id} costs ${formatMoney(offer.fee)}, and ${formatMoney(books.available)} is available`
    return refuse('funds-insufficient', detail)
  }
  books.subscriptions = [...books.subscriptions, subscription]
  beginSubscription(books, catalogue, subscription)
  advance(books, catalogue)
  return done
}

/** The fee with the period that it is for. */
function paidFee(offer: Offer, now: EpochMs, timeZone: string): Pick<Subscription, 'paid'> {
  const span = offer.fee === 0 ? null : feeSpan(offer, now, now, timeZone)
  return span === null ? {} : { paid: { amount: offer.fee, ...span } }
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
  const base = others.find(name => catalogue.offers.get(name)?.kind === 'base')
  if (offer.kind === 'base' && base !== undefined)
    return `the account has the base offer ${base} already`
  return saleObstacle(catalogue, offer, others, now)
}

/** The offer and the instant; a further one bought in the same millisecond is numbered. */
export function subscriptionId(books: Books, offer: string): string {
  const id = `${offer}#${books.now.toString(36)}`
  const taken = (candidate: string) => books.subscriptions.some(other => other.id === candidate)
  if (!taken(id)) return id
  let number = 2
  while (taken(`${id}.${number}`)) number += 1
  return `${id}.${number}`
}

export function offerUnknown(offer: string, catalogue: Catalogue): AccountAnswer {
  const known = [...catalogue.offers.keys()].join(', ')
  return refuse('offer-unknown', `there is no offer "${offer}"; the catalogue has ${known}`)
}
