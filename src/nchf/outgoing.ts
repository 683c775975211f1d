/** Requests of our own to other network functions. */
import type { OutgoingHttpHeaders } from 'node:http2'
import type { Clock, Scheduler } from '../domain/time.ts'
import { createOutgoingConnections, type OutgoingTls } from './outgoing-connections.ts'
import { retryAfterMs } from './retry-after.ts'

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
  /** What Retry-After asks for; null: nothing. */
  readonly retryAfterMs: number | null
  readonly text: string
}

/** Why there is no answer. */
export type NoAnswer = 'unreachable' | 'timeout'

export interface Outgoing {
  /** Follows 307 and 308. Never rejects. */
  request(request: OutgoingRequest): Promise<OutgoingAnswer | NoAnswer>
  /** From now on requests go over connections that use this. */
  renew(tls: OutgoingTls): void
  close(): void
}

export interface OutgoingOptions {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly tls?: OutgoingTls
  /** A connection without requests is closed after this time; default 30 s. */
  readonly idleMs?: number
}

const idleDefaultMs = 30_000
const redirectsMax = 3
/** An answer of a consumer is small; one that is not is not read on. */
const answerOctets = 65_536

export function createOutgoing(options: OutgoingOptions): Outgoing {
  const { clock, scheduler, idleMs = idleDefaultMs, tls = {} } = options
  const connections = createOutgoingConnections(scheduler, idleMs, tls)

  function once(uri: URL, request: OutgoingRequest): Promise<OutgoingAnswer | NoAnswer> {
    return new Promise(resolve => {
      const session = connections.to(uri.origin)
      const stream = session.request({
        ':method': request.method,
        ':path': uri.pathname + uri.search,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers
      })
      const cancel = scheduler.later(request.timeoutMs, () => {
        end('timeout')
        connections.giveUp(uri.origin, session)
      })
      let status = 0
      let location: string | null = null
      let retryMs: number | null = null
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
        retryMs = retryAfterMs(headers['retry-after'], clock.now())
      })
      stream.on('data', (chunk: string) => {
        if (text.length < answerOctets) text += chunk
      })
      stream.on('error', () => end('unreachable'))
      stream.on('end', () =>
        end(status === 0 ? 'unreachable' : { status, location, retryAfterMs: retryMs, text })
      )
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

  return { request, renew: connections.renew, close: connections.close }
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
