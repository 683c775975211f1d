/**
 * Services under one price share its count, and each grant holds what its units add behind all that were granted
 * before. They may be used in another order: then the first of them costs what another grant holds for it.
 */
import type { MicroUnits } from '../domain/money.ts'
import type { Draw, Grant } from '../domain/session.ts'
import type { Situation } from '../rating/classify.ts'
import { bucketsAt, settleMoney, sharedPlace } from './books.ts'
import { bucketObstacle } from './burn-order.ts'
import type { Context } from './context.ts'
import { payFromCover } from './cover.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { asGranted } from './granted.ts'
import { lessenHolds } from './holds.ts'
import { isPurse, payUnreserved, settlePurse } from './purse.ts'
import { shareBuckets } from './purse-shares.ts'

/**
 * Ends what a grant holds of the wallet and of buckets of money: what its units cost is consumed, the rest is available again.
 * Buckets pay before the wallet: also those of which other services hold something, if they may draw on just the same.
 */
export function settleHeld(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  grant: Grant,
  situation: Situation | null,
  reserved: MicroUnits,
  purses: readonly Draw[],
  cost: MicroUnits
): void {
  if (cost === 0 && reserved === 0 && purses.length === 0) return
  let left = cost
  for (const purse of purses) {
    left = settlePurse(context, service, session.lineId, grant.zone, purse, left)
  }
  const others = (context.gives || left > reserved) && session.services.length > 1
  const payment = others ? { context, session, service, grant, situation } : null
  if (payment !== null && context.gives) left = payFromOthers(payment, 'same-buckets', left)
  settleMoney(context.books, reserved, Math.min(left, reserved))
  if (left <= reserved) return
  left -= reserved
  if (payment !== null) left = payFromOthers(payment, 'wallet', left)
  if (payment !== null && context.gives) left = payFromOthers(payment, 'buckets', left)
  left = payFromCover(context, session.lineId, grant, left)
  if (left === 0) return
  const place = situation === null ? null : asGranted(situation, grant)
  payUnreserved(context, service, session.lineId, place, left)
}

/** What was used of a grant that has ended. */
interface Payment {
  readonly context: Context
  readonly session: SessionDraft
  readonly service: ServiceDraft
  readonly grant: Grant
  readonly situation: Situation | null
}

/** What other services hold: of the wallet, of buckets, or of buckets if they may draw on just the same ones. */
type Held = 'wallet' | 'buckets' | 'same-buckets'

/** Pays from what the session's other services hold under the price of a grant; returns what is left to pay. */
function payFromOthers(payment: Payment, held: Held, cost: MicroUnits): MicroUnits {
  const { context, session, service, grant } = payment
  let left = cost
  for (const other of session.services) {
    if (left === 0) return 0
    if (other.grant === null || other === service || !sharePrice(other.grant, grant)) continue
    if (held !== 'wallet' && !other.grant.draws.some(isPurse)) continue
    if (held === 'same-buckets' && !shareBuckets(context, session, service, grant, other)) continue
    left = takeFrom(payment, other, other.grant, held, left)
  }
  return left
}

function sharePrice(a: Grant, b: Grant): boolean {
  if (a.price === b.price || a.change?.price === b.price) return true
  return (
    b.change !== undefined && (a.price === b.change.price || a.change?.price === b.change.price)
  )
}

/** Pays from what a grant of another service holds; returns what is left to pay. */
function takeFrom(
  { context, session: { lineId }, service, grant: used, situation }: Payment,
  other: ServiceDraft,
  grant: Grant,
  held: Held,
  cost: MicroUnits
): MicroUnits {
  const place = situation === null ? null : asGranted(situation, used)
  let left = cost
  const draws: Draw[] = []
  for (const draw of grant.draws) {
    const isOf = isPurse(draw) !== (held === 'wallet')
    const amount = isOf && mayPay(context, lineId, place, draw) ? Math.min(left, draw.amount) : 0
    left -= amount
    const rest = { ...draw, amount: draw.amount - amount }
    if (!isPurse(draw)) settleMoney(context.books, amount, amount)
    else if (amount > 0) {
      settlePurse(context, service, lineId, grant.zone, { ...draw, amount }, amount)
    }
    // A bucket that holds nothing more may be gone when the grant ends.
    if (!isPurse(draw) || rest.amount > 0) draws.push(rest)
  }
  const { holds } = grant
  other.grant = { ...grant, draws }
  if (holds !== undefined) {
    other.grant = { ...grant, draws, holds: lessenHolds(context, lineId, holds, cost - left) }
  }
  return left
}

/** Money of a bucket pays only for what it is for. */
function mayPay(context: Context, lineId: string, place: Situation | null, draw: Draw): boolean {
  if (!isPurse(draw)) return true
  if (place === null) return false
  const at = draw.source === 'account' ? sharedPlace : ({ source: 'line', lineId } as const)
  const bucket = bucketsAt(context.books, at).find(({ id }) => id === draw.bucket)
  return bucket !== undefined && bucketObstacle(context, bucket, place) === null
}
