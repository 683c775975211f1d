/**
 * Has the clients of open sessions ask anew after another version took effect: slowly, so that a million sessions
 * do not come back in one second. Nothing depends on it: a session takes the new version with its next grant anyway.
 */
import type { Accounts } from '../charging/ports.ts'
import type { Logger } from '../domain/log.ts'
import type { Scheduler } from '../domain/time.ts'

export interface ReauthorizeOptions {
  readonly accounts: Pick<Accounts, 'list' | 'submit'>
  readonly scheduler: Scheduler
  readonly logger: Logger
  /** Sessions a second. */
  readonly rate: number
}

/** A tenth of a second of orders, at least one account. */
const stepsPerSecond = 10

/** Resolves with the number of sessions whose clients were asked; stops when `wanted` says no. */
export async function reauthorizeAll(
  options: ReauthorizeOptions,
  wanted: () => boolean
): Promise<number> {
  const { accounts, scheduler, rate } = options
  const step = Math.max(1, Math.floor(rate / stepsPerSecond))
  let asked = 0
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Accounts['list']>> = await accounts.list(cursor, step)
    let sessions = 0
    for (const { account } of page.items) {
      if (account.openSessions === 0) continue
      if (!wanted()) return asked
      sessions += account.openSessions
      await accounts.submit({
        kind: 'order',
        accountId: account.id,
        sessionId: null,
        action: 'reauthorize',
        cause: 'catalogue',
        ratingGroup: null
      })
    }
    asked += sessions
    cursor = page.next
    if (sessions > 0) {
      await new Promise<void>(resolve => scheduler.later((sessions * 1_000) / rate, resolve))
    }
  } while (cursor !== null && wanted())
  return asked
}
