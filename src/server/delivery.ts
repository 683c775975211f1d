/** What brings outbox records to the CDR database: the drain, and the outbox on disk beside it. */
import { createDrain, type Drain } from '../cdr/drain.ts'
import type { CdrStore } from '../cdr/open-cdr.ts'
import type { Spill } from '../cdr/spill/spill.ts'
import { systemClock, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { House } from './compose.ts'
import type { OpenParts } from './open-parts.ts'
import { openSpiller, openSpillOf } from './open-spill.ts'
import { createReversals } from './reversals.ts'

export interface DeliveryOptions {
  readonly config: Config
  readonly log: Log
  readonly metrics: Metrics
  readonly open: OpenParts
}

export interface Delivery {
  readonly drain: Drain
  /** null: records wait in the store alone. */
  readonly spill: Spill | null
}

/** How long the outbox may take to become empty at the end. */
const lastFlushMs = 5_000

/** Rejects with GYRO_CONFIG_INVALID, with the database closed, when the folder of the spill cannot be used. */
export async function openDelivery(
  options: DeliveryOptions,
  house: House,
  cdr: CdrStore
): Promise<Delivery> {
  const { config, log, open } = options
  const spill = await openSpillOf(house, config, log).catch(async (error: unknown) => {
    await cdr.close()
    throw error
  })
  const drain = createDrain({
    outbox: house.store.outbox,
    spill,
    writer: cdr.writer,
    reverse: createReversals(house.service.accounts, log),
    scheduler: systemScheduler,
    clock: systemClock,
    logger: log
  })
  drain.start()
  const spiller = openSpiller(house, config, drain, spill, options)
  open.hold('cdr', async () => {
    await spiller?.close()
    await closeCdr(drain, cdr)
    await spill?.close()
  })
  return { drain, spill }
}

async function closeCdr(drain: Drain, cdr: CdrStore): Promise<void> {
  // What cannot be written now stays in the outbox and is written after the next start.
  if (!drain.stats().failing) await drain.flush(lastFlushMs)
  await drain.close()
  await cdr.close()
}
