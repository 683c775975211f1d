/**
 * Requests of our own to other network functions: one HTTP/2 connection an authority, kept while it is used.
 *
 * A request that is not answered in time may be the fault of its connection, such as one that a proxy has forgotten and
 * does not end: the next request opens another one.
 */
import {
  type ClientHttp2Session,
  connect,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions
} from 'node:http2'
import type { Scheduler } from '../domain/time.ts'

export interface OutgoingRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute, http or https. */
  readonly uri: string
  readonly headers?: OutgoingHttpHeaders
  /** Sent as JSON; text as it is, with a content-type in `headers`. */
  readonly body?: unknown
  readonly timeoutMs: number
}

export interface OutgoingAnswer {
  readonly status: number
  readonly location: string | null
  readonly text: string
}

/** Why there is no answer. */
export type NoAnswer = 'unreachable' | 'timeout'

export interface Outgoing {
  /** Follows 307 and 308. Never rejects. */
  request(request: OutgoingRequest): Promise<OutgoingAnswer | NoAnswer>
  close(): void
}

export interface OutgoingOptions {
  readonly scheduler: Scheduler
  /** Of our own for mutual TLS, and of the authority that signs the others'. */
  readonly tls?: Pick<SecureClientSessionOptions, 'key' | 'cert' | 'ca'>
  /** A connection without requests is closed after this time; default 30 s. */
  readonly idleMs?: number
}

const idleDefaultMs = 30_000
const redirectsMax = 3
/** An answer of a consumer is small; one that is not is not read on. */
const answerOctets = 65_536
/** A connection that was given up has so long for what is under way on it: longer than any request waits. */
const lingerMs = 10_000

export function createOutgoing(options: OutgoingOptions): Outgoing {
  const sessions = new Map<string, ClientHttp2Session>()

  function sessionTo(authority: string): ClientHttp2Session {
    const known = sessions.get(authority)
    if (known && !known.closed && !known.destroyed) return known
    const session = connect(authority, options.tls ?? {})
    sessions.set(authority, session)
    const forget = () => {
      if (sessions.get(authority) === session) sessions.delete(authority)
    }
    // What fails is seen by the requests.
    session.on('error', forget)
    session.on('goaway', forget)
    session.on('close', forget)
    session.setTimeout(options.idleMs ?? idleDefaultMs, () => giveUp(authority, session))
    return session
  }

  /** What is under way on it ends as it does; nothing more is sent on it. */
  function giveUp(authority: string, session: ClientHttp2Session): void {
    if (sessions.get(authority) === session) sessions.delete(authority)
    if (session.closed || session.destroyed) return
    session.close()
    // One that is dead may never come to say that it is closed.
    session.once(
      'close',
      options.scheduler.later(lingerMs, () => session.destroy())
    )
  }

  function once(uri: URL, request: OutgoingRequest): Promise<OutgoingAnswer | NoAnswer> {
    return new Promise(resolve => {
      const session = sessionTo(uri.origin)
      const stream = session.request({
        ':method': request.method,
        ':path': uri.pathname + uri.search,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers
      })
      const cancel = options.scheduler.later(request.timeoutMs, () => {
        end('timeout')
        giveUp(uri.origin, session)
      })
      let status = 0
      let location: string | null = null
      let text = ''
      const end = (answer: OutgoingAnswer | NoAnswer): void => {
        cancel()
        resolve(answer)
        if (!stream.closed) stream.close()
      }
      stream.setEncoding('utf8')
      stream.on('response', headers => {
        status = Number(headers[':status'])
        location = headers.location ?? null
      })
      stream.on('data', (chunk: string) => {
        if (text.length < answerOctets) text += chunk
      })
      stream.on('error', () => end('unreachable'))
      stream.on('end', () => end(status === 0 ? 'unreachable' : { status, location, text }))
      stream.on('close', () => end('unreachable'))
      stream.end(bodyOf(request))
    })
  }

  async function request(asked: OutgoingRequest): Promise<OutgoingAnswer | NoAnswer> {
    let target = targetOf(asked.uri)
    for (let redirects = 0; target !== null; redirects++) {
      const answer = await once(target, asked)
      if (typeof answer === 'string' || !isRedirect(answer) || redirects === redirectsMax) {
        return answer
      }
      target = targetOf(answer.location ?? '', target.href)
    }
    return 'unreachable'
  }

  return {
    request,
    close() {
      for (const session of sessions.values()) session.destroy()
      sessions.clear()
    }
  }
}

function bodyOf({ body }: OutgoingRequest): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
}

/** RFC 9110 15.4.8, 15.4.9: the same method and body to another URI. */
function isRedirect({ location, status }: OutgoingAnswer): boolean {
  return (status === 307 || status === 308) && location !== null
}

function targetOf(uri: string, base?: string): URL | null {
  if (!URL.canParse(uri, base)) return null
  const target = new URL(uri, base)
  return target.protocol === 'http:' || target.protocol === 'https:' ? target : null
}
