/**
 * One HTTP/2 stream: what its headers say, its body within the limits, and the answer.
 *
 * A consumer that resets its stream gets no answer; what it sent whole is charged all the same, and its repeat gets
 * the stored answer.
 */
import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { RequestType } from '../domain/request.ts'
import type { Clock } from '../domain/time.ts'
import type { Access } from './access.ts'
import type { Handle, Reply } from './charging.ts'
import { congested, notInTime, type Problem, problem, problemText } from './problem.ts'
import { type Route, routeOf } from './routes.ts'
import { apiRootIn, correlationIn, isUrgent, routingBindingIn } from './sbi.ts'
import { deadlineOf } from './timing.ts'
import { traceIdIn } from './trace-context.ts'
import type { Upload, Uploads } from './uploads.ts'
import { readBody } from './validate.ts'

/** Called once for every request that was answered: its type, the HTTP status, seconds since its arrival. */
export type OnRequest = (type: RequestType, status: number, seconds: number) => void

export interface ExchangeOptions {
  readonly handle: Handle
  readonly clock: Clock
  readonly uploads: Uploads
  readonly onRequest: OnRequest
  /** The start of Location: `https://chf.example:8443/prefix`; null: the one that the consumer used. */
  readonly apiRoot: string | null
  /** 3gpp-Sbi-Binding of the sessions that are begun here; null: it is not said. */
  readonly binding: string | null
  /** null: consumers need no access token. */
  readonly access: Access | null
  readonly limits: { readonly nchfBodyOctets: number; readonly nchfInFlight: number }
  /** Requests of all connections that wait for their answers. */
  readonly load: { inFlight: number }
}

const types = { create: 'initial', update: 'update', release: 'termination' } as const
const noError = 0
/** So many times the limit of waiting requests is that for requests of high priority. */
const urgentTimes = 2
/** As many bodies of the largest size are read of a client that goes on sending after its answer. */
const discardedBodies = 16

const tooLarge = problem(413, 'UNSPECIFIED_MSG_FAILURE', 'the body is larger than is accepted')
const tooSlow = problem(408, 'TIMED_OUT_REQUEST', 'the body did not arrive in time')
// RFC 8259 8.1. Replacement characters in the place of what cannot be read would be charged for somebody else.
const notUtf8 = problem(400, 'INVALID_MSG_FORMAT', 'the body is not UTF-8')
const wrongType = problem(415, 'UNSPECIFIED_MSG_FAILURE', 'the body must be application/json')

export function serveStream(
  options: ExchangeOptions,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders
): void {
  const startedAt = options.clock.monotonic()
  // What befalls the stream is seen by its state; an error must not befall the process.
  stream.on('error', ignore)
  const route = routeOf(headers[':method'] as string | undefined, headers[':path'])
  if ('cause' in route) {
    receive(options, stream, 'initial', route, ignore)
    return
  }
  if (options.access === null) {
    serveRoute(options, stream, headers, route, startedAt)
    return
  }
  const allow = (refusal: Problem | null): void => {
    if (refusal === null) serveRoute(options, stream, headers, route, startedAt)
    else receive(options, stream, types[route.operation], refusal, ignore)
  }
  const checked = options.access.check(headers.authorization)
  if (!(checked instanceof Promise)) allow(checked)
  else {
    // Nothing of the body is taken meanwhile.
    void checked.then(refusal => {
      if (!stream.destroyed) allow(refusal)
    })
  }
}

/** Serves a request of a consumer that may send it. */
function serveRoute(
  options: ExchangeOptions,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  route: Route,
  startedAt: number
): void {
  const deadline = deadlineOf(headers, options.clock)
  const early = earlyProblem(options, route, headers, deadline)
  receive(options, stream, types[route.operation], early, text => {
    const read = readBody(text)
    const reply = (type: RequestType, reply: Reply): void => {
      options.load.inFlight--
      const location = 'reference' in reply ? locationOf(options, route, headers, reply) : ''
      answer(stream, reply, location, options.binding)
      options.onRequest(type, reply.status, (options.clock.monotonic() - startedAt) / 1_000)
    }
    options.load.inFlight++
    if (!read.ok) reply(types[route.operation], read.problem)
    else {
      const correlation = correlationIn(headers['3gpp-sbi-correlation-info'])
      const binding = routingBindingIn(headers['3gpp-sbi-binding'])
      // What comes later in the session may be of other traces: the first one is the session's.
      const traceId = route.operation === 'create' ? traceIdIn(headers['traceparent']) : undefined
      const { body, kept } = read
      options.handle({ route, body, kept, deadline, correlation, binding, traceId, reply })
    }
  })
}

