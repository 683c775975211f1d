/**
 * The configuration: defaults, then the file, then environment variables.
 *
 * It is checked as a whole once at start; nothing else in the server reads the environment.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { GyroError } from '../domain/errors.ts'
import type { ExportFormat } from '../domain/export.ts'
import type { DuplicatePolicy, PeerSettings } from '../domain/peers.ts'
import { type Address, parseAddress } from './address.ts'
import { conflictsOf } from './config-conflicts.ts'
import { type FileValue, noFile, readConfigFile } from './config-file.ts'
import { settings } from './config-schema.ts'
import type { Setting, Value } from './config-setting.ts'
import type {
  ApiPrefixName,
  Config,
  ConsumerProfileName,
  FailureHandlingName
} from './config-types.ts'
import type { IdentityMode, LogLevel } from './log.ts'

export { isLoopback } from './config-conflicts.ts'
export type { Config } from './config-types.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const fileVariable = 'GYRO_CONFIG'
const nchfVariable = 'GYRO_NCHF_LISTEN'
const nchfDefault = settings.find(({ key }) => key === 'nchf.listen')?.fallback

/** Read when it exists and no other file is named. */
const defaultFile = 'conf/gyro.yaml'

/**
 * Reads the configuration. The file is the one given, or GYRO_CONFIG, or `conf/gyro.yaml` if that exists.
 * An empty variable counts as unset. Throws GYRO_CONFIG_INVALID; its message says what is allowed.
 */
export function loadConfig(env: Environment, named?: string): Config {
  const path = named ?? (env[fileVariable] || (existsSync(defaultFile) ? defaultFile : undefined))
  const file = path === undefined ? noFile : readConfigFile(path)
  const values = new Map<string, Value>()
  const problems = [...file.problems]
  const wrong = new Set(file.wrong)
  for (const setting of settings) {
    const inFile = file.values.get(setting.key)
    const { value, problem } = findValue(setting, env[setting.variable], inFile)
    if (problem !== null) {
      problems.push(problem)
      wrong.add(setting.key)
    }
    values.set(setting.key, value)
  }
  const wanted = env[nchfVariable] !== undefined && env[nchfVariable] !== ''
  const config = assemble(values, file.peers, wanted, warningsOf(env, file.values))
  // What stands in for a wrong value is no value of the operator's to be in conflict with.
  const conflicts = conflictsOf(config).filter(
    ({ between }) => !between.some(key => wrong.has(key))
  )
  problems.push(...conflicts.map(({ message }) => message))
  if (problems.length > 0) throw new GyroError('GYRO_CONFIG_INVALID', problems.join('\n'))
  return config
}

interface Found {
  readonly value: Value
  readonly problem: string | null
}

function findValue(
  setting: Setting,
  text: string | undefined,
  inFile: FileValue | undefined
): Found {
  const { fallback, secret, allowed, variable, key } = setting
  const given = text === undefined || text === '' ? inFile?.value : typed(setting, text)
  if (given === undefined) return { value: fallback, problem: null }
  if (given !== null && setting.isAllowed(given)) return { value: given, problem: null }
  const source = text === undefined || text === '' ? `${inFile?.place}: ${key}` : variable
  const shown = secret ? '' : `, not "${text || given}"`
  return { value: fallback, problem: `${source} must be ${allowed}${shown}` }
}

/** null: the text is not of the setting's type. */
function typed(setting: Setting, text: string): Value | null {
  switch (setting.type) {
    case 'string':
      return text
    case 'integer':
      return /^\d{1,9}$/.test(text) ? Number(text) : null
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : null
  }
}

function assemble(
  values: ReadonlyMap<string, Value>,
  peers: PeerSettings,
  nchfWanted: boolean,
  warnings: readonly string[]
): Config {
  const text = (key: string) => String(values.get(key))
  const number = (key: string) => Number(values.get(key))
  const list = (key: string) => listIn(text(key))
  const address = (key: string) => addressIn(text(key))
  return {
    diameter: {
      listen: address('diameter.listen'),
      originHost: text('diameter.originHost'),
      originRealm: text('diameter.originRealm'),
      hosts: text('diameter.hosts') === '' ? null : list('diameter.hosts'),
      realms: list('diameter.realms'),
      duplicates: text('diameter.duplicates') as DuplicatePolicy,
      watchdog: number('diameter.watchdog'),
      capabilitiesTimeout: number('diameter.capabilitiesTimeout'),
      connectionsPerAddress: number('diameter.connectionsPerAddress'),
      inFlightPerConnection: number('diameter.inFlightPerConnection'),
      messageOctets: number('diameter.messageOctets'),
      tls: {
        listen: parseAddress(text('diameter.tls.listen')),
        certificate: text('diameter.tls.certificate') || null,
        key: text('diameter.tls.key') || null,
        ca: text('diameter.tls.ca') || null,
        clientCertificate: values.get('diameter.tls.clientCertificate') === true
      },
      peers
    },
    nchf: nchfOf(text, nchfWanted),
    api: { listen: address('api.listen'), token: text('api.token') || null },
    store: {
      url: text('store.url'),
      partitions: number('store.partitions') || null,
      strict: values.get('store.strict') === true,
      durable: values.get('store.durable') === true
    },
    cdr: { url: text('cdr.url'), signingKey: text('cdr.signingKey') || null },
    export: {
      folder: text('export.folder') || null,
      // Checked against its list.
      format: text('export.format') as ExportFormat,
      stream: text('export.stream') || text('export.format'),
      recordsMax: number('export.records'),
      seconds: number('export.seconds'),
      address: text('export.address')
    },
    catalogue: {
      folder: catalogueFolder(text('catalogue.folder')),
      watch: number('catalogue.watch'),
      reauthorize: values.get('catalogue.reauthorize') === true,
      reauthorizeRate: number('catalogue.reauthorizeRate')
    },
    journal: { folder: text('journal.folder') },
    spill: {
      folder: text('spill.folder'),
      recordsMax: number('spill.records'),
      memoryMax: number('spill.memory'),
      octetsMax: number('spill.octets'),
      freeMin: number('spill.free')
    },
    workers: number('workers'),
    // Both were checked against their lists.
    log: {
      level: text('log.level') as LogLevel,
      identities: text('log.identities') as IdentityMode
    },
    warnings
  }
}

