/** What was decided for one service of a request, and why, as simulations show it. */
import type {
  BucketTried,
  GrantExplained,
  LimitHeld,
  LimitTried,
  RuleTried,
  Slice,
  UnitExplained
} from '../charging/simulation.ts'
import { formatMoney } from '../domain/money.ts'
import { becauseOf, becauseOfBucket, shortageOf } from './obstacles.ts'
import { viewQuantity } from './quantity.ts'
import { iso } from './views.ts'

export function viewUnit(unit: UnitExplained) {
  const { meaning, grant } = unit
  return {
    ratingGroup: unit.ratingGroup,
    service: meaning?.service ?? null,
    unit: meaning?.unit ?? null,
    zone: meaning?.zone ?? null,
    destination: meaning?.destination ?? null,
    leg: meaning?.leg ?? null,
    emergency: meaning?.emergency ?? false,
    free: meaning?.free ?? false,
    outcome: unit.outcome,
    settled: unit.settled.map(viewSlice),
    rules: unit.rules.map(rule => viewRule(rule, unit)),
    buckets: unit.buckets.map(bucket => viewTried(bucket, unit)),
    limits: unit.limits.map(limit => viewLimit(limit, unit)),
    plausible: unit.plausible,
    grant: grant === null ? null : viewGrant(grant, unit)
  }
}

function viewSlice(slice: Slice) {
  return {
    ...slice,
    price: slice.price === '' ? null : slice.price,
    bucket: slice.bucket === '' ? null : slice.bucket,
    amount: formatMoney(slice.amount)
  }
}

function viewRule({ price, offer, row, obstacle }: RuleTried, unit: UnitExplained) {
  const verdict = obstacle === null ? 'matched' : 'rejected'
  return { price, offer, row, verdict, obstacle, because: becauseOf(obstacle, unit) }
}

function viewTried(tried: BucketTried, unit: UnitExplained) {
  const { bucket, lineId, available, obstacle, stops } = tried
  return {
    bucket,
    line: lineId === '' ? null : lineId,
    unit: tried.unit,
    available: viewQuantity(tried.unit, available),
    verdict: obstacle === null ? 'drawable' : 'passed-over',
    obstacle,
    stops,
    because: becauseOfBucket(tried, unit)
  }
}

const bases: Readonly<Record<GrantExplained['basis'], string>> = {
  asked: 'as many as were asked for',
  first: 'the first size of the quota policy',
  rate: 'what lasts the target time at the rate measured, within the bounds of the quota policy',
  share: 'its share of what is left, among the open sessions of the account'
}

function viewGrant(grant: GrantExplained, unit: UnitExplained) {
  const limited = grant.limited ? `; less, because ${shortageOf(unit)}` : ''
  return {
    unit: grant.unit,
    wanted: grant.wanted,
    basis: grant.basis,
    because: `${bases[grant.basis]}${limited}`,
    granted: grant.granted,
    limited: grant.limited,
    final: grant.final,
    price: grant.price === '' ? null : grant.price,
    change: grant.change === null ? null : { at: iso(grant.change.at), price: grant.change.price },
    draws: grant.draws.map(({ source, bucket, units, amount }) => ({
      from: source === 'wallet' ? 'wallet' : 'bucket',
      bucket: bucket === '' ? null : bucket,
      units,
      amount: formatMoney(amount)
    }))
  }
}

function viewLimit(
  { lineId, validUntil, obstacle, bound, before, after, ...limit }: LimitTried,
  unit: UnitExplained
) {
  return {
    ...limit,
    amount: viewQuantity(limit.unit, limit.amount),
    before: viewUse(limit.unit, before),
    after: viewUse(limit.unit, after),
    line: lineId === '' ? null : lineId,
    validUntil: validUntil === null ? null : iso(validUntil),
    verdict: obstacle !== null ? 'passed-over' : bound ? 'bound' : 'counted',
    obstacle,
    because: becauseOf(obstacle, unit)
  } as const
}

export function viewUse(unit: string, { used, reserved }: LimitHeld['after']) {
  return { used: viewQuantity(unit, used), reserved: viewQuantity(unit, reserved) }
}
