/**
 * Adjusting wallets to what was re-rated, exactly once however often it is begun, killed and begun again.
 *
 * A movement is planned in the database with the CDRs that it is for, made through the lane of its account under a key that
 * is a digest of the plan, and then marked. The next run finishes first what was planned and not marked: what the ledger has was
 * made, and what is asked for again under its key is made once. A re-rating counts what was adjusted before,
 * so that one by the same catalogue finds nothing left to do.
 */
import { createHash } from 'node:crypto'
import type {
  AdjustmentBook,
  AdjustmentPlan,
  CdrAdjustment,
  OpenAdjustment
} from '../charging/adjustment.ts'
import type { Accounts } from '../charging/ports.ts'
import { GyroError } from '../domain/errors.ts'
import { formatMoney, type MicroUnits } from '../domain/money.ts'
import { add } from '../domain/units.ts'

export interface ApplyOptions {
  readonly book: AdjustmentBook
  readonly accounts: Pick<Accounts, 'submit'>
}

export interface Applied {
  accounts: number
  cdrs: number
  /** Above zero for the subscribers. */
  amount: MicroUnits
  readonly refused: { readonly accountId: string; readonly reason: string }[]
}

/** Accounts that are adjusted at the same time. */
const together = 32
const openRows = 1_000

/**
 * Finishes what an earlier run has planned and not marked; the number of movements. Rejects with
 * GYRO_STORE_UNAVAILABLE and GYRO_CDR_UNAVAILABLE.
 */
export async function finishEarlier(options: ApplyOptions): Promise<number> {
  let finished = 0
  for (;;) {
    const open = await options.book.open(openRows)
    if (open.length === 0) return finished
    for (const movement of open) {
      if (movement.booked) await options.book.settle(movement.operation)
      else await move(options, movement)
    }
    finished += open.length
  }
}

/** Makes the adjustments. Rejects like finishEarlier, and with GYRO_CONFLICT when another run is at work. */
export async function apply(
  adjustments: ReadonlyMap<string, readonly CdrAdjustment[]>,
  catalogue: string,
  options: ApplyOptions
): Promise<Applied> {
  const applied: Applied = { accounts: 0, cdrs: 0, amount: 0, refused: [] }
  const waiting = [...adjustments]
  while (waiting.length > 0) {
    await Promise.all(
      waiting
        .splice(0, together)
        .map(([accountId, mine]) => applyOne(planOf(accountId, mine, catalogue), options, applied))
    )
  }
  return applied
}

function planOf(
  accountId: string,
  adjustments: readonly CdrAdjustment[],
  catalogue: string
): AdjustmentPlan {
  const content = adjustments.map(({ cdr, turn, amount }) => [
    cdr.sessionId,
    cdr.number,
    cdr.startedAt,
    turn,
    amount
  ])
  const digest = digestOf(JSON.stringify([accountId, catalogue, content]))
  return { operation: `rerate:${digest}`, accountId, catalogue, adjustments }
}

async function applyOne(
  plan: AdjustmentPlan,
  options: ApplyOptions,
  applied: Applied
): Promise<void> {
  const amount = plan.adjustments.reduce((sum, adjustment) => add(sum, adjustment.amount), 0)
  await options.book.plan(plan)
  const reason = await move(options, { ...plan, amount })
  if (reason !== null) {
    applied.refused.push({ accountId: plan.accountId, reason })
    return
  }
  applied.accounts += 1
  applied.cdrs += plan.adjustments.length
  applied.amount = add(applied.amount, amount)
}

/** Why the movement was refused; null: it was made, or CDRs of the account only changed places. */
async function move(
  { accounts, book }: ApplyOptions,
  { accountId, operation: key, amount }: Omit<OpenAdjustment, 'booked' | 'catalogue'>
): Promise<string | null> {
  if (amount !== 0) {
    const operation = { key, digest: digestOf(formatMoney(amount)) }
    const answer = await accounts.submit({ kind: 'adjust', accountId, amount, operation })
    if (answer.kind === 'refused') {
      if (answer.reason === 'unavailable') {
        throw new GyroError(
          'GYRO_STORE_UNAVAILABLE',
          'the store does not answer; run it again once it is back: nothing is adjusted twice'
        )
      }
      await book.refuse(key, answer.detail)
      return answer.detail
    }
  }
  await book.settle(key)
  return null
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
