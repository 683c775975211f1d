/**
 * What a request means commercially: its service, and the circumstances that decide the price.
 *
 * Called for every usage of every request: only lookups in maps, and for numbers one pass over the digits.
 */
import type { NetworkFacts } from '../domain/facts.ts'
import type { Catalogue, Service } from './catalogue.ts'
import { isEmergencyUrn, parseDialled } from './number.ts'

/** The circumstances that prices and allowances are chosen by. */
export interface Situation {
  readonly service: Service
  /** As received, or that of the service context when none was received. */
  readonly ratingGroup: number
  readonly zone: string
  /** null: the service has no destinations, or the number is an emergency number. */
  readonly destination: string | null
  /** Free for everybody at any balance. */
  readonly emergency: boolean
}

/**
 * The situation of a usage; `context` is the specification number of the Service-Context-Id.
 * null: the catalogue has no service for it, which is answered with 5031.
 */
export function classify(
  catalogue: Catalogue,
  context: string,
  ratingGroup: number | null,
  facts: NetworkFacts
): Situation | null {
  const group = ratingGroup ?? catalogue.contexts.get(context)
  if (group === undefined) return null
  const id = catalogue.ratingGroups.get(group)
  const service = id === undefined ? undefined : catalogue.services.get(id)
  if (service === undefined) return null
  const zone = zoneOf(catalogue, facts.plmn)
  if (!service.destinations) {
    return { service, ratingGroup: group, zone, destination: null, emergency: false }
  }
  const destination = destinationOf(catalogue, facts.calledParty)
  return { service, ratingGroup: group, zone, destination, emergency: destination === null }
}

/** The zone of a serving network: its own entry, or else its country's (TS 23.003 §2.2: MCC is 3 digits). */
function zoneOf(catalogue: Catalogue, plmn: string | undefined): string {
  if (plmn === undefined || plmn === '') return catalogue.homeZone
  return catalogue.zones.get(plmn) ?? catalogue.zones.get(plmn.slice(0, 3)) ?? catalogue.otherZone
}

/** The destination of a called address; null for an emergency number. */
function destinationOf(catalogue: Catalogue, address: string | undefined): string | null {
  if (address === undefined) return catalogue.otherDestination
  if (isEmergencyUrn(address)) return null
  const dialled = parseDialled(address, catalogue.countryCode)
  if (dialled === null) return catalogue.otherDestination
  const { digits, international } = dialled
  // Whole numbers come before prefixes, so that 112 is not taken for a number in the United States.
  if (!international) {
    if (catalogue.emergencyNumbers.has(digits)) return null
    return catalogue.shortNumbers.get(digits) ?? catalogue.otherDestination
  }
  for (let length = Math.min(digits.length, catalogue.destinationDigits); length > 0; length--) {
    const destination = catalogue.destinations.get(digits.slice(0, length))
    if (destination !== undefined) return destination
  }
  return catalogue.otherDestination
}
