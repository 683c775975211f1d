/** The Nchf listener as the configuration has it. */
import type { Charge } from '../charging/ports.ts'
import { createNchfListener, type NchfListener } from '../nchf/listener.ts'
import { systemClock, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import { nchfMaterialOf } from './tls-files.ts'

export interface NchfParts {
  readonly config: Config
  readonly log: Log
  readonly metrics: Metrics
}

/** Not listening yet. Throws GYRO_CONFIG_INVALID. */
export function openNchf({ config, log, metrics }: NchfParts, charge: Charge): NchfListener {
  const { apiRoot, failureHandling, listen, profile } = config.nchf
  const listener = createNchfListener({
    listen,
    charge,
    logger: log,
    clock: systemClock,
    scheduler: systemScheduler,
    onRequest: metrics.answered,
    apiRoot,
    profile,
    failureHandling,
    tls: nchfMaterialOf(config)
  })
  metrics.gauge('gyro_nchf_connections', 'Nchf connections that are open.', () =>
    listener.connections()
  )
  return listener
}
