/**
 * Amounts beyond 2^53-1: of a session in several reports, of what they cost, of a wallet. A client can cause them, so
 * they are refused like a single volume that is too large, and nothing of the request is settled.
 */
import { isUncountable } from '../domain/errors.ts'
import { add, unitsMax } from '../domain/units.ts'
import type { Decision } from './decision.ts'
import type { SessionDraft } from './draft.ts'

/** The decision on a request that failed on an amount too large; throws again what is another error. */
export function refusedAsUncountable(error: unknown): Decision {
  if (!isUncountable(error)) throw error
  const answer = { kind: 'charging', outcome: 'invalid-value', units: [], repeated: false } as const
  return { answer, changes: null }
}

/**
 * Fails when the CDR of the session could not say its totals. Looked for when usage comes, because the end of a
 * session must never fail: then nobody would come at the account any more.
 */
export function checkTotals({ services, positions }: SessionDraft): void {
  let sum = 0
  for (const service of services) {
    const { octets, inputOctets, outputOctets, seconds, messages } = service
    sum += octets + inputOctets + outputOctets + seconds + messages
  }
  for (const { amount } of positions) sum += amount
  if (sum > unitsMax) checkEach({ services, positions })
}

function checkEach({ services, positions }: Pick<SessionDraft, 'services' | 'positions'>): void {
  for (const name of ['octets', 'inputOctets', 'outputOctets', 'seconds', 'messages'] as const) {
    services.reduce((sum, service) => add(sum, service[name]), 0)
  }
  positions.reduce((sum, { amount }) => add(sum, amount), 0)
}
