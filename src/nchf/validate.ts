/** Reads a body: JSON that is as the schema says, or the problem that it is answered with. */
import { Ajv, type ErrorObject } from 'ajv'
import { jsonDepth } from '../domain/json-depth.ts'
import { limits } from '../domain/limits.ts'
import { mayHoldLongNumber, withExactNumbers } from './exact.ts'
import type { ChargingDataRequest } from './messages.ts'
import { type Problem, problem, wrongMember } from './problem.ts'
import { chargingDataRequest } from './schemas.ts'

/** The tests check the schema itself. */
const ajv = new Ajv({
  strict: true,
  strictRequired: false,
  allErrors: false,
  validateSchema: false,
  formats: {
    'date-time': { type: 'string', validate: isInstant },
    'http-uri': { type: 'string', validate: isHttpUri }
  }
})
const check = ajv.compile<ChargingDataRequest>(chargingDataRequest)

const required = new Set(chargingDataRequest['required'] as readonly string[])

const pattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/

/** RFC 3339 5.6. */
function isInstant(text: string): boolean {
  return pattern.test(text) && !Number.isNaN(Date.parse(text)) && hasDay(text)
}

/** 30 February is the second of March to Date.parse. */
function hasDay(text: string): boolean {
  const day = Number(text.slice(8, 10))
  if (day <= 28) return true
  return new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() === day
}

/** Where notifications can be sent: an absolute URI with a host. */
function isHttpUri(text: string): boolean {
  return httpUri.test(text) && URL.canParse(text)
}

const httpUri = /^https?:\/\/[^\s/?#]/i

const formats: Readonly<Record<string, string>> = {
  'date-time': 'must be a date-time (RFC 3339)',
  'http-uri': 'must be an absolute http or https URI'
}

/** No text of this length is so deep that it could not be written again by recursion. */
const shallowLength = 4_096

const tooDeep = problem(
  400,
  'INVALID_MSG_FORMAT',
  `objects and lists stand in one another more than ${limits.nchfBodyDepth} deep`
)

export type ReadBody =
  | {
      readonly ok: true
      readonly body: ChargingDataRequest
      /** The same, with the blocks as they are kept for the CDR: no number of theirs is rounded. */
      readonly kept: ChargingDataRequest
    }
  | { readonly ok: false; readonly problem: Problem }

export function readBody(text: string): ReadBody {
  if (text.length > shallowLength && jsonDepth(text) > limits.nchfBodyDepth) {
    return { ok: false, problem: tooDeep }
  }
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    const detail = `the body is not JSON: ${(error as Error).message}`
    return { ok: false, problem: problem(400, 'INVALID_MSG_FORMAT', detail) }
  }
  if (check(body)) {
    const kept: unknown = mayHoldLongNumber(text) ? JSON.parse(withExactNumbers(text)) : body
    // A member that charging reads has become text there when it had more digits than a number holds.
    if (kept === body || check(kept)) return { ok: true, body, kept: kept as ChargingDataRequest }
  }
  const [error] = check.errors ?? []
  return { ok: false, problem: error ? describe(error) : wrongMember('INVALID_MSG_FORMAT', '', '') }
}

function describe(error: ErrorObject): Problem {
  const { keyword, instancePath: path, message = 'is not valid' } = error
  if (keyword === 'required') {
    const { missingProperty } = error.params as { readonly missingProperty: string }
    return wrongMember('MANDATORY_IE_MISSING', `${path}/${missingProperty}`, 'is missing')
  }
  if (path === '') return wrongMember('INVALID_MSG_FORMAT', path, message)
  const [, top = ''] = path.split('/')
  const cause = required.has(top) ? 'MANDATORY_IE_INCORRECT' : 'OPTIONAL_IE_INCORRECT'
  if (keyword === 'maximum' || keyword === 'minimum') {
    const { comparison, limit } = error.params as { comparison: string; limit: number }
    return wrongMember(cause, path, `must be ${comparison} ${limit}`)
  }
  const format = keyword === 'format' ? formats[(error.params as { format: string }).format] : null
  return wrongMember(cause, path, format ?? message)
}
