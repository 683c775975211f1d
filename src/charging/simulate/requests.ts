/** Requests of a scenario in the form that the engine takes. */
import type { NetworkFacts } from '../../domain/facts.ts'
import type {
  ChargingRequest,
  MultipleUnitUsage,
  PeerProfile,
  RequestedUnits,
  RequestType,
  UsedUnits
} from '../../domain/request.ts'

/** What the specifications say, without anything that a real client does differently. */
const profile: PeerProfile = {
  name: 'simulation',
  thresholds: true,
  requestedUnits: true,
  unknownSession: 'unknown-session',
  tariffSwitch: true,
  redirect: true,
  qosFinalUnits: false,
  pools: true,
  advice: true,
  sessionFailover: true,
  failureHandling: null,
  directDebitingFailureHandling: null
}

export function chargingRequest(
  type: RequestType,
  of: { readonly sessionId: string; readonly context: string; readonly facts: NetworkFacts },
  number: number,
  usages: readonly MultipleUnitUsage[]
): ChargingRequest {
  return {
    kind: 'charging',
    type,
    sessionId: of.sessionId,
    number,
    subscribers: [],
    context: of.context,
    origin: { host: 'simulation', realm: 'simulation' },
    route: { protocol: 'gy', peer: 'simulation' },
    profile,
    facts: of.facts,
    usages
  }
}

export function usageOf(
  ratingGroup: number | null,
  serviceIdentifiers: readonly number[],
  used: UsedUnits | null,
  requested: RequestedUnits | null
): MultipleUnitUsage {
  return { ratingGroup, serviceIdentifiers, requested, used }
}
