/** What retention works on: the CDR database, and the store, which knows the open sessions. */
import { openCdr } from '../cdr/open-cdr.ts'
import type { Accounts } from '../charging/ports.ts'
import type { RetainedDay, RetentionOrder } from '../charging/retention.ts'
import { dayOf } from '../domain/time.ts'
import { systemClock, systemScheduler } from '../ops/clock.ts'
import { openHouse } from '../server/compose.ts'
import { signingKeyOf } from '../server/signing-key.ts'
import { setUp } from './open-backend.ts'

interface RetentionBackend {
  retain(
    order: Pick<RetentionOrder, 'before' | 'dryRun' | 'unexported'>
  ): Promise<readonly RetainedDay[]>
  close(): Promise<void>
}

/** Rejects with GYRO_STORE_LOCKED beside a server with embedded stores. */
export async function openRetention(): Promise<RetentionBackend> {
  const { config, log } = setUp()
  const house = await openHouse({ config, log, role: 'command' })
  const ports = { logger: log, clock: systemClock, scheduler: systemScheduler }
  const options = { ...ports, signingKey: signingKeyOf(config) }
  const cdr = await openCdr(config.cdr.url, options).catch(async (error: unknown) => {
    await house.close()
    throw error
  })
  const { folder, stream } = config.export
  const streams = folder === null ? [] : [stream]
  return {
    async retain(order) {
      const openSessions = await countByDay(house.service.accounts, order.before)
      return cdr.retention.retain({ ...order, streams, openSessions })
    },
    async close() {
      await house.service.close()
      await house.close()
      await cdr.close()
    }
  }
}

/** Open sessions by the day on which they began, of those before that day. */
async function countByDay(accounts: Accounts, before: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Accounts['allSessions']>> = await accounts.allSessions(
      cursor,
      1_000
    )
    for (const { startedAt } of page.items) {
      const day = dayOf(startedAt)
      if (day < before) counts.set(day, (counts.get(day) ?? 0) + 1)
    }
    cursor = page.next
  } while (cursor !== null)
  return counts
}
