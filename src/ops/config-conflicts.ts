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
  [['nchf.nrf.uri', 'nchf.nrf.instanceId'], nrfInstance],
  [['nchf.nrf.uri', 'nchf.listen', 'nchf.apiRoot'], nrfAddress],
  [['nchf.nrf.uri', 'nchf.oauth2.callbackScope'], callbackTokens],
  [['nchf.nrf.supiRanges'], ({ nchf: { nrf } }) => backwards('SUPI', nrf.supiRanges)],
  [['nchf.nrf.gpsiRanges'], ({ nchf: { nrf } }) => backwards('GPSI', nrf.gpsiRanges)],
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

function nrfInstance({ nchf: { nrf } }: Config): string | null {
  if (nrf.uri === null || nrf.instanceId !== null) return null
  return (
    'GYRO_NCHF_NRF_URI needs GYRO_NCHF_NRF_INSTANCE_ID: set it to a UUID, as uuidgen makes it, ' +
    'which this server keeps'
  )
}

function nrfAddress({ nchf: { apiRoot, listen, nrf } }: Config): string | null {
  const any = listen.host === '0.0.0.0' || /^[0:]+$/.test(listen.host)
  if (nrf.uri === null || apiRoot !== null || !any) return null
  return (
    `GYRO_NCHF_NRF_URI is set, and GYRO_NCHF_LISTEN ${listen.host}:${listen.port} is no address that consumers ` +
    'can be told: set GYRO_NCHF_API_ROOT, such as http://192.0.2.10:8085'
  )
}

function callbackTokens({ nchf: { nrf, oauth2 } }: Config): string | null {
  if (oauth2.callbackScope === null || nrf.uri !== null) return null
  return 'GYRO_NCHF_OAUTH2_CALLBACK_SCOPE needs the NRF that gives the tokens: set GYRO_NCHF_NRF_URI'
}

function backwards(
  kind: string,
  ranges: readonly { readonly start: string; readonly end: string }[]
): string | null {
  const wrong = ranges.find(({ start, end }) => start.length !== end.length || start > end)
  if (!wrong) return null
  return (
    `GYRO_NCHF_NRF_${kind}_RANGES: ${wrong.start}-${wrong.end} must have two ends of the same ` +
    'length, the lower first'
  )
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
