/**
 * multipleUnitUsage -> MultipleUnitUsage.
 *
 * One entry a rating group and user plane function: further ones of the same key are added to the first, because a
 * consumer finds its quota by that key. What is above 2^53-1, also as a sum, is refused with the member's name.
 */
import type { MultipleUnitUsage, RequestedUnits, UsedUnits } from '../domain/request.ts'
import { unitsMax } from '../domain/units.ts'
import type { MultipleUnitUsage as Entry, ServiceUnits, UsedUnitContainer } from './messages.ts'
import { type Problem, wrongMember } from './problem.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const chosenByServer: RequestedUnits = { octets: null, seconds: null, messages: null }
const noIdentifiers: readonly number[] = []
const offlineCharging = 'OFFLINE_CHARGING'
const volumes = ['totalVolume', 'uplinkVolume', 'downlinkVolume', 'serviceSpecificUnits'] as const

export interface UsageOptions {
  /** Negative volumes have wrapped at 2^31 (ConsumerProfile.wraps). */
  readonly wraps: boolean
  /** quotaManagementIndicator does not matter: an event reports what is to be debited. */
  readonly event: boolean
}

/** The usages of a request, in its order; or why it is refused. */
export function usagesOf(
  entries: readonly Entry[],
  options: UsageOptions
): readonly MultipleUnitUsage[] | Problem {
  const usages: Mutable<MultipleUnitUsage>[] = []
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index]
    if (entry === undefined) continue
    const path = `/multipleUnitUsage/${index}`
    const usage = usageOf(entry, path, options)
    if ('cause' in usage) return usage
    const same = usages.find(
      ({ ratingGroup, upf }) => ratingGroup === usage.ratingGroup && upf === usage.upf
    )
    if (same === undefined) usages.push(usage)
    else {
      const problem = merge(same, usage, path)
      if (problem !== null) return problem
    }
  }
  return usages
}

function usageOf(
  entry: Entry,
  path: string,
  options: UsageOptions
): Mutable<MultipleUnitUsage> | Problem {
  const usage: Mutable<MultipleUnitUsage> = {
    ratingGroup: entry.ratingGroup,
    serviceIdentifiers: noIdentifiers,
    requested: null,
    used: null
  }
  if (entry.uPFID) usage.upf = entry.uPFID
  const problem =
    readRequested(usage, entry, `${path}/requestedUnit`) ?? readUsed(usage, entry, path, options)
  if (problem !== null) return problem
  // A consumer that meters without quota asks for none, whatever the empty requestedUnit beside it looks like.
  if (isMeteredOnly(entry, usage)) usage.requested = null
  return usage
}

function readRequested(
  usage: Mutable<MultipleUnitUsage>,
  { requestedUnit }: Entry,
  path: string
): Problem | null {
  if (requestedUnit === undefined) return null
  const problem = signFault(requestedUnit, path, false)
  if (problem !== null) return problem
  usage.requested = requestedOf(requestedUnit)
  return sumFault(usage.requested, path)
}

function readUsed(
  usage: Mutable<MultipleUnitUsage>,
  { usedUnitContainer = [] }: Entry,
  path: string,
  { event, wraps }: UsageOptions
): Problem | null {
  let switched = false
  for (const [index, container] of usedUnitContainer.entries()) {
    const place = `${path}/usedUnitContainer/${index}`
    const problem = signFault(container, place, wraps)
    if (problem !== null) return problem
    const after = switched
    switched ||= container.triggers?.some(isTariffChange) === true
    const units = usedOf(container, wraps)
    if (units === null) continue
    const offline = container.quotaManagementIndicator === offlineCharging && !event
    if (offline) usage.offline = sum(usage.offline, units)
    else usage.used = sum(usage.used, units)
    if (after && !offline) usage.after = sum(usage.after, units)
    const tooLarge = sumFault((offline ? usage.offline : usage.used) ?? null, place)
    if (tooLarge !== null) return tooLarge
  }
  return null
}

