/** The Nchf listener as the configuration has it. */
import type { Charge } from '../charging/ports.ts'
import { createNchfListener, type NchfListener } from '../nchf/listener.ts'
import { bindingOf } from '../nchf/sbi.ts'
import { show } from '../ops/address.ts'
import { systemClock, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import { addressError } from './diameter.ts'
import { accessOf } from './nchf-access.ts'
import type { NchfTls } from './nchf-tls.ts'

export interface NchfParts {
  readonly config: Config
  readonly log: Log
  readonly metrics: Metrics
}

/** Not listening yet. Throws GYRO_CONFIG_INVALID. */
export function openNchf(
  { config, log, metrics }: NchfParts,
  tls: NchfTls,
  charge: Charge
): NchfListener {
  const { apiRoot, failureHandling, listen, nrf, profile } = config.nchf
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
    binding: bindingOf(nrf.setId),
    access: accessOf(config, log),
    tls: tls.material
  })
  tls.follow(listener.renew)
  metrics.gauge('gyro_nchf_connections', 'Nchf connections that are open.', () =>
    listener.connections()
  )
  return listener
}

/**
 * Opens the address; null when another program has it and nobody asked for this one: two servers of which only
 * Diameter is configured run on one machine. Rejects with GYRO_CONFIG_INVALID.
 */
export async function listenNchf(
  { config, log }: NchfParts,
  listener: NchfListener
): Promise<string | null> {
  const { listen, wanted } = config.nchf
  try {
    return show(await listener.listen())
  } catch (error) {
    if (wanted || !isInUse(error)) throw addressError('GYRO_NCHF_LISTEN', listen, error)
    log.warn(
      { address: show(listen) },
      'Nchf is not served: the address is in use; set GYRO_NCHF_LISTEN to another one'
    )
    return null
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
