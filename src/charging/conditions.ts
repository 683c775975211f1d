/** What stands beside granted units: tariff switch, directions, times, triggers, pool, and the end of the credit. */
import type { FinalUnitAction, FinalUnits, GrantConditions } from '../domain/answer.ts'
import type { ChargingRequest, PeerProfile, RequestedUnits } from '../domain/request.ts'
import type { Grant } from '../domain/session.ts'
import type { Units } from '../domain/units.ts'
import { type Context, priceOf } from './context.ts'
import { poolReference } from './pool.ts'

/** Everything beside the units of a grant; null, as usual, when there is nothing. `ends`: what its last units end in. */
export function conditionsOf(
  context: Context,
  request: ChargingRequest,
  requested: RequestedUnits,
  held: Grant,
  ends: FinalUnits | null
): GrantConditions | null {
  const { quota } = context.catalogue
  const { profile } = request
  const finalUnits = held.final ? ends : null
  const inputOctets = inputOf(requested, held)
  const tariffChange = tariffChangeOf(profile, held)
  if (
    quota.holding === undefined &&
    quota.consumption === undefined &&
    quota.triggers === undefined &&
    held.pool === undefined &&
    finalUnits === null &&
    inputOctets === null &&
    tariffChange === 0
  ) {
    return null
  }
  const measured = held.unit === 'octets' || held.unit === 'seconds'
  return {
    tariffChange,
    inputOctets,
    holding: measured ? (quota.holding ?? null) : null,
    consumption: held.unit === 'seconds' ? (quota.consumption ?? 0) : 0,
    triggers: quota.triggers ?? null,
    pool: held.pool === undefined ? null : poolReference(held.pool, priceOf(context, held.price)),
    finalUnits
  }
}

/** null: the units are not final, or the client is not told so, and meets the end when it asks again. */
export function finalAction(
  profile: PeerProfile,
  held: Grant,
  conditions: GrantConditions | null
): FinalUnitAction | null {
  if (!held.final || profile.finalUnits === false) return null
  return conditions?.finalUnits?.action ?? 'terminate'
}

/** Only for what the client itself measures: of time the server knows by the clock on which side it was. */
function tariffChangeOf(profile: PeerProfile, held: Grant): number {
  return held.change === undefined || held.unit === 'seconds' || !profile.tariffSwitch
    ? 0
    : held.change.at
}

/** RFC 8506 8.24: a client that counts directions by themselves gets units for each, in the proportion it asked. */
function inputOf(requested: RequestedUnits, held: Grant): Units | null {
  const { inputOctets, octets } = requested
  if (inputOctets === undefined || octets === null || held.unit !== 'octets') return null
  if (held.units === octets) return inputOctets
  return Number((BigInt(held.units) * BigInt(inputOctets)) / BigInt(octets))
}