/** It closes the container of the usage before the tariff switch; those behind it are of the time after it. */
function isTariffChange({ triggerType }: { readonly triggerType?: string }): boolean {
  return triggerType === 'TARIFF_TIME_CHANGE'
}

/** TS 32.255 5.2.1: all of the entry is offline charging, and no amount is asked for. */
function isMeteredOnly(entry: Entry, usage: MultipleUnitUsage): boolean {
  const containers = entry.usedUnitContainer ?? []
  if (containers.length === 0 || usage.used !== null) return false
  if (usage.requested === null || usage.requested !== chosenByServer) return false
  return containers.every(
    ({ quotaManagementIndicator }) => quotaManagementIndicator === offlineCharging
  )
}

function requestedOf(units: ServiceUnits): RequestedUnits {
  const octets = octetsOf(units, false)
  const { time = 0, serviceSpecificUnits = 0 } = units
  if (!octets && time === 0 && serviceSpecificUnits === 0) return chosenByServer
  return { octets: octets || null, seconds: time || null, messages: serviceSpecificUnits || null }
}

/** null: the container reports nothing, such as one that only says what happened. */
function usedOf(container: UsedUnitContainer, wraps: boolean): UsedUnits | null {
  const octets = octetsOf(container, wraps)
  const { time, serviceSpecificUnits, eventTimeStamps } = container
  const messages = serviceSpecificUnits ?? eventTimeStamps?.length ?? null
  if (octets === null && time === undefined && messages === null) return null
  return {
    octets,
    inputOctets: unwrapped(container.uplinkVolume, wraps),
    outputOctets: unwrapped(container.downlinkVolume, wraps),
    seconds: time ?? null,
    messages
  }
}

/** totalVolume when it is present, else uplink plus downlink. */
function octetsOf(units: ServiceUnits, wraps: boolean): number | null {
  const total = unwrapped(units.totalVolume, wraps)
  if (total !== null) return total
  return plus(unwrapped(units.uplinkVolume, wraps), unwrapped(units.downlinkVolume, wraps))
}

function unwrapped(value: number | undefined, wraps: boolean): number | null {
  if (value === undefined) return null
  return value < 0 && wraps ? value + 0x1_0000_0000 : value
}

function signFault(units: ServiceUnits, path: string, wraps: boolean): Problem | null {
  if (wraps) return null
  for (const name of volumes) {
    const value = units[name]
    if (value !== undefined && value < 0) {
      return wrongMember('OPTIONAL_IE_INCORRECT', `${path}/${name}`, 'must be >= 0')
    }
  }
  return null
}

/** Two safe integers whose sum is above 2^53-1 also add up to more than that in floating point. */
function sumFault(units: RequestedUnits | UsedUnits | null, path: string): Problem | null {
  if (units === null) return null
  const { octets, messages } = units
  const name = (octets ?? 0) > unitsMax ? 'totalVolume' : 'serviceSpecificUnits'
  if ((octets ?? 0) <= unitsMax && (messages ?? 0) <= unitsMax) return null
  return wrongMember('OPTIONAL_IE_INCORRECT', `${path}/${name}`, 'the sum must be <= 2^53-1')
}

function merge(
  same: Mutable<MultipleUnitUsage>,
  usage: MultipleUnitUsage,
  path: string
): Problem | null {
  same.requested ??= usage.requested
  if (usage.used !== null) same.used = sum(same.used, usage.used)
  if (usage.after !== undefined) same.after = sum(same.after, usage.after)
  if (usage.offline !== undefined) same.offline = sum(same.offline, usage.offline)
  return sumFault(same.used, path) ?? sumFault(same.offline ?? null, path)
}

function sum(a: UsedUnits | null | undefined, b: UsedUnits): UsedUnits {
  if (!a) return b
  return {
    octets: plus(a.octets, b.octets),
    inputOctets: plus(a.inputOctets, b.inputOctets),
    outputOctets: plus(a.outputOctets, b.outputOctets),
    seconds: plus(a.seconds, b.seconds),
    messages: plus(a.messages, b.messages)
  }
}

function plus(a: number | null, b: number | null): number | null {
  return b === null ? a : a === null ? b : a + b
}
