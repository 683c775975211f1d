/**
 * Connections that we open: one HTTP/2 connection an authority, kept while it is used.
 *
 * A request that is not answered in time may be the fault of its connection, such as one that a proxy has forgotten and
 * does not end: it is given up, and the next request opens another one.
 */
import { type ClientHttp2Session, connect, type SecureClientSessionOptions } from 'node:http2'
import type { Scheduler } from '../domain/time.ts'

/** Of our own for mutual TLS, and of the authority that signs the others'. */
export type OutgoingTls = Pick<SecureClientSessionOptions, 'key' | 'cert' | 'ca'>

export interface OutgoingConnections {
  to(authority: string): ClientHttp2Session
  /** What is under way on it ends as it does; nothing more is sent on it. */
  giveUp(authority: string, session: ClientHttp2Session): void
  /** Gives up all; others begin with this. */
  renew(tls: OutgoingTls): void
  close(): void
}

/** A connection that was given up has so long for what is under way on it: longer than any request waits. */
const lingerMs = 10_000

export function createOutgoingConnections(
  scheduler: Scheduler,
  idleMs: number,
  first: OutgoingTls
): OutgoingConnections {
  const sessions = new Map<string, ClientHttp2Session>()
  let tls = first

  function to(authority: string): ClientHttp2Session {
    const known = sessions.get(authority)
    if (known && !known.closed && !known.destroyed) return known
    const session = connect(authority, tls)
    sessions.set(authority, session)
    const forget = () => {
      if (sessions.get(authority) === session) sessions.delete(authority)
    }
    // What fails is seen by the requests.
    session.on('error', forget)
    session.on('goaway', forget)
    session.on('close', forget)
    session.setTimeout(idleMs, () => giveUp(authority, session))
    return session
  }

  function giveUp(authority: string, session: ClientHttp2Session): void {
    if (sessions.get(authority) === session) sessions.delete(authority)
    if (session.closed || session.destroyed) return
    session.close()
    // One that is dead may never come to say that it is closed.
    const cancel = scheduler.later(lingerMs, () => session.destroy())
    session.once('close', cancel)
  }

  return {
    to,
    giveUp,
    renew(renewed) {
      tls = renewed
      for (const [authority, session] of sessions) giveUp(authority, session)
    },
    close() {
      for (const session of sessions.values()) session.destroy()
      sessions.clear()
    }
  }
}
