/**
 * Validity times that differ a little, so that sessions which began together do not all come back together.
 *
 * By how much is a function of session and request, so a decision that is made again comes to the same.
 */
import type { ChargingRequest } from '../domain/request.ts'
import type { QuotaPolicy } from '../rating/catalogue.ts'

/** Validity-Time of a grant by the policy, seconds, at least 1. */
export function validityFor(
  { validity, validityJitter }: QuotaPolicy,
  { sessionId, number }: ChargingRequest
): number {
  if (validityJitter === undefined) return validity
  const most = Math.floor((validity * validityJitter) / 100)
  return Math.max(1, validity - (hashOf(sessionId, number) % (most + 1)))
}

/** FNV-1a, 32 bits, with its bits mixed once more: the last digits of a name have to tell. */
function hashOf(text: string, number: number): number {
  let hash = 0x811c9dc5 ^ number
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}