function nchfOf(text: (key: string) => string, wanted: boolean): Config['nchf'] {
  const optional = (key: string) => text(key) || null
  const numberOrNull = (key: string) => (text(key) === '' ? null : Number(text(key)))
  const pairs = (key: string) => listIn(text(key)).map(pair => pair.split('-') as [string, string])
  const ranges = (key: string) => pairs(key).map(([start, end]) => ({ start, end }))
  return {
    listen: addressIn(text('nchf.listen')),
    // Nobody registers an address that may not be served.
    wanted: wanted || text('nchf.listen') !== nchfDefault || text('nchf.nrf.uri') !== '',
    apiRoot: optional('nchf.apiRoot'),
    // Both were checked against their lists.
    profile: text('nchf.profile') as ConsumerProfileName,
    failureHandling: optional('nchf.failureHandling') as FailureHandlingName | null,
    tls: {
      certificate: optional('nchf.tls.certificate'),
      key: optional('nchf.tls.key'),
      ca: optional('nchf.tls.ca')
    },
    oauth2: {
      keys: optional('nchf.oauth2.keys'),
      callbackScope: optional('nchf.oauth2.callbackScope')
    },
    nrf: {
      uri: optional('nchf.nrf.uri'),
      instanceId: optional('nchf.nrf.instanceId')?.toLowerCase() ?? null,
      setId: optional('nchf.nrf.setId'),
      plmns: pairs('nchf.nrf.plmns').map(([mcc, mnc]) => ({ mcc, mnc })),
      supiRanges: ranges('nchf.nrf.supiRanges'),
      gpsiRanges: ranges('nchf.nrf.gpsiRanges'),
      priority: numberOrNull('nchf.nrf.priority'),
      capacity: numberOrNull('nchf.nrf.capacity'),
      // Checked against its list.
      apiPrefix: text('nchf.nrf.apiPrefix') as ApiPrefixName
    }
  }
}

function listIn(text: string): string[] {
  return text
    .split(',')
    .map(name => name.trim())
    .filter(Boolean)
}

function addressIn(text: string): Address {
  return parseAddress(text) ?? { host: '', port: 0 }
}

/** The catalogue that comes with the package serves where the working folder has none of its own. */
function catalogueFolder(folder: string): string {
  const isDefault = settings.some(
    ({ key, fallback }) => key === 'catalogue.folder' && fallback === folder
  )
  if (!isDefault || existsSync(folder)) return folder
  return fileURLToPath(new URL('../../conf/catalogue', import.meta.url))
}

/** Listeners that this version does not open. */
const notBuilt: readonly { readonly key: string; readonly name: string }[] = [
  { key: 'grpc.listen', name: 'gRPC' }
]

function warningsOf(env: Environment, inFile: ReadonlyMap<string, FileValue>): string[] {
  const known = new Set([fileVariable, ...settings.map(({ variable }) => variable)])
  const unknown = Object.keys(env).filter(name => name.startsWith('GYRO_') && !known.has(name))
  const warnings = unknown.map(
    name => `${name} is not a setting and is ignored: conf/gyro.yaml shows all of them`
  )
  for (const { key, name } of notBuilt) {
    const setting = settings.find(candidate => candidate.key === key)
    const inEnv = setting !== undefined && env[setting.variable]
    const value = inEnv || inFile.get(key)?.value
    // The shipped file spells out every default; only a wish of the operator's own is worth a warning.
    if (value === undefined || (!inEnv && value === setting?.fallback)) continue
    warnings.push(
      `${setting?.variable} is ignored: this version has no ${name} listener, and none is opened`
    )
  }
  return warnings
}
