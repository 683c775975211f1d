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

/** The subscription whose fee is due first; null: none is due. */
export function feeDue({ subscriptions, now }: Books): Subscription | null {
  let earliest: Subscription | null = null
  for (const subscription of subscriptions) {
    const { paidUntil, suspendedAt } = subscription
    if (paidUntil === undefined || paidUntil > now || suspendedAt !== undefined) continue
    if (earliest === null || paidUntil < (earliest.paidUntil ?? 0)) earliest = subscription
  }
  return earliest
}

/** Pays the fee that is due at `paidUntil`, or suspends the offer. */
export function chargeFee(books: Books, catalogue: Catalogue, subscription: Subscription): void {
  const offer = catalogue.offers.get(subscription.offer)
  const at = subscription.paidUntil ?? books.now
  const every = offer?.feeEvery
  if (offer === undefined || every === undefined) {
    // The catalogue in force knows no such fee any more.
    const { paidUntil: _paid, ...rest } = subscription
    replace(books, subscription, rest)
    return
  }
  const until = periodOf(every, subscription.since, at, catalogue.timeZone)?.until ?? null
  if (until !== null && payFee(books, catalogue, subscription, offer, at)) {
    const paid = { amount: offer.fee, from: at, until }
    replace(books, subscription, { ...subscription, paid, paidUntil: until })
    return
  }
  replace(books, subscription, { ...subscription, suspendedAt: at })
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

/** Takes up suspended offers whose fee can be paid again; those that it took up. */
export function resumeSuspended(books: Books, catalogue: Catalogue): readonly Subscription[] {
  let resumed: Subscription[] | null = null
  for (const subscription of books.subscriptions) {
    if (subscription.suspendedAt === undefined) continue
    const offer = catalogue.offers.get(subscription.offer)
    if (offer?.feeEvery === undefined) continue
    const at = Math.max(books.before.lastAt, subscription.suspendedAt)
    if (!payFee(books, catalogue, subscription, offer, at)) continue
    const paidUntil = periodOf(offer.feeEvery, at, at, catalogue.timeZone)?.until ?? at
    const { id, offer: name, line } = subscription
    const paid = { amount: offer.fee, from: at, until: paidUntil }
    const own = line === undefined ? {} : { line }
    const running = { id, offer: name, since: at, paid, paidUntil, ...own }
    replace(books, subscription, running)
    tell(books, running, 'resumed', offer.fee, at)
    resumed ??= []
    resumed.push(running)
  }
  return resumed ?? none
}

const none: readonly Subscription[] = []

function replace(books: Books, before: Subscription, after: Subscription): void {
  books.subscriptions = books.subscriptions.map(other => (other.id === before.id ? after : other))
}

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
