/**
 * Every setting of the server: its key in the configuration file, its environment variable, its default,
 * and what it may be. conf/gyro.yaml documents them for people; a test keeps the two alike.
 */
import { limits } from '../domain/limits.ts'
import { duplicatePolicies } from '../domain/peers.ts'
import { parseAddress } from './address.ts'
import { cdrSettings } from './config-cdr.ts'
import { exportSettings } from './config-export.ts'
import { peerSchemas } from './config-peers.ts'
import type { Setting, Value } from './config-setting.ts'
import { spillSettings } from './config-spill.ts'
import { apiPrefixes, consumerProfiles, failureHandlings } from './config-types.ts'
import { identityModes, logLevels } from './log.ts'

const matches = (pattern: RegExp) => (value: Value) => pattern.test(String(value))
const isOneOf = (words: readonly string[]) => (value: Value) => words.includes(String(value))
const isWithin = (min: number, max: number) => (value: Value) =>
  typeof value === 'number' && value >= min && value <= max

function address(key: string, variable: string, fallback: string): Setting {
  const allowed = 'host:port, such as 127.0.0.1:3868 or [::1]:3868'
  return { key, variable, type: 'string', fallback, allowed, isAllowed: isAddress }
}

function optional(key: string, variable: string, what: string): Setting {
  const allowed = `${what}, or empty`
  const isAllowed = (value: Value) => value === '' || what !== listenAddress || isAddress(value)
  return { key, variable, type: 'string', fallback: '', allowed, isAllowed }
}

const listenAddress = 'host:port, such as 127.0.0.1:5658'

function names(key: string, variable: string, fallback: string): Setting {
  const allowed = 'names separated by commas, in which * stands for any characters'
  const isAllowed = matches(/^([A-Za-z0-9.*-]+( *, *[A-Za-z0-9.*-]+)*)?$/)
  return { key, variable, type: 'string', fallback, allowed, isAllowed }
}

function whole(key: string, variable: string, fallback: number, min: number, max: number): Setting {
  const allowed = `a whole number from ${min} to ${max}`
  return { key, variable, type: 'integer', fallback, allowed, isAllowed: isWithin(min, max) }
}

function like(key: string, variable: string, pattern: RegExp, allowed: string): Setting {
  return { key, variable, type: 'string', fallback: '', allowed, isAllowed: matches(pattern) }
}

function flag(key: string, variable: string): Setting {
  const allowed = 'true or false'
  return { key, variable, type: 'boolean', fallback: false, allowed, isAllowed: isFlag }
}

function isAddress(value: Value): boolean {
  return parseAddress(String(value)) !== null
}

function isFlag(): boolean {
  return true
}

