/** Validation of a file against its schema, with messages for the person who wrote it. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { Path, Report } from './problem.ts'
import { type Part, schemas } from './schema.ts'

/**
 * Every command loads a catalogue, and checks each file once: the schemas themselves are checked against the
 * meta-schema in the tests, and shorter code would take longer to make than it saves.
 */
const options = {
  allErrors: true,
  verbose: true,
  strict: true,
  allowUnionTypes: true,
  validateSchema: false,
  code: { optimize: false }
}

const validators: Partial<Record<Part, ValidateFunction>> = {}

/** Whether a file has the form that its schema wants; reports everything that has not. */
export function validatePart(part: Part, value: unknown, path: Path, report: Report): boolean {
  const validate = validators[part] ?? createValidator(part)
  if (validate(value)) return true
  for (const error of validate.errors ?? []) reportError(error, path, report)
  return false
}

function createValidator(part: Part): ValidateFunction {
  const ajv = new Ajv(options)
  const validator = ajv.compile(schemas[part])
  validators[part] = validator
  return validator
}

function reportError(error: ErrorObject, base: Path, report: Report): void {
  const at = [...base, ...pointer(error.instancePath)]
  const params: Record<string, unknown> = error.params
  if (error.keyword === 'additionalProperties') {
    const key = String(params['additionalProperty'])
    const known = Object.keys(error.parentSchema?.['properties'] ?? {}).join(', ')
    report([...at, key], `is not a known key here; known are ${known}`, true)
  } else if (error.keyword === 'required') {
    report(at, `lacks the key ${String(params['missingProperty'])}; add it`)
  } else if (error.propertyName !== undefined) {
    report([...at, error.propertyName], mustBe(error), true)
  } else if (error.keyword !== 'propertyNames') {
    // A wrong name is reported above, by the error of the name itself.
    report(at, mustBe(error))
  }
}

function mustBe(error: ErrorObject): string {
  const params: Record<string, unknown> = error.params
  const description: unknown = error.parentSchema?.['description']
  const value = error.propertyName ?? error.data
  switch (error.keyword) {
    case 'pattern':
      return `${shown(value)} must be ${String(description)}`
    case 'type':
      return `${shown(value)} must be ${typeof description === 'string' ? description : typeName(params['type'])}`
    case 'enum':
      return `${shown(value)} must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`
    case 'const':
      return `${shown(value)} must be true; leave the key out otherwise`
    case 'minimum':
      return `${shown(value)} must be at least ${String(params['limit'])}`
    case 'maximum':
      return `${shown(value)} must be at most ${String(params['limit'])}`
    case 'minItems':
      return 'must have at least one entry'
    case 'uniqueItems':
      return `has the same entry twice, at ${Number(params['i']) + 1} and ${Number(params['j']) + 1}`
    default:
      return error.message ?? error.keyword
  }
}

function typeName(type: unknown): string {
  const names: Record<string, string> = {
    object: 'a map of keys and values',
    array: 'a list',
    string: 'text in quotes',
    integer: 'a whole number without quotes',
    boolean: 'true or false'
  }
  return names[String(type)] ?? String(type)
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a map' : JSON.stringify(value)
}

/** A JSON Pointer (RFC 6901) as a path. */
function pointer(text: string): (string | number)[] {
  return text
    .split('/')
    .slice(1)
    .map(step =>
      /^\d{1,4}$/.test(step) ? Number(step) : step.replace(/~1/g, '/').replace(/~0/g, '~')
    )
}
