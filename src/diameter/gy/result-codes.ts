/** The Result-Code of each outcome (RFC 6733 7.1, RFC 8506 9), in one place. */
import type { Outcome } from '../../domain/answer.ts'
import { resultCodes } from '../dictionary/result-codes.ts'

const outcomes: Readonly<Record<Outcome, number>> = {
  success: resultCodes.DIAMETER_SUCCESS,
  'too-busy': resultCodes.DIAMETER_TOO_BUSY,
  'service-denied': resultCodes.DIAMETER_END_USER_SERVICE_DENIED,
  'not-applicable': resultCodes.DIAMETER_CREDIT_CONTROL_NOT_APPLICABLE,
  'credit-limit-reached': resultCodes.DIAMETER_CREDIT_LIMIT_REACHED,
  'unknown-session': resultCodes.DIAMETER_UNKNOWN_SESSION_ID,
  'invalid-value': resultCodes.DIAMETER_INVALID_AVP_VALUE,
  'resources-exceeded': resultCodes.DIAMETER_RESOURCES_EXCEEDED,
  'unable-to-comply': resultCodes.DIAMETER_UNABLE_TO_COMPLY,
  'user-unknown': resultCodes.DIAMETER_USER_UNKNOWN,
  'rating-failed': resultCodes.DIAMETER_RATING_FAILED
}

export const resultCodeOf = (outcome: Outcome): number => outcomes[outcome]

/** RFC 6733 7.1.3: protocol errors, 3xxx, are answered with the E bit and the grammar of 7.2. */
export const isProtocolError = (resultCode: number): boolean =>
  resultCode >= 3000 && resultCode < 4000
