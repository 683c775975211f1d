/** The configuration file: YAML against the closed schema, with errors that name file, line and key. */
import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { type Document, isNode, isPair, isSeq, LineCounter, parseDocument } from 'yaml'
import type { PeerSettings } from '../domain/peers.ts'
import { formats, type PeerSection, peerSettings, unknownProfiles } from './config-peers.ts'
import { fileSchema, settings } from './config-schema.ts'
import type { Value } from './config-setting.ts'

/** A value of the file and where it stands: `conf/gyro.yaml:12`. */
export interface FileValue {
  readonly value: Value
  readonly place: string
}

export interface ConfigFile {
  /** By key. A value that is at fault is left out. */
  readonly values: ReadonlyMap<string, FileValue>
  readonly peers: PeerSettings
  /** The keys of values that are at fault. */
  readonly wrong: ReadonlySet<string>
  /** All that is wrong with the file, with place. Empty: it is good. */
  readonly problems: readonly string[]
}

/** Compiled for the first file: without one there is nothing to check. */
let compiled: ValidateFunction | null = null

function createValidator(): ValidateFunction {
  const code = { optimize: false }
  const ajv = new Ajv({ allErrors: true, verbose: true, formats, validateSchema: false, code })
  return ajv.compile(fileSchema())
}

export const noFile: ConfigFile = {
  values: new Map(),
  peers: peerSettings({}),
  wrong: new Set(),
  problems: []
}

/** What the file holds. Never throws: what is wrong is told with all else that is. */
export function readConfigFile(path: string): ConfigFile {
  try {
    return parseConfig(readFileSync(path, 'utf8'), path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    const problem = `the configuration file ${path} cannot be read (${reason}): set GYRO_CONFIG to a readable file`
    return { ...noFile, problems: [problem] }
  }
}

export function parseConfig(text: string, path: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const lineAt = (offset: number | undefined) => lines.linePos(offset ?? 0).line
  const placeOf = (keys: readonly string[]) => `${path}:${lineAt(offsetOf(document, keys))}`
  const [broken] = document.errors
  if (broken) {
    const problem = `${path}:${lineAt(broken.pos[0])}: not YAML: ${broken.message}`
    return { ...noFile, problems: [problem] }
  }
  const content: unknown = document.toJS() ?? {}
  compiled ??= createValidator()
  const validate = compiled
  const errors = validate(content) ? [] : (validate.errors ?? [])
  const wrong = new Set(errors.map(error => keysOf(error).join('.')))
  const problems = errors.map(error => {
    const keys = keysOf(error)
    return `${placeOf(keys)}: ${explain(error, showKeys(keys))}`
  })
  const values = new Map<string, FileValue>()
  for (const { key } of settings) {
    const keys = key.split('.')
    const value = document.getIn(keys)
    if (value === undefined || wrong.has(key)) continue
    values.set(key, { value: value as Value, place: placeOf(keys) })
  }
  if (problems.length > 0) return { values, peers: noFile.peers, wrong, problems }
  const section = (content as { readonly diameter?: PeerSection }).diameter ?? {}
  const unknown = unknownProfiles(section).map(
    ({ keys, problem }) => `${placeOf(keys)}: ${showKeys(keys)} ${problem}`
  )
  return { values, peers: peerSettings(section), wrong, problems: unknown }
}

/** `diameter.peers[0].profile` */
const showKeys = (keys: readonly string[]): string =>
  keys
    .map(key => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '')

/** The keys from the root to what the error is about. */
function keysOf(error: ErrorObject): string[] {
  const keys = error.instancePath.split('/').slice(1)
  const extra: unknown = error.params['additionalProperty']
  return typeof extra === 'string' ? [...keys, extra] : keys
}

/** Where the last key stands. */
function offsetOf(document: Document, keys: readonly string[]): number | undefined {
  const parent = keys.length > 1 ? document.getIn(keys.slice(0, -1), true) : document.contents
  const last = keys.at(-1)
  if (typeof parent !== 'object' || parent === null || !('items' in parent)) return undefined
  if (isSeq(parent)) {
    const item: unknown = parent.items[Number(last)]
    return isNode(item) ? item.range?.[0] : undefined
  }
  const pair = (parent.items as unknown[]).find(
    item => isPair(item) && isNode(item.key) && String(item.key) === last
  )
  return isPair(pair) && isNode(pair.key) ? pair.key.range?.[0] : undefined
}

function explain(error: ErrorObject, key: string): string {
  if (error.keyword === 'additionalProperties') {
    return `${key} is not a setting: remove it or correct its name (conf/gyro.yaml shows all of them)`
  }
  const setting = settings.find(candidate => candidate.key === key)
  if (setting) {
    const quote = setting.type === 'string' ? '; put it in quotes if it looks like a number' : ''
    return `${key} must be ${setting.allowed}${quote}`
  }
  if (error.keyword === 'required') return `${key} lacks ${error.params['missingProperty']}`
  const allowed: unknown = error.parentSchema?.['description']
  if (typeof allowed === 'string') return `${key} must be ${allowed}`
  return `${key === '' ? 'the file' : key} must be a section with settings indented below it`
}
