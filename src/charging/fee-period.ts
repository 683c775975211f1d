/**
 * The period that the fee of an offer pays for: the one that it is taken for, or that of its allowances, where all of
 * them have the same one.
 */
import type { EpochMs } from '../domain/time.ts'
import type { Offer, Period } from '../rating/catalogue.ts'
import { periodOf } from '../rating/period.ts'

export interface FeeSpan {
  readonly from: EpochMs
  readonly until: EpochMs
}

/** The period of the fee at an instant, counted from `since`; null: the fee is for no period. */
export function feeSpan(
  offer: Offer,
  since: EpochMs,
  now: EpochMs,
  timeZone: string
): FeeSpan | null {
  const period = feePeriod(offer)
  const span = period === null ? null : periodOf(period, since, now, timeZone)
  return span === null || span.until === null ? null : { from: span.from, until: span.until }
}

/** Whether the fees of both are for the same period, or for none. */
export function sameFeePeriod(a: Offer, b: Offer): boolean {
  return textOf(feePeriod(a)) === textOf(feePeriod(b))
}

function feePeriod({ allowances, feeEvery }: Offer): Period | null {
  if (feeEvery !== undefined) return feeEvery
  const [first] = allowances
  if (first === undefined) return null
  const same = allowances.every(({ period }) => textOf(period) === textOf(first.period))
  return same ? first.period : null
}

function textOf(period: Period | null): string {
  if (period === null) return ''
  return period.kind === 'days' ? `${period.days} ${period.renews}` : period.kind
}
