/**
 * What the open grants of all sessions hold under prices that count by periods: their counts keep the sums.
 *
 * A session comes to hand with the grants that its counts know, and whatever has become of these is told to the counts at
 * once. So no other code has to remember it, and where nothing is granted any more nothing is held.
 */
import type { CountHolds, LimitHolds, PriceCount } from '../domain/account.ts'
import type { Draw, Grant, Hold } from '../domain/session.ts'
import type { TouchedCount } from './books.ts'
import { type Context, isLost, priceOf } from './context.ts'
import type { ServiceDraft, SessionDraft } from './draft.ts'
import { heldUnder } from './held-units.ts'
import { isMoneyHold } from './holds.ts'
import { findCount, isSameCount, replaceCount } from './price-count.ts'
import { isPurse } from './purse.ts'

/** Must be called when a session comes to hand, before anything is done to its grants. */
export function beginPeriods(context: Context, session: SessionDraft): void {
  if (!session.services.some(isCounted)) return
  const { books } = context
  if (books.covers?.session === session) return
  for (const service of session.services) giveExcess(context, session, service)
  const touched = books.covers?.touched ?? noneTouched
  books.covers = { session, grants: grantsOf(session), touched }
}

/** Tells the counts what has become of a session's grants; returns the counts that have changed since the last time. */
export function tellCounts(context: Context, session: SessionDraft): readonly TouchedCount[] {
  const { books } = context
  const { covers } = books
  if (covers === null) return noneTouched
  const before = covers.session === session ? covers.grants : noGrants
  const after = grantsOf(session)
  let { touched } = covers
  for (const grant of before) {
    if (!after.includes(grant)) touched = tell(context, session, grant, -1, touched)
  }
  for (const grant of after) {
    if (!before.includes(grant)) touched = tell(context, session, grant, 1, touched)
  }
  books.covers = after.length === 0 ? null : { session, grants: after, touched: noneTouched }
  return touched
}

const noneTouched: readonly TouchedCount[] = []
const noGrants: readonly Grant[] = []

function isCounted({ grant }: ServiceDraft): boolean {
  return grant?.period !== undefined
}

function grantsOf({ services }: SessionDraft): readonly Grant[] {
  const grants: Grant[] = []
  for (const { grant } of services) if (grant?.period !== undefined) grants.push(grant)
  return grants
}

/** The count that knows a grant; null: none does. */
function countBehind(
  context: Context,
  { lineId }: SessionDraft,
  { price: ref, period }: Grant
): { readonly key: TouchedCount; readonly count: PriceCount } | null {
  if (period === undefined || isLost(context, ref)) return null
  const { over } = priceOf(context, ref)
  if (over === undefined) return null
  const count = findCount(context, lineId, ref, over, period)
  return count === undefined ? null : { count, key: { lineId, ref, over, from: count.from } }
}

const nothing: CountHolds = { wallet: 0, buckets: 0, cover: 0, limits: [] }

/** Adds what a grant holds to the sums of its count, or takes it out of them. */
function tell(
  context: Context,
  session: SessionDraft,
  grant: Grant,
  sign: 1 | -1,
  touched: readonly TouchedCount[]
): readonly TouchedCount[] {
  const behind = countBehind(context, session, grant)
  if (behind === null) return touched
  const { key, count } = behind
  const { wallet, buckets, cover, limits } = count.open ?? nothing
  const open: CountHolds = {
    wallet: Math.max(0, wallet + sign * ofWallet(grant)),
    buckets: Math.max(0, buckets + sign * ofBuckets(grant)),
    cover,
    limits: limitsWith(context, session.lineId, limits, grant, sign)
  }
  replaceCount(context, key.lineId, key.over, { ...count, open })
  return touched.some(other => isSameCount(other, key)) ? touched : [...touched, key]
}

function ofWallet({ draws }: Grant): number {
  let money = 0
  for (const { source, amount } of draws) if (source === 'wallet') money += amount
  return money
}

function ofBuckets({ draws }: Grant): number {
  let money = 0
  for (const draw of draws) if (isPurse(draw)) money += draw.amount
  return money
}

function limitsWith(
  context: Context,
  lineId: string,
  limits: readonly LimitHolds[],
  grant: Grant,
  sign: 1 | -1
): readonly LimitHolds[] {
  if (grant.holds === undefined) return limits
  const after = [...limits]
  const units = heldUnder({ grant }, grant.price)
  for (const hold of grant.holds) {
    const at = after.findIndex(each => isOf(each, hold, lineId))
    const known = after[at]
    if (known !== undefined) {
      after[at] = {
        ...known,
        units: Math.max(0, known.units + sign * units),
        money: Math.max(0, known.money + sign * hold.units)
      }
    } else if (sign > 0 && isMoneyHold(context, lineId, hold)) {
      const { source, counter } = hold
      const line = source === 'line' ? lineId : ''
      after.push({ lineId: line, counter, units, money: hold.units, cover: 0 })
    }
  }
  return after
}

/** Whether a grant of this line holds of the limit. */
export function isOf(limit: LimitHolds, { source, counter }: Hold, lineId: string): boolean {
  return limit.counter === counter && limit.lineId === (source === 'line' ? lineId : '')
}

/**
 * Takes out of a grant what nothing needs of it any more, and what its count has made available already. So what the
 * session holds is really there.
 */
function giveExcess(context: Context, session: SessionDraft, service: ServiceDraft): void {
  const { grant } = service
  if (grant === null) return
  const behind = countBehind(context, session, grant)
  const open = behind?.count.open
  if (behind === null || open === undefined || !hasExcess(open)) return
  let { wallet, cover } = open
  const draws = grant.draws.map((draw): Draw => {
    if (draw.source !== 'wallet' || cover >= 0) return draw
    const amount = Math.min(draw.amount, -cover, wallet)
    wallet -= amount
    cover += amount
    return { ...draw, amount: draw.amount - amount }
  })
  const limits = [...open.limits]
  const holds = grant.holds?.map((hold): Hold => {
    const at = limits.findIndex(each => isOf(each, hold, session.lineId))
    const known = limits[at]
    if (known === undefined || known.cover >= 0) return hold
    const units = Math.min(hold.units, -known.cover, known.money)
    limits[at] = { ...known, money: known.money - units, cover: known.cover + units }
    return { ...hold, units: hold.units - units }
  })
  service.grant = { ...grant, draws, ...(holds === undefined ? {} : { holds }) }
  const { key, count } = behind
  const kept = { ...open, wallet, cover, limits }
  replaceCount(context, key.lineId, key.over, { ...count, open: kept })
}

function hasExcess({ cover, limits }: CountHolds): boolean {
  return cover < 0 || limits.some(limit => limit.cover < 0)
}
