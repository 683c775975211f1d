/**
 * The configuration: defaults, then the file, then environment variables.
 *
 * It is checked as a whole once at start; nothing else in the server reads the environment.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { GyroError } from '../domain/errors.ts'
import { type FileValue, readConfigFile } from './config-file.ts'
import { type Address, parseAddress, type Setting, settings, type Value } from './config-schema.ts'
import type { IdentityMode, LogLevel } from './log.ts'

export type { Address } from './config-schema.ts'

export interface Config {
  readonly diameter: {
    readonly listen: Address
    readonly originHost: string
    readonly originRealm: string
  }
  readonly api: {
    readonly listen: Address
    /** null: `/v1` needs no token; then `listen` is a loopback address. */
    readonly token: string | null
  }
  readonly store: {
    /** `embedded:`, or `redis:` or `redis-cluster:`, also with TLS. */
    readonly url: string
    /** Fixed when a store is first used. null: the store's own, or its usual number. */
    readonly partitions: number | null
    /** Refuse a Redis without append-only file instead of warning. */
    readonly strict: boolean
    /** Embedded store: answers wait for fsync. */
    readonly durable: boolean
  }
  /** `embedded:` or `postgres:`. */
  readonly cdr: { readonly url: string }
  readonly catalogue: { readonly folder: string }
  /** Where usage is kept that cannot be committed. */
  readonly journal: { readonly folder: string }
  readonly workers: number
  readonly log: { readonly level: LogLevel; readonly identities: IdentityMode }
  /** What is odd but not wrong; for the log. */
  readonly warnings: readonly string[]
}

export type Environment = Readonly<Record<string, string | undefined>>

const fileVariable = 'GYRO_CONFIG'

/** Read when it exists and no other file is named. */
const defaultFile = 'conf/gyro.yaml'

/**
 * Reads the configuration. The file is the one given, or GYRO_CONFIG, or `conf/gyro.yaml` if that exists.
 * An empty variable counts as unset. Throws GYRO_CONFIG_INVALID; its message says what is allowed.
 */
export function loadConfig(env: Environment, file?: string): Config {
  const path = file ?? (env[fileVariable] || (existsSync(defaultFile) ? defaultFile : undefined))
  const inFile = path === undefined ? new Map<string, FileValue>() : readConfigFile(path)
  const values = new Map<string, Value>()
  const problems: string[] = []
  for (const setting of settings) {
    const { value, problem } = findValue(setting, env[setting.variable], inFile.get(setting.key))
    if (problem !== null) problems.push(problem)
    values.set(setting.key, value)
  }
  const config = assemble(values, warningsOf(env, inFile))
  if (problems.length === 0) problems.push(...conflictsOf(config))
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

function assemble(values: ReadonlyMap<string, Value>, warnings: readonly string[]): Config {
  const text = (key: string) => String(values.get(key))
  const number = (key: string) => Number(values.get(key))
  const address = (key: string) => parseAddress(text(key)) ?? { host: '', port: 0 }
  return {
    diameter: {
      listen: address('diameter.listen'),
      originHost: text('diameter.originHost'),
      originRealm: text('diameter.originRealm')
    },
    api: { listen: address('api.listen'), token: text('api.token') || null },
    store: {
      url: text('store.url'),
      partitions: number('store.partitions') || null,
      strict: values.get('store.strict') === true,
      durable: values.get('store.durable') === true
    },
    cdr: { url: text('cdr.url') },
    catalogue: { folder: catalogueFolder(text('catalogue.folder')) },
    journal: { folder: text('journal.folder') },
    workers: number('workers'),
    // Both were checked against their lists.
    log: {
      level: text('log.level') as LogLevel,
      identities: text('log.identities') as IdentityMode
    },
    warnings
  }
}

/** The catalogue that comes with the package serves where the working folder has none of its own. */
function catalogueFolder(folder: string): string {
  const isDefault = settings.some(
    ({ key, fallback }) => key === 'catalogue.folder' && fallback === folder
  )
  if (!isDefault || existsSync(folder)) return folder
  return fileURLToPath(new URL('../../conf/catalogue', import.meta.url))
}

/** What is wrong only together. */
function conflictsOf(config: Config): string[] {
  const conflicts: string[] = []
  const embedded = [config.store.url, config.cdr.url].filter(url => url.startsWith('embedded:'))
  if (config.workers > 1 && embedded.length > 0) {
    conflicts.push(
      `GYRO_WORKERS is ${config.workers}, but ${embedded.join(' and ')} serves one process only: ` +
        'set GYRO_WORKERS to 1, or GYRO_STORE to redis:// and GYRO_CDR to postgres://'
    )
  }
  const { listen, token } = config.api
  if (token === null && !isLoopback(listen.host)) {
    conflicts.push(
      `GYRO_API_LISTEN ${listen.host}:${listen.port} can be reached from other machines, and everybody there ` +
        'could change balances: set GYRO_API_TOKEN to a secret, or listen on 127.0.0.1'
    )
  }
  return conflicts
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** Listeners that this version does not open. */
const notBuilt: readonly { readonly key: string; readonly name: string }[] = [
  { key: 'nchf.listen', name: 'Nchf' },
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