/** DiameterIdentity, RFC 6733 4.3.1: a fully qualified domain name. */
const isDomainName = matches(
  /^(?=.{1,255}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/
)

const apiRoot = /^(https?:\/\/[^\s/?#]+(\/[^\s?#]*[^\s/?#])?)?$/
const apiRootLike = (example: string) =>
  `http:// or https:// with host, port and path, such as ${example}`
const ranges = /^(\d{1,15}-\d{1,15}( *, *\d{1,15}-\d{1,15})*)?$/
const rangesAllowed =
  'ranges of numbers separated by commas, such as 262010000000000-262019999999999, or empty'
const uint16 = /^(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])?$/
const uint16Allowed = 'a whole number from 0 to 65535, or empty'

export const settings: readonly Setting[] = [
  address('diameter.listen', 'GYRO_DIAMETER_LISTEN', '127.0.0.1:3868'),
  {
    key: 'diameter.originHost',
    variable: 'GYRO_ORIGIN_HOST',
    type: 'string',
    fallback: 'gyro.localdomain',
    allowed: 'a domain name, such as ocs1.epc.mnc001.mcc262.3gppnetwork.org',
    isAllowed: isDomainName
  },
  {
    key: 'diameter.originRealm',
    variable: 'GYRO_ORIGIN_REALM',
    type: 'string',
    fallback: 'localdomain',
    allowed: 'a domain name, such as epc.mnc001.mcc262.3gppnetwork.org',
    isAllowed: isDomainName
  },
  names('diameter.hosts', 'GYRO_DIAMETER_HOSTS', ''),
  names('diameter.realms', 'GYRO_DIAMETER_REALMS', '*'),
  {
    key: 'diameter.duplicates',
    variable: 'GYRO_DIAMETER_DUPLICATES',
    type: 'string',
    fallback: 'allow',
    allowed: `one of ${duplicatePolicies.join(', ')}`,
    isAllowed: isOneOf(duplicatePolicies)
  },
  whole('diameter.watchdog', 'GYRO_DIAMETER_WATCHDOG', 30, 6, 3_600),
  whole('diameter.capabilitiesTimeout', 'GYRO_DIAMETER_CAPABILITIES_TIMEOUT', 10, 1, 300),
  whole(
    'diameter.connectionsPerAddress',
    'GYRO_DIAMETER_CONNECTIONS_PER_ADDRESS',
    limits.connectionsPerAddress,
    1,
    65_535
  ),
  whole(
    'diameter.inFlightPerConnection',
    'GYRO_DIAMETER_IN_FLIGHT_PER_CONNECTION',
    limits.inFlightPerConnection,
    1,
    1_000_000
  ),
  whole(
    'diameter.messageOctets',
    'GYRO_DIAMETER_MESSAGE_OCTETS',
    limits.diameterMessageOctets,
    limits.diameterMessageOctets,
    limits.diameterMessageOctetsMax
  ),
  optional('diameter.tls.listen', 'GYRO_DIAMETER_TLS_LISTEN', listenAddress),
  optional('diameter.tls.certificate', 'GYRO_DIAMETER_TLS_CERTIFICATE', 'a PEM file'),
  optional('diameter.tls.key', 'GYRO_DIAMETER_TLS_KEY', 'a PEM file'),
  optional('diameter.tls.ca', 'GYRO_DIAMETER_TLS_CA', 'a PEM file'),
  flag('diameter.tls.clientCertificate', 'GYRO_DIAMETER_TLS_CLIENT_CERTIFICATE'),
  address('nchf.listen', 'GYRO_NCHF_LISTEN', '127.0.0.1:8085'),
  like('nchf.apiRoot', 'GYRO_NCHF_API_ROOT', apiRoot, apiRootLike('https://chf.example.net:8443')),
  {
    key: 'nchf.profile',
    variable: 'GYRO_NCHF_PROFILE',
    type: 'string',
    fallback: 'auto',
    allowed: `one of ${consumerProfiles.join(', ')}`,
    isAllowed: isOneOf(consumerProfiles)
  },
  {
    key: 'nchf.failureHandling',
    variable: 'GYRO_NCHF_FAILURE_HANDLING',
    type: 'string',
    fallback: '',
    allowed: `empty or one of ${failureHandlings.join(', ')}`,
    isAllowed: isOneOf(['', ...failureHandlings])
  },
  optional('nchf.tls.certificate', 'GYRO_NCHF_TLS_CERTIFICATE', 'a PEM file'),
  optional('nchf.tls.key', 'GYRO_NCHF_TLS_KEY', 'a PEM file'),
  optional('nchf.tls.ca', 'GYRO_NCHF_TLS_CA', 'a PEM file'),
  like(
    'nchf.oauth2.keys',
    'GYRO_NCHF_OAUTH2_KEYS',
    /^[^\s].*$|^$/,
    'a PEM, JWK or JWKS file, or the http:// or https:// URL of a JWKS, or empty'
  ),
  like(
    'nchf.oauth2.callbackScope',
    'GYRO_NCHF_OAUTH2_CALLBACK_SCOPE',
    /^(n[a-z0-9]+-[a-z0-9-]+)?$/,
    'the name of a service, such as nsmf-callback, or empty'
  ),
  like('nchf.nrf.uri', 'GYRO_NCHF_NRF_URI', apiRoot, apiRootLike('https://nrf.example.net:8443')),
  like(
    'nchf.nrf.instanceId',
    'GYRO_NCHF_NRF_INSTANCE_ID',
    /^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$/,
    'a UUID, as uuidgen makes it, or empty'
  ),
  like(
    'nchf.nrf.setId',
    'GYRO_NCHF_NRF_SET_ID',
    /^(set[\dA-Za-z-]*[\dA-Za-z]\.chfset\.5gc(\.nid[\da-f]{11})?\.mnc\d{3}\.mcc\d{3})?$/,
    'the id of a CHF set, such as set1.chfset.5gc.mnc001.mcc262, or empty'
  ),
  like(
    'nchf.nrf.plmns',
    'GYRO_NCHF_NRF_PLMNS',
    /^(\d{3}-\d{2,3}( *, *\d{3}-\d{2,3})*)?$/,
    'MCC-MNC separated by commas, such as 262-01, or empty'
  ),
  like('nchf.nrf.supiRanges', 'GYRO_NCHF_NRF_SUPI_RANGES', ranges, rangesAllowed),
  like('nchf.nrf.gpsiRanges', 'GYRO_NCHF_NRF_GPSI_RANGES', ranges, rangesAllowed),
  like('nchf.nrf.priority', 'GYRO_NCHF_NRF_PRIORITY', uint16, uint16Allowed),
  like('nchf.nrf.capacity', 'GYRO_NCHF_NRF_CAPACITY', uint16, uint16Allowed),
  {
    key: 'nchf.nrf.apiPrefix',
    variable: 'GYRO_NCHF_NRF_API_PREFIX',
    type: 'string',
    fallback: 'path',
    allowed: `one of ${apiPrefixes.join(', ')}`,
    isAllowed: isOneOf(apiPrefixes)
  },
  address('api.listen', 'GYRO_API_LISTEN', '127.0.0.1:8080'),
  {
    key: 'api.token',
    variable: 'GYRO_API_TOKEN',
    type: 'string',
    fallback: '',
    allowed: 'visible characters without spaces, as in an Authorization header',
    isAllowed: matches(/^[\x21-\x7e]*$/),
    secret: true
  },
  address('grpc.listen', 'GYRO_GRPC_LISTEN', '127.0.0.1:8086'),
  {
    key: 'store.url',
    variable: 'GYRO_STORE',
    type: 'string',
    fallback: 'embedded:./data/state',
    allowed:
      'embedded:<folder>, redis://host:port/db, redis-cluster://host:port,host:port or redis-sentinel://host:port,host:port/master-name/db; rediss… for TLS',
    // What follows the scheme is checked by the store itself, which also knows its options.
    isAllowed: matches(/^(embedded:|rediss?(-cluster|-sentinel)?:\/\/)\S/),
    secret: true
  },
  {
    key: 'store.partitions',
    variable: 'GYRO_STORE_PARTITIONS',
    type: 'integer',
    fallback: 0,
    allowed: "a whole number from 1 to 16384, or 0 for the store's own",
    isAllowed: isWithin(0, 16_384)
  },
  flag('store.strict', 'GYRO_STORE_STRICT'),
  flag('store.durable', 'GYRO_STORE_DURABLE'),
  ...cdrSettings,
  ...exportSettings,
  {
    key: 'catalogue.folder',
    variable: 'GYRO_CATALOGUE',
    type: 'string',
    fallback: './conf/catalogue',
    allowed: 'a folder',
    isAllowed: matches(/\S/)
  },
  whole('catalogue.watch', 'GYRO_CATALOGUE_WATCH', 0, 0, 3_600),
  flag('catalogue.reauthorize', 'GYRO_CATALOGUE_REAUTHORIZE'),
  whole('catalogue.reauthorizeRate', 'GYRO_CATALOGUE_REAUTHORIZE_RATE', 200, 1, 100_000),
  {
    key: 'journal.folder',
    variable: 'GYRO_JOURNAL',
    type: 'string',
    fallback: './data/journal',
    allowed: 'a folder',
    isAllowed: matches(/\S/)
  },
  ...spillSettings,
  whole('workers', 'GYRO_WORKERS', 1, 1, 256),
  {
    key: 'log.level',
    variable: 'GYRO_LOG_LEVEL',
    type: 'string',
    fallback: 'info',
    allowed: `one of ${logLevels.join(', ')}`,
    isAllowed: isOneOf(logLevels)
  },
  {
    key: 'log.identities',
    variable: 'GYRO_LOG_IDENTITIES',
    type: 'string',
    fallback: 'masked',
    allowed: `one of ${identityModes.join(', ')}`,
    isAllowed: isOneOf(identityModes)
  }
]

interface Section {
  readonly type: 'object'
  readonly additionalProperties: false
  readonly properties: Record<string, object>
}

const emptySection = (): Section => ({
  type: 'object',
  additionalProperties: false,
  properties: {}
})

/** The closed JSON Schema of the configuration file. What a value may be beyond its type is checked with the variables. */
export function fileSchema(): object {
  const root = emptySection()
  for (const { key, type } of settings) {
    const names = key.split('.')
    const last = names.pop() ?? ''
    let section = root
    for (const name of names) {
      const inner = (section.properties[name] ?? emptySection()) as Section
      section.properties[name] = inner
      section = inner
    }
    section.properties[last] = { type }
  }
  const { properties } = root.properties['diameter'] as Section
  Object.assign(properties, peerSchemas)
  return root
}
