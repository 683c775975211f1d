/** How the server reaches the client of a session by itself; kept with the session. */

/** Diameter Gy/Ro. Destination-Host and Destination-Realm are the session's origin (RFC 8506 5.5). */
export interface GyRoute {
  readonly protocol: 'gy'
  /** Origin-Host of the peer whose connection brought the last request: the client itself, or its agent. */
  readonly peer: string
}

/** Nchf_ConvergedCharging, TS 32.290: the notifyUri of the ChargingDataRequest. */
export interface NchfRoute {
  readonly protocol: 'nchf'
  readonly notifyUri: string
}

export type SessionRoute = GyRoute | NchfRoute

export function sameRoute(a: SessionRoute, b: SessionRoute): boolean {
  if (a === b) return true
  if (a.protocol === 'gy') return b.protocol === 'gy' && a.peer === b.peer
  return b.protocol === 'nchf' && a.notifyUri === b.notifyUri
}
