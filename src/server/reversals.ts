/** Reversals of CDRs: an operation of the account, as a top-up is, once for each record. */
import type { Reversal } from '../cdr/conflicts.ts'
import type { Accounts } from '../charging/ports.ts'
import { GyroError } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import { traceIdOf } from '../trace/trace-id.ts'

/**
 * Gives back what the CDR took. Rejects when it is not known whether that was done: then it is asked again, and its
 * operation id makes it one reversal. What can never be done is an alarm, and does not hold up the other records.
 */
export function createReversals(
  accounts: Pick<Accounts, 'submit'>,
  logger: Logger
): (reversal: Reversal) => Promise<void> {
  return async ({ cdr, digest }) => {
    const { accountId, record } = cdr
    const traceId = traceIdOf(cdr)
    // No caller's idempotency key holds a control character.
    const operation = { key: `\u0001reversal:${digest}`, digest }
    const answer = await accounts.submit({ kind: 'reverse-cdr', accountId, cdr, operation })
    if (answer.kind === 'done') {
      if (!answer.repeated) logger.warn({ accountId, record, traceId }, 'a CDR was reversed')
      return
    }
    const { reason, detail } = answer
    if (reason === 'unavailable') {
      throw new GyroError('GYRO_STORE_UNAVAILABLE', `a CDR cannot be reversed now: ${detail}`)
    }
    logger.error(
      { alarm: 'cdr-reversal', accountId, record, traceId, reason, detail },
      'a CDR cannot be reversed; it is in outbox_rejected'
    )
  }
}
