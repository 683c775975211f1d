/**
 * How many units a grant aims at, before balance and price limit it.
 *
 * An ask with a value is taken at its word. An empty ask gets the policy's first size; once the session is older
 * than `rateAfter`, so much that it lasts `target` seconds at the measured rate, between the policy's bounds.
 */
import type { PeerProfile, RequestedUnits } from '../domain/request.ts'
import type { ServiceUsage } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import { mulDivCeil, mulDivFloor, type Units, type UnitType, unitsMax } from '../domain/units.ts'
import type { QuotaPolicy } from '../rating/catalogue.ts'

/** The aim of a grant in units of `unit`, above zero, and never more than the client's profile allows. */
export function wantedUnits(
  policy: QuotaPolicy,
  profile: PeerProfile,
  requested: RequestedUnits,
  unit: UnitType,
  service: ServiceUsage,
  sessionAgeMs: EpochMs
): Units {
  const aim = aimOf(policy, profile, requested, unit, service, sessionAgeMs)
  const most = profile.grantMax?.[unit] ?? unitsMax
  return Math.min(aim, most, unit === 'seconds' ? timeMax : unitsMax)
}

/** CC-Time 420 has 32 bits. */
const timeMax = 0xffff_ffff

function aimOf(
  policy: QuotaPolicy,
  profile: PeerProfile,
  requested: RequestedUnits,
  unit: UnitType,
  service: ServiceUsage,
  sessionAgeMs: EpochMs
): Units {
  const size = policy.sizes[unit]
  const basis = sizeBasis(policy, profile, requested, unit, sessionAgeMs)
  if (basis === 'asked') return requested[unit] ?? 0
  if (basis === 'first') return size.initial
  const lasting = mulDivCeil(service[unit], policy.target * 1000, sessionAgeMs)
  return Math.min(Math.max(lasting, size.min), size.max)
}

/** What decides the size of a grant: the ask itself, the policy's first size, or the measured rate. */
export type SizeBasis = 'asked' | 'first' | 'rate'

export function sizeBasis(
  policy: QuotaPolicy,
  profile: PeerProfile,
  requested: RequestedUnits,
  unit: UnitType,
  sessionAgeMs: EpochMs
): SizeBasis {
  if (profile.requestedUnits && (requested[unit] ?? 0) > 0) return 'asked'
  // A session that begins now has no rate, also when the policy would measure at once.
  return sessionAgeMs <= 0 || sessionAgeMs < policy.rateAfter * 1000 ? 'first' : 'rate'
}

/**
 * What is left of a grant when the client is to ask again: the policy's percentage, rounded down; 0: no threshold.
 * Always less than the grant.
 */
export function thresholdOf(
  policy: QuotaPolicy,
  profile: PeerProfile,
  granted: Units,
  final: boolean
): Units {
  if (final || !profile.thresholds || policy.threshold === 0) return 0
  return mulDivFloor(granted, policy.threshold, 100)
}
