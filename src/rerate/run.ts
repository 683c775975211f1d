/** A re-rating as it is asked for: worked out, applied if that is wanted, and summed up. */
import type { AdjustmentBook } from '../charging/adjustment.ts'
import type { Accounts } from '../charging/ports.ts'
import { formatMoney } from '../domain/money.ts'
import { apply, finishEarlier } from './apply.ts'
import { type KnownVersions, type RerateWanted, rerate } from './rerate.ts'
import { type Summary, summaryOf } from './summary.ts'

export interface RerateParts {
  readonly book: AdjustmentBook
  readonly accounts: Pick<Accounts, 'submit'>
  readonly versions: KnownVersions
}

export interface AppliedJson {
  readonly accounts: number
  readonly cdrs: number
  /** Above zero for the subscribers. */
  readonly amount: string
  readonly refused: readonly { readonly accountId: string; readonly reason: string }[]
  /** Movements that an earlier run had planned and not finished. */
  readonly finished: number
}

export interface RerateAnswer extends Summary {
  /** null: nothing was changed. */
  readonly applied: AppliedJson | null
}

/** Rejects with GYRO_STORE_UNAVAILABLE, GYRO_CDR_UNAVAILABLE, and GYRO_CONFLICT when another run is at work. */
export async function runRerate(
  wanted: RerateWanted & { readonly apply: boolean },
  parts: RerateParts
): Promise<RerateAnswer> {
  const finished = wanted.apply ? await finishEarlier(parts) : 0
  const { totals, adjustments } = await rerate(wanted, parts)
  const summary = summaryOf(wanted, totals)
  if (!wanted.apply) return { ...summary, applied: null }
  const done = await apply(adjustments, wanted.candidate.version, parts)
  return { ...summary, applied: { ...done, amount: formatMoney(done.amount), finished } }
}
