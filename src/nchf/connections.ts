/**
 * The connections of all consumers: counted, looked after, and ended in good order.
 *
 * A consumer that is gone without a word is found out by PING. Floods of resets are ended by nghttp2 itself: it sends
 * GOAWAY and looks at nothing more of the connection. Node.js does not tell of that, so such a connection, too, is
 * found out by the PING that it does not answer.
 */
import { constants, type ServerHttp2Session } from 'node:http2'
import type { Scheduler } from '../domain/time.ts'

export interface Connections {
  add(session: ServerHttp2Session): void
  size(): number
  /** GOAWAY to all; resolves when each has its answers, or with what is left destroyed after `graceMs`. */
  close(graceMs: number): Promise<void>
}

export interface ConnectionsOptions {
  readonly scheduler: Scheduler
  readonly perAddressMax: number
  readonly pingEveryMs: number
}

export function createConnections(options: ConnectionsOptions): Connections {
  const { perAddressMax, pingEveryMs, scheduler } = options
  /** With whether the last PING is answered. */
  const sessions = new Map<ServerHttp2Session, { alive: boolean }>()
  const addresses = new Map<string, number>()
  let cancelPing: (() => void) | null = null
  let closing = false
  let emptied = () => {}

  function forget(session: ServerHttp2Session, address: string): void {
    if (!sessions.delete(session)) return
    const left = (addresses.get(address) ?? 1) - 1
    if (left === 0) addresses.delete(address)
    else addresses.set(address, left)
    if (sessions.size === 0) emptied()
  }

  function ping(): void {
    cancelPing = null
    for (const [session, state] of sessions) {
      if (!state.alive) {
        session.destroy()
        continue
      }
      state.alive = false
      if (session.destroyed || session.closed) continue
      session.ping(error => {
        if (error === null) state.alive = true
      })
    }
    arm()
  }

  function arm(): void {
    if (sessions.size > 0 && !closing) cancelPing ??= scheduler.later(pingEveryMs, ping)
  }

  return {
    add(session) {
      const address = session.socket?.remoteAddress ?? ''
      session.on('error', ignore)
      const count = addresses.get(address) ?? 0
      if (count >= perAddressMax || closing) {
        session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM)
        session.close()
        return
      }
      addresses.set(address, count + 1)
      sessions.set(session, { alive: true })
      session.on('close', () => forget(session, address))
      arm()
    },
    size: () => sessions.size,
    close(graceMs) {
      closing = true
      cancelPing?.()
      const done = new Promise<void>(resolve => {
        emptied = resolve
      })
      // close() sends GOAWAY with NO_ERROR and ends the connection once its streams are answered.
      for (const session of sessions.keys()) session.close()
      if (sessions.size === 0) return Promise.resolve()
      const cancel = scheduler.later(graceMs, () => {
        for (const session of sessions.keys()) session.destroy()
      })
      return done.finally(cancel)
    }
  }
}

function ignore(): void {}
