/** The configuration file: YAML against the closed schema, with errors that name file, line and key. */
import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject } from 'ajv'
import { type Document, isNode, isPair, LineCounter, parseDocument } from 'yaml'
import { GyroError } from '../domain/errors.ts'
import { fileSchema, settings, type Value } from './config-schema.ts'

/** A value of the file and where it stands: `conf/gyro.yaml:12`. */
export interface FileValue {
  readonly value: Value
  readonly place: string
}

const validate = new Ajv({ allErrors: true }).compile(fileSchema())

/** The settings that the file holds, by key. Throws GYRO_CONFIG_INVALID. */
export function readConfigFile(path: string): ReadonlyMap<string, FileValue> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new GyroError(
      'GYRO_CONFIG_INVALID',
      `the configuration file ${path} cannot be read (${error instanceof Error ? error.message : error}): ` +
        'set GYRO_CONFIG to a readable file',
      { cause: error }
    )
  }
  return parseConfig(text, path)
}

export function parseConfig(text: string, path: string): ReadonlyMap<string, FileValue> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const lineAt = (offset: number | undefined) => lines.linePos(offset ?? 0).line
  const [broken] = document.errors
  if (broken) {
    throw invalid(`${path}:${lineAt(broken.pos[0])}: not YAML: ${broken.message}`)
  }
  const content: unknown = document.toJS() ?? {}
  if (!validate(content)) {
    const problems = (validate.errors ?? []).map(error => {
      const keys = keysOf(error)
      return `${path}:${lineAt(offsetOf(document, keys))}: ${explain(error, keys.join('.'))}`
    })
    throw invalid(problems.join('\n'))
  }
  const values = new Map<string, FileValue>()
  for (const { key } of settings) {
    const keys = key.split('.')
    const value = document.getIn(keys)
    if (value === undefined) continue
    values.set(key, {
      value: value as Value,
      place: `${path}:${lineAt(offsetOf(document, keys))}`
    })
  }
  return values
}

function invalid(message: string): GyroError {
  return new GyroError('GYRO_CONFIG_INVALID', message)
}

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
  return `${key === '' ? 'the file' : key} must be a section with settings indented below it`
}
