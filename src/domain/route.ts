/** Who sends the requests of a session, and how the server reaches that client by itself. */

/** Who sent a request; kept with the session. */
export interface RequestOrigin {
  /** Origin-Host 264, or the name or address of the NF consumer. */
  readonly host: string
  /** Origin-Realm 296; empty on Nchf. */
  readonly realm: string
}

/** Diameter Gy/Ro. Destination-Host and Destination-Realm are the session's origin (RFC 8506 5.5). */
export interface GyRoute {
  readonly protocol: 'gy'
  /** Origin-Host of the peer whose connection brought the last request: the client itself, or its agent. */
  readonly peer: string
  /**
   * That connection: a name that no other one has, on no server and after no restart, made of its process and a
   * number. Absent where it is not known.
   */
  readonly connection?: string
}

export function gyRoute(peer: string, connection: string): GyRoute {
  return { protocol: 'gy', peer, connection }
}

/** The process that holds the connection of this name. */
export function processOf(connection: string): string {
  return connection.slice(0, connection.lastIndexOf('.'))
}

/** Nchf_ConvergedCharging, TS 32.290: the notifyUri of the ChargingDataRequest. */
export interface NchfRoute {
  readonly protocol: 'nchf'
  readonly notifyUri: string
  /** 3gpp-Sbi-Correlation-Info of the create, for notifications (TS 29.500 6.13); absent: it had none. */
  readonly correlation?: string
  /** 3gpp-Sbi-Routing-Binding of notifications (TS 29.500 5.2.3.2.5); absent: the consumer gave no binding. */
  readonly binding?: string
}

export type SessionRoute = GyRoute | NchfRoute

/**
 * The route of a session after a request by route `b`: correlation information is that of its first request. A binding
 * is for the notifyUri that it came for, and holds until there is another one of either.
 */
export function routeAfter(a: SessionRoute, b: SessionRoute): SessionRoute {
  if (sameRoute(a, b)) return a
  if (a.protocol === 'gy' || b.protocol === 'gy') return b
  const notifyUri = b.notifyUri === '' ? a.notifyUri : b.notifyUri
  const correlation = a.correlation ?? b.correlation
  return {
    protocol: 'nchf',
    notifyUri,
    ...(correlation === undefined ? {} : { correlation }),
    ...(b.binding === undefined ? {} : { binding: b.binding })
  }
}

/** Whether `b` says nothing else than `a`: an update of an Nchf consumer need not repeat its notifyUri. */
function sameRoute(a: SessionRoute, b: SessionRoute): boolean {
  if (a === b) return true
  if (a.protocol === 'gy') {
    return b.protocol === 'gy' && a.connection === b.connection && a.peer === b.peer
  }
  if (b.protocol === 'gy' || (b.binding !== undefined && b.binding !== a.binding)) return false
  return b.notifyUri === '' || a.notifyUri === b.notifyUri
}
