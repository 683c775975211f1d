/**
 * What a request means commercially: its service, and the circumstances that decide the price.
 *
 * Called for every usage of every request: only lookups in maps, and for numbers one pass over the digits.
 */
import type { Leg, NetworkFacts } from '../domain/facts.ts'
import type { Catalogue, Service } from './catalogue.ts'
import { defaultGroupOf, serviceIdOf } from './context.ts'
import { isEmergencyUrn, parseDialled } from './number.ts'

/** The circumstances that prices and allowances are chosen by. */
export interface Situation {
  readonly service: Service
  /** As received, or that of the service context when none was received. */
  readonly ratingGroup: number
  readonly zone: string
  /** null: the service has no destinations, or the number is an emergency number. */
  readonly destination: string | null
  readonly leg: Leg
  /** Free for everybody at any balance. */
  readonly emergency: boolean
  /** What the network says; few rules want to know. */
  readonly facts: NetworkFacts
  /** Service-Identifier 439 of the usage. */
  readonly identifiers: readonly number[]
}

const none: readonly number[] = []

/**
 * The situation of a usage; `context` is the specification number of the Service-Context-Id.
 * null: the catalogue has no service for it, which is answered with 5031.
 */
export function classify(
  catalogue: Catalogue,
  context: string,
  ratingGroup: number | null,
  facts: NetworkFacts,
  identifiers: readonly number[] = none
): Situation | null {
  const group = ratingGroup ?? defaultGroupOf(catalogue, context)
  if (group === undefined) return null
  const service = serviceOf(catalogue, context, group, facts.video === true)
  if (service === undefined) return null
  const zone = zoneOf(catalogue, facts.plmn)
  const leg = facts.leg ?? (facts.roleOfNode === terminatingRole ? 'terminating' : 'originating')
  if (!service.destinations) {
    return {
      service,
      ratingGroup: group,
      zone,
      destination: null,
      leg,
      emergency: facts.emergency === true,
      facts,
      identifiers
    }
  }
  const destination = facts.emergency ? null : destinationOf(catalogue, facts)
  const emergency = destination === null
  return { service, ratingGroup: group, zone, destination, leg, emergency, facts, identifiers }
}

/** Role-Of-Node 829. */
const terminatingRole = 1

function serviceOf(
  catalogue: Catalogue,
  context: string,
  ratingGroup: number,
  video: boolean
): Service | undefined {
  const id = serviceIdOf(catalogue, context, ratingGroup)
  const service = id === undefined ? undefined : catalogue.services.get(id)
  if (!video || service?.withVideo === undefined) return service
  return catalogue.services.get(service.withVideo)
}

/** The zone of a serving network: its own entry, or else its country's (TS 23.003 §2.2: MCC is 3 digits). */
function zoneOf(catalogue: Catalogue, plmn: string | undefined): string {
  if (plmn === undefined || plmn === '') return catalogue.homeZone
  return catalogue.zones.get(plmn) ?? catalogue.zones.get(plmn.slice(0, 3)) ?? catalogue.otherZone
}

/** The destination of a called address; null for an emergency number. */
function destinationOf(catalogue: Catalogue, facts: NetworkFacts): string | null {
  const address = facts.calledParty
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
  const routed =
    facts.routingNumber === undefined ? undefined : routedTo(catalogue, facts.routingNumber)
  return routed ?? catalogue.destinations.find(digits) ?? catalogue.otherDestination
}

/**
 * Where a ported number lies: by the table of routing numbers, or as any number when it is international.
 * undefined: the routing number says nothing, so the dialled number decides.
 */
function routedTo(catalogue: Catalogue, routingNumber: string): string | undefined {
  const international = routingNumber.startsWith('+')
  const digits = (international ? routingNumber.slice(1) : routingNumber).toUpperCase()
  const routed = longestPrefix(catalogue.routingNumbers, catalogue.routingDigits, digits)
  if (routed !== undefined || !international) return routed
  return catalogue.destinations.find(digits)
}

function longestPrefix(
  table: ReadonlyMap<string, string>,
  longest: number,
  digits: string
): string | undefined {
  for (let length = Math.min(digits.length, longest); length > 0; length--) {
    const found = table.get(digits.slice(0, length))
    if (found !== undefined) return found
  }
  return undefined
}
