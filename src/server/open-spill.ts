/** The outbox on disk of this server, on a store that needs one. */
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { Drain } from '../cdr/drain.ts'
import { openSpill, type Spill } from '../cdr/spill/spill.ts'
import { createSpiller, type Spiller } from '../cdr/spill/spiller.ts'
import { systemClock, systemRandom, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { House } from './compose.ts'

/** null: the store is on disk itself. Rejects with GYRO_CONFIG_INVALID. */
export async function openSpillOf(
  { store }: Pick<House, 'store'>,
  { spill }: Config,
  logger: Log
): Promise<Spill | null> {
  if (store.spills === null) return null
  return openSpill({
    ...spill,
    folder: resolve(spill.folder),
    board: store.spills,
    host: hostname(),
    clock: systemClock,
    random: systemRandom,
    logger
  })
}

/** Spills what the store has no room for, with what there is to see of it at /metrics; null: nothing is spilled. */
export function openSpiller(
  { store: { outbox, spills } }: Pick<House, 'store'>,
  config: Config,
  drain: Drain,
  spill: Spill | null,
  options: { readonly log: Log; readonly metrics: Metrics }
): Spiller | null {
  // With 0 octets nothing is spilled; what lies there is delivered all the same.
  if (spills === null || spill === null || config.spill.octetsMax === 0) return null
  const spiller = createSpiller({
    outbox,
    board: spills,
    spill,
    drain: () => drain.stats(),
    recordsMax: config.spill.recordsMax,
    memoryMax: config.spill.memoryMax / 100,
    scheduler: systemScheduler,
    clock: systemClock,
    logger: options.log
  })
  watchSpill(options.metrics, spill, spiller)
  spiller.start()
  return spiller
}

function watchSpill(metrics: Metrics, spill: Spill, spiller: Spiller): void {
  const gauges: readonly (readonly [name: string, help: string, read: () => number])[] = [
    [
      'gyro_outbox_bytes',
      'Memory of the store that waiting records take; 0 while none wait longer than usual.',
      () => spiller.stats().octets
    ],
    [
      'gyro_outbox_oldest_seconds',
      'Age of the oldest record in the store; 0 while none waits longer than usual.',
      () => {
        const { oldestAt } = spiller.stats()
        return oldestAt === null ? 0 : Math.max(0, (systemClock.now() - oldestAt) / 1_000)
      }
    ],
    [
      'gyro_outbox_pressed',
      '1 while more records wait than the store shall hold: an alarm.',
      () => (spiller.stats().pressed ? 1 : 0)
    ],
    [
      'gyro_spill_records',
      'Records on the disk of this server that wait for the CDR database.',
      () => spill.stats().records
    ],
    ['gyro_spill_bytes', 'What they take on disk.', () => spill.stats().octets],
    ['gyro_spill_written', 'Records spilled since the start.', () => spill.stats().spilled],
    [
      'gyro_spill_delivered',
      'Spilled records delivered since the start.',
      () => spill.stats().delivered
    ],
    [
      'gyro_spill_failing',
      '1 while the disk for spilled records is full or cannot be written: an alarm.',
      () => (spill.stats().failing ? 1 : 0)
    ],
    [
      'gyro_spill_damaged',
      'Damaged records found among the spilled ones: an alarm.',
      () => spill.stats().damaged
    ],
    [
      'gyro_spill_elsewhere',
      'Files of spilled records that other servers have to deliver first.',
      () => spill.stats().elsewhere
    ]
  ]
  for (const [name, help, read] of gauges) metrics.gauge(name, help, read)
}
