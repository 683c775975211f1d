/**
 * Errors of the HTTP API: application/problem+json (RFC 9457), always with what to do about it.
 */
import { HTTPException } from 'hono/http-exception'
import type { AccountRefusal } from '../domain/answer.ts'
import { GyroError } from '../domain/errors.ts'

export type ErrorStatus = 400 | 401 | 402 | 404 | 405 | 409 | 413 | 415 | 422 | 500 | 503

/** A member of a body, a header or a query parameter that is not as it must be. */
export interface WrongMember {
  /** `lines/0/msisdn`; empty: the whole body. */
  readonly member: string
  readonly detail: string
}

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: ErrorStatus
  readonly detail: string
  readonly errors?: readonly WrongMember[]
}

const titles: Readonly<Record<ErrorStatus, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable'
}

export const refusalStatus: Readonly<Record<AccountRefusal, ErrorStatus>> = {
  'account-unknown': 404,
  'session-unknown': 404,
  'subscription-unknown': 404,
  'line-unknown': 404,
  'limit-unknown': 404,
  'account-exists': 409,
  'identity-taken': 409,
  'line-last': 409,
  'line-changed': 409,
  'key-reused': 409,
  'funds-insufficient': 402,
  'offer-unknown': 422,
  'offer-conflict': 409,
  invalid: 400,
  unavailable: 503
}

export function problemOf(
  status: ErrorStatus,
  name: string,
  detail: string,
  errors: readonly WrongMember[] = []
): Problem {
  const problem = { type: `urn:gyro:problem:${name}`, title: titles[status], status, detail }
  return errors.length === 0 ? problem : { ...problem, errors }
}

export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  const retry: Record<string, string> = problem.status === 503 ? { 'retry-after': '1' } : {}
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...retry, ...headers }
  })
}

/** An exception that ends a request with this problem. */
export function refuse(
  status: ErrorStatus,
  name: string,
  detail: string,
  errors: readonly WrongMember[] = []
): HTTPException {
  const problem = problemOf(status, name, detail, errors)
  return new HTTPException(status, { res: problemResponse(problem), message: detail })
}

/** What a refusal says, for those who call without HTTP; null: the error is none. */
export function detailOfRefusal(error: unknown): string | null {
  return error instanceof HTTPException ? error.message : null
}

/** The problem of an error that came from behind the API; null: nobody expected it. */
export function problemOfError(error: unknown): Problem | null {
  if (!(error instanceof GyroError)) return null
  switch (error.code) {
    case 'GYRO_INPUT_INVALID':
      return problemOf(400, 'invalid', error.message)
    case 'GYRO_NOT_FOUND':
      return problemOf(404, 'not-found', error.message)
    case 'GYRO_CONFLICT':
      return problemOf(409, 'conflict', error.message)
    case 'GYRO_STORE_UNAVAILABLE':
    case 'GYRO_CDR_UNAVAILABLE':
      return problemOf(503, 'unavailable', error.message)
    default:
      return null
  }
}
