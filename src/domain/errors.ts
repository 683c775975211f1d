/**
 * Errors that a person or a caller can act on, and assertions for what cannot happen.
 *
 * Expected refusals of a charging request are values (see answer.ts), never exceptions.
 */
export const errorCodes = [
  'GYRO_CONFIG_INVALID',
  'GYRO_CATALOGUE_INVALID',
  'GYRO_CATALOGUE_UNKNOWN',
  'GYRO_STORE_UNAVAILABLE',
  'GYRO_STORE_UNFIT',
  'GYRO_STORE_LOCKED',
  'GYRO_DOCUMENT_FORMAT',
  'GYRO_CDR_UNAVAILABLE',
  'GYRO_INPUT_INVALID',
  'GYRO_CONFLICT',
  'GYRO_NOT_FOUND',
  'GYRO_UNCOUNTABLE',
  'GYRO_ASSERTION'
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** An error with a stable code; the message says what, where and what to do. */
export class GyroError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'GyroError'
    this.code = code
  }
}

/** Fails on an amount that is larger than can be counted exactly: the sum of what clients report may be. */
export function assertCountable(countable: boolean, message: string): asserts countable {
  if (!countable) throw new GyroError('GYRO_UNCOUNTABLE', message)
}

export function isUncountable(error: unknown): boolean {
  return error instanceof GyroError && error.code === 'GYRO_UNCOUNTABLE'
}

/** A decision needs a version of the catalogue that is not loaded here; it is made again once that is. */
export class VersionUnknown extends GyroError {
  readonly version: string
  constructor(version: string) {
    super('GYRO_CATALOGUE_UNKNOWN', `the catalogue version ${version} is not loaded`)
    this.version = version
  }
}

/** Fails on what cannot happen. Kept on in production: a wrong amount is worse than a failed request. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new GyroError('GYRO_ASSERTION', message)
}
