/** What is wrong with settings only together. */
import type { Config } from './config-types.ts'

export interface Conflict {
  readonly message: string
  /** The keys of the settings that it is between. */
  readonly between: readonly string[]
}

type Check = (config: Config) => string | null

const checks: readonly (readonly [keys: readonly string[], Check])[] = [
  [['workers', 'store.url', 'cdr.url'], embeddedWorkers],
  [['api.listen', 'api.token'], openApi],
  [['diameter.tls.listen', 'diameter.tls.certificate', 'diameter.tls.key'], tlsFiles],
  [['diameter.tls.clientCertificate', 'diameter.tls.ca'], clientCertificates],
  [['nchf.tls.certificate', 'nchf.tls.key', 'nchf.tls.ca'], nchfTlsFiles],
  [['diameter.duplicates', 'workers'], duplicatesOfWorkers]
]

export function conflictsOf(config: Config): Conflict[] {
  return checks.flatMap(([between, check]) => {
    const message = check(config)
    return message === null ? [] : [{ message, between }]
  })
}

function embeddedWorkers({ workers, store, cdr }: Config): string | null {
  const embedded = [store.url, cdr.url].filter(url => url.startsWith('embedded:'))
  if (workers === 1 || embedded.length === 0) return null
  return (
    `GYRO_WORKERS is ${workers}, but ${embedded.join(' and ')} serves one process only: ` +
    'set GYRO_WORKERS to 1, or GYRO_STORE to redis:// and GYRO_CDR to postgres://'
  )
}

function openApi({ api: { listen, token } }: Config): string | null {
  if (token !== null || isLoopback(listen.host)) return null
  return (
    `GYRO_API_LISTEN ${listen.host}:${listen.port} can be reached from other machines, and everybody there ` +
    'could change balances: set GYRO_API_TOKEN to a secret, or listen on 127.0.0.1'
  )
}

function tlsFiles({ diameter: { tls } }: Config): string | null {
  const some = tls.certificate !== null || tls.key !== null
  const both = tls.certificate !== null && tls.key !== null
  if (both || (!some && tls.listen === null)) return null
  return 'TLS needs GYRO_DIAMETER_TLS_CERTIFICATE and GYRO_DIAMETER_TLS_KEY: set both to PEM files'
}

function clientCertificates({ diameter: { tls } }: Config): string | null {
  if (!tls.clientCertificate || tls.ca !== null) return null
  return (
    'GYRO_DIAMETER_TLS_CLIENT_CERTIFICATE is true: set GYRO_DIAMETER_TLS_CA to the PEM file of ' +
    'those who sign the certificates of peers'
  )
}

function nchfTlsFiles({ nchf: { tls } }: Config): string | null {
  const set = [tls.certificate, tls.key].filter(file => file !== null).length
  if (set === 2 || (set === 0 && tls.ca === null)) return null
  return 'TLS needs GYRO_NCHF_TLS_CERTIFICATE and GYRO_NCHF_TLS_KEY: set both to PEM files'
}

function duplicatesOfWorkers({ diameter, workers }: Config): string | null {
  if (workers === 1 || diameter.duplicates === 'allow') return null
  return (
    `GYRO_DIAMETER_DUPLICATES is ${diameter.duplicates}, but each of ${workers} workers knows its own ` +
    'connections only: set it to allow, or GYRO_WORKERS to 1'
  )
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
