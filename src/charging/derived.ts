/**
 * Sessions whose id is derived from their initial request (Nchf: the consumer names no session when it begins one).
 *
 * A repeated initial request finds the session that it began. But the same derived id also meets a session that the
 * same PDU session identity had before: one that has gone on, or ended. Then the request begins another session, under
 * the next id that is free (PeerProfile.derivedSessions).
 */
import type { ChargingAnswer } from '../domain/answer.ts'
import type { ChargingRequest } from '../domain/request.ts'
import type { ChargingSession, ClosedSession } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Context } from './context.ts'
import { findAnswer } from './receipt.ts'

/** An initial request that is repeated so long after its session began, and after its end, is another one. */
const repeatMs = 600_000

const taken: ChargingAnswer = {
  kind: 'charging',
  outcome: 'success',
  units: [],
  repeated: true,
  taken: true
}

/** The answer to an initial request that meets an open session; null: as any other request. */
export function openRepeat(
  { catalogues }: Context,
  session: ChargingSession,
  request: ChargingRequest
): ChargingAnswer | null {
  const { derivedSessions } = request.profile
  if (request.type !== 'initial' || derivedSessions === undefined) return null
  if (session.initial === request.number) return null
  const fresh = session.answers.at(-1)?.startsWith('i') === true
  if (!fresh || derivedSessions === 'same-number') return taken
  return findAnswer(session.answers, 'initial', session.initial, catalogues)
}

/** The answer to an initial request that meets a closed session; null: as any other request. */
export function closedRepeat(
  closed: ClosedSession,
  request: ChargingRequest,
  now: EpochMs
): ChargingAnswer | null {
  if (request.type !== 'initial' || request.profile.derivedSessions === undefined) return null
  const again = closed.end === 'terminated' && closed.initial === request.number
  return again && now < closed.startedAt + repeatMs ? null : taken
}

/** Whether a request number is a digest of the content, which has no place in an order. */
export function isDigest(number: number): boolean {
  return number > 0xffff_ffff
}
