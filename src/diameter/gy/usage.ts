/**
 * Multiple-Services-Credit-Control 456 -> MultipleUnitUsage.
 *
 * Volumes are Unsigned64 on the wire and safe integers inside: what is above 2^53-1, alone or as a
 * sum, is
 * refused (5004) with the AVP that is too large, never cut.
 */
import type { MultipleUnitUsage, RequestedUnits, UsedUnits } from '../../domain/request.ts'
import { unitsMax } from '../../domain/units.ts'
import type { Ccr, Mscc, ServiceUnits } from './ccr-avps.ts'
import type { CcMoney } from './money.ts'
import { detailedUsage, hasDetails, type UnitHolder } from './usage-details.ts'

/** CC-Money that cannot be counted exactly, and the groups around it. */
export interface Uncountable {
  readonly within: 'Requested-Service-Unit' | 'Used-Service-Unit'
  readonly money: CcMoney
  /** null: at command level. */
  readonly mscc: Mscc | null
}

/**
 * The AVP that a request is refused for: its name, and the groups around it from the outside in.
 */
export interface TooLarge {
  readonly within: 'Requested-Service-Unit' | 'Used-Service-Unit'
  readonly name: VolumeName
  readonly value: bigint
  /** null: at command level. */
  readonly mscc: Mscc | null
}

export type VolumeName =
  | 'CC-Total-Octets'
  | 'CC-Input-Octets'
  | 'CC-Output-Octets'
  | 'CC-Service-Specific-Units'

const volumeNames = [
  'CC-Total-Octets',
  'CC-Input-Octets',
  'CC-Output-Octets',
  'CC-Service-Specific-Units'
] as const

const chosenByServer: RequestedUnits = { octets: null, seconds: null, messages: null }
const noIdentifiers: readonly number[] = []

/**
 * The usages of a request, in its order. A request with units at command level and no MSCC (RFC
 * 8506
 * without Multiple-Services-Indicator) has one, without a rating group.
 */
export function usagesOf(ccr: Ccr): readonly MultipleUnitUsage[] | TooLarge | Uncountable {
  const services = ccr['Multiple-Services-Credit-Control']
  if (!services || services.length === 0) return plainUsage(ccr)
  const usages: MultipleUnitUsage[] = []
  for (const mscc of services) {
    const usage = usageOf(mscc, mscc['Service-Identifier'] ?? noIdentifiers, mscc)
    if ('within' in usage) return usage
    usages.push(usage)
  }
  return usages
}

function plainUsage(ccr: Ccr): readonly MultipleUnitUsage[] | TooLarge | Uncountable {
  const used = ccr['Used-Service-Unit']
  if (!ccr['Requested-Service-Unit'] && (!used || used.length === 0)) return []
  const identifier = ccr['Service-Identifier']
  const usage = usageOf(ccr, identifier === undefined ? noIdentifiers : [identifier], null)
  return 'within' in usage ? usage : [usage]
}

function usageOf(
  holder: UnitHolder,
  serviceIdentifiers: readonly number[],
  mscc: Mscc | null
): MultipleUnitUsage | TooLarge | Uncountable {
  const requested = requestedOf(holder['Requested-Service-Unit'], mscc)
  if (requested && 'within' in requested) return requested
  const used = usedOf(holder['Used-Service-Unit'], mscc)
  if (used && 'within' in used) return used
  const ratingGroup = holder['Rating-Group'] ?? null
  const usage: MultipleUnitUsage = { ratingGroup, serviceIdentifiers, requested, used }
  if (!hasDetails(holder)) return usage
  const detailed = detailedUsage(usage, holder, partOf)
  return 'within' in detailed ? { ...detailed, mscc } : detailed
}

/**
 * An ask of zero is no amount: the server chooses, as it does for an empty Requested-Service-Unit.
 */
function requestedOf(
  units: ServiceUnits | undefined,
  mscc: Mscc | null
): RequestedUnits | TooLarge | null {
  if (!units) return null
  const octets = octetsOf(units)
  const seconds = units['CC-Time'] ?? 0
  const messages = numberOf(units['CC-Service-Specific-Units'])
  if (exceeds(octets) || exceeds(messages) || splitExceeds(units)) {
    return tooLarge(units, 'Requested-Service-Unit', mscc)
  }
  if (!octets && !messages && seconds === 0) return chosenByServer
  return { octets: octets || null, seconds: seconds || null, messages: messages || null }
}

/**
 * Several Used-Service-Units of one service differ by tariff or reporting reason; their sum is its
 * usage.
 * Two safe integers whose sum is above 2^53-1 also add up to more than 2^53-1 in floating point,
 * and the
 * sum is checked after each addition, so numbers are as exact here as bigints.
 */
function usedOf(
  list: readonly ServiceUnits[] | undefined,
  mscc: Mscc | null
): UsedUnits | TooLarge | null {
  if (!list || list.length === 0) return null
  let octets: number | null = null
  let inputOctets: number | null = null
  let outputOctets: number | null = null
  let seconds: number | null = null
  let messages: number | null = null
  for (const units of list) {
    octets = plus(octets, octetsOf(units))
    inputOctets = plus(inputOctets, numberOf(units['CC-Input-Octets']))
    outputOctets = plus(outputOctets, numberOf(units['CC-Output-Octets']))
    messages = plus(messages, numberOf(units['CC-Service-Specific-Units']))
    seconds = plus(seconds, units['CC-Time'] ?? null)
    if (exceeds(octets) || exceeds(inputOctets) || exceeds(outputOctets) || exceeds(messages)) {
      return tooLarge(units, 'Used-Service-Unit', mscc)
    }
  }
  return { octets, inputOctets, outputOctets, seconds, messages }
}

/** The sum of some of the units whose whole sum fits. */
function partOf(units: readonly ServiceUnits[]): UsedUnits | null {
  const sum = usedOf(units, null)
  return sum !== null && 'within' in sum ? null : sum
}

/** CC-Total-Octets when it is present, else input plus output (RFC 8506 8.23 to 8.25). */
function octetsOf(units: ServiceUnits): number | null {
  const total = units['CC-Total-Octets']
  if (total !== undefined) return Number(total)
  return plus(numberOf(units['CC-Input-Octets']), numberOf(units['CC-Output-Octets']))
}

const numberOf = (value: bigint | undefined): number | null =>
  value === undefined ? null : Number(value)

const plus = (a: number | null, b: number | null): number | null =>
  b === null ? a : a === null ? b : a + b

const exceeds = (value: number | null): boolean => value !== null && value > unitsMax

const splitExceeds = (units: ServiceUnits): boolean =>
  exceeds(numberOf(units['CC-Input-Octets'])) || exceeds(numberOf(units['CC-Output-Octets']))

/**
 * The first volume that is too large by itself, or else the largest one of the unit that went too
 * far.
 */
function tooLarge(units: ServiceUnits, within: TooLarge['within'], mscc: Mscc | null): TooLarge {
  let shown: TooLarge = { within, name: 'CC-Total-Octets', value: 0n, mscc }
  for (const name of volumeNames) {
    const value = units[name]
    if (value === undefined) continue
    if (value > unitsMax) return { within, name, value, mscc }
    if (value >= shown.value) shown = { within, name, value, mscc }
  }
  return shown
}
