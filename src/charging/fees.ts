/**
 * Fees that are due for each period.
 *
 * A fee is paid at the first instant of its period, or the offer is suspended then: nothing is owed, and nothing of it is
 * renewed. It is taken up again as of the account's last instant once what is available pays the fee, and its period
 * begins there.
 */
import type { Subscription } from '../domain/account.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Catalogue, Offer } from '../rating/catalogue.ts'
import { periodOf } from '../rating/period.ts'
import { type Books, recordEvent, recordMovement } from './books.ts'
import { creditLimitFor } from './line-offers.ts'
import { ownOf, renew } from './own-offers.ts'

/** The end of the period that is paid, of a fee that is due again and again; nothing of any other. */
export function paidUntil(
  { feeEvery }: Offer,
  since: EpochMs,
  now: EpochMs,
  timeZone: string
): Pick<Subscription, 'paidUntil'> {
  const until = feeEvery && periodOf(feeEvery, since, now, timeZone)?.until
  return until == null ? {} : { paidUntil: until }
}

/** A line at hand that has a fee of its own to pay. */
interface Debt {
  readonly lineId: string
  /** The first of its fees. */
  readonly due: Subscription
  readonly at: EpochMs
}

/** The fees that are due at `books.now`, those of the account and of the lines at hand, one after another. */
export interface Debts {
  /** By instant, then by line. */
  readonly ofLines: Debt[]
}

const noDebts: Debts = { ofLines: [] }

export function debtsOf(books: Books): Debts {
  let ofLines: Debt[] | null = null
  for (const lineId of books.lineIds) {
    const debt = debtOf(books, lineId)
    if (debt === null) continue
    ofLines ??= []
    ofLines.push(debt)
  }
  return ofLines === null ? noDebts : { ofLines: ofLines.sort(compareDebts) }
}

function debtOf(books: Books, lineId: string): Debt | null {
  const own = ownOf(books, lineId)
  const due = own.length === 0 ? null : firstDue(own, books.now)
  return due === null ? null : { lineId, due, at: due.paidUntil ?? 0 }
}

function compareDebts(a: Debt, b: Debt): number {
  return a.at - b.at || (a.lineId < b.lineId ? -1 : 1)
}

/** The subscription whose fee is due first, of several the account's before that of a line; null: none is due. */
export function feeDue(books: Books, { ofLines }: Debts): Subscription | null {
  const ofAccount = firstDue(books.subscriptions, books.now)
  const first = ofLines[0]
  if (first === undefined) return ofAccount
  return ofAccount !== null && (ofAccount.paidUntil ?? 0) <= first.at ? ofAccount : first.due
}

/** Takes off what `feeDue` said and was dealt with; the line may have another one to pay. */
function settleDebt(books: Books, { ofLines }: Debts, { id }: Subscription): void {
  const first = ofLines[0]
  if (first?.due.id !== id) return
  ofLines.shift()
  const next = debtOf(books, first.lineId)
  if (next === null) return
  const behind = ofLines.findIndex(other => compareDebts(next, other) < 0)
  ofLines.splice(behind < 0 ? ofLines.length : behind, 0, next)
}

function firstDue(subscriptions: readonly Subscription[], now: EpochMs): Subscription | null {
  let earliest: Subscription | null = null
  for (const subscription of subscriptions) {
    const { paidUntil, suspendedAt } = subscription
    if (paidUntil === undefined || paidUntil > now || suspendedAt !== undefined) continue
    if (earliest === null || paidUntil < (earliest.paidUntil ?? 0)) earliest = subscription
  }
  return earliest
}

/** Pays the fee that is due at `paidUntil`, or suspends the offer. */
export function chargeFee(
  books: Books,
  catalogue: Catalogue,
  subscription: Subscription,
  debts: Debts
): void {
  charge(books, catalogue, subscription)
  if (debts.ofLines.length > 0) settleDebt(books, debts, subscription)
}

function charge(books: Books, catalogue: Catalogue, subscription: Subscription): void {
  const offer = catalogue.offers.get(subscription.offer)
  const at = subscription.paidUntil ?? books.now
  const every = offer?.feeEvery
  if (offer === undefined || every === undefined) {
    // The catalogue in force knows no such fee any more.
    const { paidUntil: _paid, ...rest } = subscription
    renew(books, subscription, rest)
    return
  }
  const until = periodOf(every, subscription.since, at, catalogue.timeZone)?.until ?? null
  if (until !== null && payFee(books, catalogue, subscription, offer, at)) {
    const paid = { amount: offer.fee, from: at, until }
    renew(books, subscription, { ...subscription, paid, paidUntil: until })
    return
  }
  renew(books, subscription, { ...subscription, suspendedAt: at })
  tell(books, subscription, 'suspended', offer.fee, at)
}

/**
 * Takes the fee from what is available, down to the credit limit, also that of the offer itself when it is being bought;
 * false: it is not enough.
 */
export function payFee(
  books: Books,
  catalogue: Catalogue,
  { id: reference, line = '' }: Pick<Subscription, 'id' | 'line'>,
  { fee, creditLimit }: Offer,
  at: EpochMs
): boolean {
  if (fee === 0) return true
  const limit = Math.max(creditLimit, creditLimitFor(books, catalogue, line))
  if (fee > books.available + limit) return false
  books.available -= fee
  const unit = books.before.currency
  recordMovement(books, { type: 'fee', amount: -fee, target: 'wallet', unit, reference }, at)
  return true
}

/** Takes up suspended offers of the account whose fee can be paid again; those that it took up. */
export function resumeSuspended(books: Books, catalogue: Catalogue): readonly Subscription[] {
  return resume(books, catalogue, books.subscriptions, books.before.lastAt)
}

/** Takes up suspended offers of the line that is served now, if their fee can be paid again. */
export function resumeOfLine(books: Books, catalogue: Catalogue, lineId: string): boolean {
  return resume(books, catalogue, ownOf(books, lineId), books.now).length > 0
}

function resume(
  books: Books,
  catalogue: Catalogue,
  subscriptions: readonly Subscription[],
  since: EpochMs
): readonly Subscription[] {
  let resumed: Subscription[] | null = null
  for (const subscription of subscriptions) {
    if (subscription.suspendedAt === undefined) continue
    const offer = catalogue.offers.get(subscription.offer)
    if (offer?.feeEvery === undefined) continue
    const at = Math.max(since, subscription.suspendedAt)
    if (!payFee(books, catalogue, subscription, offer, at)) continue
    const paidUntil = periodOf(offer.feeEvery, at, at, catalogue.timeZone)?.until ?? at
    const { id, offer: name, line } = subscription
    const paid = { amount: offer.fee, from: at, until: paidUntil }
    const own = line === undefined ? {} : { line }
    const running = { id, offer: name, since: at, paid, paidUntil, ...own }
    renew(books, subscription, running)
    tell(books, running, 'resumed', offer.fee, at)
    resumed ??= []
    resumed.push(running)
  }
  return resumed ?? none
}

const none: readonly Subscription[] = []

function tell(
  books: Books,
  { offer, line = '' }: Subscription,
  type: 'suspended' | 'resumed',
  fee: MicroUnits,
  at: EpochMs
): void {
  recordEvent(
    books,
    {
      type,
      lineId: line,
      subject: offer,
      threshold: '',
      direction: type === 'suspended' ? 'up' : 'down',
      status: '',
      used: books.available,
      amount: fee,
      unit: books.before.currency
    },
    at
  )
}
