/** The PEM files that the configuration names. */
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { secureContext, type TlsMaterial } from '../diameter/peer/tls.ts'
import { GyroError } from '../domain/errors.ts'
import type { NchfListenerOptions } from '../nchf/listener.ts'
import type { Config } from '../ops/config.ts'

/** null: nothing is configured. Throws GYRO_CONFIG_INVALID. */
export function materialOf({ diameter: { tls } }: Config): TlsMaterial | null {
  if (tls.certificate === null || tls.key === null) return null
  const material: TlsMaterial = {
    certificate: readPem('GYRO_DIAMETER_TLS_CERTIFICATE', tls.certificate),
    key: readPem('GYRO_DIAMETER_TLS_KEY', tls.key),
    ca: tls.ca === null ? null : readPem('GYRO_DIAMETER_TLS_CA', tls.ca),
    clientCertificate: tls.clientCertificate
  }
  try {
    createSecureContext(secureContext(material))
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    throw new GyroError(
      'GYRO_CONFIG_INVALID',
      `GYRO_DIAMETER_TLS_CERTIFICATE ${tls.certificate} and GYRO_DIAMETER_TLS_KEY ${tls.key} ` +
        `do not go together: ${reason}`,
      { cause: error }
    )
  }
  return material
}

/** null: cleartext. Throws GYRO_CONFIG_INVALID. */
export function nchfMaterialOf({
  nchf: { tls }
}: Config): NonNullable<NchfListenerOptions['tls']> | null {
  if (tls.certificate === null || tls.key === null) return null
  return {
    cert: readPem('GYRO_NCHF_TLS_CERTIFICATE', tls.certificate),
    key: readPem('GYRO_NCHF_TLS_KEY', tls.key),
    ca: tls.ca === null ? null : readPem('GYRO_NCHF_TLS_CA', tls.ca)
  }
}

function readPem(variable: string, file: string): string {
  try {
    const text = readFileSync(file, 'utf8')
    if (text.includes('-----BEGIN ')) return text
    throw new Error('it is not in PEM format')
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    throw new GyroError('GYRO_CONFIG_INVALID', `${variable}: ${file} cannot be used: ${reason}`, {
      cause: error
    })
  }
}
