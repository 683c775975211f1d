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
    const usage = usageOf(entry, index, options)
    if ('cause' in usage) return usage
    const same = sameOf(usages, usage)
    if (same === undefined) usages.push(usage)
    else {
      const problem = merge(same, usage, pathOf(index))
      if (problem !== null) return problem
    }
  }
  return usages
}

/** A JSON pointer, which only problems need. */
function pathOf(index: number): string {
  return `/multipleUnitUsage/${index}`
}

function sameOf<T extends MultipleUnitUsage>(usages: readonly T[], usage: T): T | undefined {
  for (const other of usages) {
    if (other.ratingGroup === usage.ratingGroup && other.upf === usage.upf) return other
  }
  return undefined
}

function usageOf(
  entry: Entry,
  index: number,
  options: UsageOptions
): Mutable<MultipleUnitUsage> | Problem {
  const usage: Mutable<MultipleUnitUsage> = {
    ratingGroup: entry.ratingGroup,
    serviceIdentifiers: noIdentifiers,
    requested: null,
    used: null
  }
  if (entry.uPFID) usage.upf = entry.uPFID
  const problem = readRequested(usage, entry, index) ?? readUsed(usage, entry, index, options)
  if (problem !== null) return problem
  // A consumer that meters without quota asks for none, whatever the empty requestedUnit beside it looks like.
  if (isMeteredOnly(entry, usage)) usage.requested = null
  return usage
}

function readRequested(
  usage: Mutable<MultipleUnitUsage>,
  { requestedUnit }: Entry,
  index: number
): Problem | null {
  if (requestedUnit === undefined) return null
  const negative = negativeIn(requestedUnit)
  const path = () => `${pathOf(index)}/requestedUnit`
  if (negative !== null) return signFault(path(), negative)
  usage.requested = requestedOf(requestedUnit)
  return isTooLarge(usage.requested) ? sumFault(usage.requested, path()) : null
}

function readUsed(
  usage: Mutable<MultipleUnitUsage>,
  { usedUnitContainer = [] }: Entry,
  index: number,
  { event, wraps }: UsageOptions
): Problem | null {
  let switched = false
  for (let at = 0; at < usedUnitContainer.length; at++) {
    const container = usedUnitContainer[at]
    if (container === undefined) continue
    const path = () => `${pathOf(index)}/usedUnitContainer/${at}`
    const negative = wraps ? null : negativeIn(container)
    if (negative !== null) return signFault(path(), negative)
    const after = switched
    switched ||= container.triggers?.some(isTariffChange) === true
    const units = usedOf(container, wraps)
    if (units === null) continue
    const offline = container.quotaManagementIndicator === offlineCharging && !event
    const total = addUsed(usage, units, offline, after)
    if (isTooLarge(total)) return sumFault(total, path())
  }
  return null
}

/** Returns the sum of its kind. */
function addUsed(
  usage: Mutable<MultipleUnitUsage>,
  units: UsedUnits,
  offline: boolean,
  after: boolean
): UsedUnits {
  if (offline) {
    usage.offline = sum(usage.offline, units)
    return usage.offline
  }
  usage.used = sum(usage.used, units)
  if (after) usage.after = sum(usage.after, units)
  return usage.used
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

/** The name of a volume below zero; null: there is none. */
function negativeIn(units: ServiceUnits): (typeof volumes)[number] | null {
  for (const name of volumes) {
    const value = units[name]
    if (value !== undefined && value < 0) return name
  }
  return null
}

function signFault(path: string, name: string): Problem {
  return wrongMember('OPTIONAL_IE_INCORRECT', `${path}/${name}`, 'must be >= 0')
}

/** Two safe integers whose sum is above 2^53-1 also add up to more than that in floating point. */
function isTooLarge(units: RequestedUnits | UsedUnits | null): boolean {
  if (units === null) return false
  return (units.octets ?? 0) > unitsMax || (units.messages ?? 0) > unitsMax
}

function sumFault(units: RequestedUnits | UsedUnits | null, path: string): Problem {
  const name = (units?.octets ?? 0) > unitsMax ? 'totalVolume' : 'serviceSpecificUnits'
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
  if (isTooLarge(same.used)) return sumFault(same.used, path)
  const offline = same.offline ?? null
  return isTooLarge(offline) ? sumFault(offline, path) : null
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
