/**
 * The operations of the service: a body in, a charging request, and the answer out.
 *
 * Nothing here waits: the response is given when charging replies, in this turn or a later one.
 */
import type { Charge } from '../charging/ports.ts'
import type { ChargingAnswer } from '../domain/answer.ts'
import { limits } from '../domain/limits.ts'
import type { Logger } from '../domain/log.ts'
import type { RequestType } from '../domain/request.ts'
import type { SessionRoute } from '../domain/route.ts'
import type { Clock } from '../domain/time.ts'
import { problemOf, responseText } from './answer.ts'
import { negotiate } from './features.ts'
import type { ChargingDataRequest, FailureHandling } from './messages.ts'
import { notInTime, type Problem } from './problem.ts'
import { type ConsumerProfile, type ProfileChoice, profileFor } from './profiles.ts'
import { createRecent, type Recent } from './recent.ts'
import {
  createNumberOf,
  eventKeyOf,
  referenceOf,
  requestNumberOf,
  sessionKeyOf
} from './reference.ts'
import { contentOf, type RequestDraft } from './request.ts'
import type { Route } from './routes.ts'

/** What a consumer is answered. */
export type Reply =
  | { readonly status: 201; readonly text: string; readonly reference: string }
  | { readonly status: 200; readonly text: string }
  | { readonly status: 204 }
  | Problem

export interface Call {
  readonly route: Route
  readonly body: ChargingDataRequest
  /** As ReadBody has it. */
  readonly kept: ChargingDataRequest
  /** On the monotonic clock (timing.ts). */
  readonly deadline: number | undefined
  /** Of the consumer, for notifications of the session. */
  readonly correlation: string | undefined
  /** Of the consumer, for the same; a later one takes the place of that before. */
  readonly binding: string | undefined
  /** The trace-id that the consumer gave, of a create. */
  readonly traceId: string | undefined
  /** Called exactly once. */
  reply(type: RequestType, reply: Reply): void
}

export interface ChargingOptions {
  readonly charge: Charge
  readonly logger: Logger
  readonly clock: Clock
  readonly profile: ProfileChoice
  readonly failureHandling: FailureHandling | null
}

export type Handle = (call: Call) => void

/** Sessions that one consumer began under the same identity on one day: more are refused, for they are a fault. */
const generationsMax = 10_000

interface Work extends ChargingOptions {
  /** Consumers whose blocks were too large once, which is said once. */
  readonly verbose: Recent<boolean>
  /** The latest generation of session keys that were used again. */
  readonly generations: Recent<number>
}

/** What is the same for all answers to one call. */
interface Asked {
  readonly call: Call
  readonly content: RequestDraft
  readonly profile: ConsumerProfile
}

export function createCharging(options: ChargingOptions): Handle {
  const work: Work = { ...options, generations: createRecent(), verbose: createRecent() }
  return call => {
    const { body, deadline, route } = call
    const profile = profileFor(options.profile, body)
    const type = typeOf(route, body)
    const content = contentOf(body, type, profile, call.kept)
    if ('cause' in content) {
      call.reply(type, content)
      return
    }
    if (deadline !== undefined) content.deadline = deadline
    if (call.traceId !== undefined) content.traceId = call.traceId
    const { information } = content
    if (information !== undefined && information.length > limits.informationCharacters) {
      tellTooLarge(work, content.origin.host, information)
    }
    if (type === 'initial') begin(work, { call, content, profile })
    else if (type === 'event') event(work, { call, content, profile })
    else proceed(work, { call, content, profile })
  }
}

function tellTooLarge({ logger, verbose }: Work, consumer: string, information: string): void {
  if (verbose.get(consumer) === true) return
  verbose.set(consumer, true)
  logger.warn(
    { consumer, characters: information.length, most: limits.informationCharacters },
    'charging information blocks are too large: CDRs name those that were left out'
  )
}

function begin(work: Work, asked: Asked): void {
  const { body } = asked.call
  const key = sessionKeyOf(body)
  const byNumber = !key.named && body.retransmissionIndicator !== true
  const number = createNumberOf(body)
  const profile = byNumber ? asked.profile.unnamed : asked.profile.engine
  const content = { ...asked.content, profile, route: routeOf(asked) }
  const attempt = (generation: number): void => {
    const sessionId = referenceOf(key, generation)
    work.charge({ ...content, sessionId, number }, answer => {
      if (answer.taken === true && generation < generationsMax) {
        attempt(generation + 1)
        return
      }
      if (generation > 0 && !byNumber) work.generations.set(key.text, generation)
      created(work, asked, answer, sessionId)
    })
  }
  attempt(byNumber ? 0 : (work.generations.get(key.text) ?? 0))
}

function routeOf({ call: { binding, correlation }, content: { route } }: Asked): SessionRoute {
  if (route.protocol !== 'nchf') return route
  return {
    ...route,
    ...(correlation === undefined ? {} : { correlation }),
    ...(binding === undefined ? {} : { binding })
  }
}

function event(work: Work, asked: Asked): void {
  const { body } = asked.call
  const { likeness, sessionId } = eventKeyOf(body)
  const request = asked.content
  request.sessionId = sessionId
  request.number = body.invocationSequenceNumber
  request.likeness = likeness
  work.charge(request, answer => created(work, asked, answer, answer.servedAs ?? sessionId))
}

function created(work: Work, asked: Asked, answer: ChargingAnswer, reference: string): void {
  const { call, content } = asked
  const problem = refusalOf(work, call, answer)
  if (problem !== null) call.reply(content.type, problem)
  else call.reply(content.type, { status: 201, text: textOf(work, asked, answer), reference })
}

function proceed(work: Work, asked: Asked): void {
  const { call, content, profile } = asked
  content.sessionId = call.route.reference
  content.number = requestNumberOf(call.body, profile.contentKeys)
  if (call.binding !== undefined) content.route = routeOf(asked)
  work.charge(content, answer => {
    const problem = refusalOf(work, call, answer)
    if (problem !== null) call.reply(content.type, problem)
    else if (content.type === 'termination') call.reply(content.type, { status: 204 })
    else call.reply(content.type, { status: 200, text: textOf(work, asked, answer) })
  })
}

/** Past its time a request is 504 only when it is certain that it will not be charged. */
function refusalOf(
  { clock }: Work,
  { body, deadline }: Call,
  answer: ChargingAnswer
): Problem | null {
  const busy = answer.outcome === 'too-busy' && answer.uncertain !== true
  const late = busy && deadline !== undefined && deadline <= clock.monotonic()
  return late ? notInTime : problemOf(answer.outcome, body)
}

function textOf(work: Work, { call, content, profile }: Asked, answer: ChargingAnswer): string {
  const context = {
    body: call.body,
    usages: content.usages,
    profile,
    features: negotiate(call.body.supportedFeatures),
    failureHandling: work.failureHandling,
    event: content.type === 'event'
  }
  return responseText(context, answer, work.clock.now())
}

function typeOf({ operation }: Route, body: ChargingDataRequest): RequestType {
  if (operation === 'update') return 'update'
  if (operation === 'release') return 'termination'
  return body.oneTimeEvent === true ? 'event' : 'initial'
}
