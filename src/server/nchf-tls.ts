/** The TLS files of Nchf: what all parts of a process show and trust, read again on SIGHUP. */
import { GyroError } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import type { NchfTlsMaterial } from '../nchf/listener.ts'
import type { Config } from '../ops/config.ts'
import type { Reloading } from './diameter.ts'
import { nchfMaterialOf } from './tls-files.ts'

export interface NchfTls {
  /** null: cleartext. */
  readonly material: NchfTlsMaterial | null
  /** Calls when there is other material, for connections that begin then. */
  follow(renew: (material: NchfTlsMaterial) => void): void
}

export interface NchfTlsParts {
  readonly config: Config
  readonly reloading: Reloading
  readonly log: Logger
}

/** Throws GYRO_CONFIG_INVALID. */
export function openNchfTls({ config, reloading, log }: NchfTlsParts): NchfTls {
  const material = nchfMaterialOf(config)
  const followers: ((material: NchfTlsMaterial) => void)[] = []

  function reload(): void {
    try {
      const renewed = nchfMaterialOf(reloading.readConfig())
      if (renewed === null || (renewed.ca === null) !== (material?.ca === null)) throw turned
      for (const renew of followers) renew(renewed)
      log.info({}, 'TLS files of Nchf read again')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.error({ reason }, 'TLS files of Nchf not read again: the old ones stay')
    }
  }

  if (material !== null) reloading.onReload(reload)
  return { material, follow: renew => void followers.push(renew) }
}

/** Whether a listener asks for certificates cannot be changed, and without an authority it would trust everybody's. */
const turned = new GyroError(
  'GYRO_CONFIG_INVALID',
  'whether GYRO_NCHF_TLS_CERTIFICATE and GYRO_NCHF_TLS_CA are set is decided at the start: restart the server'
)
