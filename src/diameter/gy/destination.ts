/**
 * Whether a request is for this server (RFC 6733 6.1.4). What names this host is, whatever realm it names besides. It
 * does no routing: what is for somebody else cannot be delivered.
 */
import { resultCodes } from '../dictionary/result-codes.ts'
import { type PeerFault, refusal } from '../peer/peer-machine.ts'
import { matcherOf } from '../peer/peer-rules.ts'

export interface Destinations {
  /**
   * Patterns of Destination-Hosts that are served beside our own, such as those of other servers on
   * the same store: a session begun there goes on here. Absent: every name within our realm.
   */
  readonly hosts?: readonly string[]
  /** Patterns of Destination-Realms that are served beside our own. Absent: any. */
  readonly realms?: readonly string[]
}

interface Routed {
  readonly 'Destination-Host'?: string | undefined
  readonly 'Destination-Realm'?: string | undefined
  readonly 'Route-Record'?: readonly string[] | undefined
}

/** Why a request is not for this server, or null. Called for every request. */
export type DestinationCheck = (request: Routed) => PeerFault | null

export function createDestinationCheck(
  own: { readonly originHost: string; readonly originRealm: string },
  destinations: Destinations
): DestinationCheck {
  const hosts = [own.originHost, ...(destinations.hosts ?? [`*.${own.originRealm}`])].map(matcherOf)
  const realms = [own.originRealm, ...(destinations.realms ?? ['*'])].map(matcherOf)
  const isOwn = matcherOf(own.originHost)
  // Nearly every request names what the one before it named.
  let lastHost: string | undefined
  let lastRealm: string | undefined
  let served = false

  function look(host: string | undefined, realm: string | undefined): PeerFault | null {
    const local = host !== undefined && isOwn(host)
    if (!local && realm !== undefined && !realms.some(matches => matches(realm))) {
      return refusal(
        resultCodes.DIAMETER_REALM_NOT_SERVED,
        'the Destination-Realm is not served here'
      )
    }
    if (host !== undefined && !hosts.some(matches => matches(host))) {
      return refusal(
        resultCodes.DIAMETER_UNABLE_TO_DELIVER,
        'the Destination-Host is another, and this server does not forward'
      )
    }
    lastHost = host
    lastRealm = realm
    served = true
    return null
  }

  return request => {
    const routes = request['Route-Record']
    if (routes !== undefined && routes.length > 0 && routes.some(isOwn)) {
      return refusal(
        resultCodes.DIAMETER_LOOP_DETECTED,
        'a Route-Record names this server: the request has been here'
      )
    }
    const host = request['Destination-Host']
    const realm = request['Destination-Realm']
    if (served && host === lastHost && realm === lastRealm) return null
    return look(host, realm)
  }
}
