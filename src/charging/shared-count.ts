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
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { asGranted } from './granted.ts'
import { lessenHolds } from './limits.ts'
import { isPurse, payUnreserved, settlePurse } from './purse.ts'

/** Ends a draw of money, and those of buckets before it: what its units cost is consumed, the rest is available again. */
export function settleDraw(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  grant: Grant,
  situation: Situation | null,
  draw: Draw,
  purses: readonly Draw[],
  cost: MicroUnits
): void {
  let left = cost
  for (const purse of purses) {
    left = settlePurse(context, service, session.lineId, grant.zone, purse, left)
  }
  settleMoney(context.books, draw.amount, Math.min(left, draw.amount))
  if (left > draw.amount) {
    payBeyond(context, session, service, grant, situation, left - draw.amount)
  }
}

/**
 * Pays what units of a grant cost beyond what it held for them: from what the session's other services hold under its
 * price, then as what nothing was reserved for.
 */
function payBeyond(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  grant: Grant,
  situation: Situation | null,
  cost: MicroUnits
): void {
  const place = situation === null ? null : asGranted(situation, grant)
  let left = cost
  for (const other of session.services) {
    if (left === 0) return
    if (other.grant === null || !sharePrice(other.grant, grant)) continue
    left = takeFrom(context, session, service, other, other.grant, place, left)
  }
  if (left > 0) payUnreserved(context, service, session.lineId, place, left)
}

function sharePrice(a: Grant, b: Grant): boolean {
  if (a.price === b.price || a.change?.price === b.price) return true
  return (
    b.change !== undefined && (a.price === b.change.price || a.change?.price === b.change.price)
  )
}

/** Pays from what a grant of another service holds; returns what is left to pay. */
function takeFrom(
  context: Context,
  session: SessionDraft,
  service: ServiceDraft,
  other: ServiceDraft,
  grant: Grant,
  place: Situation | null,
  cost: MicroUnits
): MicroUnits {
  const { lineId } = session
  let left = cost
  const draws: Draw[] = []
  for (const draw of grant.draws) {
    const amount = mayPay(context, lineId, place, draw) ? Math.min(left, draw.amount) : 0
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
