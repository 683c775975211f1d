/**
 * Every setting of the server: its key in the configuration file, its environment variable, its default,
 * and what it may be. conf/gyro.yaml documents them for people; a test keeps the two alike.
 */
import { identityModes, logLevels } from './log.ts'

export type Value = string | number | boolean

export interface Setting {
  /** Section and name in the file, such as `diameter.listen`. */
  readonly key: string
  readonly variable: string
  readonly type: 'string' | 'integer' | 'boolean'
  readonly fallback: Value
  /** What the setting may be, for messages: "… must be <allowed>". */
  readonly allowed: string
  isAllowed(value: Value): boolean
  /** Its value may hold a password or token: messages do not show it. */
  readonly secret?: true
}

/** `host:port`, with an IPv6 address in brackets; port 0 lets the system choose. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** null: not an address. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/.exec(text)
  if (!match) return null
  const port = Number(match[3])
  return port > 65_535 ? null : { host: match[1] ?? match[2] ?? '', port }
}

const matches = (pattern: RegExp) => (value: Value) => pattern.test(String(value))
const isOneOf = (words: readonly string[]) => (value: Value) => words.includes(String(value))
const isWithin = (min: number, max: number) => (value: Value) =>
  typeof value === 'number' && value >= min && value <= max

function address(key: string, variable: string, fallback: string): Setting {
  const allowed = 'host:port, such as 127.0.0.1:3868 or [::1]:3868'
  return { key, variable, type: 'string', fallback, allowed, isAllowed: isAddress }
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
  address('nchf.listen', 'GYRO_NCHF_LISTEN', '127.0.0.1:8085'),
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
      'embedded:<folder>, redis://host:port/db, rediss://host:port/db or redis-cluster://host:port,host:port',
    // What follows the scheme is checked by the store itself, which also knows its options.
    isAllowed: matches(/^(embedded:|rediss?:\/\/|rediss?-cluster:\/\/)\S/),
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
  {
    key: 'store.strict',
    variable: 'GYRO_STORE_STRICT',
    type: 'boolean',
    fallback: false,
    allowed: 'true or false',
    isAllowed: isFlag
  },
  {
    key: 'store.durable',
    variable: 'GYRO_STORE_DURABLE',
    type: 'boolean',
    fallback: false,
    allowed: 'true or false',
    isAllowed: isFlag
  },
  {
    key: 'cdr.url',
    variable: 'GYRO_CDR',
    type: 'string',
    fallback: 'embedded:./data/cdr',
    allowed: 'embedded:<folder> or postgres://user:password@host:port/database',
    isAllowed: matches(/^(embedded:\S|postgres(ql)?:\/\/\S)/),
    secret: true
  },
  {
    key: 'catalogue.folder',
    variable: 'GYRO_CATALOGUE',
    type: 'string',
    fallback: './conf/catalogue',
    allowed: 'a folder',
    isAllowed: matches(/\S/)
  },
  {
    key: 'journal.folder',
    variable: 'GYRO_JOURNAL',
    type: 'string',
    fallback: './data/journal',
    allowed: 'a folder',
    isAllowed: matches(/\S/)
  },
  {
    key: 'workers',
    variable: 'GYRO_WORKERS',
    type: 'integer',
    fallback: 1,
    allowed: 'a whole number from 1 to 256',
    isAllowed: isWithin(1, 256)
  },
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

interface ObjectSchema {
  readonly type: 'object'
  readonly additionalProperties: false
  readonly properties: Record<string, ObjectSchema | { readonly type: string }>
}

/** The closed JSON Schema of the configuration file. What a value may be beyond its type is checked with the variables. */
export function fileSchema(): ObjectSchema {
  const root: ObjectSchema = { type: 'object', additionalProperties: false, properties: {} }
  for (const { key, type } of settings) {
    const [section = '', name] = key.split('.')
    if (name === undefined) {
      root.properties[section] = { type }
      continue
    }
    const within = root.properties[section]
    const branch: ObjectSchema =
      within && 'properties' in within
        ? within
        : { type: 'object', additionalProperties: false, properties: {} }
    branch.properties[name] = { type }
    root.properties[section] = branch
  }
  return root
}
