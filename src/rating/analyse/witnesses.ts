/**
 * Witnesses: for each service one usage in every zone and to every destination that a network can be in or call.
 *
 * Rules and allowances choose by service, zone and destination alone, so what no witness shows cannot happen. Each is
 * made by trying: the facts are only kept if the classifier takes them for what they are to be.
 */
import type { NetworkFacts } from '../../domain/facts.ts'
import type { Catalogue } from '../catalogue.ts'
import { classify, type Situation } from '../classify.ts'

export interface Witness {
  readonly situation: Situation
  readonly facts: NetworkFacts
}

export interface Samples {
  /** A serving network in each zone that has one. */
  readonly networks: ReadonlyMap<string, string>
  /** A number of each destination that has one. */
  readonly numbers: ReadonlyMap<string, string>
}

export function witnessesOf(
  catalogue: Catalogue,
  samples: Samples
): ReadonlyMap<string, readonly Witness[]> {
  const found = new Map<string, readonly Witness[]>()
  for (const [ratingGroup, id] of catalogue.ratingGroups) {
    const service = catalogue.services.get(id)
    if (service === undefined || found.has(id)) continue
    const facts = circumstances(samples, service.destinations)
    const witnesses = facts.flatMap((given): readonly Witness[] => {
      const situation = classify(catalogue, '', ratingGroup, given)
      return situation === null ? [] : [{ situation, facts: given }]
    })
    found.set(id, witnesses)
  }
  return found
}

function circumstances({ networks, numbers }: Samples, called: boolean): readonly NetworkFacts[] {
  return [...networks.values()].flatMap((plmn): readonly NetworkFacts[] =>
    called ? Array.from(numbers.values(), calledParty => ({ plmn, calledParty })) : [{ plmn }]
  )
}

export function samplesOf(catalogue: Catalogue): Samples {
  return { networks: sampleNetworks(catalogue), numbers: sampleNumbers(catalogue) }
}

function sampleNetworks(catalogue: Catalogue): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const [group] = catalogue.ratingGroups.keys()
  if (group === undefined) return found
  const zoneOf = (plmn: string) => classify(catalogue, '', group, { plmn })?.zone
  for (const [network, zone] of catalogue.zones) {
    if (found.has(zone)) continue
    // An entry of three digits is a country: some network in it that is in no other zone.
    const tries = network.length > 3 ? [network] : endings.map(mnc => `${network}${mnc}`)
    const plmn = tries.find(candidate => zoneOf(candidate) === zone)
    if (plmn !== undefined) found.set(zone, plmn)
  }
  const elsewhere = foreign.find(candidate => zoneOf(candidate) === catalogue.otherZone)
  if (!found.has(catalogue.otherZone) && elsewhere !== undefined) {
    found.set(catalogue.otherZone, elsewhere)
  }
  // A request that names no network is at home, whatever networks home has.
  if (!found.has(catalogue.homeZone)) found.set(catalogue.homeZone, '')
  return found
}

/** Mobile network codes to try. */
const endings: readonly string[] = Array.from({ length: 100 }, (_, i) =>
  String(i).padStart(2, '0')
).toReversed()

/** Networks of many countries, for the zone of those that are in no other. */
const foreign: readonly string[] = [
  '310410',
  ...Array.from({ length: 600 }, (_, i) => `${200 + i}99`)
]

function sampleNumbers(catalogue: Catalogue): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const group = [...catalogue.ratingGroups].find(
    ([, id]) => catalogue.services.get(id)?.destinations === true
  )?.[0]
  if (group === undefined) return found
  const destinationOf = (calledParty: string) =>
    classify(catalogue, '', group, { calledParty })?.destination ?? null
  for (const [prefix, destination] of catalogue.destinations) {
    if (found.has(destination)) continue
    // Longer prefixes of other destinations are gone round.
    const tries = fillers.map(digits => `+${prefix}${digits}`)
    const number = tries.find(candidate => destinationOf(candidate) === destination)
    if (number !== undefined) found.set(destination, number)
  }
  for (const [number, destination] of catalogue.shortNumbers) {
    if (!found.has(destination) && destinationOf(number) === destination) {
      found.set(destination, number)
    }
  }
  const { otherDestination } = catalogue
  const elsewhere = others.find(candidate => destinationOf(candidate) === otherDestination)
  if (!found.has(otherDestination) && elsewhere !== undefined) {
    found.set(otherDestination, elsewhere)
  }
  return found
}

const fillers: readonly string[] = [
  ...Array.from({ length: 10 }, (_, digit) => String(digit).repeat(7)),
  ...Array.from({ length: 100 }, (_, digits) => `${String(digits).padStart(2, '0')}1234567`),
  ''
]

/** Numbers in no numbering plan, and an address that is no number. */
const others: readonly string[] = [
  ...Array.from({ length: 9 }, (_, digit) => `+${digit + 1}23456789`),
  ...Array.from({ length: 90 }, (_, digits) => `+${digits + 10}2345678`),
  'sip:nobody@example.org'
]
