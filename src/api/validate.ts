/** Checks bodies against the schemas, and says in words which member is wrong. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { refuse, type WrongMember } from './problem.ts'
import { type RequestSchema, requestSchemas } from './schemas.ts'

/** More than this many wrong members are not listed. */
const errorsMax = 10

/**
 * Each schema is compiled for its first body: most processes check few of them, commands none. The tests check the
 * schemas themselves, and shorter code would take longer to make than it saves.
 */
const ajv = new Ajv({
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  validateSchema: false,
  code: { optimize: false }
})
const checks: Partial<Record<RequestSchema, ValidateFunction>> = {}

function checkOf(schema: RequestSchema): ValidateFunction {
  const check = ajv.compile({ ...requestSchemas[schema] })
  checks[schema] = check
  return check
}

/** The wrong members of a parsed body; none: it is as the schema says. */
export function wrongMembers(schema: RequestSchema, body: unknown): readonly WrongMember[] {
  const check = checks[schema] ?? checkOf(schema)
  if (check(body)) return []
  return (check.errors ?? []).filter(isWhole).slice(0, errorsMax).map(describe)
}

/** What each of several ways lacks says less than that none was taken. */
function isWhole({ schemaPath }: ErrorObject): boolean {
  return !schemaPath.includes('/anyOf/')
}

/** Throws the 400 of a body that is not as the schema says. The caller names the type that the schema stands for. */
export function requireBody<T>(schema: RequestSchema, body: unknown): T {
  const errors = wrongMembers(schema, body)
  if (errors.length > 0) throw refuse(400, 'invalid', sentenceOf(errors), errors)
  return body as T
}

export function sentenceOf(errors: readonly WrongMember[]): string {
  return errors
    .map(({ member, detail }) => (member === '' ? detail : `${member}: ${detail}`))
    .join('; ')
}

function describe(error: ErrorObject): WrongMember {
  const path = error.instancePath.slice(1)
  const inner = (name: string) => (path === '' ? name : `${path}/${name}`)
  const parameters = error.params as { missingProperty?: string; additionalProperty?: string }
  switch (error.keyword) {
    case 'required':
      return { member: inner(String(parameters.missingProperty)), detail: 'is required' }
    case 'additionalProperties':
      return {
        member: inner(String(parameters.additionalProperty)),
        detail: 'is not a member that is known here'
      }
    case 'pattern':
      return { member: path, detail: patternDetail(path) }
    // Of a line alone.
    case 'anyOf':
      return { member: path, detail: 'needs an msisdn, an imsi or a tenant' }
    default:
      return { member: path, detail: error.message ?? 'is not valid' }
  }
}

function patternDetail(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return patternDetails[name] ?? 'must be 5 to 15 digits without plus, as a string'
}

const amount = 'must be a positive decimal with at most six decimals, as a string such as "20.00"'
const accountId = 'must be 1 to 128 characters out of A-Z a-z 0-9 . _ : @ -'
const instant = 'must be an instant with its offset, such as 2026-11-21T12:00:00Z'

const patternDetails: Readonly<Record<string, string>> = {
  amount,
  topUp: amount,
  id: accountId,
  tenant: accountId,
  account: accountId,
  at: instant,
  start: instant,
  plmn: 'must be five or six digits, such as 26201'
}
