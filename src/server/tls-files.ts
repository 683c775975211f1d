/** The PEM files that the configuration names. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { secureContext, type TlsMaterial } from '../diameter/peer/tls.ts'
import { GyroError } from '../domain/errors.ts'
import type { NchfTlsMaterial } from '../nchf/listener.ts'
import type { Config } from '../ops/config.ts'

interface Files {
  readonly certificate: string | null
  readonly key: string | null
  readonly ca: string | null
}

/** PEM texts. */
interface Texts {
  readonly certificate: string
  readonly key: string
  readonly ca: string | null
}

/** null: nothing is configured. Throws GYRO_CONFIG_INVALID. */
export function materialOf({ diameter: { tls } }: Config): TlsMaterial | null {
  const texts = textsOf('GYRO_DIAMETER_TLS', tls)
  return texts && { ...texts, clientCertificate: tls.clientCertificate }
}

/** null: cleartext. Throws GYRO_CONFIG_INVALID. */
export function nchfMaterialOf({ nchf: { tls } }: Config): NchfTlsMaterial | null {
  const texts = textsOf('GYRO_NCHF_TLS', tls)
  return texts && { cert: texts.certificate, key: texts.key, ca: texts.ca }
}

function textsOf(variables: string, files: Files): Texts | null {
  if (files.certificate === null || files.key === null) return null
  const certificate = read(`${variables}_CERTIFICATE`, files.certificate, checkCertificates)
  const key = read(`${variables}_KEY`, files.key, createPrivateKey)
  const ca = files.ca === null ? null : read(`${variables}_CA`, files.ca, checkCertificates)
  try {
    // A key of another type than that of the certificate is not noticed before somebody connects.
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) {
      throw new Error('the key is that of another certificate')
    }
    createSecureContext(secureContext({ certificate, key, ca, clientCertificate: false }))
  } catch (error) {
    throw invalid(
      `${variables}_CERTIFICATE ${files.certificate} and ${variables}_KEY ${files.key} do not go together`,
      error
    )
  }
  return { certificate, key, ca }
}

function read(variable: string, file: string, check: (text: string) => unknown): string {
  try {
    const text = readFileSync(file, 'utf8')
    if (!text.includes('-----BEGIN ')) throw new Error('it is not in PEM format')
    check(text)
    return text
  } catch (error) {
    throw invalid(`${variable}: ${file} cannot be used`, error)
  }
}

const block = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END [A-Z0-9 ]+-----/g

/** All of them, as TLS passes over what it does not understand. */
function checkCertificates(text: string): void {
  const blocks = text.match(block)
  if (blocks === null) throw new Error('it holds no certificate')
  for (const certificate of blocks) new X509Certificate(certificate)
}

function invalid(what: string, cause: unknown): GyroError {
  const reason = cause instanceof Error ? cause.message : cause
  return new GyroError('GYRO_CONFIG_INVALID', `${what}: ${reason}`, { cause })
}