/** What is wrong before the body has arrived. */
function earlyProblem(
  { clock, limits, load }: ExchangeOptions,
  { operation }: Route,
  headers: IncomingHttpHeaders,
  deadline: number | undefined
): Problem | null {
  const type = headers['content-type']
  const usual = type === undefined || type === 'application/json'
  if (!usual && !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    return wrongType
  }
  if (Number(headers['content-length'] ?? 0) > limits.nchfBodyOctets) return tooLarge
  if (deadline !== undefined && deadline <= clock.monotonic()) return notInTime
  // Sessions that are open go on; new ones may try elsewhere (TS 29.500 6.4).
  if (operation !== 'create' || load.inFlight < limits.nchfInFlight) return null
  const urgent = isUrgent(headers['3gpp-sbi-message-priority'])
  if (!urgent || load.inFlight >= urgentTimes * limits.nchfInFlight) {
    return congested('too many requests wait for their answers')
  }
  return null
}

/**
 * Collects the body; `whole` is called with it, unless the stream is refused or goes away before. A request that is
 * refused for what its headers say is answered when its body has come, too: not every client reads an answer that
 * comes while it is still sending.
 */
function receive(
  { limits, onRequest, uploads }: ExchangeOptions,
  stream: ServerHttp2Stream,
  type: RequestType,
  early: Problem | null,
  whole: (text: string) => void
): void {
  const chunks: Buffer[] = []
  let octets = 0
  let refused = false
  const refuseWith = (refusal: Problem): void => {
    chunks.length = 0
    if (refused) return
    refused = true
    refuse(stream, refusal)
    onRequest(type, refusal.status, 0)
  }
  const upload: Upload = {
    startedAt: 0,
    earlier: null,
    later: null,
    giveUp: () => {
      refuseWith(early ?? tooSlow)
      stopReading(stream)
    }
  }
  uploads.add(upload)
  stream.on('data', (chunk: Buffer) => {
    octets += chunk.length
    if (octets <= limits.nchfBodyOctets) {
      if (early === null && !refused) chunks.push(chunk)
      return
    }
    refuseWith(early ?? tooLarge)
    if (octets > discardedBodies * limits.nchfBodyOctets) stopReading(stream)
  })
  stream.on('end', () => {
    uploads.delete(upload)
    if (refused) return
    if (early !== null) refuseWith(early)
    else {
      const [only] = chunks
      const body = chunks.length === 1 && only ? only : Buffer.concat(chunks)
      // Node.js may remember streams that are over for a while.
      chunks.length = 0
      if (isUtf8(body)) whole(body.toString())
      else refuseWith(notUtf8)
    }
  })
  stream.on('close', () => uploads.delete(upload))
}

/** RFC 9113 8.1: the rest of the request does not matter, and is not waited for. */
function stopReading(stream: ServerHttp2Stream): void {
  if (stream.writableFinished) stream.close(noError)
  else stream.once('finish', () => stream.close(noError))
}

function answer(
  stream: ServerHttp2Stream,
  reply: Reply,
  location: string,
  binding: string | null
): void {
  if ('cause' in reply) refuse(stream, reply)
  else if (stream.destroyed || stream.closed || stream.headersSent) return
  else if (reply.status === 204) stream.respond({ ':status': 204 }, { endStream: true })
  else {
    const type = 'application/json'
    if (location === '') stream.respond({ ':status': reply.status, 'content-type': type })
    else {
      const created = { ':status': reply.status, 'content-type': type, location }
      stream.respond(binding === null ? created : { ...created, '3gpp-sbi-binding': binding })
    }
    stream.end(reply.text)
  }
}

function refuse(stream: ServerHttp2Stream, refusal: Problem): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return
  stream.respond({
    ':status': refusal.status,
    'content-type': 'application/problem+json',
    ...refusal.headers
  })
  stream.end(problemText(refusal))
}

/** Absolute (TS 32.291 6.1.3.2.3.1), with the authority that the consumer, or its SCP, knows this server by. */
function locationOf(
  { apiRoot }: ExchangeOptions,
  route: Route,
  headers: IncomingHttpHeaders,
  { reference }: { readonly reference: string }
): string {
  const authority = headers[':authority'] ?? headers.host ?? ''
  const used =
    apiRoot ??
    apiRootIn(headers['3gpp-sbi-target-apiroot']) ??
    `${headers[':scheme'] ?? 'http'}://${authority}${route.prefix}`
  return `${used}/nchf-convergedcharging/${route.version}/chargingdata/${reference}`
}

function ignore(): void {}
