/** The scheduled export of CDRs, where one is configured. */
import type { CdrStore } from '../cdr/open-cdr.ts'
import { createSchedule } from '../export/schedule.ts'
import { systemRandom, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { OpenParts } from './open-parts.ts'

export interface ExportingOptions {
  readonly config: Config
  readonly log: Log
  readonly metrics: Metrics
  readonly open: OpenParts
}

const holderDigits = 16

export function openExport({ config, log, metrics, open }: ExportingOptions, cdr: CdrStore): void {
  const { folder, format, stream, recordsMax, seconds, address } = config.export
  if (folder === null) return
  const schedule = createSchedule({
    export: {
      book: cdr.exports,
      folder,
      stream,
      format,
      holder: systemRandom.hex(holderDigits),
      recordsMax,
      ageMs: seconds * 1_000,
      node: { name: config.diameter.originHost, address }
    },
    scheduler: systemScheduler,
    logger: log
  })
  metrics.gauge('gyro_export_files', 'Files of CDRs written since the start.', () => {
    return schedule.stats().files
  })
  metrics.gauge('gyro_export_records', 'CDRs in them.', () => schedule.stats().records)
  metrics.gauge('gyro_export_failing', '1 while CDRs cannot be exported: an alarm.', () => {
    return schedule.stats().failing ? 1 : 0
  })
  schedule.start()
  open.hold('export', () => schedule.close())
}
